//! The system's allocator, which counts what the current thread asks it for.
//!
//! A program that names this crate (`use counting_allocator::measure`) allocates through it. Unlike a
//! wrapper that implements only `alloc` and `dealloc`, it forwards `realloc` and `alloc_zeroed`, so
//! that vectors grow, and zeros come, at the speed they have without it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What a function asked the allocator for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allocations {
    /// How often it asked for memory; a vector that grows in place counts each time.
    pub count: u64,
    /// The most bytes that it held at a time.
    pub peak: u64,
}

#[derive(Clone, Copy)]
struct Counts {
    count: u64,
    held: i64,
    peak: i64,
}

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { count: 0, held: 0, peak: 0 }) };
}

/// Counts what `run` allocates on this thread.
pub fn measure(run: impl FnOnce()) -> Allocations {
    let before = COUNTS.get();
    COUNTS.set(Counts { peak: before.held, ..before });
    run();
    let after = COUNTS.get();
    COUNTS.set(Counts { peak: before.peak.max(after.peak), ..after });
    Allocations {
        count: after.count - before.count,
        peak: (after.peak - before.held).unsigned_abs(),
    }
}

fn record(count: u64, bytes: i64) {
    // While a thread ends its counts may be gone; nothing is measured then.
    let _ = COUNTS.try_with(|counts| {
        let mut now = counts.get();
        now.count += count;
        now.held += bytes;
        now.peak = now.peak.max(now.held);
        counts.set(now);
    });
}

fn bytes(size: usize) -> i64 {
    size.try_into().unwrap_or(i64::MAX)
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

#[allow(unsafe_code, reason = "an allocator cannot be had otherwise; every call is forwarded")]
// SAFETY: every method forwards its arguments to `System` and returns what that returns; `record`
// does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        record(1, bytes(layout.size()));
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        record(1, bytes(layout.size()));
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        record(1, bytes(size) - bytes(layout.size()));
        // SAFETY: as in `alloc`; `memory` is `System`'s, as all memory handed out here.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        record(0, -bytes(layout.size()));
        // SAFETY: as in `realloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allocations, measure};
    use std::hint::black_box;

    #[test]
    fn counts_and_peaks() {
        let all = measure(|| {
            let first = black_box(vec![0u8; 100]);
            drop(first);
            let mut second = black_box(Vec::<u8>::with_capacity(30));
            second.reserve_exact(60);
            let inner = measure(|| drop(black_box(vec![1u8; 7])));
            assert_eq!(inner, Allocations { count: 1, peak: 7 });
        });
        assert_eq!(all, Allocations { count: 4, peak: 100 });
        assert_eq!(measure(|| ()), Allocations::default());
    }
}

//! Which instructions the processor has: with `gemm.rs`, where unsafe code is.

use std::sync::atomic::{AtomicU8, Ordering};

/// An instruction set that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// What the target guarantees.
    Baseline,
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 F, VL, DQ and BW, with AVX2 and FMA.
    #[cfg(all(target_arch = "x86_64", avx512))]
    Avx512,
}

/// The best level that this processor has.
#[inline]
pub(crate) fn level() -> Level {
    #[cfg(test)]
    if let Some(level) = FORCED.get() {
        return level;
    }
    // std keeps what it found out, but tests feature by feature.
    match BEST.load(Ordering::Relaxed) {
        BASELINE => Level::Baseline,
        #[cfg(target_arch = "x86_64")]
        AVX2 => Level::Avx2,
        #[cfg(all(target_arch = "x86_64", avx512))]
        AVX512 => Level::Avx512,
        _ => look_up(),
    }
}

/// What [`look_up`] found; 0 before it was called.
static BEST: AtomicU8 = AtomicU8::new(0);
const BASELINE: u8 = 1;
#[cfg(target_arch = "x86_64")]
const AVX2: u8 = 2;
#[cfg(all(target_arch = "x86_64", avx512))]
const AVX512: u8 = 3;

#[cold]
fn look_up() -> Level {
    let best = detected();
    let code = match best {
        Level::Baseline => BASELINE,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => AVX2,
        #[cfg(all(target_arch = "x86_64", avx512))]
        Level::Avx512 => AVX512,
    };
    BEST.store(code, Ordering::Relaxed);
    best
}

#[cfg(target_arch = "x86_64")]
fn detected() -> Level {
    use std::arch::is_x86_feature_detected as has;

    if !(has!("avx2") && has!("fma")) {
        return Level::Baseline;
    }
    #[cfg(avx512)]
    if has!("avx512f") && has!("avx512vl") && has!("avx512dq") && has!("avx512bw") {
        return Level::Avx512;
    }
    Level::Avx2
}

#[cfg(not(target_arch = "x86_64"))]
fn detected() -> Level {
    Level::Baseline
}

#[cfg(test)]
thread_local! {
    static FORCED: std::cell::Cell<Option<Level>> = const { std::cell::Cell::new(None) };
}

/// Runs the test once on each level that this processor has.
#[cfg(test)]
pub(crate) fn on_each_level(mut test: impl FnMut(Level)) {
    let levels = [
        Level::Baseline,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2,
        #[cfg(all(target_arch = "x86_64", avx512))]
        Level::Avx512,
    ];
    for level in levels.into_iter().filter(|&level| level <= detected()) {
        FORCED.set(Some(level));
        test(level);
        FORCED.set(None);
    }
}

/// `fn name(arguments) -> result = body;` defines a function that calls `body::<A>(arguments)`,
/// compiled for the best instruction set at hand, with the [`Arithmetic`](super::Arithmetic) `A`
/// that fits it. The body must be `#[inline(always)]`, as must be what it calls.
macro_rules! dispatched {
    ($($vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $result:ty)? = $body:expr;)*) => {
        $(
            $vis fn $name($($arg: $ty),*) $(-> $result)? {
                use $crate::simd::dispatch::{Level, level};

                #[cfg(all(target_arch = "x86_64", avx512))]
                #[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512dq,avx512bw")]
                fn avx512($($arg: $ty),*) $(-> $result)? {
                    type A = $crate::simd::Fused;
                    $body($($arg),*)
                }

                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $ty),*) $(-> $result)? {
                    type A = $crate::simd::Fused;
                    $body($($arg),*)
                }

                fn baseline($($arg: $ty),*) $(-> $result)? {
                    type A = $crate::simd::Portable;
                    $body($($arg),*)
                }

                match level() {
                    // SAFETY: the processor has what `level` says, and the functions need no more.
                    #[cfg(all(target_arch = "x86_64", avx512))]
                    #[allow(unsafe_code, unused_unsafe)]
                    Level::Avx512 => unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    #[cfg(target_arch = "x86_64")]
                    #[allow(unsafe_code, unused_unsafe)]
                    Level::Avx2 => unsafe { avx2($($arg),*) },
                    Level::Baseline => baseline($($arg),*),
                }
            }
        )*
    };
}

pub(crate) use dispatched;

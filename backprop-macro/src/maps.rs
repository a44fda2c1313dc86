//! Maps and sets whose keys are hashed in a few operations.
//!
//! The keys are names and positions of the user's program, and the compiler runs unoptimised in
//! most builds, where std's hash function takes longer than all else that a map does.

use std::hash::{BuildHasherDefault, Hasher};

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Multiply>>;
pub(crate) type HashSet<T> = std::collections::HashSet<T, BuildHasherDefault<Multiply>>;

/// Multiplies and rotates, eight bytes at a time.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Multiply(u64);

impl Multiply {
    fn add(&mut self, word: u64) {
        // An odd number without structure, as good as any.
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Multiply {
    fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((word, after)) = rest.split_first_chunk() {
            self.add(u64::from_le_bytes(*word));
            rest = after;
        }
        for byte in rest {
            self.add(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.add(u64::from(byte));
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }

    fn finish(&self) -> u64 {
        // Maps take the bucket from the low bits, which a product leaves to the low bits of its
        // factors: pointers have none.
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use super::HashSet;
    use std::hash::{BuildHasher, BuildHasherDefault};

    #[test]
    fn names_and_addresses_spread_over_buckets() {
        let build = BuildHasherDefault::<super::Multiply>::default();
        let buckets = |hashes: &mut dyn Iterator<Item = u64>| {
            hashes.map(|hash| hash & 1023).collect::<HashSet<u64>>().len()
        };
        // A thousand balls fall into some 630 of a thousand buckets.
        assert!(buckets(&mut (0..1000).map(|k| build.hash_one(format!("x{k}")))) > 500);
        assert!(buckets(&mut (0..1000_usize).map(|k| build.hash_one(4096 + 16 * k))) > 500);
    }
}

//! Random choices that a seed determines.

/// SplitMix64. A generator of our own, since a seed in a bug report has to mean the same program
/// after every update of the dependencies.
pub(crate) struct Rng(u64);

impl Rng {
    /// For the program with the given number of the batch with the given seed.
    pub(crate) fn for_program(seed: u64, number: u64) -> Rng {
        let mut outer = Rng(seed);
        let offset = outer.next();
        Rng(offset ^ Rng(number).next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `0..bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Uniform in `low..=high`.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// One of the choices, each as often as its weight says.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(usize, T)]) -> T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            if left < *weight {
                return *choice;
            }
            left -= weight;
        }
        unreachable!("the weights add up to more")
    }

    /// A number of a few digits: no two computed values meet it exactly.
    pub(crate) fn number(&mut self) -> f64 {
        (10 * self.between(11, 189) + 3) as f64 / 1000.0
    }
}

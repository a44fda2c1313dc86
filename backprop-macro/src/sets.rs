//! Sets of variables and the like.

/// A set of small things, in order: a sorted list, which is short nearly always. Built without
/// optimisation, as most compilers of macros are, it takes a fraction of a tree's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set<T>(Vec<T>);

impl<T> Default for Set<T> {
    fn default() -> Self {
        Set(Vec::new())
    }
}

impl<T: Copy + Ord> Set<T> {
    pub(crate) fn new() -> Set<T> {
        Set::default()
    }

    /// Returns whether it was not there before.
    pub(crate) fn insert(&mut self, one: T) -> bool {
        // Most come in order.
        if self.0.last().is_none_or(|last| *last < one) {
            self.0.push(one);
            return true;
        }
        match self.0.binary_search(&one) {
            Ok(_) => false,
            Err(at) => {
                self.0.insert(at, one);
                true
            }
        }
    }

    /// Returns whether it was there.
    pub(crate) fn remove(&mut self, one: &T) -> bool {
        match self.0.binary_search(one) {
            Ok(at) => {
                self.0.remove(at);
                true
            }
            Err(_) => false,
        }
    }

    pub(crate) fn contains(&self, one: &T) -> bool {
        self.0.binary_search(one).is_ok()
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.0.retain(keep);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn is_disjoint(&self, other: &Set<T>) -> bool {
        !self.0.iter().any(|one| other.contains(one))
    }

    pub(crate) fn difference<'a>(&'a self, other: &'a Set<T>) -> impl Iterator<Item = &'a T> {
        self.0.iter().filter(|one| !other.contains(one))
    }
}

impl<T: Copy + Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, all: I) {
        for one in all {
            self.insert(one);
        }
    }
}

impl<'a, T: Copy + Ord + 'a> Extend<&'a T> for Set<T> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, all: I) {
        for one in all {
            self.insert(*one);
        }
    }
}

impl<T: Copy + Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Set<T> {
        let mut set = Set::new();
        set.extend(all);
        set
    }
}

impl<T: Copy + Ord, const N: usize> From<[T; N]> for Set<T> {
    fn from(all: [T; N]) -> Set<T> {
        all.into_iter().collect()
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Set;

    #[test]
    fn a_set_is_in_order_and_holds_each_once() {
        let mut set: Set<i32> = [5, 1, 3, 1, 5].into();
        assert_eq!(set.iter().copied().collect::<Vec<_>>(), [1, 3, 5]);
        assert!(!set.insert(3) && set.insert(2) && set.remove(&5));
        assert!(!set.remove(&4) && set.contains(&2) && !set.contains(&5));
        assert_eq!(set.difference(&[1, 9].into()).copied().collect::<Vec<_>>(), [2, 3]);
    }
}

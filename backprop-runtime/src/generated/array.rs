//! Arrays that are built element by element.

/// The length of an array, for rustc to find out.
#[derive(Debug, Clone, Copy)]
pub struct Length<const N: usize>;

impl<const N: usize> Length<N> {
    /// Some length.
    #[allow(clippy::new_without_default)]
    #[inline]
    pub fn new() -> Self {
        Self
    }

    /// The length of `array`.
    #[inline]
    pub fn of<T>(_: &[T; N]) -> Self {
        Self
    }

    /// The length as a number.
    #[inline]
    pub fn get(self) -> usize {
        N
    }
}

/// The items as an array, like `try_into().unwrap()`.
///
/// # Panics
/// If there are more or fewer than `N`.
#[inline]
#[track_caller]
pub fn array<S, T, const N: usize>(items: S) -> [T; N]
where
    S: TryInto<[T; N], Error: std::fmt::Debug>,
{
    items.try_into().unwrap()
}

/// `items.into_boxed_slice()`.
#[inline]
pub fn boxed_slice<T>(items: Vec<T>) -> Box<[T]> {
    items.into_boxed_slice()
}

/// `items.into_vec()`.
#[inline]
pub fn unboxed_slice<T>(items: Box<[T]>) -> Vec<T> {
    items.into_vec()
}

/// [`array`] of a length that is known by its type.
///
/// # Panics
/// If there are more or fewer items.
#[inline]
#[track_caller]
pub fn array_of<T: std::fmt::Debug, const N: usize>(items: Vec<T>, _: Length<N>) -> [T; N] {
    array(items)
}

//! What `#[derive(Differentiable)]` calls, beside the hidden methods of `VectorSpace`.

/// Refuses the sum of two variants of `name`.
#[cold]
#[track_caller]
pub fn variant_mismatch(name: &str, left: &str, right: &str) -> ! {
    panic!(
        "cannot add a gradient that is `{name}::{right}` to one that is `{name}::{left}`: \
         both must be of the variant of the value they belong to"
    )
}

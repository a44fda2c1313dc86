use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::{Accumulate, Differentiable, Path, Scalars, VectorOps, VectorSpace};

fn names<T: Differentiable + ?Sized>(value: &T) -> Vec<String> {
    let mut names = Vec::new();
    value.visit(&mut Path::root(), &mut |path, run| {
        names.extend((0..run.len()).map(|index| path.element(index)));
    });
    names
}

#[test]
fn gradients_are_owned_and_of_the_same_shape() {
    let numbers = [1.0, 2.0, 3.0];
    let rows = [vec![1.0], vec![2.0, 3.0]];
    let zeros: Vec<f64> = numbers[..].zero_like();
    assert_eq!(zeros, [0.0; 3]);
    let zeros = <&[Vec<f64>]>::zero_like(&&rows[..]);
    assert_eq!(zeros, [vec![0.0], vec![0.0, 0.0]]);
    let borrowed: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let zeros: Vec<Vec<f64>> = borrowed.zero_like();
    assert_eq!(zeros, [vec![0.0], vec![0.0, 0.0]]);
    let zeros: [f64; 3] = (&&numbers).zero_like();
    assert_eq!(zeros, [0.0; 3]);
    let mut number = 3.0f32;
    let zero = <&mut f32>::zero_like(&&mut number);
    assert_eq!(zero, 0.0);
    let shared: (Vec<f64>, [f32; 2]) = (Rc::new(vec![1.0]), Arc::new([1.0f32; 2])).zero_like();
    assert_eq!(shared, (vec![0.0], [0.0; 2]));
    assert_eq!(Some(Box::new(2.0)).zero_like(), Some(Box::new(0.0)));
    assert_eq!(None::<Vec<f64>>.zero_like(), None);
    assert_eq!(VecDeque::from([1.0, 2.0]).zero_like(), [0.0, 0.0]);
    let boxed: Box<[f64]> = Box::new([1.0]);
    assert_eq!(*boxed.zero_like(), [0.0]);
}

#[test]
fn inert_values_stay() {
    let inert = (7usize, "name", true, 'c', Duration::from_secs(1), ());
    assert_eq!(inert.zero_like(), (7, "name".to_owned(), true, 'c', Duration::from_secs(1), ()));
    assert_eq!(inert.count(), 0);
    let mut gradient = (3u8, 1.0);
    gradient.accumulate(&(4, 0.5));
    assert_eq!(gradient, (3, 1.5));
}

#[test]
fn paths_are_as_in_source() {
    assert_eq!(names(&1.0), [""]);
    assert_eq!(names(&[1.0, 2.0]), ["[0]", "[1]"]);
    assert_eq!(names(&(1.0, vec![(2.0, [3.0f32])])), ["0", "1[0].0", "1[0].1[0]"]);
    assert_eq!(names(&vec![vec![1.0], vec![], vec![2.0]]), ["[0][0]", "[2][0]"]);
    assert_eq!(names(&(Some(1.0), None::<f64>, Box::new(2.0))), ["0", "2"]);
    assert_eq!(names(&VecDeque::from([1.0, 2.0])), ["[0]", "[1]"]);
    assert_eq!(names("text").len(), 0);
    let twelve = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0);
    assert_eq!(names(&twelve)[11], "11");
}

#[test]
fn a_slice_of_numbers_is_one_run() {
    let mut lengths = Vec::new();
    let value = (vec![1.0; 5], [2.0f32; 3], vec![[3.0; 2]; 2], vec![0.0; 0]);
    value.visit(&mut Path::silent(), &mut |path, run| {
        assert_eq!(path.as_str(), "");
        lengths.push(match run {
            Scalars::F64(run) => run.len(),
            Scalars::F32(run) => 100 + run.len(),
        });
    });
    assert_eq!(lengths, [5, 103, 2, 2, 0]);
}

#[test]
fn sequences_accumulate_sequences() {
    let mut to = vec![1.0, 2.0];
    to.accumulate(&vec![1.0, 1.0]);
    to.accumulate(&[1.0, 1.0][..]);
    to.accumulate(&[1.0, 1.0]);
    to[..].accumulate(&[1.0, 1.0][..]);
    to[..].accumulate(&vec![1.0, 1.0]);
    to[..].accumulate(&[1.0, 1.0]);
    assert_eq!(to, [7.0, 8.0]);
    let mut to = [[1.0f32; 2]; 2];
    to.accumulate(&vec![[1.0; 2]; 2]);
    to.accumulate(&[[1.0; 2]; 2]);
    assert_eq!(to, [[3.0; 2]; 2]);
    let mut to = (Some(Box::new(1.0)), VecDeque::from([1.0]), None::<f64>);
    to.accumulate(&(Some(Box::new(2.0)), VecDeque::from([3.0]), None));
    assert_eq!(to, (Some(Box::new(3.0)), VecDeque::from([4.0]), None));
}

#[test]
#[should_panic(expected = "cannot add a gradient of 3 element(s) to one of 2")]
fn lengths_must_agree() {
    vec![1.0, 2.0].accumulate(&vec![1.0, 2.0, 3.0]);
}

#[test]
#[should_panic(expected = "cannot add a gradient that is `Some` to one that is `None`")]
fn options_must_agree() {
    None.accumulate(&Some(1.0));
}

#[test]
fn norms_neither_overflow_nor_underflow() {
    for unit in [1e-310, 1e-200, 1e-100, 1.0, 1e100, 1e200, 1e300] {
        let norm = vec![3.0 * unit, 4.0 * unit].flat_norm();
        assert!((norm / (5.0 * unit) - 1.0).abs() < 1e-12, "{norm:e} at {unit:e}");
    }
    assert_eq!(Vec::<f64>::new().flat_norm(), 0.0);
    assert_eq!((f64::INFINITY, 1.0).flat_norm(), f64::INFINITY);
    assert!((f64::INFINITY, f64::NAN).flat_norm().is_nan());
    assert_eq!((f64::MAX, 1.0f32).flat_norm(), f64::MAX);
    let long = vec![0.5; 1001];
    assert_eq!(long.flat_dot(&long), 250.25);
}

#[test]
fn scaled_sums() {
    let mut value = (1.0f32, vec![2.0, 3.0]);
    value.add_scaled(2.0, &(1.0, vec![10.0, 100.0]));
    assert_eq!(value, (3.0, vec![22.0, 203.0]));
    value.set_zero();
    assert_eq!(value, (0.0, vec![0.0, 0.0]));
}

#[test]
#[should_panic(expected = "the shapes differ: `1` with 2 × f64 meets `1` with 1 × f64")]
fn scaled_sums_of_other_shapes() {
    (0.0, vec![0.0; 2]).add_scaled(1.0, &(0.0, vec![0.0; 1]));
}

#[test]
fn visit_mut_has_the_paths_of_visit() {
    let mut value = (vec![vec![1.0; 2]; 2], Some([1.0; 3]), VecDeque::from([1.0, 2.0]));
    let (mut read, mut written) = (Vec::new(), Vec::new());
    value.visit(&mut Path::root(), &mut |path, run| read.push((path.clone(), run.len())));
    value.visit_mut(&mut Path::root(), &mut |path, run| written.push((path.clone(), run.len())));
    assert_eq!(read, written);
}

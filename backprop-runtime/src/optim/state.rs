//! The memory of an optimiser: some numbers per scalar, in the scalar's precision.

use crate::vector_ops::runs_mismatch;
use crate::{Float, Scalars, ScalarsMut};

/// What an optimiser does to a run of scalars, given `SLOTS` numbers per scalar of its memory.
pub(super) trait Rule<const SLOTS: usize> {
    /// All slices have one length.
    fn update<T: Float>(&self, parameters: &mut [T], gradient: &[T], slots: [&mut [T]; SLOTS]);
}

/// `SLOTS` numbers per scalar, zero at first.
#[derive(Debug, Clone)]
pub(super) struct State<const SLOTS: usize> {
    double: [Vec<f64>; SLOTS],
    single: [Vec<f32>; SLOTS],
    /// The lengths of the runs, once known.
    shape: Option<Vec<Length>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Length {
    Double(usize),
    Single(usize),
}

impl Length {
    fn of(run: &Scalars<'_>) -> Self {
        match run {
            Scalars::F64(run) => Self::Double(run.len()),
            Scalars::F32(run) => Self::Single(run.len()),
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Double(length) => format!("{length} × f64"),
            Self::Single(length) => format!("{length} × f32"),
        }
    }
}

impl<const SLOTS: usize> State<SLOTS> {
    pub(super) fn new() -> Self {
        Self {
            double: [const { Vec::new() }; SLOTS],
            single: [const { Vec::new() }; SLOTS],
            shape: None,
        }
    }

    /// Applies `rule` to every run.
    ///
    /// # Panics
    /// If the runs are not those of the first call.
    #[track_caller]
    pub(super) fn apply(
        &mut self,
        rule: &impl Rule<SLOTS>,
        parameters: &mut [ScalarsMut<'_>],
        gradient: &[Scalars<'_>],
    ) {
        self.fit(gradient);
        let (mut double, mut single) = (0, 0);
        for (parameters, gradient) in parameters.iter_mut().zip(gradient) {
            match (parameters, gradient) {
                (ScalarsMut::F64(parameters), Scalars::F64(gradient)) => {
                    let slots = part(&mut self.double, &mut double, gradient.len());
                    rule.update(parameters, gradient, slots);
                }
                (ScalarsMut::F32(parameters), Scalars::F32(gradient)) => {
                    let slots = part(&mut self.single, &mut single, gradient.len());
                    rule.update(parameters, gradient, slots);
                }
                _ => panic!("a parameter and its gradient differ in precision"),
            }
        }
    }

    #[track_caller]
    fn fit(&mut self, gradient: &[Scalars<'_>]) {
        let lengths = gradient.iter().map(Length::of);
        match &self.shape {
            Some(shape) if lengths.clone().eq(shape.iter().copied()) => {}
            Some(shape) => {
                let now: Vec<_> = lengths.map(|length| length.describe()).collect();
                let first: Vec<_> =
                    shape.iter().map(|length| length.describe() + " of the first step").collect();
                runs_mismatch(&now, &first);
            }
            None => {
                for length in lengths.clone() {
                    match length {
                        Length::Double(length) => grow(&mut self.double, length),
                        Length::Single(length) => grow(&mut self.single, length),
                    }
                }
                self.shape = Some(lengths.collect());
            }
        }
    }
}

fn grow<T: Float, const SLOTS: usize>(slots: &mut [Vec<T>; SLOTS], by: usize) {
    for slot in slots {
        slot.resize(slot.len() + by, T::ZERO);
    }
}

/// The next `length` numbers of every slot.
fn part<'a, T, const SLOTS: usize>(
    slots: &'a mut [Vec<T>; SLOTS],
    offset: &mut usize,
    length: usize,
) -> [&'a mut [T]; SLOTS] {
    let range = *offset..*offset + length;
    *offset = range.end;
    slots.each_mut().map(|slot| &mut slot[range.clone()])
}

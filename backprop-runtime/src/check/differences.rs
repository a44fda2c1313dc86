//! The slope of a function of one variable from its values, with an error bound.
//!
//! Central differences at geometrically falling steps are extrapolated to step zero (Ridders,
//! *Accurate computation of F′(x) and F′(x)F″(x)*, 1982); the entry with the smallest estimated
//! error, truncation plus rounding, is taken. The one-sided differences tell kinks apart.

/// How the ladder of steps is laid and how exactly values are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Precision {
    /// The rounding of one value, relative.
    epsilon: f64,
    /// What a claim may deviate by, relative, beyond the error of the measurement.
    pub(super) tolerance: f64,
    ratio: f64,
    rungs: usize,
}

impl Precision {
    pub(super) const DOUBLE: Self =
        Self { epsilon: 4.0 * f64::EPSILON, tolerance: 1e-6, ratio: 8.0, rungs: 12 };
    pub(super) const SINGLE: Self =
        Self { epsilon: 4.0 * f32::EPSILON as f64, tolerance: 2e-3, ratio: 4.0, rungs: 7 };
}

/// A value of the function, and where it was really taken: a step can be rounded.
pub(super) type Sample = (f64, f64);

/// What the differences say about the slope at a point.
#[derive(Debug, Clone)]
pub(super) struct Slope {
    pub(super) measured: f64,
    pub(super) error: f64,
    /// Difference quotients to the left and to the right, if they do not approach each other.
    pub(super) kink: Option<(f64, f64)>,
    pub(super) steps: Vec<f64>,
    /// Whether the quotients grow without bound as the step falls.
    pub(super) diverges: bool,
}

struct Rung {
    step: f64,
    central: f64,
    left: f64,
    right: f64,
    noise: f64,
}

impl Rung {
    fn jump(&self) -> f64 {
        (self.right - self.left).abs()
    }
}

/// Measures the slope at `at` with steps from `scale / ratio` downwards, until `enough` says
/// that what is known suffices.
pub(super) fn measure(
    function: &mut dyn FnMut(f64) -> Sample,
    at: Sample,
    scale: f64,
    precision: Precision,
    enough: impl Fn(&Slope) -> bool,
) -> Slope {
    let mut ladder: Vec<Rung> = Vec::new();
    let mut steps = Vec::new();
    let mut step = scale;
    for _ in 0..precision.rungs {
        step /= precision.ratio;
        let (right, left) = (function(at.0 + step), function(at.0 - step));
        steps.push(step);
        ladder.extend(rung(left, at, right, precision));
        if ladder.len() >= 3 {
            let slope = judge(&ladder, steps.clone(), precision);
            if slope.kink.is_none() && settles(&ladder) && enough(&slope) {
                return slope;
            }
        }
    }
    judge(&ladder, steps, precision)
}

/// The quotients of one step; one-sided where the other side has no finite value.
fn rung(left: Sample, at: Sample, right: Sample, precision: Precision) -> Option<Rung> {
    let quotient = |a: Sample, b: Sample| (b.1 - a.1) / (b.0 - a.0);
    let (has_left, has_right) =
        (left.1.is_finite() && left.0 < at.0, right.1.is_finite() && right.0 > at.0);
    let (left_slope, right_slope) = (quotient(left, at), quotient(at, right));
    let (central, step) = match (has_left, has_right) {
        (true, true) => (quotient(left, right), (right.0 - left.0) / 2.0),
        (true, false) => (left_slope, at.0 - left.0),
        (false, true) => (right_slope, right.0 - at.0),
        (false, false) => return None,
    };
    let largest = [left.1, at.1, right.1]
        .into_iter()
        .filter(|value| value.is_finite())
        .fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let noise = precision.epsilon * largest / step;
    Some(Rung {
        step,
        central,
        left: if has_left { left_slope } else { central },
        right: if has_right { right_slope } else { central },
        noise,
    })
}

fn judge(ladder: &[Rung], steps: Vec<f64>, precision: Precision) -> Slope {
    let (measured, error) = extrapolate(ladder);
    Slope { measured, error, kink: find_kink(ladder), steps, diverges: diverges(ladder, precision) }
}

/// The best entry of the extrapolation tableau and its estimated error.
fn extrapolate(ladder: &[Rung]) -> (f64, f64) {
    // Higher orders amplify rounding without gaining much at these ratios.
    const ORDERS: usize = 4;
    let mut best = (f64::NAN, f64::INFINITY);
    let mut before: Vec<f64> = Vec::new();
    for (index, rung) in ladder.iter().enumerate() {
        let mut row = vec![rung.central];
        if index > 0 {
            let ratio = ladder[index - 1].step / rung.step;
            // Central quotients err by even powers of the step, one-sided ones by all.
            let power = if rung.jump() == 0.0 && rung.central == rung.left { 1 } else { 2 };
            let first = (rung.central - before[0]).abs() + rung.noise;
            consider(&mut best, rung.central, first);
            for order in 1..ORDERS.min(index + 1) {
                let factor = ratio.powi((power * order) as i32) - 1.0;
                let (coarse, fine) = (before[order - 1], row[order - 1]);
                let value = fine + (fine - coarse) / factor;
                let error = (value - fine).abs().max((value - coarse).abs()) + rung.noise;
                row.push(value);
                consider(&mut best, value, error);
            }
        }
        before = row;
    }
    best
}

fn consider(best: &mut (f64, f64), value: f64, error: f64) {
    if error < best.1 {
        *best = (value, error);
    }
}

/// Whether the last step brought the one-sided quotients closer, as at a smooth point.
fn settles(ladder: &[Rung]) -> bool {
    let [.., before, last] = ladder else { return false };
    last.jump() <= (before.jump() * 0.5).max(10.0 * last.noise)
}

/// One-sided quotients that stay apart down to the smallest steps that rounding leaves
/// meaningful. Where a second derivative exists their difference is proportional to the step.
fn find_kink(ladder: &[Rung]) -> Option<(f64, f64)> {
    let resolved = |rung: &&Rung| rung.jump() > 100.0 * rung.noise;
    let mut resolved = ladder.iter().rev().filter(resolved);
    let (last, before) = (resolved.next()?, resolved.next()?);
    let slope = last.left.abs().max(last.right.abs());
    let apart = last.jump() > 1e-3 * slope && last.jump() > 0.5 * before.jump();
    apart.then_some((last.left, last.right))
}

/// Whether the quotients keep growing by more than noise, as √x's do at 0.
fn diverges(ladder: &[Rung], precision: Precision) -> bool {
    let growth = precision.ratio.powf(0.1);
    let tail = &ladder[ladder.len().saturating_sub(5)..];
    tail.len() >= 3
        && tail.windows(2).all(|pair| {
            pair[1].central.abs() > growth * pair[0].central.abs()
                && pair[1].central.abs() > 100.0 * pair[1].noise
        })
}

use super::*;

/// ∇(3(a−1)² + ½b⁴ + ab)
fn gradient(&[a, b]: &[f64; 2]) -> [f64; 2] {
    [6.0 * (a - 1.0) + b, 2.0 * b.powi(3) + a]
}

/// Five steps from (2, −1.5), against the textbook formulas evaluated with 40 digits.
#[track_caller]
fn assert_five_steps(mut optimizer: impl Optimizer, expected: [f64; 2]) {
    let mut x = [2.0, -1.5];
    for _ in 0..5 {
        let gradient = gradient(&x);
        optimizer.step(&mut x, &gradient);
    }
    assert_eq!(optimizer.steps(), 5);
    for (x, expected) in x.iter().zip(expected) {
        assert!((x - expected).abs() < 4e-16 * expected.abs(), "{x} instead of {expected}");
    }
}

#[test]
fn textbook_formulas() {
    assert_five_steps(Sgd::new(0.01), [1.7964639909809388, -1.3107404602239083]);
    assert_five_steps(Sgd::new(0.01).with_momentum(0.9), [1.475460164501517, -1.0180339315546538]);
    assert_five_steps(Sgd::new(0.01).with_nesterov(0.9), [1.385630032878251, -0.9729453928672598]);
    assert_five_steps(AdaGrad::new(0.01), [1.9678955611769862, -1.468183845460431]);
    assert_five_steps(Adam::new(0.01), [1.9500516570119795, -1.4501309173899508]);
    assert_five_steps(AdamW::new(0.01, 0.1), [1.9401831876314717, -1.4427675117123566]);
}

#[test]
fn structure_does_not_matter() {
    let mut flat = [2.0, -1.5, 0.25];
    let mut nested = (vec![vec![2.0], vec![]], Some(Box::new([-1.5, 0.25])));
    let (mut first, mut rest) = (2.0, vec![-1.5, 0.25]);
    let mut optimizers = [Adam::new(0.1), Adam::new(0.1), Adam::new(0.1)];
    for _ in 0..3 {
        let g = flat.map(|x| 2.0 * x);
        optimizers[0].step(&mut flat, &g);
        optimizers[1].step(&mut nested, &(vec![vec![g[0]], vec![]], Some(Box::new([g[1], g[2]]))));
        optimizers[2].step((&mut first, &mut rest[..]), &(g[0], vec![g[1], g[2]]));
    }
    assert_eq!(nested, (vec![vec![flat[0]], vec![]], Some(Box::new([flat[1], flat[2]]))));
    assert_eq!((first, rest), (flat[0], vec![flat[1], flat[2]]));
}

#[test]
fn single_precision_beside_double() {
    let mut mixed = (2.0f32, vec![-1.5f64], [0.5f32]);
    let mut double = (2.0, vec![-1.5], [0.5]);
    let (mut first, mut second) = (Adam::new(0.1), Adam::new(0.1));
    for _ in 0..10 {
        first.step(&mut mixed, &(1.0, vec![-2.0], [3.0]));
        second.step(&mut double, &(1.0, vec![-2.0], [3.0]));
    }
    assert_eq!(mixed.1, double.1);
    assert!((f64::from(mixed.0) - double.0).abs() < 1e-6);
    assert!((f64::from(mixed.2[0]) - double.2[0]).abs() < 1e-6);
}

#[test]
fn every_optimizer_descends() {
    let optimizers: [Box<dyn Optimizer>; 6] = [
        Box::new(Sgd::new(0.02)),
        Box::new(Sgd::new(0.01).with_momentum(0.9)),
        Box::new(Sgd::new(0.01).with_nesterov(0.9)),
        Box::new(AdaGrad::new(0.5)),
        Box::new(Adam::new(Schedule::inverse_sqrt(0.2))),
        Box::new(AdamW::new(Schedule::cosine(0.1, 0.0, 2000).with_warmup(10), 0.0)),
    ];
    for mut optimizer in optimizers {
        let mut x = [2.0, -1.5];
        for _ in 0..2000 {
            let gradient = gradient(&x);
            optimizer.step(&mut x, &gradient);
        }
        let rest = gradient(&x);
        assert!(rest[0].abs() < 1e-6 && rest[1].abs() < 1e-6, "{x:?}");
    }
}

#[test]
fn zero_gradients_move_nothing() {
    for mut optimizer in [
        Box::new(AdaGrad::new(0.5)) as Box<dyn Optimizer>,
        Box::new(Adam::new(0.5)),
        Box::new(Sgd::new(0.5).with_momentum(0.9)),
    ] {
        let mut x = vec![1.0, -2.0];
        optimizer.step(&mut x, &vec![0.0, 0.0]);
        assert_eq!(x, [1.0, -2.0]);
    }
}

#[test]
#[should_panic(expected = "the shapes differ: `0` with 2 × f64 meets `0` with 3 × f64")]
fn gradient_of_another_shape() {
    let (mut v, mut w) = (vec![1.0, 2.0], 1.0);
    Sgd::new(0.1).step((&mut v, &mut w), &(vec![0.0; 3], 0.0));
}

#[test]
#[should_panic(expected = "the shapes differ: 3 × f64 meets 2 × f64 of the first step")]
fn shape_of_another_step() {
    let mut adam = Adam::new(0.1);
    adam.step(&mut vec![1.0; 2], &vec![1.0; 2]);
    adam.step(&mut vec![1.0; 3], &vec![1.0; 3]);
}

#[test]
fn clipping_keeps_what_cannot_be_scaled() {
    let mut gradient = vec![f64::INFINITY, 1.0];
    assert_eq!(clip_norm(&mut gradient, 1.0), f64::INFINITY);
    assert_eq!(gradient, [f64::INFINITY, 1.0]);
    let mut huge: Vec<f64> = vec![3e200, 4e200];
    clip_norm(&mut huge, 5.0);
    assert!((huge[0] - 3.0).abs() < 1e-14 && (huge[1] - 4.0).abs() < 1e-14);
    let mut single = (1.0f32, -2.0f32);
    clip_value(&mut single, 1.5);
    assert_eq!(single, (1.0, -1.5));
}

//! The pricing error of European options by the formula of Black and Scholes, with the normal
//! distribution as a polynomial (Abramowitz and Stegun 26.2.17).

use std::f64::consts::PI;
use std::hint::black_box;

use backprop::differentiable;

use super::Numbers;
use crate::harness::Bench;

const SLOPE: f64 = 0.231_641_9;
const B: [f64; 5] = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];

#[differentiable]
fn normal_cdf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + SLOPE * x.abs());
    let polynomial = t * (B[0] + t * (B[1] + t * (B[2] + t * (B[3] + t * B[4]))));
    let tail = (-0.5 * x * x).exp() / (2.0 * PI).sqrt() * polynomial;
    if x >= 0.0 { 1.0 - tail } else { tail }
}

#[differentiable(wrt(spot, rate, volatility))]
fn call(spot: f64, strike: f64, time: f64, rate: f64, volatility: f64) -> f64 {
    let deviation = volatility * time.sqrt();
    let d1 = ((spot / strike).ln() + (rate + 0.5 * volatility * volatility) * time) / deviation;
    let d2 = d1 - deviation;
    spot * normal_cdf(d1) - strike * (-rate * time).exp() * normal_cdf(d2)
}

struct Quote {
    strike: f64,
    time: f64,
    price: f64,
}

#[differentiable(wrt(spot, rate, volatility))]
fn by_index(spot: f64, rate: f64, volatility: &[f64], quotes: &[Quote]) -> f64 {
    let mut error = 0.0;
    for i in 0..quotes.len() {
        let q = &quotes[i];
        let off = call(spot, q.strike, q.time, rate, volatility[i]) - q.price;
        error += off * off;
    }
    error
}

#[differentiable(wrt(spot, rate, volatility))]
fn by_iterator(spot: f64, rate: f64, volatility: &[f64], quotes: &[Quote]) -> f64 {
    quotes
        .iter()
        .zip(volatility)
        .map(|(q, v)| (call(spot, q.strike, q.time, rate, *v) - q.price).powi(2))
        .sum()
}

/// The distribution and its derivative, with one exponential.
fn normal(x: f64) -> (f64, f64) {
    let t = 1.0 / (1.0 + SLOPE * x.abs());
    let inner = B[0] + t * (B[1] + t * (B[2] + t * (B[3] + t * B[4])));
    let slope = B[0] + t * (2.0 * B[1] + t * (3.0 * B[2] + t * (4.0 * B[3] + t * 5.0 * B[4])));
    let density = (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
    let tail = density * (t * inner);
    // Of the tail beyond |x|, falling; of the distribution on both sides, rising.
    let derivative = tail * x.abs() + density * slope * t * t * SLOPE;
    (if x >= 0.0 { 1.0 - tail } else { tail }, derivative)
}

fn by_hand(
    (spot, rate, volatility): (f64, f64, &[f64]),
    quotes: &[Quote],
    (d_spot, d_rate, d_volatility): (&mut f64, &mut f64, &mut [f64]),
) -> f64 {
    let mut error = 0.0;
    for ((q, &v), d_v) in quotes.iter().zip(volatility).zip(d_volatility) {
        let root = q.time.sqrt();
        let deviation = v * root;
        let inverse = 1.0 / deviation;
        let d1 = ((spot / q.strike).ln() + (rate + 0.5 * v * v) * q.time) * inverse;
        let d2 = d1 - deviation;
        let ((n1, p1), (n2, p2)) = (normal(d1), normal(d2));
        let discounted = q.strike * (-rate * q.time).exp();
        let off = spot * n1 - discounted * n2 - q.price;
        error += off * off;
        let seed = 2.0 * off;
        let d_d2 = -seed * discounted * p2;
        let d_d1 = seed * spot * p1 + d_d2;
        let d_numerator = d_d1 * inverse;
        let d_deviation = -d_d2 - d_numerator * d1;
        *d_spot += seed * n1 + d_numerator / spot;
        *d_rate += seed * discounted * n2 * q.time + d_numerator * q.time;
        *d_v += d_deviation * root + d_numerator * v * q.time;
    }
    error
}

pub(crate) fn add(bench: &mut Bench) {
    let n = 1000;
    let mut numbers = Numbers(10);
    let volatility = numbers.vec(n, 0.1, 0.5);
    let quotes: Vec<Quote> = (0..n)
        .map(|_| Quote {
            strike: numbers.next(80.0, 120.0),
            time: numbers.next(0.2, 2.0),
            price: numbers.next(5.0, 20.0),
        })
        .collect();
    let at = || black_box((100.0, 0.03, &volatility[..]));
    bench
        .problem(format!("Black–Scholes n={n}"), (0.0, 0.0, vec![0.0; n]))
        .hand(|(d_s, d_r, d_v)| by_hand(at(), &quotes, (d_s, d_r, d_v)))
        .style(
            "index",
            || {
                let (spot, rate, volatility) = at();
                by_index(spot, rate, volatility, &quotes)
            },
            |(d_s, d_r, d_v)| {
                let (spot, rate, volatility) = at();
                by_index_grad_add(spot, rate, volatility, &quotes, d_s, d_r, d_v)
            },
        )
        .style(
            "iterator",
            || {
                let (spot, rate, volatility) = at();
                by_iterator(spot, rate, volatility, &quotes)
            },
            |(d_s, d_r, d_v)| {
                let (spot, rate, volatility) = at();
                by_iterator_grad_add(spot, rate, volatility, &quotes, d_s, d_r, d_v)
            },
        )
        .run();
}

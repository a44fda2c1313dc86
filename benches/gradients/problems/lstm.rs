//! A recurrent network that predicts the next character, with peepholes for weights (ADBench's
//! LSTM): l layers of b units, c characters of b bits.

use std::hint::black_box;

use backprop::{Differentiable, VectorOps, differentiable};

use super::Numbers;
use crate::harness::Bench;

#[differentiable]
fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `main`: for each layer 4b weights, then 4b biases; `extra`: input weights, output weights, output
/// biases; `state`: for each layer b hidden and b cell values.
#[differentiable(wrt(main, extra))]
fn by_index(
    main: &[Vec<f64>],
    extra: &[Vec<f64>],
    state: &[Vec<f64>],
    sequence: &[Vec<f64>],
) -> f64 {
    let (layers, b) = (state.len() / 2, extra[0].len());
    let mut s = state.to_vec();
    let mut input = vec![0.0; b];
    let mut total = 0.0;
    let mut count = 0;
    for t in 0..sequence.len() - 1 {
        for i in 0..b {
            input[i] = sequence[t][i] * extra[0][i];
        }
        for l in 0..layers {
            for i in 0..b {
                let (weight, bias) = (&main[2 * l], &main[2 * l + 1]);
                let forget = sigmoid(input[i] * weight[i] + bias[i]);
                let enter = sigmoid(s[2 * l][i] * weight[b + i] + bias[b + i]);
                let output = sigmoid(input[i] * weight[2 * b + i] + bias[2 * b + i]);
                let change = (s[2 * l][i] * weight[3 * b + i] + bias[3 * b + i]).tanh();
                s[2 * l + 1][i] = s[2 * l + 1][i] * forget + enter * change;
                s[2 * l][i] = output * s[2 * l + 1][i].tanh();
                input[i] = s[2 * l][i];
            }
        }
        let mut sum = 2.0;
        for i in 0..b {
            sum += (input[i] * extra[1][i] + extra[2][i]).exp();
        }
        let normaliser = sum.ln();
        for i in 0..b {
            let prediction = input[i] * extra[1][i] + extra[2][i];
            total += sequence[t + 1][i] * (prediction - normaliser);
        }
        count += b;
    }
    -total / count as f64
}

#[derive(Clone, Differentiable)]
struct Gate {
    weight: Vec<f64>,
    bias: Vec<f64>,
}

#[derive(Clone, Differentiable)]
struct Layer {
    forget: Gate,
    enter: Gate,
    output: Gate,
    change: Gate,
}

#[derive(Clone, Differentiable)]
struct Network {
    input: Vec<f64>,
    layers: Vec<Layer>,
    output: Gate,
}

impl Network {
    /// From the arrays of `by_index`.
    fn of(main: &[Vec<f64>], extra: &[Vec<f64>]) -> Self {
        let b = extra[0].len();
        let layers = main.chunks(2).map(|layer| {
            let gate = |k: usize| Gate {
                weight: layer[0][k * b..(k + 1) * b].to_vec(),
                bias: layer[1][k * b..(k + 1) * b].to_vec(),
            };
            Layer { forget: gate(0), enter: gate(1), output: gate(2), change: gate(3) }
        });
        let output = Gate { weight: extra[1].clone(), bias: extra[2].clone() };
        Network { input: extra[0].clone(), layers: layers.collect(), output }
    }
}

impl Gate {
    #[differentiable(wrt(self, x))]
    fn apply(&self, x: &[f64]) -> Vec<f64> {
        x.iter().zip(&self.weight).zip(&self.bias).map(|((x, w), b)| x * w + b).collect()
    }
}

impl Network {
    #[differentiable(wrt(self))]
    fn loss(&self, state: &[(Vec<f64>, Vec<f64>)], sequence: &[Vec<f64>]) -> f64 {
        let mut state = state.to_vec();
        let mut total = 0.0;
        for t in 0..sequence.len() - 1 {
            let x = &sequence[t];
            let target = &sequence[t + 1];
            let mut signal: Vec<f64> = x.iter().zip(&self.input).map(|(x, w)| x * w).collect();
            for (layer, (hidden, cell)) in self.layers.iter().zip(&mut state) {
                let forget = layer.forget.apply(&signal);
                let enter = layer.enter.apply(&*hidden);
                let output = layer.output.apply(&signal);
                let change = layer.change.apply(&*hidden);
                for i in 0..cell.len() {
                    cell[i] = cell[i] * sigmoid(forget[i]) + sigmoid(enter[i]) * change[i].tanh();
                    hidden[i] = sigmoid(output[i]) * cell[i].tanh();
                }
                signal = hidden.clone();
            }
            let prediction = self.output.apply(&signal);
            let normaliser = (2.0 + prediction.iter().map(|p| p.exp()).sum::<f64>()).ln();
            total += target.iter().zip(&prediction).map(|(y, p)| y * (p - normaliser)).sum::<f64>();
        }
        -total / ((sequence.len() - 1) * self.input.len()) as f64
    }
}

/// What the reverse of one unit in one step reads, beside the parameters.
#[derive(Clone, Copy, Default)]
struct Unit {
    input: f64,
    hidden: f64,
    cell: f64,
    forget: f64,
    enter: f64,
    output: f64,
    change: f64,
    tanh: f64,
}

/// The outputs of all sigmoids and tanhs are kept, and none is computed twice.
fn by_hand(
    (main, extra): (&[Vec<f64>], &[Vec<f64>]),
    state: &[Vec<f64>],
    sequence: &[Vec<f64>],
    (d_main, d_extra): (&mut [Vec<f64>], &mut [Vec<f64>]),
) -> f64 {
    let (layers, b, steps) = (state.len() / 2, extra[0].len(), sequence.len() - 1);
    let mut s = state.to_vec();
    let mut units = vec![Unit::default(); steps * layers * b];
    // The last layer's outputs are what `input` ends as; the softmax's are kept beside them.
    let mut outputs = vec![(0.0, 0.0); steps * b];
    let mut inverses = vec![0.0; steps];
    let mut input = vec![0.0; b];
    let mut total = 0.0;
    for t in 0..steps {
        for i in 0..b {
            input[i] = sequence[t][i] * extra[0][i];
        }
        for l in 0..layers {
            let (weight, bias) = (&main[2 * l][..4 * b], &main[2 * l + 1][..4 * b]);
            let (hidden, cell) = s[2 * l..2 * l + 2].split_at_mut(1);
            let (hidden, cell) = (&mut hidden[0][..b], &mut cell[0][..b]);
            let start = (t * layers + l) * b;
            let units = &mut units[start..start + b];
            for i in 0..b {
                let (x, h, c) = (input[i], hidden[i], cell[i]);
                let forget = 1.0 / (1.0 + (-(x * weight[i] + bias[i])).exp());
                let enter = 1.0 / (1.0 + (-(h * weight[b + i] + bias[b + i])).exp());
                let output = 1.0 / (1.0 + (-(x * weight[2 * b + i] + bias[2 * b + i])).exp());
                let change = (h * weight[3 * b + i] + bias[3 * b + i]).tanh();
                cell[i] = c * forget + enter * change;
                let tanh = cell[i].tanh();
                hidden[i] = output * tanh;
                input[i] = hidden[i];
                units[i] =
                    Unit { input: x, hidden: h, cell: c, forget, enter, output, change, tanh };
            }
        }
        let outputs = &mut outputs[t * b..(t + 1) * b];
        let mut sum = 2.0;
        for i in 0..b {
            let prediction = input[i] * extra[1][i] + extra[2][i];
            let e = prediction.exp();
            outputs[i] = (input[i], e);
            sum += e;
        }
        let normaliser = sum.ln();
        inverses[t] = 1.0 / sum;
        for i in 0..b {
            let prediction = input[i] * extra[1][i] + extra[2][i];
            total += sequence[t + 1][i] * (prediction - normaliser);
        }
    }

    let count = (steps * b) as f64;
    let seed = -1.0 / count;
    let mut d_hidden = vec![0.0; layers * b];
    let mut d_cell = vec![0.0; layers * b];
    let mut d_input = vec![0.0; b];
    for t in (0..steps).rev() {
        let target = &sequence[t + 1][..b];
        let targets: f64 = target.iter().sum();
        let factor = seed * targets * inverses[t];
        let outputs = &outputs[t * b..(t + 1) * b];
        for i in 0..b {
            let (x, e) = outputs[i];
            let d_prediction = seed * target[i] - factor * e;
            d_extra[1][i] += d_prediction * x;
            d_extra[2][i] += d_prediction;
            d_input[i] = d_prediction * extra[1][i];
        }
        for l in (0..layers).rev() {
            let weight = &main[2 * l][..4 * b];
            let (d_weight, d_bias) = d_main[2 * l..2 * l + 2].split_at_mut(1);
            let (d_weight, d_bias) = (&mut d_weight[0][..4 * b], &mut d_bias[0][..4 * b]);
            let start = (t * layers + l) * b;
            let units = &units[start..start + b];
            let d_hidden = &mut d_hidden[l * b..(l + 1) * b];
            let d_cell = &mut d_cell[l * b..(l + 1) * b];
            for i in 0..b {
                let u = units[i];
                let d_h = d_hidden[i] + d_input[i];
                let d_c = d_cell[i] + d_h * u.output * (1.0 - u.tanh * u.tanh);
                let d_forget = d_c * u.cell * (u.forget * (1.0 - u.forget));
                let d_enter = d_c * u.change * (u.enter * (1.0 - u.enter));
                let d_output = d_h * u.tanh * (u.output * (1.0 - u.output));
                let d_change = d_c * u.enter * (1.0 - u.change * u.change);
                d_weight[i] += d_forget * u.input;
                d_weight[b + i] += d_enter * u.hidden;
                d_weight[2 * b + i] += d_output * u.input;
                d_weight[3 * b + i] += d_change * u.hidden;
                d_bias[i] += d_forget;
                d_bias[b + i] += d_enter;
                d_bias[2 * b + i] += d_output;
                d_bias[3 * b + i] += d_change;
                d_cell[i] = d_c * u.forget;
                d_hidden[i] = d_enter * weight[b + i] + d_change * weight[3 * b + i];
                d_input[i] = d_forget * weight[i] + d_output * weight[2 * b + i];
            }
        }
        for i in 0..b {
            d_extra[0][i] += d_input[i] * sequence[t][i];
        }
    }
    -total / count
}

pub(crate) fn add(bench: &mut Bench) {
    let b = 14;
    for (layers, characters) in [(2, 1024), (4, 4096)] {
        let mut numbers = Numbers(6);
        let main = numbers.rows(2 * layers, 4 * b, -1.0, 1.0);
        let extra = numbers.rows(3, b, -1.0, 1.0);
        let state = numbers.rows(2 * layers, b, -1.0, 1.0);
        let sequence: Vec<Vec<f64>> = (0..characters)
            .map(|_| (0..b).map(|_| numbers.next(0.0, 2.0).floor()).collect())
            .collect();
        let at = || (black_box(&main[..]), black_box(&extra[..]));
        let zero = (vec![vec![0.0; 4 * b]; 2 * layers], vec![vec![0.0; b]; 3]);
        let name = format!("LSTM l={layers} c={characters}");
        bench
            .problem(&name, zero)
            .hand(|(d_main, d_extra)| by_hand(at(), &state, &sequence, (d_main, d_extra)))
            .style(
                "index",
                || {
                    let (main, extra) = at();
                    by_index(main, extra, &state, &sequence)
                },
                |(d_main, d_extra)| {
                    let (main, extra) = at();
                    by_index_grad_add(main, extra, &state, &sequence, d_main, d_extra)
                },
            )
            .run();
        add_structs(bench, (&main, &extra), &state, &sequence);
    }
}

/// The same network in structs: its own problem, because the gradient has another shape.
fn add_structs(
    bench: &mut Bench,
    (main, extra): (&[Vec<f64>], &[Vec<f64>]),
    state: &[Vec<f64>],
    sequence: &[Vec<f64>],
) {
    let network = Network::of(main, extra);
    let pairs: Vec<_> = state.chunks(2).map(|s| (s[0].clone(), s[1].clone())).collect();
    let empty = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
        rows.iter().map(|row| vec![0.0; row.len()]).collect()
    };
    let (mut d_main, mut d_extra) = (empty(main), empty(extra));
    let name = format!("LSTM in structs l={} c={}", pairs.len(), sequence.len());
    bench
        .problem(name, network.zero_like())
        .hand(|d| {
            // By hand it is the same in arrays, which are copied once per call.
            d_main.set_zero();
            d_extra.set_zero();
            let at = (black_box(main), black_box(extra));
            let loss = by_hand(at, state, sequence, (&mut d_main, &mut d_extra));
            d.add_scaled(1.0, &Network::of(&d_main, &d_extra));
            loss
        })
        .style(
            "structs",
            || black_box(&network).loss(&pairs, sequence),
            |d| black_box(&network).loss_grad_add(&pairs, sequence, d),
        )
        .run();
}

//! What the program prints and plots.

use std::time::Duration;

use crate::data::{Split, Table};
use crate::models::Architecture;
use crate::options::Options;
use crate::plot::{COLOURS, Figure, Panel, Stroke};
use crate::training::{History, Method};

/// A row of the table of results.
pub struct Row {
    pub architecture: Architecture,
    pub method: Method,
    pub step: f64,
    pub weights: usize,
    pub history: History,
    pub duration: Duration,
}

pub fn data(table: &Table, split: &Split, options: &Options) {
    println!("Data: {}", options.data.display());
    println!(
        "  {} rows in {} groups, {} features, target: {}",
        table.rows.len(),
        split.groups,
        table.names.len() - 1,
        table.target()
    );
    println!("  {} for training, {} for testing", split.train.len(), split.test.len());
}

pub fn check_head() {
    println!("\nGenerated gradients differ, relatively, at most by");
    println!("            from central differences   from the closed form");
}

pub fn check_row(architecture: Architecture, measured: f64, by_hand: f64) {
    println!("{architecture:<12}{measured:>24.0e}{by_hand:>23.0e}");
}

pub fn table_head(target: &str) {
    println!("\nRoot mean squared error of {target} after training:\n");
    println!("model       weights  optimiser    step    training     test     time");
}

/// The error of the predictor that always says the mean of the training targets.
pub fn baseline(split: &Split) {
    let unit = split.scaling.target_unit();
    let rmse = |examples: &[crate::data::Example]| {
        let total: f64 = examples.iter().map(|example| example.y * example.y).sum();
        unit * (total / examples.len() as f64).sqrt()
    };
    let (train, test) = (rmse(&split.train), rmse(&split.test));
    println!("{:<12}{:>7}{:>31.2}{test:>9.2}", "the mean", 0, train);
}

pub fn table_row(row: &Row) {
    let Row { architecture, method, step, weights, .. } = row;
    print!("{architecture:<12}{weights:>7}  {method:<9}{step:>8}");
    let (epochs, history) = (row.history.train.len() - 1, &row.history);
    let seconds = row.duration.as_secs_f64();
    if history.is_finite() {
        let (train, test) = (history.train[epochs], history.test[epochs]);
        println!("{train:>12.2}{test:>9.2}{seconds:>7.1} s");
    } else {
        println!("    diverged in epoch {epochs}: try a smaller --step");
    }
}

/// Errors over the epochs: a panel per model, a line per optimiser.
pub fn error_figure(rows: &[Row], target: &str) -> Figure {
    let grey = "#444444";
    let mut legend = vec![];
    let mut panels: Vec<Panel> = vec![];
    for row in rows {
        let name = row.architecture.to_string();
        if panels.last().is_none_or(|panel| panel.title != name) {
            panels.push(Panel { title: name, lines: vec![] });
        }
        let colour = COLOURS[Method::ALL.iter().position(|m| *m == row.method).unwrap_or(0)];
        let stroke = |dashed| Stroke { colour, dashed };
        let lines = &mut panels.last_mut().expect("pushed above").lines;
        lines.push((stroke(false), row.history.train.clone()));
        lines.push((stroke(true), row.history.test.clone()));
        if panels.len() == 1 {
            legend.push((row.method.to_string(), stroke(false)));
        }
    }
    legend.push(("training".into(), Stroke { colour: grey, dashed: false }));
    legend.push(("test".into(), Stroke { colour: grey, dashed: true }));
    Figure {
        title: "Prediction errors during training".into(),
        x_label: "epoch".into(),
        y_label: format!("RMSE, {target}"),
        legend,
        panels,
    }
}

/// Gradient sizes of the deepest model: a panel per optimiser, a line per parameter.
pub fn gradient_figure(rows: &[Row]) -> Figure {
    let deepest = rows.last().map(|row| row.architecture);
    let mut legend = vec![];
    let mut panels = vec![];
    for row in rows.iter().filter(|row| Some(row.architecture) == deepest) {
        let sizes = || row.history.gradient_sizes.iter().zip(COLOURS);
        let stroke = |colour| Stroke { colour, dashed: false };
        legend = sizes().map(|((name, _), colour)| (name.clone(), stroke(colour))).collect();
        // There is no gradient in epoch 0.
        let from_1 = |sizes: &[f64]| [&[f64::NAN], sizes].concat();
        let lines = sizes().map(|((_, sizes), colour)| (stroke(colour), from_1(sizes))).collect();
        panels.push(Panel { title: row.method.to_string(), lines });
    }
    let model = deepest.map_or(String::new(), |model| model.to_string());
    Figure {
        title: format!("Gradients of the {model} model during training"),
        x_label: "epoch".into(),
        y_label: "root mean square per weight".into(),
        legend,
        panels,
    }
}

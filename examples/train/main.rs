//! Trains a linear predictor, a two-layer and a four-layer network on real data with three
//! optimisers, all on gradients that `#[differentiable]` generates.
//!
//!     cargo run --release --example train
//!     cargo run --release --example train -- --help

#![allow(unreachable_pub, reason = "a program has no public interface")]

mod closed_form;
mod data;
mod models;
mod options;
mod plot;
mod report;
mod saved;
mod training;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use backprop::check::check_gradient_along;
use backprop::init::seeded;
use backprop::prelude::*;
use indicatif::{ProgressBar, ProgressStyle};

use data::{Split, Table};
use models::{Architecture, FourLayer, Linear, Model, TwoLayer};
use options::{Command, Options};
use report::Row;
use saved::{Saved, write_file};
use training::{Method, rmse, train};

fn main() -> ExitCode {
    let outcome = match options::parse(lexopt::Parser::from_env()) {
        Ok(Command::Help) => {
            print!("{}", options::HELP);
            Ok(())
        }
        Ok(Command::Run(options)) => match &options.load {
            None => train_and_compare(&options),
            Some(file) => test_saved(file, &options),
        },
        Err(message) => Err(message),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn train_and_compare(options: &Options) -> Result<(), String> {
    let table = Table::read(&options.data)?;
    let split = table.split(options.group, options.test_fraction, options.seed)?;
    fs::create_dir_all(&options.out)
        .map_err(|error| format!("cannot create {}: {error}", options.out.display()))?;
    report::data(&table, &split, options);

    report::check_head();
    for &architecture in &options.architectures {
        match architecture {
            Architecture::Linear => check::<Linear>(architecture, &split, options)?,
            Architecture::TwoLayer => check::<TwoLayer>(architecture, &split, options)?,
            Architecture::FourLayer => check::<FourLayer>(architecture, &split, options)?,
        }
    }

    report::table_head(table.target());
    report::baseline(&split);
    let runs = options.architectures.len() * options.methods.len();
    let bar = progress_bar(runs * options.epochs);
    let mut rows = vec![];
    for &architecture in &options.architectures {
        for &method in &options.methods {
            let run = match architecture {
                Architecture::Linear => run::<Linear>,
                Architecture::TwoLayer => run::<TwoLayer>,
                Architecture::FourLayer => run::<FourLayer>,
            };
            let row = run(architecture, method, &split, options, &bar)?;
            bar.suspend(|| report::table_row(&row));
            rows.push(row);
        }
    }
    bar.finish_and_clear();

    println!(
        "\nParameters: {} (test them again with --load FILE)",
        options.out.join("*.txt").display()
    );
    for (name, svg) in [
        ("errors.svg", report::error_figure(&rows, table.target()).to_svg()),
        ("gradients.svg", report::gradient_figure(&rows).to_svg()),
    ] {
        let path = options.out.join(name);
        write_file(&path, &svg)?;
        println!("Plot:       {}", path.display());
    }
    Ok(())
}

/// Compares the generated gradient with central differences at random parameters on one example,
/// and with the closed form on all examples.
fn check<M: Model>(
    architecture: Architecture,
    split: &Split,
    options: &Options,
) -> Result<(), String> {
    let mut rng = seeded(options.seed);
    let first = &split.train[0];
    let mut model = M::initial(first.x.len(), options.hidden, &mut rng);
    // The linear model starts at 0, which is no place to find mistakes.
    if model.flat_norm() == 0.0 {
        model.set_flat(&vec![0.1; model.count()]);
    }

    let mut gradient = model.zero_like();
    model.loss_grad_add(&first.x, first.y, &mut gradient);
    let loss = |model: &M| model.loss(&first.x, first.y);
    let measured = if model.count() <= 10_000 {
        check_gradient(&model, loss, &gradient)
    } else {
        check_gradient_along(&model, loss, &gradient, 20)
    };
    let measured = measured
        .map_err(|error| format!("the gradient of the {architecture} model is wrong: {error}"))?;
    let measured = measured.worst.map_or(0.0, |worst| worst.relative_error());

    gradient.set_zero();
    let mut by_hand = gradient.clone();
    for example in &split.train {
        model.loss_grad_add(&example.x, example.y, &mut gradient);
        model.closed_form_loss_grad_add(&example.x, example.y, &mut by_hand);
    }
    let mut difference = gradient.clone();
    difference.add_scaled(-1.0, &by_hand);
    let difference = difference.flat_norm() / by_hand.flat_norm();
    if difference > 1e-12 {
        return Err(format!(
            "the gradient of the {architecture} model differs from the closed form by {difference:.0e}"
        ));
    }
    report::check_row(architecture, measured, difference);
    Ok(())
}

/// One training run, its parameters saved.
fn run<M: Model>(
    architecture: Architecture,
    method: Method,
    split: &Split,
    options: &Options,
    bar: &ProgressBar,
) -> Result<Row, String> {
    let step = options.step.unwrap_or_else(|| method.tuned_step(architecture));
    let done = bar.position();
    let run = train::<M>(split, options, method, step, |history| {
        let epoch = history.train.len() - 1;
        bar.set_position(done + epoch as u64);
        let error = history.train[epoch];
        bar.set_message(format!("{architecture}, {method}: training RMSE {error:.2}"));
    });
    bar.set_position(done + options.epochs as u64);

    if run.history.is_finite() {
        let saved = Saved {
            architecture,
            hidden: options.hidden,
            group: options.group,
            test_fraction: options.test_fraction,
            seed: options.seed,
            scaling: split.scaling.clone(),
            parameters: run.model.to_flat_vec(),
        };
        let name = format!("{architecture}-{method}.txt").to_lowercase();
        saved.write(&options.out.join(name), &run.model)?;
    }
    Ok(Row {
        architecture,
        method,
        step,
        weights: run.model.count(),
        history: run.history,
        duration: run.duration,
    })
}

/// Hidden by itself where standard error is not a terminal.
fn progress_bar(epochs: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} % {elapsed_precise} {msg}");
    ProgressBar::new(epochs as u64).with_style(style.expect("a valid template"))
}

/// `--load`: tests saved parameters on the test data of the run that saved them.
fn test_saved(file: &Path, options: &Options) -> Result<(), String> {
    let saved = Saved::read(file)?;
    let table = Table::read(&options.data)?;
    let split = table.split(saved.group, saved.test_fraction, saved.seed)?;
    if split.scaling != saved.scaling {
        let (file, data) = (file.display(), options.data.display());
        return Err(format!("{file}: was not trained on {data}"));
    }
    match saved.architecture {
        Architecture::Linear => test::<Linear>(&saved, &split, &table),
        Architecture::TwoLayer => test::<TwoLayer>(&saved, &split, &table),
        Architecture::FourLayer => test::<FourLayer>(&saved, &split, &table),
    }
    .map_err(|error| format!("{}: {error}", file.display()))
}

fn test<M: Model>(saved: &Saved, split: &Split, table: &Table) -> Result<(), String> {
    let mut rng = seeded(0);
    let mut model = M::initial(split.train[0].x.len(), saved.hidden, &mut rng);
    let (wanted, found) = (model.count(), saved.parameters.len());
    if wanted != found {
        return Err(format!("{found} numbers instead of {wanted}"));
    }
    model.set_flat(&saved.parameters);

    let (unit, mean) = (split.scaling.target_unit(), split.scaling.target_mean());
    println!("{} model with {wanted} weights, {}", saved.architecture, table.target());
    println!(
        "RMSE {:.3} on training, {:.3} on test data\n",
        unit * rmse(&model, &split.train),
        unit * rmse(&model, &split.test)
    );
    println!("The first test examples:\n   predicted    measured");
    for example in split.test.iter().take(10) {
        let predicted = mean + unit * model.score(&example.x);
        println!("{predicted:>12.1}{:>12.1}", mean + unit * example.y);
    }
    Ok(())
}

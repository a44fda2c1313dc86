//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use crate::models::Architecture;
use crate::training::Method;

/// Printed by `--help`.
pub const HELP: &str = "\
Trains a linear predictor, a two-layer and a four-layer network with SGD, AdaGrad and Adam,
and compares their errors.

Usage: cargo run --release --example train -- [OPTIONS]

Data:
      --data FILE        CSV with a header; the last column is the target
                         [default: the concrete strengths in examples/data]
      --group N          rows that agree in the first N columns stay together in the split
                         [default: 7 for the concrete, whose mixtures were tested at
                         several ages; else 0]
      --test FRACTION    part of the data kept for testing [default: 0.2]
      --seed N           seeds the split, the initial weights and the order of the
                         examples [default: 1]

Training:
  -m, --model NAME       linear, two-layer or four-layer; repeat for several [default: all]
  -o, --optimiser NAME   sgd, adagrad or adam; repeat for several [default: all]
      --hidden N         units in every hidden layer [default: 32]
      --epochs N         passes over the training data [default: 100]
      --batch N          examples per step [default: 16]
      --step SIZE        step size at the start, from which it falls to 0 along a
                         cosine [default: tuned for the model and optimiser]

Output:
      --out DIR          where parameters and plots go [default: target/train]
      --load FILE        do not train: test parameters saved by an earlier run
  -h, --help             print this help
";

/// What the command line asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub data: PathBuf,
    pub group: usize,
    pub test_fraction: f64,
    pub seed: u64,
    pub architectures: Vec<Architecture>,
    pub methods: Vec<Method>,
    pub hidden: usize,
    pub epochs: usize,
    pub batch: usize,
    /// `None`: the tuned one of the model and optimiser.
    pub step: Option<f64>,
    pub out: PathBuf,
    pub load: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            data: concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/concrete.csv").into(),
            group: 7,
            test_fraction: 0.2,
            seed: 1,
            architectures: Architecture::ALL.to_vec(),
            methods: Method::ALL.to_vec(),
            hidden: 32,
            epochs: 100,
            batch: 16,
            step: None,
            out: "target/train".into(),
            load: None,
        }
    }
}

/// What to do.
#[derive(Debug, PartialEq)]
pub enum Command {
    Help,
    Run(Options),
}

/// Reads the command line.
///
/// # Errors
/// One line that names the option and says what it wants.
pub fn parse(mut parser: lexopt::Parser) -> Result<Command, String> {
    use lexopt::prelude::*;

    let mut options = Options::default();
    let (mut architectures, mut methods, mut data, mut group) = (vec![], vec![], None, None);
    while let Some(argument) = parser.next().map_err(|e| e.to_string())? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("data") => data = Some(path(&mut parser, "--data")?),
            Long("group") => {
                group = Some(value(&mut parser, "--group", "a whole number from 0", |_| true)?);
            }
            Long("out") => options.out = path(&mut parser, "--out")?,
            Long("load") => options.load = Some(path(&mut parser, "--load")?),
            Long("seed") => {
                options.seed = value(&mut parser, "--seed", "a whole number from 0", |_| true)?;
            }
            Long("test") => {
                let between = |&f: &f64| 0.0 < f && f < 1.0;
                options.test_fraction =
                    value(&mut parser, "--test", "a number between 0 and 1", between)?;
            }
            Long("step") => {
                let positive = |&s: &f64| s > 0.0 && s.is_finite();
                options.step = Some(value(&mut parser, "--step", "a positive number", positive)?);
            }
            Long("hidden") => {
                let sane = |n: &usize| (1..=1000).contains(n);
                options.hidden =
                    value(&mut parser, "--hidden", "a whole number from 1 to 1000", sane)?;
            }
            Long("epochs") => options.epochs = count(&mut parser, "--epochs")?,
            Long("batch") => options.batch = count(&mut parser, "--batch")?,
            Short('m') | Long("model") => {
                let name = text(&mut parser, "--model")?;
                architectures.push(choose(&Architecture::ALL, &name, "--model")?);
            }
            Short('o') | Long("optimiser" | "optimizer") => {
                let name = text(&mut parser, "--optimiser")?;
                methods.push(choose(&Method::ALL, &name, "--optimiser")?);
            }
            other => return Err(format!("{}; try --help", other.unexpected())),
        }
    }
    if let Some(data) = data {
        options.data = data;
        options.group = 0;
    }
    options.group = group.unwrap_or(options.group);
    if !architectures.is_empty() {
        options.architectures = Architecture::ALL.to_vec();
        options.architectures.retain(|a| architectures.contains(a));
    }
    if !methods.is_empty() {
        options.methods = Method::ALL.to_vec();
        options.methods.retain(|m| methods.contains(m));
    }
    Ok(Command::Run(options))
}

fn path(parser: &mut lexopt::Parser, option: &str) -> Result<PathBuf, String> {
    Ok(parser.value().map_err(|_| format!("{option} wants a path"))?.into())
}

fn text(parser: &mut lexopt::Parser, option: &str) -> Result<String, String> {
    let value = parser.value().map_err(|_| format!("{option} wants a value; try --help"))?;
    value.into_string().map_err(|bad| format!("{option}: {bad:?} is not text"))
}

fn value<T: FromStr>(
    parser: &mut lexopt::Parser,
    option: &str,
    wanted: &str,
    valid: impl Fn(&T) -> bool,
) -> Result<T, String> {
    let text = text(parser, option)?;
    text.parse().ok().filter(valid).ok_or_else(|| format!("{option} wants {wanted}, not '{text}'"))
}

fn count(parser: &mut lexopt::Parser, option: &str) -> Result<usize, String> {
    value(parser, option, "a whole number from 1", |&n| n >= 1)
}

/// The one of `all` that is called `name`.
fn choose<T: Copy + ToString>(all: &[T], name: &str, option: &str) -> Result<T, String> {
    let squeezed = |name: &str| name.to_lowercase().replace('-', "");
    all.iter().copied().find(|item| squeezed(&item.to_string()) == squeezed(name)).ok_or_else(
        || {
            let names: Vec<_> = all.iter().map(|item| item.to_string().to_lowercase()).collect();
            format!("{option} wants one of {}, not '{name}'", names.join(", "))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(lexopt::Parser::from_args(line.split_whitespace()))
    }

    fn options(line: &str) -> Options {
        match parsed(line) {
            Ok(Command::Run(options)) => options,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn nothing_gives_the_defaults() {
        assert_eq!(options(""), Options::default());
        assert_eq!(parsed("--epochs 3 --help"), Ok(Command::Help));
    }

    #[test]
    fn several_models_and_optimisers() {
        let options = options("-m four-layer -m LINEAR --optimizer adam --step=0.5 --epochs 3");
        assert_eq!(options.architectures, [Architecture::Linear, Architecture::FourLayer]);
        assert_eq!(options.methods, [Method::Adam]);
        assert_eq!((options.step, options.epochs), (Some(0.5), 3));
    }

    #[test]
    fn only_the_concrete_is_grouped() {
        assert_eq!(options("").group, 7);
        assert_eq!(options("--data other.csv").group, 0);
        assert_eq!(options("--group 2 --data other.csv").group, 2);
    }

    #[test]
    fn errors_say_what_is_wanted() {
        for (line, message) in [
            ("--epochs 0", "--epochs wants a whole number from 1, not '0'"),
            ("--epochs", "--epochs wants a value; try --help"),
            ("--step nan", "--step wants a positive number, not 'nan'"),
            ("--test 1", "--test wants a number between 0 and 1, not '1'"),
            ("--hidden 1000000", "--hidden wants a whole number from 1 to 1000, not '1000000'"),
            ("-m deep", "--model wants one of linear, two-layer, four-layer, not 'deep'"),
            ("-o lbfgs", "--optimiser wants one of sgd, adagrad, adam, not 'lbfgs'"),
            ("--bogus", "invalid option '--bogus'; try --help"),
            ("extra", "unexpected argument \"extra\"; try --help"),
        ] {
            assert_eq!(parsed(line), Err(message.to_string()));
        }
    }
}

//! Trained parameters in a text file: one line per parameter, its name and its numbers, each with
//! as many digits as it takes to read exactly the same number back.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use backprop::Scalars;
use backprop::prelude::*;

use crate::data::Scaling;
use crate::models::Architecture;

const FORMAT: &str = "backprop-train 1";

/// What a file of parameters holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    pub architecture: Architecture,
    pub hidden: usize,
    /// With these the split into training and test data can be made again.
    pub group: usize,
    pub test_fraction: f64,
    pub seed: u64,
    pub scaling: Scaling,
    /// All parameters, in the order of the model's fields.
    pub parameters: Vec<f64>,
}

impl Saved {
    /// Writes the file.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn write(&self, path: &Path, model: &impl Differentiable) -> Result<(), String> {
        write_file(path, &self.to_text(model))
    }

    fn to_text(&self, model: &impl Differentiable) -> String {
        let mut text = format!("{FORMAT}\n");
        let mut line = |name: &str, numbers: &[f64]| {
            text.push_str(name);
            for number in numbers {
                write!(text, " {number}").expect("writing to a String");
            }
            text.push('\n');
        };
        line(&format!("model {}", self.architecture), &[]);
        line(&format!("hidden {}", self.hidden), &[]);
        line(&format!("group {}", self.group), &[]);
        line("test", &[self.test_fraction]);
        line(&format!("seed {}", self.seed), &[]);
        line("means", &self.scaling.means);
        line("deviations", &self.scaling.deviations);
        model.visit(&mut backprop::Path::root(), &mut |name, scalars| {
            if let Scalars::F64(numbers) = scalars {
                line(name.as_str(), numbers);
            }
        });
        text
    }

    /// Reads a file that [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// One line with the file and, where there is one, the line number.
    pub fn read(path: &Path) -> Result<Saved, String> {
        let text = fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Saved::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn parse(text: &str) -> Result<Saved, String> {
        if !text.ends_with('\n') {
            return Err("the file is cut off".into());
        }
        let mut lines = (1..).zip(text.lines());
        if lines.next().is_none_or(|(_, line)| line != FORMAT) {
            return Err(format!("the first line should be '{FORMAT}'"));
        }
        let mut field = |name: &str| match lines.next() {
            Some((number, line)) => match line.split_once(' ') {
                Some((found, rest)) if found == name => Ok((number, rest)),
                _ => Err(format!("line {number}: should begin with '{name} '")),
            },
            None => Err(format!("ends where '{name}' should be")),
        };
        let (number, model) = field("model")?;
        let architecture = Architecture::ALL
            .into_iter()
            .find(|architecture| architecture.to_string() == model)
            .ok_or_else(|| format!("line {number}: unknown model '{model}'"))?;
        let hidden = one(field("hidden")?)?;
        let group = one(field("group")?)?;
        let test_fraction = one(field("test")?)?;
        let seed = one(field("seed")?)?;
        let scaling = Scaling {
            means: numbers(field("means")?)?,
            deviations: numbers(field("deviations")?)?,
        };
        let mut parameters = vec![];
        for (number, line) in lines {
            let (_, rest) = line.split_once(' ').ok_or(format!("line {number}: has no numbers"))?;
            parameters.extend(numbers((number, rest))?);
        }
        Ok(Saved { architecture, hidden, group, test_fraction, seed, scaling, parameters })
    }
}

fn one<T: FromStr>((number, text): (usize, &str)) -> Result<T, String> {
    text.parse().map_err(|_| format!("line {number}: '{text}' is not a valid number"))
}

fn numbers((number, text): (usize, &str)) -> Result<Vec<f64>, String> {
    text.split(' ').map(|word| one((number, word))).collect()
}

/// Writes a file.
///
/// # Errors
/// One line that names the file.
pub fn write_file(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::TwoLayer;

    #[test]
    fn what_is_written_is_read() {
        let model = TwoLayer {
            v: Matrix::from([[0.1, -1e-300], [1.0 / 3.0, 5e20]]),
            w: Vector::from([-0.0, 2.0]),
        };
        let saved = Saved {
            architecture: Architecture::TwoLayer,
            hidden: 2,
            group: 7,
            test_fraction: 0.2,
            seed: u64::MAX,
            scaling: Scaling { means: vec![1.5, 0.1 + 0.2], deviations: vec![1.0, 1e-9] },
            parameters: model.to_flat_vec(),
        };
        let text = saved.to_text(&model);
        assert_eq!(Saved::parse(&text), Ok(saved));

        assert!(Saved::parse("").is_err());
        let cut = Saved::parse(&text[..text.len() - 2]);
        assert_eq!(cut, Err("the file is cut off".into()));
        let other = Saved::parse(&text.replace("two-layer", "deep"));
        assert_eq!(other, Err("line 2: unknown model 'deep'".into()));
        let word = Saved::parse(&text.replace("0.1 ", "zero "));
        assert_eq!(word, Err("line 9: 'zero' is not a valid number".into()));
    }
}

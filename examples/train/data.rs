//! Reading, splitting and scaling the data.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use backprop::init::seeded;
use backprop::prelude::*;
use rand::seq::SliceRandom;

/// A table of numbers; the last column is the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub names: Vec<String>,
    pub rows: Vec<Vec<f64>>,
}

impl Table {
    /// Reads a CSV file with a header.
    ///
    /// # Errors
    /// One line with the file and, where there is one, the line number.
    pub fn read(path: &Path) -> Result<Table, String> {
        let text = fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Table::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn parse(text: &str) -> Result<Table, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let (_, header) = lines.next().ok_or("the file is empty")?;
        let names: Vec<_> = header.split(',').map(|name| name.trim().to_string()).collect();
        if names.len() < 2 {
            return Err("wants at least two columns, separated by commas".into());
        }
        if names.iter().all(|name| name.parse::<f64>().is_ok()) {
            return Err("the first line holds numbers, where a header should be".into());
        }
        let mut rows = vec![];
        for (number, line) in lines {
            let row = line.split(',').zip(&names).map(|(cell, name)| {
                let value = cell.trim().parse::<f64>().ok().filter(|value| value.is_finite());
                value.ok_or_else(|| {
                    format!("line {number}: '{}' in column '{name}' is no number", cell.trim())
                })
            });
            let row: Vec<f64> = row.collect::<Result<_, _>>()?;
            let cells = line.split(',').count();
            if cells != names.len() {
                let columns = names.len();
                return Err(format!("line {number}: {cells} value(s) for {columns} columns"));
            }
            rows.push(row);
        }
        if rows.is_empty() {
            return Err("there is a header but no data".into());
        }
        Ok(Table { names, rows })
    }

    /// The name of the last column.
    pub fn target(&self) -> &str {
        &self.names[self.names.len() - 1]
    }

    /// Splits the rows at random. Rows that agree in the first `group` columns stay together
    /// (none do if it is 0): to know one of them is almost to know the others.
    ///
    /// # Errors
    /// If there are not so many columns, or one of the two parts would be empty.
    pub fn split(&self, group: usize, test_fraction: f64, seed: u64) -> Result<Split, String> {
        let features = self.names.len() - 1;
        if group > features {
            return Err(format!("cannot group by {group} columns: there are {features} features"));
        }
        let mut numbers = HashMap::new();
        let mut groups: Vec<Vec<&[f64]>> = vec![];
        for (index, row) in self.rows.iter().enumerate() {
            let alone = if group == 0 { Some(index) } else { None };
            let key: Vec<u64> = row[..group].iter().map(|value| value.to_bits()).collect();
            let number = *numbers.entry((alone, key)).or_insert(groups.len());
            if number == groups.len() {
                groups.push(vec![]);
            }
            groups[number].push(row);
        }
        let mut rng = seeded(seed);
        let count = groups.len();
        groups.shuffle(&mut rng);
        let tested = (test_fraction * count as f64).round() as usize;
        if tested == 0 || tested == count {
            return Err(format!(
                "cannot split {count} group(s) of rows into training and test data"
            ));
        }
        let train = groups.split_off(tested).concat();
        let test = groups.concat();
        let scaling = Scaling::of(&train);
        let examples = |rows: &[&[f64]]| rows.iter().map(|row| scaling.example(row)).collect();
        Ok(Split { train: examples(&train), test: examples(&test), groups: count, scaling })
    }
}

/// A feature vector φ(x) and its target, both standardised.
#[derive(Debug, Clone)]
pub struct Example {
    pub x: Vector,
    pub y: f64,
}

/// Training and test data.
pub struct Split {
    pub train: Vec<Example>,
    pub test: Vec<Example>,
    pub groups: usize,
    pub scaling: Scaling,
}

/// Brings every column to mean 0 and standard deviation 1 on the training data.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    pub means: Vec<f64>,
    pub deviations: Vec<f64>,
}

impl Scaling {
    fn of(rows: &[&[f64]]) -> Scaling {
        let n = rows.len() as f64;
        let column = |j: usize| rows.iter().map(move |row| row[j]);
        let means: Vec<f64> = (0..rows[0].len()).map(|j| column(j).sum::<f64>() / n).collect();
        let deviation = |(j, &mean): (usize, &f64)| {
            let variance = column(j).map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            // A constant column carries no information: leave it at 0.
            if variance > 0.0 { variance.sqrt() } else { 1.0 }
        };
        let deviations = means.iter().enumerate().map(deviation).collect();
        Scaling { means, deviations }
    }

    /// φ(x) = [1, standardised features]; the 1 gives every unit an offset.
    fn example(&self, row: &[f64]) -> Example {
        let scaled = |j: usize| (row[j] - self.means[j]) / self.deviations[j];
        let target = row.len() - 1;
        let features = (0..target).map(scaled);
        Example { x: std::iter::once(1.0).chain(features).collect(), y: scaled(target) }
    }

    /// One standard deviation of the target, in the target's unit.
    pub fn target_unit(&self) -> f64 {
        self.deviations[self.deviations.len() - 1]
    }

    /// The mean of the target.
    pub fn target_mean(&self) -> f64 {
        self.means[self.means.len() - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_line() {
        for (text, message) in [
            ("", "the file is empty"),
            ("a,b\n", "there is a header but no data"),
            ("a;b\n1;2\n", "wants at least two columns, separated by commas"),
            ("1,2\n3,4\n", "the first line holds numbers, where a header should be"),
            ("a,b\n\n1,2\n3,x\n", "line 4: 'x' in column 'b' is no number"),
            ("a,b\n1,NaN\n", "line 2: 'NaN' in column 'b' is no number"),
            ("a,b\n1,\n", "line 2: '' in column 'b' is no number"),
            ("a,b\n1\n", "line 2: 1 value(s) for 2 columns"),
            ("a,b\n1,2,3\n", "line 2: 3 value(s) for 2 columns"),
        ] {
            assert_eq!(Table::parse(text), Err(message.to_string()));
        }
        let missing = Table::read(Path::new("no/such/file.csv")).unwrap_err();
        assert!(missing.starts_with("cannot read no/such/file.csv: "), "{missing}");
    }

    #[test]
    fn windows_line_ends_and_a_byte_order_mark() {
        let table = Table::parse("\u{feff}a, b\r\n1, 2e0\r\n").unwrap();
        assert_eq!((table.names, table.rows), (vec!["a".into(), "b".into()], vec![vec![1.0, 2.0]]));
    }

    #[test]
    fn groups_stay_together() {
        let rows = (0..60).map(|k| vec![f64::from(k % 20), f64::from(k), 0.5]).collect();
        let table = Table { names: ["group", "x", "y"].map(String::from).to_vec(), rows };
        let split = table.split(1, 0.25, 3).unwrap();
        assert_eq!((split.groups, split.train.len(), split.test.len()), (20, 45, 15));
        let trained: Vec<f64> = split.train.iter().map(|example| example.x[1]).collect();
        assert!(split.test.iter().all(|example| !trained.contains(&example.x[1])));
        let alone = table.split(0, 0.25, 3).unwrap();
        assert_eq!((alone.groups, alone.test.len()), (60, 15));
        assert!(table.split(3, 0.25, 3).is_err() && table.split(0, 0.001, 3).is_err());
    }

    #[test]
    fn training_data_are_standardised() {
        let rows = (0..30).map(|k| vec![7.0, f64::from(k * k), f64::from(-k)]).collect();
        let table = Table { names: ["constant", "x", "y"].map(String::from).to_vec(), rows };
        let train = table.split(0, 0.2, 1).unwrap().train;
        let moments = |values: Vec<f64>| {
            let values = Vector::from(values);
            (values.mean(), values.std())
        };
        let close = |(a, b): (f64, f64), c: f64, d: f64| (a - c).abs() + (b - d).abs() < 1e-12;
        for (j, deviation) in [(0, 0.0), (1, 0.0), (2, 1.0)] {
            let mean = if j == 0 { 1.0 } else { 0.0 };
            assert!(close(moments(train.iter().map(|e| e.x[j]).collect()), mean, deviation));
        }
        assert!(close(moments(train.iter().map(|e| e.y).collect()), 0.0, 1.0));
    }
}

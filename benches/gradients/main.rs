//! Generated gradients beside gradients written by hand.
//!
//!     cargo bench --bench gradients                   all problems, a minute or two
//!     cargo bench --bench gradients -- GMM LSTM       those whose names contain one of these
//!     cargo bench --bench gradients -- --quick        compare gradients, count allocations
//!
//! `benches/README.md` describes the method and keeps a table.

mod clock;
mod harness;
mod problems;
mod report;

use std::process::ExitCode;

use harness::Bench;

fn main() -> ExitCode {
    let mut filters = Vec::new();
    // Cargo says `--bench` to benchmarks; without it this is a test, which need not be timed.
    let (mut quick, mut bench) = (false, false);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--bench" => bench = true,
            "--quick" => quick = true,
            option if option.starts_with('-') => {
                eprintln!(
                    "unknown option {option}; there is --quick, and parts of problems' names"
                );
                return ExitCode::FAILURE;
            }
            _ => filters.push(argument),
        }
    }
    let mut bench = Bench::new(filters, quick || !bench);
    problems::all(&mut bench);
    if bench.rows.is_empty() {
        eprintln!("no problem of that name");
        return ExitCode::FAILURE;
    }
    println!("{}\n", report::machine());
    print!("{}", report::table(&bench.rows));
    println!("\n{}", report::summary(&bench.rows));
    ExitCode::SUCCESS
}

//! Random programs: the companions of each are held against dual numbers.
//!
//! A fixed batch runs with the other tests. To run more of them, choose a seed and a number:
//!
//! ```sh
//! BACKPROP_RANDOM_SEED=7 BACKPROP_RANDOM_COUNT=2000 \
//!     cargo test --test random_programs -- --nocapture
//! ```
//!
//! A failing program is shrunk and printed with the claimed and the true derivatives. It is
//! number `n` of its seed's batch, and `BACKPROP_RANDOM_FIRST=n BACKPROP_RANDOM_COUNT=1` runs it
//! alone. `BACKPROP_RANDOM_SHRINK=0` prints failures as they are, `BACKPROP_RANDOM_PRINT=1`
//! prints the programs without running them.

mod random;

use std::path::Path;

use random::project::{Outcome, Project};
use random::{generate, shrink, source};

/// How many programs are built together: more take rustc longer than their number.
const BATCH: u64 = 60;

fn setting(name: &str, default: u64) -> u64 {
    let name = format!("BACKPROP_RANDOM_{name}");
    match std::env::var(&name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
        Err(_) => default,
    }
}

#[test]
fn gradients_of_random_programs_are_those_of_dual_numbers() {
    let (seed, first, count) = (setting("SEED", 1), setting("FIRST", 0), setting("COUNT", 240));
    if setting("PRINT", 0) > 0 {
        for number in first..first + count {
            println!("// program {number}\n\n{}", source(&generate(seed, number)));
        }
        return;
    }
    let project = Project::new(Path::new(env!("CARGO_TARGET_TMPDIR")), "random_programs");
    let (mut kinks, mut failures) = (0, Vec::new());
    let mut next = first;
    while next < first + count {
        let end = (next + BATCH).min(first + count);
        let programs: Vec<_> = (next..end).map(|number| generate(seed, number)).collect();
        let outcomes = project.run(&programs);
        for (program, outcome) in programs.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Right { kinks: met } => kinks += met,
                failure => failures.push((program, failure)),
            }
        }
        println!("seed {seed}: {end} programs, {kinks} kinks, {} failures", failures.len());
        next = end;
    }
    let rounds = setting("SHRINK", 40) as usize;
    // Similar failures have similar causes: each kind is worth shrinking a few times.
    let most = setting("FAILURES", 3) as usize;
    let mut classes: Vec<String> = Vec::new();
    for (program, outcome) in &failures {
        let class = outcome.class();
        if classes.iter().filter(|other| **other == class).count() >= most {
            println!("seed {seed}, program {} also fails: {class}", program.name);
            continue;
        }
        classes.push(class);
        let (small, outcome) = shrink::shrink(&project, program, outcome, rounds);
        println!("seed {seed}, program {}:\n\n{}\n{outcome:?}\n", program.name, source(&small));
    }
    assert!(failures.is_empty(), "{} of {count} programs fail", failures.len());
}

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
//! alone. `BACKPROP_RANDOM_SHRINK=0` prints failures as they are, `BACKPROP_RANDOM_REFUSED=1`
//! counts refusals among them, `BACKPROP_RANDOM_PRINT=1` prints the programs without running them.

// The generator's conditions read as a grammar, and NaN must fail a comparison.
#![allow(clippy::collapsible_if, clippy::type_complexity, clippy::neg_cmp_op_on_partial_ord)]

mod random;

use std::collections::BTreeMap;
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
    // Seeds can run beside each other.
    let name = format!("random_programs_{seed}_{first}");
    let project = Project::new(Path::new(env!("CARGO_TARGET_TMPDIR")), &name);
    let (mut kinks, mut failures) = (0, Vec::new());
    let mut declined: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut next = first;
    while next < first + count {
        let end = (next + BATCH).min(first + count);
        let programs: Vec<_> = (next..end).map(|number| generate(seed, number)).collect();
        let outcomes = project.run(&programs);
        for (program, outcome) in programs.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Right { kinks: met } => kinks += met,
                // The language has limits; a refusal that explains itself is no failure.
                Outcome::Declined(_) if setting("REFUSED", 0) == 0 => {
                    declined.entry(outcome.class()).or_default().push(program.name);
                }
                failure => failures.push((program, failure)),
            }
        }
        let (refused, failed) = (declined.values().map(Vec::len).sum::<usize>(), failures.len());
        println!(
            "seed {seed}: {end} programs, {kinks} kinks, {refused} refused, {failed} failures"
        );
        next = end;
    }
    failures.sort_by_key(|(_, outcome)| !matches!(outcome, Outcome::Wrong(_)));
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
        // A gap is known from its message; what is wrong is worth the time to make it small.
        let rounds = setting("SHRINK", if outcome.is_gap() { 0 } else { 40 }) as usize;
        let (small, outcome) = shrink::shrink(&project, program, outcome, rounds);
        println!("seed {seed}, program {}:\n\n{}\n{outcome:?}\n", program.name, source(&small));
    }
    for (why, programs) in &declined {
        println!("seed {seed}, refused{why}: {}", programs.join(" "));
    }
    let refused: usize = declined.values().map(Vec::len).sum();
    assert!(40 * refused as u64 <= count.max(40), "{refused} of {count} programs are refused");
    // A wrong derivative or value, a panic, a broken assumption, and generated code that rustc
    // refuses: what is accepted is right.
    assert!(failures.is_empty(), "{} of {count} programs fail", failures.len());
}

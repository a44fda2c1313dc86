//! `_grad_add` does not allocate where a gradient written by hand need not.

// The benchmarks' problems and what measures them; here nothing is timed.
#![allow(dead_code, reason = "the benchmarks use all of it")]

#[path = "../benches/gradients/clock.rs"]
mod clock;
#[path = "../benches/gradients/harness.rs"]
mod harness;
#[path = "../benches/gradients/problems/mod.rs"]
mod problems;

use harness::Bench;

/// The problems whose gradient needs no memory beyond its buffers.
const WITHOUT_MEMORY: [&str; 7] =
    ["scalar", "Rosenbrock", "logistic", "hinge", "bundle", "Lennard-Jones", "Black–Scholes"];

/// Styles of these that do not get there yet: a loop over the examples keeps something of each.
const ALLOCATING: &[(&str, &str)] = &[("Lennard-Jones", "iterator")];

#[test]
fn gradients_without_memory() {
    let names = WITHOUT_MEMORY.map(str::to_owned).to_vec();
    let mut bench = Bench::new(names, true);
    problems::all(&mut bench);
    for name in WITHOUT_MEMORY {
        assert!(bench.rows.iter().any(|row| row.problem.contains(name)), "no problem {name}");
    }
    let mut wrong = Vec::new();
    for row in &bench.rows {
        let known = ALLOCATING.iter().any(|(p, s)| row.problem.contains(p) && row.style == *s);
        let count = row.allocations.count;
        if count > 0 && !known {
            wrong.push(format!("{}, {}: {count} allocations", row.problem, row.style));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! Gradients by other crates beside those by `backprop`, with the harness of the benchmarks.
//!
//!     cd benches/peers
//!     cargo run --release

#![allow(dead_code, reason = "of the benchmarks' problems a few are used")]

#[path = "../../gradients/clock.rs"]
mod clock;
#[path = "../../gradients/harness.rs"]
mod harness;
#[path = "../../gradients/problems/mod.rs"]
mod problems;
#[path = "../../gradients/report.rs"]
mod report;

mod rosenbrock;
mod scalar;
mod tensors;
mod two_layer;

use harness::Bench;

fn main() {
    let mut bench = Bench::new(std::env::args().skip(1).collect(), false);
    scalar::add(&mut bench);
    rosenbrock::add(&mut bench);
    two_layer::add(&mut bench);
    tensors::add(&mut bench);
    println!("{}\n", report::machine());
    print!("{}", report::table(&bench.rows));
}

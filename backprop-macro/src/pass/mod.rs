//! Phases over the graph.

pub(crate) mod analysis;
pub(crate) mod forward;
mod held;
pub(crate) mod induction;
pub(crate) mod leaving;
pub(crate) mod optimizations;
pub(crate) mod reverse;
pub(crate) mod schedule;
mod shapes;

//! Programs as numerical programmers write them, each in a file of its own, as it would be: what
//! the file around a function declares is what the macro sees.

// Clippy would have them written otherwise.
#![allow(clippy::all, clippy::pedantic, dead_code, unreachable_pub, unused)]

#[macro_use]
mod common;

#[path = "whole_programs/angular_momentum.rs"]
mod angular_momentum;
#[path = "whole_programs/bundle_adjustment.rs"]
mod bundle_adjustment;
#[path = "whole_programs/clipped_policy.rs"]
mod clipped_policy;
#[path = "whole_programs/cox_regression.rs"]
mod cox_regression;
#[path = "whole_programs/fit_errors.rs"]
mod fit_errors;
#[path = "whole_programs/grouped_sums.rs"]
mod grouped_sums;
#[path = "whole_programs/gru_cell.rs"]
mod gru_cell;
#[path = "whole_programs/heston.rs"]
mod heston;
#[path = "whole_programs/internal_rate.rs"]
mod internal_rate;
#[path = "whole_programs/layer_norm.rs"]
mod layer_norm;
#[path = "whole_programs/lu_decomposition.rs"]
mod lu_decomposition;
#[path = "whole_programs/matrix_exponential.rs"]
mod matrix_exponential;
#[path = "whole_programs/multigrid.rs"]
mod multigrid;
#[path = "whole_programs/n_body.rs"]
mod n_body;
#[path = "whole_programs/neural_ode.rs"]
mod neural_ode;
#[path = "whole_programs/ray_tracer.rs"]
mod ray_tracer;
#[path = "whole_programs/unscented_filter.rs"]
mod unscented_filter;
#[path = "whole_programs/waveform_inversion.rs"]
mod waveform_inversion;
#[path = "whole_programs/word_embedding.rs"]
mod word_embedding;

//! Comparison of this executor with libtorch.

mod chains;
mod passes;
mod slopes;

//! Where batches come from.

mod source;

pub use source::{Batch, Source};

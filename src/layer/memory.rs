//! What a decoder sees of its encoder.

use std::cell::RefCell;

use tch::Tensor;

use crate::error::{Error, Result};

/// Keys and values of the places of the sources, and which of them each place of the sequence sees.
pub struct Memory {
    /// Keys and values, `[n, width, sources]`.
    pub states: Tensor,
    /// For each place of the sources, the first place of its document, `[n, sources]`.
    pub starts: Tensor,
    /// For each place of the sequence, the first place of its source, `[n, places]`; below 0 for a place without one.
    pub seen: Tensor,
}

/// Weights of sources, `[n, heads, places, sources]` of each layer in the order of computation.
#[derive(Default)]
pub struct SourceWeights(pub RefCell<Vec<Tensor>>);

/// Returns the memory.
///
/// # Errors
/// [`Error::Internal`] if there is none.
pub fn present(memory: Option<&Memory>) -> Result<&Memory> {
    memory.ok_or_else(|| Error::Internal("attention to sources without sources".into()))
}

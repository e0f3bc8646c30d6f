//! A copy of a run's state to go back to.

use tch::Tensor;

use super::Progress;
use crate::error::Result;
use crate::step::Step;

/// Weights, optimiser and counters at one moment.
pub struct Snapshot {
    tensors: Vec<Tensor>,
    /// The counters at that moment.
    pub progress: Progress,
    /// Rows of the history at that moment.
    pub rows: usize,
}

impl Snapshot {
    /// Copies the state of `step`.
    pub fn take(step: &dyn Step, progress: Progress, rows: usize) -> Result<Self> {
        let copies = step.state().into_iter().map(|stored| Ok(stored.flat.f_detach()?.f_detach_copy()?));
        Ok(Snapshot { tensors: copies.collect::<Result<_>>()?, progress, rows })
    }

    /// Writes the state back into `step`.
    pub fn restore(&self, step: &dyn Step) -> Result<()> {
        for (stored, copy) in step.state().into_iter().zip(&self.tensors) {
            stored.flat.f_detach()?.f_copy_(copy)?;
        }
        Ok(())
    }
}

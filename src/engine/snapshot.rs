//! A copy of a run's state to go back to.

use tch::Tensor;

use super::Progress;
use crate::base::Scalars;
use crate::error::Result;
use crate::family::Step;

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

/// Counters and sums of the pass under way, and the length of the history: what beginning a new pass changes.
pub struct Pass {
    sums: [Tensor; 2],
    /// The counters at that moment.
    pub progress: Progress,
    /// Rows of the history at that moment.
    pub rows: usize,
}

impl Pass {
    /// Copies the sums.
    pub fn take(progress: Progress, scalars: &Scalars, rows: usize) -> Result<Self> {
        let [sums, counts] = scalars.tensors().map(|(_, tensor)| tensor.f_detach_copy());
        Ok(Pass { sums: [sums?, counts?], progress, rows })
    }

    /// Writes the sums back.
    pub fn restore(&self, scalars: &mut Scalars) -> Result<()> {
        for ((_, live), copy) in scalars.tensors().into_iter().zip(&self.sums) {
            live.shallow_clone().f_copy_(copy)?;
        }
        Ok(())
    }
}

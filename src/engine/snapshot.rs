//! Copies of a run's state, for restoring it.

use tch::Tensor;

use super::Progress;
use crate::base::memory::empty_like;
use crate::base::Scalars;
use crate::error::Result;
use crate::family::Family;

/// Weights, optimiser and counters at one step.
pub struct Snapshot {
    tensors: Vec<Tensor>,
    /// Counters and running sums.
    pub pass: Pass,
}

impl Snapshot {
    /// Copies the state of `step`.
    pub fn take(step: &dyn Family, pass: Pass) -> Result<Self> {
        let copies = step.state().into_iter().map(|stored| empty_like(&stored.flat));
        let mut snapshot = Snapshot { tensors: copies.collect::<Result<_>>()?, pass };
        snapshot.copy(step)?;
        Ok(snapshot)
    }

    /// Copies the state of `step` to the memory of this copy.
    pub fn retake(&mut self, step: &dyn Family, pass: Pass) -> Result<()> {
        self.copy(step)?;
        self.pass = pass;
        Ok(())
    }

    fn copy(&mut self, step: &dyn Family) -> Result<()> {
        for (stored, copy) in step.state().into_iter().zip(&mut self.tensors) {
            copy.f_copy_(&stored.flat.f_detach()?)?;
        }
        Ok(())
    }

    /// Restores the state of `step`.
    pub fn restore(&self, step: &dyn Family) -> Result<()> {
        for (stored, copy) in step.state().into_iter().zip(&self.tensors) {
            stored.flat.f_detach()?.f_copy_(copy)?;
        }
        Ok(())
    }
}

/// Counters and running sums of the current epoch, and the length of the history: the state that a new epoch resets.
pub struct Pass {
    sums: [Tensor; 2],
    /// Counters.
    pub progress: Progress,
    /// Number of rows of the history.
    pub rows: usize,
}

impl Pass {
    /// Copies the running sums.
    pub fn take(progress: Progress, scalars: &Scalars, rows: usize) -> Result<Self> {
        let [sums, counts] = scalars.tensors().map(|(_, tensor)| tensor.f_detach_copy());
        Ok(Pass { sums: [sums?, counts?], progress, rows })
    }

    /// Restores the running sums.
    pub fn restore(&self, scalars: &mut Scalars) -> Result<()> {
        for ((_, live), copy) in scalars.tensors().into_iter().zip(&self.sums) {
            live.shallow_clone().f_copy_(copy)?;
        }
        Ok(())
    }
}

//! Counters of a run, for Python.

use pyo3::prelude::*;

use crate::engine;

/// Counters of a run at one moment.
#[pyclass(frozen, get_all, module = "ganvas._core")]
pub struct Progress {
    /// Steps done.
    step: u64,
    /// Passes through the data that are complete.
    epoch: u64,
    /// Steps done in the current pass.
    position: u64,
    /// Samples seen.
    samples: u64,
    /// Samples drawn from the run's own stream.
    drawn: u64,
    /// Seconds spent in the current pass.
    seconds: f64,
}

impl From<engine::Progress> for Progress {
    fn from(progress: engine::Progress) -> Self {
        let engine::Progress { step, epoch, position, samples, drawn, seconds } = progress;
        Progress { step, epoch, position, samples, drawn, seconds }
    }
}

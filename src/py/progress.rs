//! Counters of a run, for Python.

use pyo3::prelude::*;

use crate::engine;

/// Counters of a run at one moment.
#[pyclass(frozen, get_all, module = "ganvas._core")]
pub struct Progress {
    /// Number of steps.
    step: u64,
    /// Number of complete epochs.
    epoch: u64,
    /// Number of steps in the current epoch.
    position: u64,
    /// Number of samples seen.
    samples: u64,
    /// Number of samples drawn from the run's own stream.
    drawn: u64,
    /// Seconds spent in the current epoch.
    seconds: f64,
}

impl From<engine::Progress> for Progress {
    fn from(progress: engine::Progress) -> Self {
        let engine::Progress { step, epoch, position, samples, drawn, seconds } = progress;
        Progress { step, epoch, position, samples, drawn, seconds }
    }
}

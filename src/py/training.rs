//! Training of a run: advances its loop with the GIL released, and regularly returns to Python.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::array::{labels, tensor};
use super::error::guarded;
use super::gil::{call, released};
use super::language::Packed;
use super::reader::Reader;
use super::run::Run;
use crate::data::Samples;
use crate::engine::{Event, Start};
use crate::error::{Error, Result};

/// Maximum time between two checks for signals.
pub(super) const POLL: Duration = Duration::from_millis(50);

impl Run {
    /// Trains on the data (x, y) until `epochs` epochs are complete in total; `caller` is Python's method.
    pub(super) fn fit(
        &self,
        py: Python<'_>,
        (x, y): (&Bound<'_, PyAny>, Option<&Bound<'_, PyAny>>),
        (epochs, hooks): (u64, &Bound<'_, PyAny>),
        (resume, rewinds): (bool, bool),
        caller: &str,
    ) -> PyResult<()> {
        let _training = Training::begin(&self.training)?;
        let samples = match (x.downcast::<Reader>(), x.downcast::<Packed>()) {
            (Ok(reader), _) => Samples::Streamed(reader.get().inner()),
            (_, Ok(packed)) => packed.get().samples(),
            _ => Samples::All(tensor(x)?),
        };
        let labels = labels(y)?;
        let start = if resume { Start::WhereItStopped } else { Start::NewEpoch };
        released(py, move || {
            guarded(|| {
                let mut inner = self.lock()?;
                let source = inner.source(samples, labels.as_ref(), caller)?;
                self.current().check_batch(source.len() as i64)?;
                inner.set_rewinds(rewinds);
                inner.begin(source, start)
            })
        })?;
        // `x` and `y` are kept alive until `end` releases the source.
        let done = self.drive(py, epochs, hooks);
        // The reason for the interruption takes precedence; non-finite weights are discarded in both cases.
        let ended = || {
            let mut inner = self.lock()?;
            // Kept for further calls of `partial_fit`.
            if caller == "fit" {
                inner.forget_recordings();
            }
            inner.end()
        };
        done.and(released(py, || guarded(ended)))
    }

    fn drive(&self, py: Python<'_>, epochs: u64, hooks: &Bound<'_, PyAny>) -> PyResult<()> {
        let (every, none): (Option<u64>, _) = (hooks.getattr("every")?.extract()?, PyTuple::empty(py));
        loop {
            let until = Instant::now() + POLL;
            let event = released(py, || guarded(|| tch::with_grad(|| self.lock()?.advance(epochs, until, every))))?;
            // The lock is free here, so callbacks can sample, save and read.
            py.check_signals()?;
            match event {
                Event::Done => return Ok(()),
                Event::Time => call(&hooks.getattr("poll")?, &none)?,
                Event::Step => call(&hooks.getattr("step")?, &none)?,
                Event::Epoch => call(&hooks.getattr("epoch")?, &none)?,
            };
        }
    }
}

/// Guard that marks a run as training.
struct Training<'a>(&'a AtomicBool);

impl<'a> Training<'a> {
    /// Sets the flag until the guard is dropped.
    ///
    /// # Errors
    /// [`Error::Busy`] if the run is already training.
    fn begin(flag: &'a AtomicBool) -> Result<Self> {
        match flag.swap(true, Ordering::AcqRel) {
            true => Err(Error::Busy),
            false => Ok(Training(flag)),
        }
    }
}

impl Drop for Training<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

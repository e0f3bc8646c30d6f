//! Access to the training loop of a run, by one thread at a time.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

use pyo3::prelude::*;
use tch::Tensor;

use super::array::array;
use super::error::guarded;
use super::gil::released;
use super::run::Run;
use super::training::POLL;
use crate::engine::{TrainLoop, Wanted};
use crate::error::{Error, Result};
use crate::family::{Spec, Stored};
use crate::registry::unknown;

impl Run {
    /// Waits for the loop.
    ///
    /// # Errors
    /// [`Error::Forked`] if the thread that holds it does not exist in this process.
    pub(super) fn lock(&self) -> Result<MutexGuard<'_, TrainLoop>> {
        let here = std::process::id();
        let inner = match self.inner.try_lock() {
            Ok(inner) => inner,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) if self.process.load(Ordering::Acquire) != here => return Err(Error::Forked),
            Err(TryLockError::WouldBlock) => self.inner.lock().unwrap_or_else(PoisonError::into_inner),
        };
        self.process.store(here, Ordering::Release);
        Ok(inner)
    }

    /// The settings.
    pub(super) fn current(&self) -> Spec {
        self.spec.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs `f` with the GIL released; returns the result as an array.
    pub(super) fn answer<'py>(
        &self,
        py: Python<'py>,
        f: impl FnOnce(&mut TrainLoop) -> Result<Tensor> + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let made = released(py, move || guarded(move || f(&mut *self.lock()?)))?;
        array(py, &made)
    }

    /// Runs `f` with the GIL released: a run in training holds the lock, and may wait for Python.
    pub(super) fn look<T: Send>(&self, py: Python<'_>, f: impl FnOnce(&TrainLoop) -> Result<T> + Send) -> PyResult<T> {
        released(py, move || guarded(move || f(&*self.lock()?)))
    }

    /// Named weights and running statistics of a network in training.
    pub(super) fn named(&self, py: Python<'_>, name: &str) -> PyResult<Vec<(String, Tensor)>> {
        self.look(py, |inner| {
            let (mut all, state) = (Vec::new(), inner.step().state());
            let named = |stored: &&Stored| stored.parts.is_some() && !stored.name.contains('.');
            let known: Vec<&str> = state.iter().filter(named).map(|stored| stored.name.as_str()).collect();
            if !known.contains(&name) {
                return Err(unknown("network", name, &known));
            }
            for stored in &state {
                if let Some(parts) = stored.parts.filter(|_| stored.name == name) {
                    all.extend(parts.named(&stored.flat)?);
                }
            }
            Ok(all)
        })
    }

    /// Searches for latents with the GIL released, and regularly returns to Python for signals.
    pub(super) fn search<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        wanted: Wanted,
        steps: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut search = self.look(py, |inner| inner.search(name, wanted, steps))?;
        loop {
            let until = Instant::now() + POLL;
            let done = released(py, || guarded(|| tch::with_grad(|| search.advance(until))))?;
            py.check_signals()?;
            if done {
                return array(py, &guarded(|| search.latents())?);
            }
        }
    }
}

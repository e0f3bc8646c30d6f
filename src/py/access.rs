//! Access to the training loop of a run, by one thread at a time.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError, TryLockError};

use pyo3::prelude::*;
use tch::Tensor;

use super::array::array;
use super::error::guarded;
use super::gil::released;
use super::run::Run;
use crate::engine::TrainLoop;
use crate::error::{Error, Result};
use crate::family::Spec;

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
}

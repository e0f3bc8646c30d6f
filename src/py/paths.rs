//! Completion and density of samples by the run behind an estimator of flows.

use pyo3::prelude::*;

use super::array::{labels, tensor};
use super::run::Run;
use crate::family::Ask;

#[pymethods]
impl Run {
    /// Completes samples where `known` is 1, not 0. Without a seed the run's own stream continues; without labels a
    /// conditional model completes them without.
    #[pyo3(signature = (x, known, seed, y=None, steps=None, guidance=None))]
    #[allow(clippy::too_many_arguments)] // Python's names
    fn complete<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'_, PyAny>,
        known: &Bound<'_, PyAny>,
        seed: Option<u64>,
        y: Option<&Bound<'_, PyAny>>,
        steps: Option<i64>,
        guidance: Option<f64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (x, known, y) = (tensor(x)?, tensor(known)?, labels(y)?);
        let ask = Ask { steps, guidance, ..Ask::default() };
        self.answer(py, move |inner| inner.complete((&x, &known), seed, y.as_ref(), ask))
    }

    /// Log densities of samples and their standard errors, `(n, 2)`, measured along `draws` directions in `steps` steps.
    #[pyo3(signature = (x, y, draws, steps=None))]
    fn densities<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'_, PyAny>,
        y: Option<&Bound<'_, PyAny>>,
        draws: i64,
        steps: Option<i64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (x, y) = (tensor(x)?, labels(y)?);
        let ask = Ask { steps, ..Ask::default() };
        self.answer(py, move |inner| inner.densities(&x, y.as_ref(), draws, ask))
    }
}

//! Translation and corruption of pictures by the run behind an estimator.

use pyo3::prelude::*;

use super::array::tensor;
use super::run::Run;

#[pymethods]
impl Run {
    /// Translates pictures in the network's range, channels last; `back` translates Y to X.
    fn translate<'py>(&self, py: Python<'py>, x: &Bound<'_, PyAny>, back: bool) -> PyResult<Bound<'py, PyAny>> {
        let x = tensor(x)?;
        self.answer(py, move |inner| inner.translate(&x, back))
    }

    /// What the model's corruption leaves of pictures in the network's range, channels last.
    fn corrupt<'py>(&self, py: Python<'py>, x: &Bound<'_, PyAny>, seed: u64) -> PyResult<Bound<'py, PyAny>> {
        let x = tensor(x)?;
        self.answer(py, move |inner| inner.corrupt(&x, seed))
    }
}

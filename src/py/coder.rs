//! Encoding, decoding and scoring by the run behind an estimator.

use pyo3::prelude::*;

use super::array::{labels, latents, tensor};
use super::run::Run;
use crate::family::Draws;

#[pymethods]
impl Run {
    /// Latents without noise; with a codebook, the indices of their codes unless `codes` is false.
    #[pyo3(signature = (x, y, codes=true))]
    fn transform<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'_, PyAny>,
        y: Option<&Bound<'_, PyAny>>,
        codes: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (x, y) = (tensor(x)?, labels(y)?);
        self.answer(py, move |inner| match codes {
            true => inner.coder()?.transform(&x, y.as_ref()),
            false => inner.coder()?.latents(&x, y.as_ref()),
        })
    }

    /// Samples from latents, or from indices of codes.
    fn inverse_transform<'py>(
        &self,
        py: Python<'py>,
        z: &Bound<'_, PyAny>,
        y: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (z, y) = (latents(z)?, labels(y)?);
        self.answer(py, move |inner| inner.coder()?.inverse_transform(&z, y.as_ref()))
    }

    /// Encodes and decodes samples.
    fn reconstruct<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'_, PyAny>,
        y: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (x, y) = (tensor(x)?, labels(y)?);
        self.answer(py, move |inner| inner.coder()?.reconstruct(&x, y.as_ref()))
    }

    /// Bound on the log likelihood of each sample: the mean of `repeats` bounds with `importance` draws each. Without
    /// labels, a model of numeric labels averages over `among`.
    #[pyo3(signature = (x, y, importance, repeats, among=None))]
    fn scores<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'_, PyAny>,
        y: Option<&Bound<'_, PyAny>>,
        importance: i64,
        repeats: i64,
        among: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (x, y, among) = (tensor(x)?, labels(y)?, labels(among)?);
        self.answer(py, move |inner| {
            inner.coder()?.scores(&x, y.as_ref(), among.as_ref(), Draws { importance, repeats })
        })
    }

    /// Indices of the most likely classes of samples.
    fn likeliest<'py>(&self, py: Python<'py>, x: &Bound<'_, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let x = tensor(x)?;
        self.answer(py, move |inner| inner.coder()?.likeliest(&x))
    }

    /// Logarithms of the squared distances of samples from their reconstructions and of their complexity, and the
    /// penalties outside the fitted range, `(n, 3)`.
    fn statistics<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'_, PyAny>,
        y: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (x, y) = (tensor(x)?, labels(y)?);
        self.answer(py, move |inner| inner.coder()?.statistics(&x, y.as_ref()))
    }

    /// One draw from the posterior of each sample, equal at each call.
    fn drawn_latents<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'_, PyAny>,
        y: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (x, y) = (tensor(x)?, labels(y)?);
        self.answer(py, move |inner| inner.coder()?.drawn_latents(&x, y.as_ref()))
    }
}

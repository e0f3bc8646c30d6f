//! The counting model for Python.

use numpy::{Element, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use super::error::guarded;
use super::gil::released;
use crate::counting;
use crate::error::{Error, Result};

/// An interpolated n-gram model with Witten-Bell smoothing.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Counting {
    model: counting::Counting,
}

#[pymethods]
impl Counting {
    /// Counts the n-grams of up to `order` tokens, 1 to 16, in documents of tokens `0..symbols`; the first token of a
    /// document is context only.
    #[new]
    fn new(py: Python<'_>, documents: Vec<Bound<'_, PyAny>>, symbols: i64, order: i64) -> PyResult<Self> {
        let (symbols, order) = (size("symbols", symbols)?, size("order", order)?);
        let documents = documents.iter().map(tokens).collect::<PyResult<Vec<_>>>()?;
        let model = released(py, || {
            guarded(|| {
                let documents: Vec<&[u32]> = documents.iter().map(Vec::as_slice).collect();
                counting::Counting::learn(&documents, symbols, order)
            })
        })?;
        Ok(Counting { model })
    }

    /// Natural logarithms of the probabilities of the second and all later tokens, each given those before it.
    fn scores<'py>(&self, py: Python<'py>, document: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let document = tokens(document)?;
        let scores = released(py, || guarded(|| Ok(self.model.scores(&document))))?;
        Ok(PyArray1::from_vec(py, scores))
    }
}

fn size(name: &str, value: i64) -> Result<usize> {
    usize::try_from(value).map_err(|_| Error::parameter(name, "must be at least 1", value))
}

// Copies an array of int32, uint32 or int64, or a list of integers.
fn tokens(document: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    let copied = copy::<u32>(document)
        .or_else(|| copy::<i32>(document))
        .or_else(|| copy::<i64>(document))
        .or_else(|| document.extract::<Vec<i64>>().ok().map(checked));
    let wrong = || Error::Dtype {
        name: "document".into(),
        expected: "integers from 0 to 4294967295 in an array (n,) or a list".into(),
        got: document.get_type().to_string(),
    };
    Ok(copied.unwrap_or_else(|| Err(wrong()))?)
}

fn copy<T: Element + Copy + Into<i64>>(document: &Bound<'_, PyAny>) -> Option<Result<Vec<u32>>> {
    let array = document.extract::<PyReadonlyArray1<'_, T>>().ok()?;
    Some(checked(array.as_array().iter().map(|&token| token.into())))
}

fn checked(tokens: impl IntoIterator<Item = i64>) -> Result<Vec<u32>> {
    let token = |token| {
        u32::try_from(token)
            .map_err(|_| Error::Data(format!("document: expected tokens from 0 to 4294967295, got {token}")))
    };
    tokens.into_iter().map(token).collect()
}

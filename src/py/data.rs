//! The data of a model as Python sees it.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::array::tensor;
use super::error::guarded;
use super::gil::released;
use super::language::Vocabulary;
use super::options::{from_python, to_python};
use crate::error::Error;
use crate::kind::{DataShape, Kind, Numbers, Ruler};

/// Kind, shape and scale of samples, and their labels.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Data(pub(super) DataShape);

#[pymethods]
impl Data {
    /// Measures training data of this kind: `parts` iterates over arrays `[n, ...sizes]`. `numbers` is NumPy's kind of the
    /// user's dtype, "b", "f" or another for integers.
    #[staticmethod]
    #[pyo3(signature = (parts, kind, sizes, numbers, value_range=None))]
    fn measured(
        py: Python<'_>,
        parts: &Bound<'_, PyAny>,
        kind: &str,
        sizes: Vec<i64>,
        numbers: &str,
        value_range: Option<(f64, f64)>,
    ) -> PyResult<Self> {
        let mut of = guarded(|| Kind::of(kind, &sizes))?;
        let (mut ruler, mut double) = (Ruler::of(&*of), false);
        for part in parts.try_iter()? {
            let part = part?;
            let x = tensor(&part)?;
            double = guarded(|| Ok(x.f_kind()? == tch::Kind::Double))?;
            let ruler = &mut ruler;
            if !released(py, move || guarded(move || ruler.add(&x)))? {
                break;
            }
        }
        let numbers = match numbers {
            "b" => Numbers::Booleans,
            "f" => Numbers::Floats,
            _ => Numbers::Integers,
        };
        of.scale_mut().learn(&ruler, numbers, value_range);
        Ok(Data(DataShape { double, ..DataShape::new(of) }))
    }

    /// Windows of `context` tokens of texts, of this number of classes if they have labels.
    #[staticmethod]
    fn texts(vocabulary: &Vocabulary, context: i64, classes: i64) -> Self {
        Data(DataShape::texts(context, vocabulary.0.clone(), classes))
    }

    /// Windows of pairs of texts, with these numbers of tokens of sources and of texts.
    #[staticmethod]
    fn pairs(vocabulary: &Vocabulary, sources: i64, places: i64) -> Self {
        Data(DataShape::pairs([sources, places], vocabulary.0.clone()))
    }

    /// Texts of at most `places` tokens, one a sample.
    #[staticmethod]
    fn sentences(vocabulary: &Vocabulary, places: i64) -> Self {
        Data(DataShape::sentences(places, vocabulary.0.clone()))
    }

    /// The vocabulary of texts.
    fn vocabulary(&self) -> PyResult<Vocabulary> {
        let language = self.0.language().ok_or_else(|| Error::Internal("a vocabulary of other data".into()))?;
        Ok(Vocabulary(language.vocabulary.clone()))
    }

    /// The same with these labels, as a dictionary.
    fn labelled(&self, labels: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Data(DataShape { labels: from_python(labels)?, ..self.0.clone() }))
    }

    /// Name of the kind.
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.of.name()
    }

    /// Shape of a sample in an array.
    #[getter]
    fn sizes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.stored())
    }

    /// Sizes along the sides of a sample; of pairs, the numbers of tokens of sources and of texts.
    #[getter]
    fn sides<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.of.sides())
    }

    /// The range of all values, if known.
    #[getter]
    fn range(&self) -> Option<(f64, f64)> {
        self.0.scale().range()
    }

    /// The range that is mapped to the network's -1..1; None if columns are standardised.
    #[getter]
    fn span(&self) -> Option<(f64, f64)> {
        self.0.span()
    }

    /// What is subtracted from values to bring them to a common scale: one number, or one for each column.
    #[getter]
    fn offset(&self) -> Vec<f64> {
        self.0.scale().units().0
    }

    /// What values are divided by to bring them to a common scale: one number, or one for each column.
    #[getter]
    fn unit(&self) -> Vec<f64> {
        self.0.scale().units().1
    }

    /// True if total variation measures how complex a sample is.
    #[getter]
    fn smooth(&self) -> bool {
        self.0.smooth()
    }

    /// All of it, as a dictionary of plain values.
    fn words<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0)
    }
}

impl Data {
    /// The data, once its numbers have been checked.
    ///
    /// # Errors
    /// Those of [`DataShape::check`].
    pub(super) fn checked(&self) -> Result<DataShape, Error> {
        self.0.check()?;
        Ok(self.0.clone())
    }
}

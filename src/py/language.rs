//! Texts for Python: vocabularies, packed documents, and the writer of a fitted model.

use std::sync::{Arc, Mutex, PoisonError};

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::PyBytes;

use super::array::array;
use super::data::Data;
use super::error::guarded;
use super::gil::released;
use super::notation::Rules;
use crate::data::{self, Packing};
use crate::error::{Error, Result};
use crate::family::sequence::{Draft as Inner, Finish, Policy, Search, Writer as Fitted};
use crate::kind::Language;
use crate::vocabulary;

/// A mapping between text and tokens.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Vocabulary(pub(super) vocabulary::Vocabulary);

#[pymethods]
impl Vocabulary {
    /// The vocabulary with this name, learnt from texts, of at most `size` tokens if it has a choice.
    #[staticmethod]
    #[pyo3(signature = (name, texts, size=None))]
    fn learn(py: Python<'_>, name: &str, texts: Vec<PyBackedStr>, size: Option<usize>) -> PyResult<Self> {
        released(py, move || {
            guarded(move || {
                let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
                vocabulary::Vocabulary::learn(name, &texts, size).map(Vocabulary)
            })
        })
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name()
    }

    /// Number of tokens.
    fn __len__(&self) -> usize {
        self.0.len()
    }

    /// Tokens of a text, `(n,)` uint32.
    fn encode<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyArray1<u32>>> {
        Ok(released(py, || guarded(|| self.0.encode(text)))?.into_pyarray(py))
    }

    /// Bytes of a token; empty for one that is not in the vocabulary.
    fn bytes<'py>(&self, py: Python<'py>, token: u32) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.bytes(token))
    }
}

/// Documents packed end to end, and those that measure training.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Packed {
    train: Arc<dyn Packing>,
    held_out: Option<Arc<dyn Packing>>,
    tokens: usize,
    left_out: usize,
}

#[pymethods]
impl Packed {
    /// Packs texts of this data, with an index of a class for each if the data has classes.
    #[new]
    #[pyo3(signature = (data, texts, classes=None))]
    fn new(py: Python<'_>, data: &Data, texts: Vec<PyBackedStr>, classes: Option<Vec<i64>>) -> PyResult<Self> {
        released(py, move || {
            guarded(|| {
                let language = language(data)?;
                let mut packed = data::Packed::new(language.end(), language.inputs());
                append(&mut packed, language, &texts, &classes)?;
                Ok(Packed::of(packed))
            })
        })
    }

    /// Packs pairs of sources, of one or several texts each, and texts; leaves out those that are longer than the places of
    /// this data.
    #[staticmethod]
    fn pairs(py: Python<'_>, data: &Data, sources: Vec<Vec<PyBackedStr>>, texts: Vec<PyBackedStr>) -> PyResult<Self> {
        released(py, move || {
            guarded(|| {
                let (language, sides) = (language(data)?, sides(data));
                let (mut kept, mut left_out, mut tokens) = (Vec::new(), 0, 0);
                for pair in sources.iter().zip(&texts) {
                    let pair = encoded(language, pair)?;
                    tokens += pair[0].len() + pair[1].len() + 1;
                    match pair[0].len() <= sides[0] && pair[1].len() < sides[1] {
                        true => kept.push(pair),
                        false => left_out += 1,
                    }
                }
                let packed = data::Pairs::new(kept, sides, language.end());
                Ok(Packed { tokens, left_out, train: Arc::new(packed), held_out: None })
            })
        })
    }

    /// Number of pairs that are longer than the places of the data.
    #[getter]
    fn left_out(&self) -> usize {
        self.left_out
    }

    /// The same documents, with others that measure training on them.
    fn measured_by(&self, held_out: &Packed) -> Packed {
        Packed {
            train: self.train.clone(),
            held_out: Some(held_out.train.clone()),
            ..*self
        }
    }

    /// Number of tokens.
    fn __len__(&self) -> usize {
        self.tokens
    }

    /// Number of windows of `context` tokens.
    fn windows(&self, context: usize) -> usize {
        self.train.windows(context)
    }
}

impl Packed {
    fn of(packed: data::Packed) -> Self {
        Packed {
            tokens: packed.len(),
            train: Arc::new(packed),
            held_out: None,
            left_out: 0,
        }
    }

    /// The samples of a training.
    pub(super) fn samples(&self) -> data::Samples {
        data::Samples::Packed(self.train.clone(), self.held_out.clone())
    }
}

/// Documents that are packed in a temporary file, some at a time.
#[pyclass(frozen, module = "ganvas._core")]
pub struct PackedFile {
    language: Language,
    packed: Mutex<Option<data::Packed>>,
}

#[pymethods]
impl PackedFile {
    /// An empty pack of texts of this data.
    #[new]
    fn new(data: &Data) -> PyResult<Self> {
        guarded(|| {
            let language = language(data)?.clone();
            let packed = data::Packed::filed(language.end(), language.inputs())?;
            Ok(PackedFile { language, packed: Mutex::new(Some(packed)) })
        })
    }

    /// Appends texts, with an index of a class for each if the data has classes.
    #[pyo3(signature = (texts, classes=None))]
    fn push(&self, py: Python<'_>, texts: Vec<PyBackedStr>, classes: Option<Vec<i64>>) -> PyResult<()> {
        released(py, move || {
            guarded(|| match &mut *self.packed.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(packed) => append(packed, &self.language, &texts, &classes),
                None => Err(Error::Internal("a pack that was closed".into())),
            })
        })
    }

    /// Completes the pack.
    fn close(&self) -> PyResult<Packed> {
        guarded(|| match self.packed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(packed) => Ok(Packed::of(packed.close()?)),
            None => Err(Error::Internal("a pack that was closed".into())),
        })
    }
}

fn append(
    packed: &mut data::Packed,
    language: &Language,
    texts: &[PyBackedStr],
    classes: &Option<Vec<i64>>,
) -> Result<()> {
    for (i, text) in texts.iter().enumerate() {
        let mut document = language.document(text, class(classes, i))?;
        // The start of the next document ends this one.
        document.pop();
        packed.push(&document)?;
    }
    Ok(())
}

/// Scores and continues documents with a model's weights at its creation.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Writer(pub(super) Arc<Fitted>);

#[pymethods]
impl Writer {
    /// Number of tokens that the network sees.
    #[getter]
    fn context(&self) -> usize {
        self.0.context()
    }

    /// Number of texts that are best written at the same time.
    #[getter]
    fn together(&self) -> usize {
        self.0.together()
    }

    /// Natural logarithms of the probabilities of the tokens of each text and of its end, `(n + 1,)` float32.
    #[pyo3(signature = (texts, classes=None))]
    fn scores<'py>(
        &self,
        py: Python<'py>,
        texts: Vec<PyBackedStr>,
        classes: Option<Vec<i64>>,
    ) -> PyResult<Vec<Bound<'py, PyArray1<f32>>>> {
        let scores = released(py, move || {
            guarded(|| {
                let language = self.0.language();
                let documents = texts.iter().enumerate().map(|(i, text)| language.document(text, class(&classes, i)));
                self.0.scores(&documents.collect::<Result<Vec<_>>>()?, language.start(None).len())
            })
        })?;
        Ok(scores.into_iter().map(|scores| scores.into_pyarray(py)).collect())
    }

    /// Numbers of tokens that the network sees of a source and of a text.
    #[getter]
    fn sides(&self) -> PyResult<(usize, usize)> {
        guarded(|| self.0.sides()).map(|[sources, places]| (sources, places))
    }

    /// Natural logarithms of the probabilities of the tokens of the text of each pair, and of its end, `(n + 1,)` float32.
    fn pair_scores<'py>(
        &self,
        py: Python<'py>,
        sources: Vec<Vec<PyBackedStr>>,
        texts: Vec<PyBackedStr>,
    ) -> PyResult<Vec<Bound<'py, PyArray1<f32>>>> {
        let scores = released(py, move || guarded(|| self.0.pair_scores(&self.pairs(&sources, &texts)?)))?;
        Ok(scores.into_iter().map(|scores| scores.into_pyarray(py)).collect())
    }

    /// How much each token of the text of each pair, and its end, sees each token of its source, `(text + 1, source)` float32.
    fn attention<'py>(
        &self,
        py: Python<'py>,
        sources: Vec<Vec<PyBackedStr>>,
        texts: Vec<PyBackedStr>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let found = released(py, move || guarded(|| self.0.attention(&self.pairs(&sources, &texts)?)))?;
        found.iter().map(|weights| array(py, weights)).collect()
    }

    /// The most likely text of each source that beam search finds: the text, the logarithm of its probability, and why it
    /// ended, "end" or "length".
    fn search(
        &self,
        py: Python<'_>,
        sources: Vec<Vec<PyBackedStr>>,
        beam: usize,
        max_tokens: Option<usize>,
        length_penalty: f64,
    ) -> PyResult<Vec<(String, f64, &'static str)>> {
        let search = Search { beam, most: max_tokens.unwrap_or(usize::MAX), length_penalty };
        released(py, move || {
            guarded(|| {
                let language = self.0.language();
                let found = self.0.search(&self.sources(&sources)?, search)?;
                let text = |tokens: &[u32]| {
                    let mut writing = vocabulary::Writing::default();
                    let mut text: String =
                        tokens.iter().map(|&token| writing.add(&language.vocabulary.bytes(token))).collect();
                    text += &writing.end();
                    text
                };
                Ok(found.iter().map(|found| (text(&found.tokens), found.score, word(found.finish))).collect())
            })
        })
    }

    /// Starts to write a text for each source, as `begin` does.
    #[pyo3(signature = (sources, *, temperature, top_k, top_p, max_tokens, seed, first))]
    #[allow(clippy::too_many_arguments)] // Python's names
    fn answer(
        &self,
        py: Python<'_>,
        sources: Vec<Vec<PyBackedStr>>,
        temperature: f64,
        top_k: Option<usize>,
        top_p: Option<f64>,
        max_tokens: Option<usize>,
        seed: u64,
        first: u64,
    ) -> PyResult<Draft> {
        let policy = Policy { temperature, top_k, top_p };
        let draft = released(py, move || guarded(|| self.0.answer(&self.sources(&sources)?, policy, (seed, first))))?;
        Ok(Draft(Mutex::new(draft.until(max_tokens.unwrap_or(usize::MAX), Vec::new()))))
    }

    /// Starts to continue texts, each of a class or of any, by the same rules. `first` is the number of the first
    /// one in the stream of random numbers of the seed.
    #[pyo3(signature = (prompts, classes, *, temperature, top_k, top_p, max_tokens, stop, seed, first, rules=None))]
    #[allow(clippy::too_many_arguments)] // Python's names
    fn begin(
        &self,
        prompts: Vec<PyBackedStr>,
        classes: Option<Vec<i64>>,
        temperature: f64,
        top_k: Option<usize>,
        top_p: Option<f64>,
        max_tokens: Option<usize>,
        stop: Vec<String>,
        seed: u64,
        first: u64,
        rules: Option<PyRef<'_, Rules>>,
    ) -> PyResult<Draft> {
        let policy = Policy { temperature, top_k, top_p };
        let draft = guarded(|| {
            let language = self.0.language();
            let start = |(i, prompt): (usize, &PyBackedStr)| -> Result<Vec<u32>> {
                Ok([language.start(class(&classes, i)), language.vocabulary.encode(prompt)?].concat())
            };
            let documents = prompts.iter().enumerate().map(start).collect::<Result<Vec<_>>>()?;
            let rules = rules.iter().flat_map(|rules| prompts.iter().map(|_| rules.copied()));
            Ok(self.0.begin(documents, policy, (seed, first))?.ruled(rules.collect()))
        })?;
        Ok(Draft(Mutex::new(draft.until(max_tokens.unwrap_or(usize::MAX), stop))))
    }
}

impl Writer {
    fn sources(&self, sources: &[Vec<PyBackedStr>]) -> Result<Vec<Vec<u32>>> {
        sources.iter().map(|texts| source(self.0.language(), texts)).collect()
    }

    fn pairs(&self, sources: &[Vec<PyBackedStr>], texts: &[PyBackedStr]) -> Result<Vec<[Vec<u32>; 2]>> {
        sources.iter().zip(texts).map(|pair| encoded(self.0.language(), pair)).collect()
    }
}

/// Texts that are written token by token.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Draft(Mutex<Inner>);

#[pymethods]
impl Draft {
    /// Writes up to `count` tokens of each text. Returns what was written of each and why it ended, "end", "stop" or
    /// "length", or None.
    fn advance(&self, py: Python<'_>, count: usize) -> PyResult<Vec<(String, Option<&'static str>)>> {
        released(py, || {
            guarded(|| {
                let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let pieces = inner.advance(count)?;
                Ok(pieces.into_iter().zip(inner.finishes().map(|finish| finish.map(word))).collect())
            })
        })
    }
}

fn word(finish: Finish) -> &'static str {
    match finish {
        Finish::End => "end",
        Finish::Stop => "stop",
        Finish::Length => "length",
    }
}

/// Tokens of a source: each of its texts is followed by the end.
fn source(language: &Language, texts: &[PyBackedStr]) -> Result<Vec<u32>> {
    let mut tokens = Vec::new();
    for text in texts {
        tokens.extend(language.vocabulary.encode(text)?);
        tokens.push(language.end());
    }
    Ok(tokens)
}

/// Tokens of a source and of the text that belongs to it.
fn encoded(language: &Language, (texts, text): (&Vec<PyBackedStr>, &PyBackedStr)) -> Result<[Vec<u32>; 2]> {
    Ok([source(language, texts)?, language.vocabulary.encode(text)?])
}

/// Numbers of places of sources and of texts.
fn sides(data: &Data) -> [usize; 2] {
    let sources = data.0.sources();
    [sources, data.0.sample()[0] - sources].map(|places| places.max(1) as usize)
}

fn class(classes: &Option<Vec<i64>>, i: usize) -> Option<i64> {
    classes.as_ref().and_then(|classes| classes.get(i)).copied()
}

/// What the tokens of the data stand for.
fn language(data: &Data) -> Result<&Language> {
    data.0.language().ok_or_else(|| Error::Internal("texts of other data".into()))
}

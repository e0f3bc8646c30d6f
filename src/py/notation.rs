//! Scores as texts for Python, and what may follow in these.

use pyo3::prelude::*;

use super::error::guarded;
use super::gil::released;
use super::music::Score;
use crate::error::Error;
use crate::music::{self, Ask, Track};
use crate::vocabulary;

/// A way to write scores as texts.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Notation(music::Notation);

/// What may follow in a text.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Rules(std::sync::Mutex<Box<dyn vocabulary::Rules>>);

#[pymethods]
impl Notation {
    /// The pitches of each step, with `steps` of them in a quarter note.
    #[staticmethod]
    fn frames(steps: u32) -> Self {
        Notation(music::Notation::Frames(steps))
    }

    /// Events for these scores. Without `tracks`, the notes of all instruments are those of one.
    #[staticmethod]
    fn notes(scores: Vec<PyRef<'_, Score>>, steps: u32, tracks: bool) -> PyResult<Self> {
        guarded(|| {
            let scores = scores.iter().map(|score| &*score.0);
            Ok(Notation(music::Notation::Notes(music::Notes::learn(scores, steps, tracks)?)))
        })
    }

    /// The notation of events that can express what either of two can.
    fn joined(&self, other: &Notation) -> PyResult<Self> {
        guarded(|| match (&self.0, &other.0) {
            (music::Notation::Notes(one), music::Notation::Notes(other)) => {
                Ok(Notation(music::Notation::Notes(one.clone().joined(other.clone()))))
            }
            _ => Err(Error::Internal("joined notations of frames".into())),
        })
    }

    /// The notation of words that `words` returned.
    #[staticmethod]
    fn of_words(words: &str) -> PyResult<Self> {
        guarded(|| match serde_json::from_str(words) {
            Ok(notation) => Ok(Notation(notation)),
            Err(error) => Err(Error::Internal(format!("a stored notation: {error}"))),
        })
    }

    /// Words to store.
    fn words(&self) -> PyResult<String> {
        guarded(|| serde_json::to_string(&self.0).map_err(|error| Error::Internal(error.to_string())))
    }

    /// Instruments, and true for percussion; None if the notes of all are those of one.
    fn tracks(&self) -> Option<Vec<(u8, bool)>> {
        match &self.0 {
            music::Notation::Notes(notes) if !notes.programs.is_empty() => Some(notes.programs.clone()),
            _ => None,
        }
    }

    /// The characters of the texts.
    fn alphabet(&self) -> String {
        self.0.alphabet()
    }

    /// The text of a score.
    fn write(&self, py: Python<'_>, score: PyRef<'_, Score>) -> PyResult<String> {
        let score = score.0.clone();
        released(py, || guarded(|| self.0.write(&score)))
    }

    /// The text of a part of a score, after which the whole score follows.
    fn part(&self, score: PyRef<'_, Score>) -> PyResult<String> {
        guarded(|| self.0.part(&score.0))
    }

    /// The text of what follows a gap, after which what is before the gap follows, and the gap.
    fn after_gap(&self, score: PyRef<'_, Score>) -> PyResult<String> {
        guarded(|| self.0.after_gap(&score.0))
    }

    /// The last score in a text, of at most `bars` bars of events. Notes without an instrument are of `voices`: name,
    /// program, and true for percussion.
    fn read(&self, py: Python<'_>, text: &str, bars: usize, voices: Vec<(String, u8, bool)>) -> PyResult<Score> {
        let track = |(name, program, drums)| Track { name, program, drums, notes: vec![] };
        let voices: Vec<Track> = voices.into_iter().map(track).collect();
        let score = released(py, || guarded(|| Ok(self.0.read(text, bars, &voices))))?;
        Ok(Score(score.into()))
    }

    /// True if texts have bars.
    #[getter]
    fn bars(&self) -> bool {
        matches!(self.0, music::Notation::Notes(_))
    }

    /// Steps of a quarter note.
    #[getter]
    fn resolution(&self) -> u32 {
        self.0.resolution()
    }

    /// Number of steps of a score.
    fn steps(&self, score: PyRef<'_, Score>) -> u32 {
        self.0.steps(&score.0)
    }

    /// What may follow in a text: pitches that may be written where none is given, beats and values of the bars, number of
    /// notes beside the kept ones, instruments, a score that the text has, one whose rhythm it has, and one after which
    /// frames avoid parallel fifths and octaves.
    #[pyo3(signature = (pitches, bars=None, voices=None, programs=None, kept=None, rhythm=None, apart=None))]
    #[allow(clippy::too_many_arguments)] // Python's names
    fn rules(
        &self,
        pitches: Vec<bool>,
        bars: Option<Vec<(u8, u8)>>,
        voices: Option<usize>,
        programs: Option<Vec<(u8, bool)>>,
        kept: Option<PyRef<'_, Score>>,
        rhythm: Option<PyRef<'_, Score>>,
        apart: Option<PyRef<'_, Score>>,
    ) -> PyResult<Rules> {
        let score = |score: Option<PyRef<'_, Score>>| score.map(|score| (*score.0).clone());
        let ask = Ask {
            pitches,
            bars,
            voices,
            programs,
            kept: score(kept),
            rhythm: score(rhythm),
            apart: score(apart),
        };
        guarded(|| Ok(Rules(std::sync::Mutex::new(self.0.rules(ask)?))))
    }
}

impl Rules {
    /// The same rules, for a text.
    pub(super) fn copied(&self) -> Box<dyn vocabulary::Rules> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).copied()
    }
}

//! Scores for Python: notes as arrays, files, rolls and sound.

use std::sync::Arc;

use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use super::error::guarded;
use super::gil::released;
use crate::error::Result;
use crate::music::{self, Format, Note, Track};

/// A piece of music.
#[pyclass(frozen, module = "ganvas._core", eq)]
#[derive(PartialEq)]
pub struct Score(pub(super) Arc<music::Score>);

/// Name, program, true for percussion, and notes: start, pitch, length and velocity of each.
type Voice = (String, u8, bool, Vec<(u32, u8, u32, u8)>);

#[pymethods]
impl Score {
    /// A piece whose times are in ticks, `resolution` of them in a quarter note.
    #[new]
    #[pyo3(signature = (resolution, tracks, length=0, tempos=vec![], meters=vec![], keys=vec![]))]
    fn new(
        resolution: u32,
        tracks: Vec<Voice>,
        length: u32,
        tempos: Vec<(u32, f64)>,
        meters: Vec<(u32, u8, u8)>,
        keys: Vec<(u32, i8, bool)>,
    ) -> PyResult<Self> {
        let track = |(name, program, drums, notes): Voice| {
            let note = |(start, pitch, length, velocity)| Note { start, pitch, length, velocity };
            Track {
                name,
                program,
                drums,
                notes: notes.into_iter().map(note).collect(),
            }
        };
        let tracks = tracks.into_iter().map(track).collect();
        guarded(|| made(music::Score::new(resolution, length, tracks, tempos, meters, keys)))
    }

    /// Pieces of a MIDI file.
    #[staticmethod]
    fn read_midi(py: Python<'_>, bytes: PyBackedBytes) -> PyResult<Vec<Self>> {
        released(py, || guarded(|| Ok(all(music::read_midi(&bytes)?))))
    }

    /// Pieces of a MIDI file up to its first damage, and what that is, if any.
    #[staticmethod]
    fn read_damaged_midi(py: Python<'_>, bytes: PyBackedBytes) -> PyResult<(Vec<Self>, Option<String>)> {
        let read = || music::read_damaged_midi(&bytes);
        released(py, || guarded(|| read().map(|(scores, damage)| (all(scores), damage.map(|it| it.to_string())))))
    }

    /// Pieces of a text in ABC notation.
    #[staticmethod]
    fn read_abc(py: Python<'_>, text: &str) -> PyResult<Vec<Self>> {
        released(py, || guarded(|| Ok(all(music::read_abc(text)?))))
    }

    /// The piece of a piano roll, bool `(steps, 88)` or `(steps, 128)`, with `resolution` steps in a quarter note.
    #[staticmethod]
    fn from_roll(roll: PyReadonlyArray2<'_, bool>, resolution: u32) -> PyResult<Self> {
        let roll = roll.as_array();
        let cells: Vec<bool> = roll.iter().copied().collect();
        guarded(|| made(music::Score::from_roll(&cells, roll.ncols(), resolution)))
    }

    /// Ticks of a quarter note.
    #[getter]
    fn resolution(&self) -> u32 {
        self.0.resolution
    }

    /// Ticks of the piece.
    #[getter]
    fn length(&self) -> u32 {
        self.0.length
    }

    /// Seconds of the piece.
    #[getter]
    fn seconds(&self) -> f64 {
        self.0.seconds(self.0.length)
    }

    /// Tracks: name, program, true for percussion, and notes, int64 `(n, 4)` of start, pitch, length and velocity.
    #[getter]
    #[allow(clippy::type_complexity)] // Python's tuples
    fn tracks<'py>(&self, py: Python<'py>) -> PyResult<Vec<(String, u8, bool, Bound<'py, PyArray2<i64>>)>> {
        let of = |track: &Track| {
            let numbers =
                |note: &Note| [note.start.into(), note.pitch.into(), note.length.into(), note.velocity.into()];
            let notes: Vec<i64> = track.notes.iter().flat_map(numbers).collect();
            let notes = notes.into_pyarray(py).reshape([track.notes.len(), 4])?;
            Ok((track.name.clone(), track.program, track.drums, notes))
        };
        self.0.tracks.iter().map(of).collect()
    }

    /// Ticks and quarter notes a minute from there on.
    #[getter]
    fn tempos(&self) -> Vec<(u32, f64)> {
        self.0.tempos.clone()
    }

    /// Ticks and meters from there on: beats and the note value of one.
    #[getter]
    fn meters(&self) -> Vec<(u32, u8, u8)> {
        self.0.meters.clone()
    }

    /// Ticks and keys from there on: sharps, or flats if negative, and true for minor.
    #[getter]
    fn keys(&self) -> Vec<(u32, i8, bool)> {
        self.0.keys.clone()
    }

    /// Bars: first tick, the tick after the last one, beats, and the note value of one.
    fn bars(&self) -> Vec<(u32, u32, u8, u8)> {
        self.0.bars().iter().map(|bar| (bar.start, bar.end, bar.beats, bar.value)).collect()
    }

    /// The bars from `first` to before `end`.
    fn clip(&self, first: usize, end: usize) -> PyResult<Self> {
        guarded(|| made(self.0.clip(first, end)))
    }

    /// The ticks from `start` to before `end`.
    fn slice(&self, start: u32, end: u32) -> PyResult<Self> {
        guarded(|| made(self.0.slice(start, end)))
    }

    /// The same, higher by semitones.
    fn transpose(&self, semitones: i32) -> PyResult<Self> {
        guarded(|| made(self.0.transpose(semitones)))
    }

    /// The same with times rounded to steps.
    fn quantised(&self, steps: u32) -> PyResult<Self> {
        guarded(|| made(self.0.quantised(steps)))
    }

    /// The top line.
    fn melody(&self) -> PyResult<Self> {
        guarded(|| made(self.0.melody()))
    }

    /// The piano roll without percussion, bool `(steps, 128)`.
    fn roll<'py>(&self, py: Python<'py>, steps: u32) -> PyResult<Bound<'py, PyArray2<bool>>> {
        let (roll, length) = released(py, || guarded(|| self.0.roll(steps)))?;
        roll.into_pyarray(py).reshape([length, 128])
    }

    /// Bytes of a MIDI file.
    fn write_midi(&self) -> PyResult<Vec<u8>> {
        guarded(|| music::write_midi(&self.0))
    }

    /// Sound of at most this many seconds, float32 `(n,)`, played by a soundfont of these bytes if there is one.
    #[pyo3(signature = (rate, seconds=None, font=None))]
    fn sound<'py>(
        &self,
        py: Python<'py>,
        rate: u32,
        seconds: Option<f64>,
        font: Option<PyBackedBytes>,
    ) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let format = Format { rate, stereo: false, seconds };
        let sound = released(py, || guarded(|| music::sound(&self.0, format, font.as_deref())))?;
        Ok(sound.into_pyarray(py))
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.0.resolution.hash(&mut hasher);
        self.0
            .notes()
            .for_each(|note| (note.0, note.1.start, note.1.pitch, note.1.length).hash(&mut hasher));
        hasher.finish()
    }
}

/// Sharps, or flats if negative, and true for minor, of a key's name.
#[pyfunction]
pub fn key(name: &str) -> PyResult<(i8, bool)> {
    guarded(|| music::key(name))
}

/// Name of a key.
#[pyfunction]
pub fn key_name(fifths: i8, minor: bool) -> String {
    music::key_name(fifths, minor)
}

/// Pitch classes of a key's scale, 12 booleans from C on.
#[pyfunction]
pub fn key_scale(fifths: i8, minor: bool) -> [bool; 12] {
    music::scale(fifths, minor)
}

fn made(score: Result<music::Score>) -> Result<Score> {
    Ok(Score(score?.into()))
}

fn all(scores: Vec<music::Score>) -> Vec<Score> {
    scores.into_iter().map(|score| Score(score.into())).collect()
}

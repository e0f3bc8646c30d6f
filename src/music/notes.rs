//! Scores as texts of notes: bars with their meter, positions in them, instruments, pitches and lengths.

use serde::{Deserialize, Serialize};

use super::alphabet::{step, Event, GAP, PART, WHOLE};
use super::score::{Note, Score, Track};
use crate::error::{Error, Result};

/// Quarter notes of the longest note; longer ones are shortened.
const LONGEST: u32 = 16;

/// What texts of notes can express.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    /// Steps of a quarter note.
    pub steps: u32,
    /// Meters.
    pub meters: Vec<(u8, u8)>,
    /// Instruments of General MIDI, and true for percussion. Empty: the notes of all instruments are those of one.
    pub programs: Vec<(u8, bool)>,
    /// Number of positions in a bar.
    pub positions: u32,
    /// Steps of the longest note.
    pub longest: u32,
}

/// A note with its place: bar, step in the bar, index of the instrument, pitch, length in steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    /// Number of the bar.
    pub bar: u32,
    /// Step in the bar.
    pub position: u32,
    /// Index of the instrument; 0 if there are none.
    pub track: u32,
    /// Pitch of MIDI.
    pub pitch: u8,
    /// Steps.
    pub length: u32,
}

impl Notes {
    /// A notation for these scores. Without `tracks`, the notes of all instruments are those of one.
    ///
    /// # Errors
    /// [`Error::Parameter`] if bars have too many steps.
    pub fn learn<'a>(scores: impl Iterator<Item = &'a Score>, steps: u32, tracks: bool) -> Result<Self> {
        let (mut meters, mut programs, mut positions, mut longest) = (vec![], vec![], 1, 1);
        for score in scores {
            for bar in score.bars() {
                meters.push((bar.beats, bar.value));
                positions = positions.max(step(bar.end - bar.start, steps, score.resolution));
            }
            for track in score.tracks.iter().filter(|track| !track.notes.is_empty()) {
                programs.push((track.program, track.drums));
                let lengths = track.notes.iter().map(|note| step(note.length, steps, score.resolution));
                longest = longest.max(lengths.max().unwrap_or(1));
            }
        }
        if positions > Event::Position.count() {
            let expected = format!("must be so low that a bar has at most {} steps", Event::Position.count());
            return Err(Error::parameter("resolution", expected, format!("{steps}, for bars of {positions} steps")));
        }
        let longest = longest.min(LONGEST * steps).min(Event::Length.count());
        let programs = if tracks { programs } else { vec![] };
        let made = Notes { steps, meters, programs, positions, longest };
        Ok(made.distinct())
    }

    /// The notation of all that either of two notations of the same steps can express.
    pub fn joined(mut self, other: Notes) -> Self {
        self.meters.extend(other.meters);
        self.programs.extend(other.programs);
        self.positions = self.positions.max(other.positions);
        self.longest = self.longest.max(other.longest);
        self.distinct()
    }

    // Each meter and each instrument once, in order.
    fn distinct(mut self) -> Self {
        self.programs.sort_unstable_by_key(|&(program, drums)| (drums, program));
        self.programs.dedup();
        self.meters.sort_unstable();
        self.meters.dedup();
        self.meters.truncate(Event::Bar.count() as usize);
        self
    }

    /// The characters of these texts.
    pub fn alphabet(&self) -> String {
        let all = |event: Event, count: usize| (0..count as u32).map(move |number| event.character(number));
        all(Event::Pitch, 128)
            .chain(all(Event::Bar, self.meters.len()))
            .chain(all(Event::Position, self.positions as usize))
            .chain(all(Event::Track, self.programs.len()))
            .chain(all(Event::Length, self.longest as usize))
            .chain([WHOLE, GAP, PART])
            .collect()
    }

    /// The meters of the bars of a score, and its notes in their order in a text.
    ///
    /// # Errors
    /// [`Error::Data`] for an instrument or a meter that the notation does not have.
    pub fn placed(&self, score: &Score) -> Result<(Vec<u32>, Vec<Placed>)> {
        let to_step = |tick: u32| step(tick, self.steps, score.resolution);
        let bars = score.bars();
        let starts: Vec<u32> = bars.iter().map(|bar| to_step(bar.start)).collect();
        let meter = |bar: &super::Bar| {
            let found = self.meters.iter().position(|&meter| meter == (bar.beats, bar.value));
            let found = found.map(|meter| meter as u32);
            let words = || format!("a bar of {}/{}, a meter that no training score has", bar.beats, bar.value);
            found.ok_or_else(|| Error::Data(words()))
        };
        let meters = bars.iter().map(meter).collect::<Result<Vec<_>>>()?;
        let mut placed = Vec::new();
        for track in score.tracks.iter().filter(|track| !track.notes.is_empty()) {
            let own = self.programs.iter().position(|&program| program == (track.program, track.drums));
            let index = match own {
                Some(index) => index as u32,
                None if self.programs.is_empty() && track.drums => continue,
                None if self.programs.is_empty() => 0,
                None => {
                    let what = if track.drums { "percussion" } else { "instrument" };
                    return Err(Error::Data(format!("{what} {}, which no training score has", track.program)));
                }
            };
            for note in &track.notes {
                let (start, end) = (to_step(note.start), to_step(note.start + note.length));
                let bar = starts.partition_point(|&first| first <= start).saturating_sub(1);
                placed.push(Placed {
                    bar: bar as u32,
                    position: (start - starts.get(bar).copied().unwrap_or(0)).min(self.positions - 1),
                    track: index,
                    pitch: note.pitch,
                    length: (end.max(start + 1) - start).min(self.longest),
                });
            }
        }
        placed.sort_unstable();
        placed.dedup_by_key(|note| (note.bar, note.position, note.track, note.pitch));
        Ok((meters, placed))
    }

    /// The text of a score.
    ///
    /// # Errors
    /// As [`Notes::placed`].
    pub fn write(&self, score: &Score) -> Result<String> {
        let (meters, placed) = self.placed(score)?;
        let (mut text, mut notes) = (String::new(), placed.iter().peekable());
        for (bar, &meter) in meters.iter().enumerate() {
            text.push(Event::Bar.character(meter));
            let (mut position, mut track) = (None, None);
            while let Some(note) = notes.next_if(|note| note.bar == bar as u32) {
                if position != Some(note.position) {
                    (position, track) = (Some(note.position), None);
                    text.push(Event::Position.character(note.position));
                }
                if track != Some(note.track) && !self.programs.is_empty() {
                    text.push(Event::Track.character(note.track));
                }
                track = Some(note.track);
                text.push(Event::Pitch.character(u32::from(note.pitch)));
                text.push(Event::Length.character(note.length - 1));
            }
        }
        Ok(text)
    }

    /// The last score in a text, of at most `bars` bars. A note without a length is left out. `voice` is the instrument of
    /// all notes if the notation has none.
    pub fn read(&self, text: &str, bars: usize, voice: &Track) -> Score {
        let text = text.rsplit(WHOLE).next().unwrap_or_default();
        let mut tracks: Vec<Vec<Note>> = vec![vec![]; self.programs.len().max(1)];
        let (mut meters, mut begun, mut bar, mut next) = (Vec::<(u32, u8, u8)>::new(), 0, 0, 0);
        let (mut position, mut track, mut pitch) = (0, 0, None);
        for (event, number) in text.chars().filter_map(Event::of) {
            match event {
                Event::Bar if begun == bars => break,
                Event::Bar => {
                    let (beats, value) = self.meters.get(number as usize).copied().unwrap_or((4, 4));
                    (bar, position, track, pitch) = (next, 0, 0, None);
                    begun += 1;
                    if meters.last().is_none_or(|&(_, b, v)| (b, v) != (beats, value)) {
                        meters.push((bar, beats, value));
                    }
                    next += step(u32::from(beats) * 4, self.steps, u32::from(value)).max(1);
                }
                Event::Position => (position, track) = (number, 0),
                Event::Track => track = number as usize,
                Event::Pitch => pitch = Some(number as u8),
                Event::Length => {
                    let note = pitch.take().map(|pitch| Note {
                        start: bar + position,
                        pitch,
                        length: number + 1,
                        velocity: 80,
                    });
                    tracks[track.min(self.programs.len().saturating_sub(1))].extend(note);
                }
            }
        }
        let of = |(i, notes): (usize, Vec<Note>)| match self.programs.get(i) {
            Some(&(program, drums)) => Track { program, drums, notes, ..Track::default() },
            None => Track { notes, ..voice.clone() },
        };
        let last = tracks.iter().flatten().map(|note| note.start + note.length).max().unwrap_or(0);
        Score {
            resolution: self.steps,
            length: next.max(last),
            tracks: tracks.into_iter().enumerate().map(of).filter(|track| !track.notes.is_empty()).collect(),
            tempos: vec![(0, 120.0)],
            meters: if meters.is_empty() { vec![(0, 4, 4)] } else { meters },
            keys: vec![],
        }
    }
}

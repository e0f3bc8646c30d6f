//! How scores are written as texts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alphabet::{step, GAP, PART, WHOLE};
use super::chords::{rhythm, Chord, Chords};
use super::events::{Events, Wish};
use super::frames::{self, Frame};
use super::notes::Notes;
use super::score::{Score, Track};
use crate::error::{Error, Result};
use crate::vocabulary::Rules;

/// Greatest number of notes that sound at a time, unless said.
const VOICES: usize = 16;

/// A way to write scores as texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Notation {
    /// The pitches of each step, with this number of steps in a quarter note.
    Frames(u32),
    /// Events.
    Notes(Notes),
}

/// What a text is to have.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// True for each pitch that may be written where none is given; not for percussion.
    pub pitches: Vec<bool>,
    /// Beats and note values of the bars. None: until the model ends the text.
    pub bars: Option<Vec<(u8, u8)>>,
    /// Number of notes that sound at a time, beside the kept ones.
    pub voices: Option<usize>,
    /// Instruments, and true for percussion. None: all.
    pub programs: Option<Vec<(u8, bool)>>,
    /// Notes that the text has.
    pub kept: Option<Score>,
    /// A score whose starts and lengths of notes the text has.
    pub rhythm: Option<Score>,
    /// What sounds before the text, from which frames move without parallel fifths and octaves. None: with them.
    pub apart: Option<Score>,
}

impl Notation {
    /// The characters of the texts.
    pub fn alphabet(&self) -> String {
        match self {
            Notation::Frames(_) => frames::alphabet(),
            Notation::Notes(notes) => notes.alphabet(),
        }
    }

    /// The text of a score.
    ///
    /// # Errors
    /// [`Error::Data`] if the notation cannot express it.
    pub fn write(&self, score: &Score) -> Result<String> {
        match self {
            Notation::Frames(steps) => Ok(frames::write(&frames::frames(score, *steps))),
            Notation::Notes(notes) => notes.write(score),
        }
    }

    /// The text of a part of a score, after which the whole score follows.
    ///
    /// # Errors
    /// As [`Notation::write`].
    pub fn part(&self, score: &Score) -> Result<String> {
        Ok(format!("{PART}{}{WHOLE}", self.write(score)?))
    }

    /// The text of what follows a gap, after which what is before the gap follows, and the gap.
    ///
    /// # Errors
    /// As [`Notation::write`].
    pub fn after_gap(&self, score: &Score) -> Result<String> {
        Ok(format!("{GAP}{}{WHOLE}", self.write(score)?))
    }

    /// The last score in a text, of at most `bars` bars of events; notes without an instrument are given to `voices`.
    pub fn read(&self, text: &str, bars: usize, voices: &[Track]) -> Score {
        let one = [Track::default()];
        let voices = if voices.is_empty() { &one[..] } else { voices };
        match self {
            Notation::Frames(steps) => frames::score(&frames::read(text), *steps, voices),
            Notation::Notes(notes) => notes.read(text, bars, &voices[0]),
        }
    }

    /// Steps of a quarter note.
    pub fn resolution(&self) -> u32 {
        match self {
            Notation::Frames(steps) => *steps,
            Notation::Notes(notes) => notes.steps,
        }
    }

    /// Number of steps of a score.
    pub fn steps(&self, score: &Score) -> u32 {
        step(score.length, self.resolution(), score.resolution)
    }

    /// What may follow in a text.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::Data`] for what the notation cannot express.
    pub fn rules(&self, ask: Ask) -> Result<Box<dyn Rules>> {
        match self {
            Notation::Frames(steps) => Ok(Box::new(chords(*steps, ask))),
            Notation::Notes(notes) => Ok(Box::new(Events::new(Arc::new(notes.clone()), wish(notes, ask)?))),
        }
    }
}

fn chords(steps: u32, ask: Ask) -> Chords {
    let most = ask.voices.unwrap_or(VOICES);
    let open = Chord { others: (0, most), ..Chord::default() };
    let Some(bars) = ask.bars else { return Chords::new(ask.pitches, vec![], Some(open), vec![]) };
    let count: u32 =
        bars.iter().map(|&(beats, value)| step(u32::from(beats) * 4, steps, u32::from(value)).max(1)).sum();
    let given = |score: &Score| {
        let mut frames = frames::frames(score, steps);
        frames.resize(count as usize, Frame::new());
        frames
    };
    let (voices, apart) = (ask.voices, ask.apart.is_some());
    let with = |kept: Frame| match kept.last().copied() {
        Some(top) => Chord {
            kept,
            others: (voices.unwrap_or(0), most),
            below: Some(top),
            apart,
            ..Chord::default()
        },
        None => open.clone(),
    };
    let chords = match (&ask.kept, &ask.rhythm) {
        (_, Some(score)) => rhythm(&given(score)),
        (Some(score), None) => given(score).into_iter().map(with).collect(),
        (None, None) => vec![open.clone(); count as usize],
    };
    let before = ask.apart.and_then(|score| frames::frames(&score, steps).pop());
    Chords::new(ask.pitches, chords, None, before.unwrap_or_default())
}

fn wish(notation: &Notes, ask: Ask) -> Result<Wish> {
    let meter = |wanted: &(u8, u8)| {
        let found = notation.meters.iter().position(|meter| meter == wanted).map(|index| index as u32);
        let known: Vec<String> = notation.meters.iter().map(|(beats, value)| format!("{beats}/{value}")).collect();
        found.ok_or_else(|| {
            let expected = format!("must be one of the training scores, {}", known.join(", "));
            Error::parameter("meter", expected, format!("{}/{}", wanted.0, wanted.1))
        })
    };
    let bars = ask.bars.as_ref().map(|bars| bars.iter().map(meter).collect::<Result<Vec<_>>>()).transpose()?;
    let placed = ask.rhythm.as_ref().or(ask.kept.as_ref()).map(|score| notation.placed(score)).transpose()?;
    let mut kept = placed.map_or(vec![], |(_, placed)| placed);
    if let Some(bars) = &bars {
        kept.retain(|note| (note.bar as usize) < bars.len());
    }
    let tracks = match &ask.programs {
        Some(wanted) => notation.programs.iter().map(|program| wanted.contains(program)).collect(),
        None => vec![true; notation.programs.len()],
    };
    Ok(Wish {
        pitches: ask.pitches,
        bars,
        tracks,
        voices: ask.voices,
        kept,
        rhythm: ask.rhythm.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::score::Note;
    use super::*;

    fn note(start: u32, length: u32, pitch: u8) -> Note {
        Note { start, pitch, length, velocity: 80 }
    }

    fn piece() -> Score {
        let melody = Track {
            notes: vec![note(0, 8, 72), note(8, 4, 74), note(16, 2, 72), note(18, 30, 67)],
            ..Track::default()
        };
        let bass = Track {
            program: 32,
            notes: vec![note(0, 12, 40), note(12, 12, 40), note(24, 24, 43)],
            ..Track::default()
        };
        let drums = Track {
            drums: true,
            notes: vec![note(0, 1, 36), note(0, 1, 42), note(20, 1, 38)],
            ..Track::default()
        };
        Score {
            resolution: 4,
            length: 48,
            tracks: vec![melody, bass, drums],
            tempos: vec![(0, 120.0)],
            meters: vec![(0, 3, 4), (24, 4, 4)],
            keys: vec![],
        }
    }

    fn notes(tracks: bool) -> Notation {
        Notation::Notes(Notes::learn([piece()].iter(), 4, tracks).unwrap())
    }

    // Writes what a random number chooses among all that is allowed.
    fn written(notation: &Notation, ask: &Ask, seed: u64, most: usize) -> String {
        let mut rules = notation.rules(ask.clone()).unwrap();
        let alphabet: Vec<char> = notation.alphabet().chars().collect();
        let (mut text, mut state) = (String::new(), seed);
        while text.chars().count() < most {
            let choices: Vec<Option<char>> =
                alphabet.iter().map(|&c| Some(c)).chain([None]).filter(|c| rules.allows(*c)).collect();
            assert!(!choices.is_empty(), "nothing may follow {:?}", text.escape_unicode().to_string());
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let Some(next) = choices[(state >> 33) as usize % choices.len()] else { return text };
            rules.add(next);
            text.push(next);
        }
        panic!("no end");
    }

    fn all(score: &Score) -> Vec<(u8, bool, Note)> {
        score
            .tracks
            .iter()
            .flat_map(|track| track.notes.iter().map(|note| (track.program, track.drums, *note)))
            .collect()
    }

    #[test]
    fn scores_are_the_same_after_they_were_written_and_read() {
        let read = notes(true).read(&notes(true).write(&piece()).unwrap(), 9, &[]);
        assert_eq!(all(&read), all(&piece()));
        assert_eq!((read.meters.clone(), read.length), (piece().meters, 56));
        let merged = notes(false);
        let read = merged.read(&merged.write(&piece()).unwrap(), 9, &[]);
        assert_eq!(read.tracks.len(), 1);
        assert_eq!(read.tracks[0].notes.len(), 7);
        let frames = Notation::Frames(4);
        let read = frames.read(&frames.write(&piece()).unwrap(), 9, &[Track::default(), Track::default()]);
        // The bass notes of one pitch become one.
        assert_eq!(read.tracks[1].notes, [note(0, 24, 40), note(24, 24, 43)]);
        assert_eq!(read.tracks[0].notes, piece().tracks[0].notes);
    }

    #[test]
    fn texts_have_what_was_asked_whatever_is_chosen() {
        let scale: Vec<bool> = (0..128).map(|pitch| [0, 2, 4, 5, 7, 9, 11].contains(&(pitch % 12))).collect();
        let bars = vec![(3, 4), (4, 4), (3, 4)];
        for notation in [Notation::Frames(2), notes(true), notes(false)] {
            let ask = Ask {
                pitches: scale.clone(),
                bars: Some(bars.clone()),
                ..Ask::default()
            };
            for seed in 0..20 {
                let score = notation.read(&written(&notation, &ask, seed, 9_999), 3, &[]);
                assert!(all(&score).iter().all(|(_, drums, note)| *drums || scale[usize::from(note.pitch)]));
                let quarters = |score: &Score| score.length / score.resolution;
                assert!(quarters(&score) >= 10 && (quarters(&score) == 10 || notation != Notation::Frames(2)));
            }
        }
        let wanted = vec![(32, false)];
        let ask = Ask {
            pitches: scale,
            bars: Some(bars),
            programs: Some(wanted),
            ..Ask::default()
        };
        let score = notes(true).read(&written(&notes(true), &ask, 3, 9_999), 3, &[]);
        assert!(!score.tracks.is_empty() && score.tracks.iter().all(|track| track.program == 32));
    }

    #[test]
    fn kept_notes_and_rhythms_are_in_all_texts() {
        let bars = Some(vec![(3, 4), (3, 4), (4, 4), (4, 4)]);
        let melody = Score { tracks: vec![piece().tracks[0].clone()], ..piece() };
        let pitches = vec![true; 128];
        for seed in 0..20 {
            for tracks in [true, false] {
                let kept = Some(melody.clone());
                let ask = Ask {
                    pitches: pitches.clone(),
                    bars: bars.clone(),
                    voices: Some(2),
                    kept,
                    ..Ask::default()
                };
                let score = notes(tracks).read(&written(&notes(tracks), &ask, seed, 99_999), 4, &[]);
                let found = all(&score);
                assert!(all(&melody).iter().all(|wanted| found.contains(wanted)), "{found:?}");
                let sounding =
                    |now: u32| found.iter().filter(|(_, _, n)| n.start <= now && now < n.start + n.length).count();
                assert!((0..56).all(|now| sounding(now) <= 3));
                let ask = Ask {
                    pitches: pitches.clone(),
                    bars: bars.clone(),
                    rhythm: Some(piece()),
                    ..Ask::default()
                };
                let score = notes(tracks).read(&written(&notes(tracks), &ask, seed, 99_999), 4, &[]);
                let times = |score: &Score, drums: bool| {
                    let of = |(program, drums, note): (u8, bool, Note)| {
                        (program * u8::from(tracks), drums, note.start, note.length)
                    };
                    let mut times: Vec<_> = all(score).into_iter().map(of).filter(|(_, d, _, _)| drums || !d).collect();
                    times.sort_unstable();
                    times
                };
                assert_eq!(times(&score, tracks), times(&piece(), tracks));
            }
        }
    }

    #[test]
    fn meters_and_instruments_that_no_score_has_are_refused() {
        let ask = Ask { bars: Some(vec![(5, 8)]), ..Ask::default() };
        let error = notes(true).rules(ask).err().unwrap().to_string();
        assert_eq!(error, "meter: must be one of the training scores, 3/4, 4/4, got 5/8");
        let mut other = piece();
        other.tracks[1].program = 40;
        let error = notes(true).write(&other).unwrap_err().to_string();
        assert_eq!(error, "instrument 40, which no training score has");
    }
}

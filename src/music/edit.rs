//! Parts and changes of a piece.

use super::key::transposed;
use super::score::{Note, Score, Track};
use crate::error::{Error, Result};

impl Score {
    /// The piece this many semitones higher; percussion stays.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a pitch leaves 0 to 127.
    pub fn transpose(&self, semitones: i32) -> Result<Self> {
        let mut made = self.clone();
        for note in made.tracks.iter_mut().filter(|track| !track.drums).flat_map(|track| &mut track.notes) {
            let pitch = i32::from(note.pitch).saturating_add(semitones);
            let wrong = || Error::parameter("semitones", "must keep all pitches between 0 and 127", pitch);
            note.pitch = u8::try_from(pitch).ok().filter(|&pitch| pitch < 128).ok_or_else(wrong)?;
        }
        for (_, fifths, _) in &mut made.keys {
            *fifths = transposed(*fifths, semitones);
        }
        made.with_tracks(made.tracks.clone())
    }

    /// The piece with all times rounded to this number of steps a quarter note, its new resolution. A note lasts at least
    /// a step.
    ///
    /// # Errors
    /// As [`Score::new`].
    pub fn quantised(&self, steps: u32) -> Result<Self> {
        let (from, to) = (u64::from(self.resolution), u64::from(steps));
        let round = |tick: u32| ((2 * u64::from(tick) * to + from) / (2 * from)).min(u32::MAX.into()) as u32;
        let rounded = |note: &Note| {
            let start = round(note.start);
            Note {
                start,
                length: round(note.end()).saturating_sub(start).max(1),
                ..*note
            }
        };
        Score::new(
            steps,
            round(self.length),
            self.with_notes(|track| track.notes.iter().map(rounded).collect()),
            self.tempos.iter().map(|&(tick, tempo)| (round(tick), tempo)).collect(),
            self.meters.iter().map(|&(tick, beats, value)| (round(tick), beats, value)).collect(),
            self.keys.iter().map(|&(tick, fifths, minor)| (round(tick), fifths, minor)).collect(),
        )
    }

    /// The ticks from `start` to `end`, with the tempo, meter and key that hold there. Notes that sound across an edge are
    /// cut.
    ///
    /// # Errors
    /// As [`Score::new`].
    pub fn slice(&self, start: u32, end: u32) -> Result<Self> {
        let cut = |note: &Note| {
            let (first, last) = (note.start.max(start), note.end().min(end));
            (first < last).then(|| Note { start: first - start, length: last - first, ..*note })
        };
        let moved = |tick: u32| tick.saturating_sub(start);
        Score::new(
            self.resolution,
            end.saturating_sub(start),
            self.with_notes(|track| track.notes.iter().filter_map(cut).collect()),
            self.tempos.iter().map(|&(tick, tempo)| (moved(tick), tempo)).collect(),
            self.meters.iter().map(|&(tick, beats, value)| (moved(tick), beats, value)).collect(),
            self.keys.iter().map(|&(tick, fifths, minor)| (moved(tick), fifths, minor)).collect(),
        )
    }

    /// The bars from `first` to before `end`, whole.
    ///
    /// # Errors
    /// [`Error::Parameter`] if there are no such bars.
    pub fn clip(&self, first: usize, end: usize) -> Result<Self> {
        let bars = self.bars();
        match bars.get(first..end) {
            Some([one]) => self.slice(one.start, one.end),
            Some([from, .., to]) => self.slice(from.start, to.end),
            _ => {
                let expected = format!("must be a first bar and a later end between 0 and {}", bars.len());
                Err(Error::parameter("bars", expected, format!("({first}, {end})")))
            }
        }
    }

    /// The top line: the highest of the notes that start at once, unless a higher one still sounds; each lasts at most to
    /// the start of the next. Without percussion.
    ///
    /// # Errors
    /// As [`Score::new`].
    pub fn melody(&self) -> Result<Self> {
        let pitched = |&(i, _): &(usize, &Note)| !self.tracks[i].drums;
        let mut notes: Vec<(usize, Note)> = self.notes().filter(pitched).map(|(i, note)| (i, *note)).collect();
        notes.sort_by_key(|(_, note)| (note.start, std::cmp::Reverse((note.pitch, note.length))));
        let mut line: Vec<(usize, Note)> = Vec::new();
        for (i, note) in notes {
            if let Some((_, before)) = line.last_mut() {
                if before.start == note.start || (before.end() > note.start && before.pitch >= note.pitch) {
                    continue;
                }
                before.length = before.length.min(note.start - before.start);
            }
            line.push((i, note));
        }
        let program = line.first().and_then(|&(i, _)| self.tracks.get(i)).map_or(0, |track| track.program);
        let notes = line.into_iter().map(|(_, note)| note).collect();
        self.with_tracks(vec![Track { name: "melody".into(), program, drums: false, notes }])
    }

    fn with_notes(&self, notes: impl Fn(&Track) -> Vec<Note>) -> Vec<Track> {
        let same = |track: &Track| (track.name.clone(), track.program, track.drums);
        let made = self.tracks.iter().map(|track| (same(track), notes(track)));
        made.map(|((name, program, drums), notes)| Track { name, program, drums, notes }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(start: u32, length: u32, pitch: u8) -> Note {
        Note { start, pitch, length, velocity: 64 }
    }

    fn score(notes: Vec<Note>) -> Score {
        let drums = Track { drums: true, notes: vec![note(0, 1, 36)], ..Track::default() };
        let tracks = vec![Track { notes, ..Track::default() }, drums];
        Score::new(12, 0, tracks, vec![(24, 60.0)], vec![(0, 2, 4), (48, 3, 8)], vec![(0, 0, false)]).unwrap()
    }

    #[test]
    fn transposing_moves_pitches_and_keys_but_no_drums() {
        let made = score(vec![note(0, 12, 60)]).transpose(-3).unwrap();
        assert_eq!((made.tracks[0].notes[0].pitch, made.tracks[1].notes[0].pitch), (57, 36));
        assert_eq!(made.keys, [(0, 3, false)]);
        let wrong = score(vec![note(0, 12, 60)]).transpose(68).unwrap_err();
        assert_eq!(wrong.to_string(), "semitones: must keep all pitches between 0 and 127, got 128");
        assert!(score(vec![note(0, 12, 60)]).transpose(i32::MAX).is_err());
    }

    #[test]
    fn times_are_rounded_to_steps() {
        let made = score(vec![note(5, 2, 60), note(7, 20, 62), note(60, 1, 64)]).quantised(2).unwrap();
        assert_eq!(made.tracks[0].notes, [note(1, 1, 60), note(1, 4, 62), note(10, 1, 64)]);
        assert_eq!((made.resolution, made.length), (2, 11));
        assert_eq!((made.tempos[1], made.meters[1]), ((4, 60.0), (8, 3, 8)));
    }

    #[test]
    fn clips_keep_what_holds_at_their_start() {
        let whole = score(vec![note(0, 12, 60), note(20, 10, 62), note(50, 22, 64)]);
        let made = whole.clip(1, 3).unwrap();
        assert_eq!(made.tracks[0].notes, [note(0, 6, 62), note(26, 16, 64)]);
        assert_eq!((made.length, made.tempos.clone(), made.keys.len()), (42, vec![(0, 60.0)], 1));
        assert_eq!(made.meters, [(0, 2, 4), (24, 3, 8)]);
        for (first, end) in [(0, 0), (2, 1), (0, 9)] {
            let text = whole.clip(first, end).unwrap_err().to_string();
            assert!(text.starts_with("bars: must be a first bar and a later end between 0 and 4, got"), "{text}");
        }
    }

    #[test]
    fn the_melody_is_the_top_line() {
        let made = score(vec![note(0, 12, 60), note(0, 30, 67), note(12, 6, 64), note(24, 12, 72), note(40, 8, 50)]);
        let line = made.melody().unwrap();
        assert_eq!(line.tracks[0].notes, [note(0, 24, 67), note(24, 12, 72), note(40, 8, 50)]);
        assert_eq!((line.tracks.len(), line.length), (1, made.length));
    }
}

//! Piano rolls: which pitches sound in each step.

use super::score::{Note, Score, Track};
use crate::error::{Error, Result};

/// Lowest pitch of a piano, the first of 88.
pub const LOWEST: u8 = 21;
/// Loudness of notes that have none of their own.
pub const VELOCITY: u8 = 80;

impl Score {
    /// Pitches that sound in each step, `[T, 128]`, without percussion, and `T`.
    ///
    /// # Errors
    /// As [`Score::quantised`].
    pub fn roll(&self, steps: u32) -> Result<(Vec<bool>, usize)> {
        let score = self.quantised(steps)?;
        let mut roll = vec![false; score.length as usize * 128];
        for note in score.tracks.iter().filter(|track| !track.drums).flat_map(|track| &track.notes) {
            for step in note.start..note.end() {
                if let Some(cell) = roll.get_mut(step as usize * 128 + usize::from(note.pitch)) {
                    *cell = true;
                }
            }
        }
        Ok((roll, score.length as usize))
    }

    /// The piece of a roll of 88 or 128 pitches, `[T, pitches]`, with this number of steps a quarter note. A pitch in
    /// consecutive steps is one note.
    ///
    /// # Errors
    /// [`Error::Shape`], and as [`Score::new`].
    pub fn from_roll(roll: &[bool], pitches: usize, steps: u32) -> Result<Self> {
        let lowest = match pitches {
            88 => LOWEST,
            128 => 0,
            _ => {
                let got = format!("{pitches} pitches");
                return Err(Error::Shape {
                    name: "roll".into(),
                    expected: "(T, 88) or (T, 128)".into(),
                    got,
                });
            }
        };
        let length = roll.len() / pitches;
        let mut notes = Vec::new();
        for pitch in 0..pitches {
            let mut start = None;
            for step in 0..=length {
                let sounds = step < length && roll[step * pitches + pitch];
                match start {
                    None if sounds => start = Some(step),
                    Some(first) if !sounds => {
                        let (start_tick, length) = (first as u32, (step - first) as u32);
                        notes.push(Note {
                            start: start_tick,
                            pitch: lowest + pitch as u8,
                            length,
                            velocity: VELOCITY,
                        });
                        start = None;
                    }
                    _ => {}
                }
            }
        }
        Score::new(steps, length as u32, vec![Track { notes, ..Track::default() }], vec![], vec![], vec![])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rolls_and_scores_are_each_other() {
        for pitches in [88, 128] {
            let cell = |i: usize| i % 7 == 0 || i % pitches == 40;
            let roll: Vec<bool> = (0..10 * pitches).map(cell).collect();
            let score = Score::from_roll(&roll, pitches, 4).unwrap();
            let (back, steps) = score.roll(4).unwrap();
            let lowest = if pitches == 88 { usize::from(LOWEST) } else { 0 };
            let same = |i: usize| back[i / pitches * 128 + lowest + i % pitches];
            assert_eq!((0..roll.len()).map(same).collect::<Vec<_>>(), roll);
            assert_eq!((steps, score.length), (10, 10));
            let held: Vec<_> =
                score.tracks[0].notes.iter().filter(|note| usize::from(note.pitch) == lowest + 40).collect();
            assert_eq!((held.len(), held[0].length), (1, 10));
        }
        assert!(Score::from_roll(&[true; 12], 12, 4).unwrap_err().to_string().contains("(T, 88) or (T, 128)"));
    }
}

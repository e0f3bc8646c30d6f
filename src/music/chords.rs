//! What may follow in a text of frames.

use std::collections::BTreeMap;

use super::alphabet::{pitch_of, FRAME};
use super::frames::Frame;
use crate::vocabulary::Rules;

/// What a frame may have.
#[derive(Clone, Debug, Default)]
pub struct Chord {
    /// Pitches that it has, from low to high.
    pub kept: Frame,
    /// Numbers of notes that go on.
    pub held: Vec<usize>,
    /// Numbers of notes that begin with the other pitches.
    pub begun: Vec<usize>,
    /// Least and greatest number of other pitches.
    pub others: (usize, usize),
    /// Other pitches are lower than this.
    pub below: Option<u8>,
    /// True if the other pitches are not those of the frame before it.
    pub fresh: bool,
    /// True if they avoid parallel fifths and octaves, with each other and with the highest pitch that it has.
    pub apart: bool,
}

/// Rules of frames: their number, and what each may have.
#[derive(Clone, Debug)]
pub struct Chords {
    // True for each pitch that may be written where none is given.
    pitches: Vec<bool>,
    // What the frames may have; the text ends after the last one.
    chords: Vec<Chord>,
    // What all frames may have after `chords`, up to the end that the model chooses.
    rest: Option<Chord>,
    // Frames that have ended, the one before the current one, and the current one.
    number: usize,
    before: Frame,
    frame: Frame,
    // Pitches of the notes that have numbers.
    numbered: Vec<u8>,
    // What the current frame has to have, and its least number of other pitches, as far as they exist.
    kept: Frame,
    least: usize,
}

impl Chords {
    /// Rules for the frames that follow `before`. Without `rest`, the text ends after the last of `chords`.
    pub fn new(pitches: Vec<bool>, chords: Vec<Chord>, rest: Option<Chord>, before: Frame) -> Self {
        let mut rules = Chords {
            pitches,
            chords,
            rest,
            number: 0,
            before,
            frame: vec![],
            numbered: vec![],
            kept: vec![],
            least: 0,
        };
        rules.begin();
        rules
    }

    fn chord(&self) -> Option<&Chord> {
        self.chords.get(self.number).or(self.rest.as_ref())
    }

    // Starts a frame.
    fn begin(&mut self) {
        self.frame.clear();
        let Some(chord) = self.chord().cloned() else { return };
        let held = chord.held.iter().filter_map(|&number| self.numbered.get(number));
        let mut kept: Frame = chord.kept.iter().chain(held).copied().collect();
        kept.sort_unstable();
        kept.dedup();
        self.kept = kept;
        self.least = (0..128).filter(|&pitch| self.other(&chord, pitch)).take(chord.others.0).count();
    }

    // True if a pitch may be one of the others.
    fn other(&self, chord: &Chord, pitch: u8) -> bool {
        self.pitches.get(usize::from(pitch)).copied().unwrap_or_default()
            && chord.below.is_none_or(|limit| pitch < limit)
            && !(chord.fresh && self.before.contains(&pitch))
            && !self.kept.contains(&pitch)
    }

    // True if at least `count` others fit above a pitch.
    fn room(&self, chord: &Chord, above: u8, count: usize) -> bool {
        count == 0 || (above + 1..128).filter(|&pitch| self.other(chord, pitch)).nth(count - 1).is_some()
    }

    // Number of others in the frame.
    fn others(&self) -> usize {
        self.frame.iter().filter(|pitch| !self.kept.contains(pitch)).count()
    }

    // True if two voices would move in parallel fifths or octaves; voices are the pitches in order.
    fn parallel(&self, chord: &Chord, pitch: u8) -> bool {
        let count = self.kept.len() + chord.others.1;
        if !chord.apart || chord.others.0 != chord.others.1 || self.before.len() != count {
            return false;
        }
        let top = self.kept.last().map(|&top| (count - 1, top));
        let voice = self.frame.len();
        let others = self.frame.iter().copied().enumerate().chain(top).filter(|&(other, _)| other != voice);
        others.into_iter().any(|(other, now)| {
            let [own, others] = [(voice, pitch), (other, now)].map(|(voice, now)| {
                let before = i16::from(self.before[voice]);
                (before, i16::from(now) - before)
            });
            let [before, after] = [own.0 - others.0, own.0 + own.1 - others.0 - others.1].map(|i| i.abs() % 12);
            own.1 * others.1 > 0 && before == after && [0, 7].contains(&before)
        })
    }

    // Parallels are better than no pitch.
    fn allows_pitch(&self, chord: &Chord, pitch: u8) -> bool {
        let fits = |pitch: u8| self.fits(chord, pitch);
        fits(pitch)
            && (!self.parallel(chord, pitch) || !(0..128).any(|other| fits(other) && !self.parallel(chord, other)))
    }

    fn fits(&self, chord: &Chord, pitch: u8) -> bool {
        if self.frame.last().is_some_and(|&last| pitch <= last) {
            return false;
        }
        let next = self.kept.iter().find(|kept| !self.frame.contains(kept));
        let (written, least, most) = (self.others(), self.least, chord.others.1);
        match next {
            Some(&next) if pitch > next => false,
            Some(&next) if pitch == next => self.room(chord, pitch, least.saturating_sub(written)),
            _ => {
                written < most && self.other(chord, pitch) && self.room(chord, pitch, least.saturating_sub(written + 1))
            }
        }
    }
}

impl Rules for Chords {
    fn allows(&self, next: Option<char>) -> bool {
        let Some(next) = next else {
            return self.frame.is_empty() && self.number >= self.chords.len();
        };
        let Some(chord) = self.chord() else { return false };
        if let Some(pitch) = pitch_of(next) {
            return self.allows_pitch(chord, pitch);
        }
        let whole = self.kept.iter().all(|kept| self.frame.contains(kept));
        next == FRAME && whole && self.others() >= self.least
    }

    // Where the model wants a pitch that is not in the key there is another one, not a rest.
    fn exchanged(&self, next: char) -> bool {
        pitch_of(next).is_some()
    }

    fn add(&mut self, next: char) {
        if let Some(pitch) = pitch_of(next) {
            self.frame.push(pitch);
            return;
        }
        let begun = self.chord().map(|chord| chord.begun.clone()).unwrap_or_default();
        let others = self.frame.iter().filter(|pitch| !self.kept.contains(pitch));
        for (number, &pitch) in begun.into_iter().zip(others) {
            let size = self.numbered.len().max(number + 1);
            self.numbered.resize(size, 0);
            self.numbered[number] = pitch;
        }
        self.before = std::mem::take(&mut self.frame);
        self.number += 1;
        self.begin();
    }

    fn copied(&self) -> Box<dyn Rules> {
        Box::new(self.clone())
    }
}

/// Chords that keep the rhythm of frames: as many notes that start and that go on, at the same times. The first frame follows
/// a rest.
pub fn rhythm(frames: &[Frame]) -> Vec<Chord> {
    // Numbers of the notes that sound, by pitch.
    let mut sounding: BTreeMap<u8, usize> = BTreeMap::new();
    let mut count = 0;
    let mut chord = |frame: &Frame| {
        sounding.retain(|pitch, _| frame.contains(pitch));
        let held = sounding.values().copied().collect();
        let new: Vec<u8> = frame.iter().copied().filter(|pitch| !sounding.contains_key(pitch)).collect();
        let begun: Vec<usize> = (count..count + new.len()).collect();
        count += new.len();
        sounding.extend(new.iter().copied().zip(begun.iter().copied()));
        Chord {
            held,
            others: (begun.len(), begun.len()),
            begun,
            fresh: true,
            ..Chord::default()
        }
    };
    frames.iter().map(&mut chord).collect()
}

#[cfg(test)]
mod tests {
    use super::super::alphabet::pitch;
    use super::*;

    fn any() -> Vec<bool> {
        vec![true; 128]
    }

    // Takes the first character that is allowed of those that a random number proposes, until the end.
    fn written(mut rules: Chords, seed: u64, most: usize) -> Vec<Frame> {
        let mut state = seed;
        let (mut frames, mut frame) = (vec![], vec![]);
        while frames.len() < most && !(rules.allows(None) && rules.rest.is_none()) {
            let mut choices: Vec<char> =
                (0..128).map(pitch).chain([FRAME]).filter(|c| rules.allows(Some(*c))).collect();
            assert!(!choices.is_empty(), "{frames:?} {frame:?}");
            // Ends of frames are as likely as all pitches.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if choices.last() == Some(&FRAME) && state >> 63 == 0 {
                choices = vec![FRAME];
            }
            let next = choices[(state >> 33) as usize % choices.len()];
            rules.add(next);
            match pitch_of(next) {
                Some(pitch) => frame.push(pitch),
                None => frames.push(std::mem::take(&mut frame)),
            }
        }
        frames
    }

    #[test]
    fn melodies_are_kept_and_voices_stay_below_them() {
        let melody = [72, 74, 10, 71];
        let chord = |&pitch| Chord {
            kept: vec![pitch],
            others: (3, 3),
            below: Some(pitch),
            ..Chord::default()
        };
        let chords: Vec<Chord> = melody.iter().map(chord).collect();
        for seed in 0..50 {
            let frames = written(Chords::new(any(), chords.clone(), None, vec![]), seed, 9);
            assert_eq!(frames.len(), 4);
            for (frame, pitch) in frames.iter().zip(melody) {
                assert_eq!((frame.len(), frame.last()), (4, Some(&pitch)), "{frames:?}");
            }
        }
    }

    #[test]
    fn voices_that_are_apart_have_parallels_only_where_nothing_else_is_possible() {
        let melody = [72, 74, 76, 74, 72, 71, 72];
        let parallels = |apart: bool, seed: u64| {
            let chord = |&pitch| Chord {
                kept: vec![pitch],
                others: (3, 3),
                below: Some(pitch),
                apart,
                ..Chord::default()
            };
            let pitches = (0..128).map(|pitch| pitch > 47 && [0, 2, 4, 5, 7, 9, 11].contains(&(pitch % 12))).collect();
            let before = vec![48, 55, 60, 67];
            let mut frames =
                written(Chords::new(pitches, melody.iter().map(chord).collect(), None, before.clone()), seed, 9);
            frames.insert(0, before);
            let mut found = 0;
            for pair in frames.windows(2) {
                for (low, high) in (0..4).flat_map(|high| (0..high).map(move |low| (low, high))) {
                    let moved = |voice: usize| i32::from(pair[1][voice]) - i32::from(pair[0][voice]);
                    let interval = |frame: &Frame| (frame[high] - frame[low]) % 12;
                    let same = interval(&pair[0]) == interval(&pair[1]) && moved(low) * moved(high) > 0;
                    found += usize::from(same && [0, 7].contains(&interval(&pair[0])));
                }
            }
            found
        };
        let [apart, free] = [true, false].map(|apart| (0..50).map(|seed| parallels(apart, seed)).sum::<usize>());
        // Voices that are close to each other leave no other pitch.
        assert!(20 * apart < free, "{apart} of {free}");
    }

    #[test]
    fn notes_that_do_not_fit_are_left_out() {
        let chord = Chord {
            kept: vec![1],
            others: (3, 3),
            below: Some(1),
            ..Chord::default()
        };
        let frames = written(Chords::new(any(), vec![chord], None, vec![]), 1, 9);
        assert_eq!(frames, [[0, 1]]);
    }

    #[test]
    fn rhythms_are_kept() {
        let mut wanted =
            vec![vec![48, 60], vec![48, 62], vec![], vec![50, 62, 70], vec![50, 62, 70], vec![51, 62, 71, 80]];
        wanted.extend([vec![51, 62], vec![40, 51, 62], vec![40, 51], vec![40, 53], vec![53]]);
        let starts = |frames: &[Frame]| -> Vec<(usize, usize)> {
            let notes = super::super::frames::tracks(frames, 1);
            let mut found: Vec<_> = notes[0].iter().map(|note| (note.start as usize, note.length as usize)).collect();
            found.sort_unstable();
            found
        };
        for seed in 0..50 {
            let frames = written(Chords::new(any(), rhythm(&wanted), None, vec![]), seed, 99);
            assert_eq!(starts(&frames), starts(&wanted), "{frames:?}");
        }
    }

    #[test]
    fn pitches_are_of_the_scale_and_the_text_ends_when_the_model_wants() {
        let pitches: Vec<bool> = (0..128).map(|pitch| [0, 4, 7].contains(&(pitch % 12))).collect();
        let rest = Chord { others: (0, 4), ..Chord::default() };
        let rules = Chords::new(pitches, vec![], Some(rest), vec![]);
        assert!(rules.allows(None));
        let frames = written(rules, 3, 40);
        assert_eq!(frames.len(), 40);
        assert!(frames.iter().flatten().all(|pitch| [0, 4, 7].contains(&(pitch % 12))));
        assert!(frames.iter().all(|frame| frame.len() <= 4 && frame.is_sorted()));
    }
}

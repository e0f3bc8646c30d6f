//! What may follow in a text of notes.

use std::sync::Arc;

use super::alphabet::Event;
use super::notes::{Notes, Placed};
use crate::vocabulary::Rules;

/// What a text of notes may have.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// True for each pitch that instruments may play.
    pub pitches: Vec<bool>,
    /// Indices of the meters of the bars. None: any, until the model ends the text.
    pub bars: Option<Vec<u32>>,
    /// True for each instrument that may play.
    pub tracks: Vec<bool>,
    /// Greatest number of notes that sound at a time beside the kept ones.
    pub voices: Option<usize>,
    /// Notes that the text has, in order.
    pub kept: Vec<Placed>,
    /// True if the text has no other notes, and the pitches of these are free.
    pub rhythm: bool,
}

/// Rules of notes.
#[derive(Clone, Debug)]
pub struct Events {
    notation: Arc<Notes>,
    wish: Arc<Wish>,
    // Bars that have begun.
    begun: usize,
    // The last position, instrument and pitch, each None if the next one is free.
    place: [Option<u32>; 3],
    // True if the last character was a pitch.
    pitched: bool,
    // Number of kept notes that are written.
    number: usize,
    // Ends of other notes, in steps since the first bar; and the start of the bar.
    ends: Vec<u32>,
    start: u32,
    next: u32,
}

impl Events {
    /// Rules for the bars that follow.
    pub fn new(notation: Arc<Notes>, wish: Wish) -> Self {
        Events {
            notation,
            wish: Arc::new(wish),
            begun: 0,
            place: [None; 3],
            pitched: false,
            number: 0,
            ends: vec![],
            start: 0,
            next: 0,
        }
    }

    fn bar(&self) -> u32 {
        self.begun.saturating_sub(1) as u32
    }

    // The kept note that comes next, if it is in the current bar.
    fn due(&self) -> Option<&Placed> {
        self.wish.kept.get(self.number).filter(|note| self.begun > 0 && note.bar <= self.bar())
    }

    // True if one more note may sound at a position.
    fn free(&self, position: u32) -> bool {
        let now = self.start + position;
        let sounding = self.ends.iter().filter(|&&end| end > now).count();
        !self.wish.rhythm && self.wish.voices.is_none_or(|voices| sounding < voices)
    }

    // True if the next note is the kept one that is due: of its place, and of its pitch unless that is free.
    fn is_kept(&self, pitch: u32) -> bool {
        let [position, track, _] = self.place;
        let track = track.unwrap_or(0);
        self.due().is_some_and(|note| {
            (Some(note.position), note.track) == (position, track)
                && (self.wish.rhythm || u32::from(note.pitch) == pitch)
        })
    }

    // True if a pitch may be played by an instrument.
    fn playable(&self, pitch: u32, track: u32) -> bool {
        let drums = self.notation.programs.get(track as usize).is_some_and(|&(_, drums)| drums);
        drums || self.wish.pitches.get(pitch as usize).copied().unwrap_or_default()
    }

    fn allows_bar(&self, meter: u32) -> bool {
        match &self.wish.bars {
            // One more than wanted stands for the end.
            Some(bars) => self.begun == bars.len() || bars.get(self.begun) == Some(&meter),
            None => true,
        }
    }

    fn allows_position(&self, position: u32) -> bool {
        let due = self.due();
        self.begun > 0
            && self.start + position < self.next
            && self.place[0].is_none_or(|last| position > last)
            && due.is_none_or(|note| position <= note.position)
            && (due.is_some_and(|note| note.position == position) || self.free(position))
    }

    fn allows_track(&self, track: u32) -> bool {
        let [Some(position), last, _] = self.place else { return false };
        let due = self.due().filter(|note| note.position == position);
        let kept = due.is_some_and(|note| note.track == track);
        let wanted = self.wish.tracks.get(track as usize).copied().unwrap_or(true);
        last.is_none_or(|last| track > last)
            && due.is_none_or(|note| track <= note.track)
            && (kept || (wanted && self.free(position)))
    }

    fn allows_pitch(&self, pitch: u32) -> bool {
        let [Some(position), track, last] = self.place else { return false };
        if track.is_none() && !self.notation.programs.is_empty() {
            return false;
        }
        let track = track.unwrap_or(0);
        let due = self.due().filter(|note| (note.position, note.track) == (position, track));
        if last.is_some_and(|last| pitch <= last) {
            return false;
        }
        if self.wish.rhythm {
            // Above it there is room for the other notes of the place.
            let rest = &self.wish.kept[self.number.min(self.wish.kept.len())..];
            let same = |note: &&Placed| {
                due.is_some_and(|d| (d.bar, d.position, d.track) == (note.bar, note.position, note.track))
            };
            let others = rest.iter().take_while(same).count().saturating_sub(1);
            let above = (pitch + 1..128).filter(|&pitch| self.playable(pitch, track)).count();
            return due.is_some() && self.playable(pitch, track) && above >= others;
        }
        match due {
            Some(note) if u32::from(note.pitch) <= pitch => u32::from(note.pitch) == pitch,
            _ => self.playable(pitch, track) && self.free(position),
        }
    }

    // True if the last note has a pitch, and the text may go on at a later place.
    fn whole(&self) -> bool {
        let [position, track, pitch] = self.place;
        !self.pitched && (position.is_none() || pitch.is_some()) && (track.is_none() || pitch.is_some())
    }
}

impl Rules for Events {
    fn allows(&self, next: Option<char>) -> bool {
        let ended = self.wish.bars.as_ref().is_some_and(|bars| self.begun > bars.len());
        let Some(next) = next else {
            let done = match &self.wish.bars {
                Some(bars) => self.begun >= bars.len(),
                None => self.begun > 0,
            };
            return ended || (done && self.whole() && self.number >= self.wish.kept.len());
        };
        let Some((event, number)) = Event::of(next).filter(|_| !ended) else { return false };
        if self.pitched {
            let [_, _, pitch] = self.place;
            let kept = self.due().filter(|_| self.is_kept(pitch.unwrap_or(0)));
            return event == Event::Length && kept.is_none_or(|note| note.length == number + 1);
        }
        match event {
            Event::Bar => self.whole() && self.due().is_none() && self.allows_bar(number),
            Event::Position => self.whole() && self.allows_position(number),
            Event::Track => (self.place[1].is_none() || self.place[2].is_some()) && self.allows_track(number),
            Event::Pitch => self.allows_pitch(number),
            Event::Length => false,
        }
    }

    fn add(&mut self, next: char) {
        let Some((event, number)) = Event::of(next) else { return };
        match event {
            Event::Bar => {
                self.begun += 1;
                self.place = [None; 3];
                let (beats, value) = self.notation.meters.get(number as usize).copied().unwrap_or((4, 4));
                let steps = super::alphabet::step(u32::from(beats) * 4, self.notation.steps, u32::from(value)).max(1);
                (self.start, self.next) = (self.next, self.next + steps);
            }
            Event::Position => self.place = [Some(number), None, None],
            Event::Track => self.place = [self.place[0], Some(number), None],
            Event::Pitch => {
                self.place[2] = Some(number);
                self.pitched = true;
            }
            Event::Length => {
                self.pitched = false;
                let [position, _, pitch] = self.place;
                match self.is_kept(pitch.unwrap_or(0)) {
                    true => self.number += 1,
                    false => self.ends.push(self.start + position.unwrap_or(0) + number + 1),
                }
                let now = self.start;
                self.ends.retain(|&end| end > now);
            }
        }
    }

    fn copied(&self) -> Box<dyn Rules> {
        Box::new(self.clone())
    }
}

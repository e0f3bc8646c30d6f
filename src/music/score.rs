//! Pieces of music as notes.

use crate::error::{Error, Result};

/// A piece of music. Times are in ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Ticks of a quarter note, at least 1.
    pub resolution: u32,
    /// Ticks from the start to the end of the piece, at least to the end of the last note.
    pub length: u32,
    /// Instruments.
    pub tracks: Vec<Track>,
    /// Quarter notes a minute from a tick on; the first one is at tick 0.
    pub tempos: Vec<(u32, f64)>,
    /// Beats a bar and the note value of a beat, such as 3 and 4, from a tick on; the first one is at tick 0. A change
    /// starts a bar.
    pub meters: Vec<(u32, u8, u8)>,
    /// Sharps, or flats if negative, from -7 to 7, and true for a minor key, from a tick on.
    pub keys: Vec<(u32, i8, bool)>,
}

/// Notes of an instrument.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// Its name.
    pub name: String,
    /// Instrument of General MIDI, 0 to 127.
    pub program: u8,
    /// True for percussion, where a pitch is an instrument.
    pub drums: bool,
    /// Its notes, by start and then by pitch. Notes of one pitch do not overlap.
    pub notes: Vec<Note>,
}

/// A note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Tick at which it starts.
    pub start: u32,
    /// Pitch of MIDI, 0 to 127; 60 is middle C.
    pub pitch: u8,
    /// Its ticks, at least 1.
    pub length: u32,
    /// Loudness, 1 to 127.
    pub velocity: u8,
}

/// A bar: its first tick and the one after its last, and its meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Tick at which it starts.
    pub start: u32,
    /// Tick at which the next one starts.
    pub end: u32,
    /// Number of beats of its meter.
    pub beats: u8,
    /// Note value of a beat.
    pub value: u8,
}

/// Seconds of ticks.
pub struct Clock(Vec<(u32, f64, f64)>);

/// Longest piece.
const HOURS: f64 = 10.0;
/// Most quarter notes of a piece.
const QUARTERS: u32 = 1_000_000;
/// Most bars of a piece.
const BARS: u64 = 100_000;
/// Microseconds of a quarter note that MIDI can express, and that are music.
const MICROSECONDS: std::ops::RangeInclusive<f64> = 1_000.0..=16_777_215.0;

impl Score {
    /// A piece that lasts `length` ticks, or to the end of its last note.
    ///
    /// Notes are sorted. One without length lasts a tick; one that starts while another of its pitch sounds in its track
    /// ends that one, and if both start at once they are one note, as long and as loud as the longest and loudest of them.
    /// Without changes at the start, the tempo is 120 and the meter 4/4; changes from the end on are left out. A tempo is
    /// rounded to whole microseconds of a quarter note, as files have it.
    ///
    /// # Errors
    /// [`Error::Parameter`] for values out of range, [`Error::Data`] for more than ten hours.
    pub fn new(
        resolution: u32,
        length: u32,
        mut tracks: Vec<Track>,
        tempos: Vec<(u32, f64)>,
        meters: Vec<(u32, u8, u8)>,
        keys: Vec<(u32, i8, bool)>,
    ) -> Result<Self> {
        if !(1..=32_767).contains(&resolution) {
            return Err(Error::parameter("resolution", "must be between 1 and 32767 ticks a quarter note", resolution));
        }
        let mut end = length;
        for track in &mut tracks {
            if track.program > 127 {
                return Err(Error::parameter("program", "must be between 0 and 127", track.program));
            }
            normalise(&mut track.notes)?;
            end = track.notes.iter().map(Note::end).fold(end, u32::max);
        }
        let tempos = tempos.into_iter().map(|(tick, tempo)| Ok((tick, tempo_of(tempo)?))).collect::<Result<_>>()?;
        let meters = meters.into_iter().map(checked_meter).collect::<Result<_>>()?;
        let keys = keys.into_iter().map(checked_key).collect::<Result<_>>()?;
        let score = Score {
            resolution,
            length: end,
            tracks,
            tempos: changes(tempos, Some(120.0), end),
            meters: changes(meters, Some((4, 4)), end).into_iter().map(|(tick, (a, b))| (tick, a, b)).collect(),
            keys: changes(keys, None, end).into_iter().map(|(tick, (a, b))| (tick, a, b)).collect(),
        };
        let (hours, quarters) = (score.seconds(end) / 3600.0, end / resolution);
        if hours > HOURS || quarters > QUARTERS {
            let much = "the piece lasts";
            return Err(Error::Data(format!(
                "{much} {hours:.1} hours and {quarters} quarter notes; at most {HOURS} hours and {QUARTERS} are supported"
            )));
        }
        let bars = score.bar_count();
        if bars > BARS {
            return Err(Error::Data(format!("the piece has {bars} bars; at most {BARS} are supported")));
        }
        Ok(score)
    }

    /// The same with other tracks, and at least this long.
    ///
    /// # Errors
    /// As [`Score::new`].
    pub fn with_tracks(&self, tracks: Vec<Track>) -> Result<Self> {
        let (tempos, meters) = (self.tempos.clone(), self.meters.clone());
        Score::new(self.resolution, self.length, tracks, tempos, meters, self.keys.clone())
    }

    /// All notes with the index of their track.
    pub fn notes(&self) -> impl Iterator<Item = (usize, &Note)> {
        self.tracks.iter().enumerate().flat_map(|(i, track)| track.notes.iter().map(move |note| (i, note)))
    }

    /// The bars in their order; the last one covers the end.
    ///
    /// A bar whose length is no number of ticks starts at the tick before; one has at least a tick.
    pub fn bars(&self) -> Vec<Bar> {
        let mut bars = Vec::new();
        for (i, &(start, beats, value)) in self.meters.iter().enumerate() {
            let next = self.meters.get(i + 1).map(|meter| meter.0);
            let stop = u64::from(next.unwrap_or(self.length));
            let ticks = 4 * u64::from(self.resolution) * u64::from(beats);
            let (ticks, value_ticks) = (ticks.max(value.into()), u64::from(value));
            let tick = |bar: u64| u64::from(start) + bar * ticks / value_ticks;
            for bar in (0..).take_while(|&bar| tick(bar) < stop) {
                let end = if next.is_some() { tick(bar + 1).min(stop) } else { tick(bar + 1) };
                let [start, end] = [tick(bar), end].map(|tick| tick.min(u32::MAX.into()) as u32);
                bars.push(Bar { start, end, beats, value });
            }
        }
        bars
    }

    // Number of bars, at least nearly, without a list of them.
    fn bar_count(&self) -> u64 {
        let ends = self.meters.iter().skip(1).map(|meter| meter.0).chain([self.length]);
        let count = |(&(start, beats, value), end): (&(u32, u8, u8), u32)| {
            let ticks = (4 * u64::from(self.resolution) * u64::from(beats)).max(value.into());
            (u64::from(end.saturating_sub(start)) * u64::from(value)).div_ceil(ticks)
        };
        self.meters.iter().zip(ends).map(count).sum()
    }

    /// Seconds from the start to a tick.
    pub fn seconds(&self, tick: u32) -> f64 {
        self.clock().seconds(tick)
    }

    /// What converts many ticks to seconds.
    pub fn clock(&self) -> Clock {
        let mut clock: Vec<(u32, f64, f64)> = Vec::with_capacity(self.tempos.len());
        for &(tick, tempo) in &self.tempos {
            let before = clock.last().map_or(0.0, |&(start, seconds, each)| seconds + f64::from(tick - start) * each);
            clock.push((tick, before, 60.0 / (tempo * f64::from(self.resolution))));
        }
        Clock(clock)
    }
}

impl Clock {
    /// Seconds from the start to a tick.
    pub fn seconds(&self, tick: u32) -> f64 {
        let after = self.0.partition_point(|&(start, ..)| start <= tick);
        match after.checked_sub(1).and_then(|i| self.0.get(i)) {
            Some(&(start, seconds, each)) => seconds + f64::from(tick - start) * each,
            None => 0.0,
        }
    }
}

impl Note {
    /// The tick after its last.
    pub fn end(&self) -> u32 {
        self.start.saturating_add(self.length)
    }
}

/// Sorts the notes of a track and separates those of one pitch.
fn normalise(notes: &mut Vec<Note>) -> Result<()> {
    for note in notes.iter_mut() {
        if note.pitch > 127 {
            return Err(Error::parameter("pitch", "must be between 0 and 127", note.pitch));
        }
        if !(1..=127).contains(&note.velocity) {
            return Err(Error::parameter("velocity", "must be between 1 and 127", note.velocity));
        }
        note.length = note.length.max(1);
        if note.start.checked_add(note.length).is_none() {
            return Err(Error::parameter("notes", "must end before tick 4294967295", note.start));
        }
    }
    notes.sort_unstable();
    let mut kept: Vec<Note> = Vec::with_capacity(notes.len());
    let mut latest = [usize::MAX; 128];
    for &note in notes.iter() {
        let place = &mut latest[usize::from(note.pitch)];
        match kept.get_mut(*place) {
            Some(before) if before.start == note.start => {
                before.length = before.length.max(note.length);
                before.velocity = before.velocity.max(note.velocity);
                continue;
            }
            Some(before) => before.length = before.length.min(note.start - before.start),
            None => {}
        }
        *place = kept.len();
        kept.push(note);
    }
    *notes = kept;
    Ok(())
}

/// Changes before the end by tick, the last one at each, without those that change nothing.
fn changes<T: Copy + PartialEq>(mut list: Vec<(u32, T)>, first: Option<T>, end: u32) -> Vec<(u32, T)> {
    list.sort_by_key(|&(tick, _)| tick);
    let mut kept: Vec<(u32, T)> = first.map(|first| (0, first)).into_iter().collect();
    for (tick, value) in list.into_iter().filter(|&(tick, _)| tick == 0 || tick < end) {
        while kept.last().is_some_and(|&(before, _)| before == tick) {
            kept.pop();
        }
        if kept.last().is_none_or(|&(_, before)| before != value) {
            kept.push((tick, value));
        }
    }
    kept
}

/// The shortest decimal number of quarter notes a minute with the same whole microseconds of a quarter note.
fn tempo_of(tempo: f64) -> Result<f64> {
    let micros = (6e7 / tempo).round();
    if !MICROSECONDS.contains(&micros) {
        return Err(Error::parameter("tempo", "must be between 3.58 and 60000 quarter notes a minute", tempo));
    }
    let scales = (0..=9).map(|digits| 10f64.powi(digits));
    let rounded = scales.map(|scale| (6e7 / micros * scale).round() / scale);
    Ok(rounded.into_iter().find(|&short| (6e7 / short).round() == micros).unwrap_or(6e7 / micros))
}

/// Quarter notes a minute of microseconds of a quarter note; None if that is no music.
pub(super) fn tempo_of_microseconds(micros: u32) -> Option<f64> {
    tempo_of(6e7 / f64::from(micros)).ok()
}

/// Whether bars can have this meter.
pub(super) fn is_meter(beats: u8, value: u8) -> bool {
    beats > 0 && value.is_power_of_two() && value <= 64
}

fn checked_meter((tick, beats, value): (u32, u8, u8)) -> Result<(u32, (u8, u8))> {
    if !is_meter(beats, value) {
        let expected = "must have 1 to 255 beats of a value of 1, 2, 4, 8, 16, 32 or 64, such as 3/4";
        return Err(Error::parameter("meter", expected, format!("{beats}/{value}")));
    }
    Ok((tick, (beats, value)))
}

fn checked_key((tick, fifths, minor): (u32, i8, bool)) -> Result<(u32, (i8, bool))> {
    if !(-7..=7).contains(&fifths) {
        return Err(Error::parameter("key", "must have at most 7 sharps or flats", fifths));
    }
    Ok((tick, (fifths, minor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(start: u32, length: u32, pitch: u8) -> Note {
        Note { start, pitch, length, velocity: 64 }
    }

    fn score(notes: Vec<Note>, meters: Vec<(u32, u8, u8)>) -> Score {
        let track = Track { notes, ..Track::default() };
        Score::new(4, 0, vec![track], vec![], meters, vec![]).unwrap()
    }

    #[test]
    fn notes_of_one_pitch_are_separated() {
        let made = score(vec![note(8, 0, 60), note(0, 6, 60), note(4, 8, 60), note(4, 3, 60), note(0, 9, 61)], vec![]);
        assert_eq!(made.tracks[0].notes, [note(0, 4, 60), note(0, 9, 61), note(4, 4, 60), note(8, 1, 60)]);
        assert_eq!(made.length, 9);
    }

    #[test]
    fn bars_follow_the_meters_and_cover_the_end() {
        let made = score(vec![note(0, 50, 60)], vec![(0, 3, 4), (30, 5, 8)]);
        let bars: Vec<_> = made.bars().iter().map(|bar| (bar.start, bar.end, bar.beats)).collect();
        assert_eq!(bars, [(0, 12, 3), (12, 24, 3), (24, 30, 3), (30, 40, 5), (40, 50, 5)]);
        let odd = Score::new(1, 5, vec![], vec![], vec![(0, 5, 8)], vec![]).unwrap();
        assert_eq!(odd.bars().iter().map(|bar| bar.start).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(Score::new(1, 3, vec![], vec![], vec![(0, 1, 64)], vec![]).unwrap().bars().len(), 3);
    }

    #[test]
    fn seconds_follow_the_tempos() {
        let track = Track { notes: vec![note(0, 16, 60)], ..Track::default() };
        let tempos = vec![(4, 60.0), (8, 240.0), (8, 30.0), (99, 1000.0)];
        let made = Score::new(4, 0, vec![track], tempos, vec![], vec![]).unwrap();
        assert_eq!(made.tempos, [(0, 120.0), (4, 60.0), (8, 30.0)]);
        let seconds = [0, 4, 6, 8, 12].map(|tick| made.seconds(tick));
        assert!(seconds.iter().zip([0.0, 0.5, 1.0, 1.5, 3.5]).all(|(a, b)| (a - b).abs() < 1e-12), "{seconds:?}");
    }

    #[test]
    fn tempos_are_short_decimals_that_files_can_hold() {
        for tempo in [97.0, 120.0, 33.3, 131.25, 200.0, 59.94] {
            assert_eq!(tempo_of(tempo).unwrap(), tempo);
        }
        assert_eq!(tempo_of(tempo_of(123.456_789_123).unwrap()).unwrap(), tempo_of(123.456_789_123).unwrap());
        for tempo in [0.0, -1.0, f64::NAN, f64::INFINITY, 3.0, 1e5] {
            assert!(tempo_of(tempo).unwrap_err().to_string().starts_with("tempo: must be between 3.58"));
        }
    }

    #[test]
    fn what_is_no_music_is_refused() {
        let one = |note| vec![Track { notes: vec![note], ..Track::default() }];
        let made = |resolution, tracks, meters, keys| Score::new(resolution, 0, tracks, vec![], meters, keys);
        let wrong = [
            made(0, vec![], vec![], vec![]),
            made(4, one(note(0, 1, 128)), vec![], vec![]),
            made(4, one(Note { velocity: 0, ..note(0, 1, 60) }), vec![], vec![]),
            made(4, one(note(u32::MAX, 1, 60)), vec![], vec![]),
            made(4, vec![], vec![(0, 4, 3)], vec![]),
            made(4, vec![], vec![], vec![(0, 8, false)]),
            made(4, one(note(4 * 72_001, 1, 60)), vec![], vec![]),
        ];
        let starts = ["resolution", "pitch", "velocity", "notes", "meter", "key", "the piece lasts 10.0 hours"];
        for (wrong, start) in wrong.into_iter().zip(starts) {
            let text = wrong.unwrap_err().to_string();
            assert!(text.starts_with(start), "{text}");
        }
    }
}

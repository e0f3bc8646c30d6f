//! Pieces of music as notes.

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

/// A bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Its first tick.
    pub start: u32,
    /// The tick after its last one.
    pub end: u32,
    /// Beats.
    pub beats: u8,
    /// Note value of a beat.
    pub value: u8,
}

impl Score {
    /// The bars; the last one may end after the piece.
    pub fn bars(&self) -> Vec<Bar> {
        let mut bars = Vec::new();
        for (i, &(tick, beats, value)) in self.meters.iter().enumerate() {
            let until = self.meters.get(i + 1).map_or(self.length, |next| next.0);
            let ticks = (u64::from(self.resolution) * 4 * u64::from(beats) / u64::from(value)).max(1) as u32;
            let mut start = tick;
            while start < until {
                bars.push(Bar { start, end: start + ticks, beats, value });
                start += ticks;
            }
        }
        bars
    }
}

//! Characters of music in texts, in Unicode's private use area.

/// The end of a frame.
pub const FRAME: char = '\u{E080}';
/// Ends what is shown first; the score follows.
pub const WHOLE: char = '\u{E081}';
/// Begins with what follows a gap of a score, before what is before the gap and in it.
pub const GAP: char = '\u{E082}';
/// Begins with a part of a score, before the whole score.
pub const PART: char = '\u{E083}';

/// Characters with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A pitch of MIDI.
    Pitch,
    /// A bar, with the index of its meter.
    Bar,
    /// A step within a bar.
    Position,
    /// The index of an instrument.
    Track,
    /// Steps of a note, minus 1.
    Length,
}

impl Event {
    // The first character, and the greatest number of them.
    const fn range(self) -> (u32, u32) {
        match self {
            Event::Pitch => (0xE000, 0x80),
            Event::Bar => (0xE100, 0x100),
            Event::Position => (0xE200, 0x400),
            Event::Track => (0xE600, 0x100),
            Event::Length => (0xE700, 0x400),
        }
    }

    /// Greatest number of different ones.
    pub const fn count(self) -> u32 {
        self.range().1
    }

    /// The character with this number, which is less than `count`.
    pub fn character(self, number: u32) -> char {
        let (first, count) = self.range();
        char::from_u32(first + number.min(count - 1)).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// The event of a character, and its number.
    pub fn of(character: char) -> Option<(Event, u32)> {
        let all = [Event::Pitch, Event::Bar, Event::Position, Event::Track, Event::Length];
        all.into_iter().find_map(|event| {
            let (first, count) = event.range();
            let number = (character as u32).checked_sub(first)?;
            (number < count).then_some((event, number))
        })
    }
}

/// The character of a pitch.
pub fn pitch(pitch: u8) -> char {
    Event::Pitch.character(u32::from(pitch))
}

/// The pitch of a character.
pub fn pitch_of(character: char) -> Option<u8> {
    Event::of(character).filter(|(event, _)| *event == Event::Pitch).map(|(_, pitch)| pitch as u8)
}

/// The step nearest to a tick, with `steps` and `resolution` ticks in a quarter note.
pub fn step(tick: u32, steps: u32, resolution: u32) -> u32 {
    let resolution = u64::from(resolution.max(1));
    ((u64::from(tick) * u64::from(steps) * 2 + resolution) / (2 * resolution)) as u32
}

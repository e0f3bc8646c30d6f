//! MIDI files.

mod read;
mod write;

pub use read::read_midi;
pub(super) use write::channels;
pub use write::write_midi;

/// Channel of percussion, the tenth.
const DRUMS: u8 = 9;

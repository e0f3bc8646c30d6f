//! Music: scores, their files, and their sound; scores as texts, and what may follow in these.

mod abc;
mod alphabet;
mod chords;
mod edit;
mod events;
mod frames;
mod key;
mod midi;
mod notation;
mod notes;
mod roll;
mod score;
mod sound;

pub use abc::read_abc;
pub use key::{key, key_name, scale, tonic};
pub use midi::{read_damaged_midi, read_midi, write_midi};
pub use notation::{Ask, Notation};
pub use notes::Notes;
pub use roll::{LOWEST, VELOCITY};
pub use score::{Bar, Clock, Note, Score, Track};
pub use sound::{sound, Format};

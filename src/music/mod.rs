//! Music: scores, their files, and their sound; scores as texts, and what may follow in these.

mod alphabet;
mod chords;
mod events;
mod frames;
mod notation;
mod notes;
mod score;

pub use notation::{Ask, Notation};
pub use notes::Notes;
pub use score::{Bar, Note, Score, Track};

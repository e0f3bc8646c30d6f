//! Music: scores, their files, and their sound.

mod score;

pub use score::{Note, Score, Track};

//! Piano rolls: two values, on and off; bars, steps and pitches, and any number of tracks as channels.

use super::sided::{Named, Sided};
use super::Binary;

/// Piano rolls, with sides `[bars, steps, pitches]`.
pub type Roll = Sided<Binary, 3>;

impl Named for Roll {
    const NOUNS: [&'static str; 2] = ["rolls", "bars, steps and pitches"];
    const SMOOTH: bool = true;
}

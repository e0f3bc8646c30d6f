//! Volumes of voxels: one range for all values, depth, height and width, and any number of channels.

use super::sided::{Named, Sided};
use super::Range;

/// Volumes of voxels, with sides `[depth, height, width]`.
pub type Volume = Sided<Range, 3>;

impl Named for Volume {
    const NOUNS: [&'static str; 2] = ["volumes", "voxels"];
    const SMOOTH: bool = true;
}

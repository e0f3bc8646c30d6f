//! Images: one range for all values, height and width, and any number of channels.

use super::sided::{Named, Sided};
use super::Range;

/// Images, with sides `[height, width]`.
pub type Image = Sided<Range, 2>;

impl Named for Image {
    const NOUNS: [&'static str; 2] = ["images", "px"];
    const SMOOTH: bool = true;
}

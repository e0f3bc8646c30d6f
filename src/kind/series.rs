//! Series: windows of several features over time, standardised by feature.

use super::sided::{Named, Sided};
use super::Columns;

/// Windows of several features over time, with sides `[steps]`.
pub type Series = Sided<Columns, 1>;

impl Named for Series {
    const NOUNS: [&'static str; 2] = ["series", "steps"];
    const SMOOTH: bool = true;
}

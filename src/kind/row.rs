//! Rows of a table, standardised by column.

use super::sided::{Named, Sided};
use super::Columns;

/// Rows of a table, without sides.
pub type Row = Sided<Columns, 0>;

impl Named for Row {
    const NOUNS: [&'static str; 2] = ["rows", "columns"];
}

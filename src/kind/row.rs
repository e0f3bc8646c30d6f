//! Rows of a table, standardised by column.

use serde::{Deserialize, Serialize};

use super::{Columns, DataKind, Scale};

/// Rows of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The columns.
    #[serde(flatten)]
    pub scale: Columns,
}

impl Row {
    pub(super) fn of(stored: &[i64]) -> Self {
        Row { scale: Columns::of(stored.first()) }
    }
}

impl DataKind for Row {
    fn stored(&self) -> Vec<i64> {
        vec![self.scale.mean.len() as i64]
    }

    fn scale(&self) -> &dyn Scale {
        &self.scale
    }

    fn scale_mut(&mut self) -> &mut dyn Scale {
        &mut self.scale
    }

    fn nouns(&self) -> [&'static str; 2] {
        ["rows", "columns"]
    }

    fn pack(&mut self, count: i64) {
        self.scale.repeat(count);
    }
}

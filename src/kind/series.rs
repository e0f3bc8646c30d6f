//! Series: windows of several features over time, standardised by feature.

use serde::{Deserialize, Serialize};

use super::{Columns, DataKind, Scale};

/// Windows of several features over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Points in time of a window.
    pub steps: i64,
    /// The features.
    #[serde(flatten)]
    pub scale: Columns,
}

impl Series {
    pub(super) fn of(stored: &[i64]) -> Self {
        Series {
            steps: stored.first().copied().unwrap_or(0),
            scale: Columns::of(stored.get(1)),
        }
    }
}

impl DataKind for Series {
    fn stored(&self) -> Vec<i64> {
        vec![self.steps, self.scale.mean.len() as i64]
    }

    fn scale(&self) -> &dyn Scale {
        &self.scale
    }

    fn scale_mut(&mut self) -> &mut dyn Scale {
        &mut self.scale
    }

    fn nouns(&self) -> [&'static str; 2] {
        ["series", "steps"]
    }

    fn smooth(&self) -> bool {
        true
    }

    fn pack(&mut self, count: i64) {
        self.scale.repeat(count);
    }
}

//! Volumes of voxels: one range for all values, depth, height and width, and any number of channels.

use serde::{Deserialize, Serialize};

use super::{DataKind, Range, Scale};
use crate::layer::{Activation, Function, Layer};

/// Volumes of voxels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// Number of slices.
    pub depth: i64,
    /// Voxels from top to bottom.
    pub height: i64,
    /// Voxels from left to right.
    pub width: i64,
    /// 1 for occupancy or density.
    pub channels: i64,
    /// The range of the values.
    #[serde(flatten)]
    pub scale: Range,
}

impl Volume {
    pub(super) fn of(stored: &[i64]) -> Self {
        let size = |axis: usize| stored.get(axis).copied().unwrap_or(0);
        Volume {
            depth: size(0),
            height: size(1),
            width: size(2),
            channels: size(3),
            scale: Range { low: 0.0, high: 255.0 },
        }
    }
}

impl DataKind for Volume {
    fn stored(&self) -> Vec<i64> {
        vec![self.depth, self.height, self.width, self.channels]
    }

    fn scale(&self) -> &dyn Scale {
        &self.scale
    }

    fn scale_mut(&mut self) -> &mut dyn Scale {
        &mut self.scale
    }

    fn head(&self) -> Option<Layer> {
        Some(Activation { function: Function::Tanh }.into())
    }

    fn likelihood(&self) -> &'static str {
        // Most grey values are black or white.
        if self.channels == 1 {
            "bernoulli"
        } else {
            "gaussian"
        }
    }

    fn nouns(&self) -> [&'static str; 2] {
        ["volumes", "voxels"]
    }

    fn smooth(&self) -> bool {
        true
    }

    fn pack(&mut self, count: i64) {
        self.channels *= count;
    }
}

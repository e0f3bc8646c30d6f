//! Images: one range for all values, height and width, and any number of channels.

use serde::{Deserialize, Serialize};

use super::{DataKind, Range, Scale};
use crate::layer::{Activation, Function, Layer};

/// Images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// Pixels from top to bottom.
    pub height: i64,
    /// Pixels from left to right.
    pub width: i64,
    /// 1 for grey, 3 for colour, any other number as well.
    pub channels: i64,
    /// The range of the values.
    #[serde(flatten)]
    pub scale: Range,
}

impl Image {
    pub(super) fn of(stored: &[i64]) -> Self {
        let size = |axis: usize| stored.get(axis).copied().unwrap_or(0);
        Image {
            height: size(0),
            width: size(1),
            channels: size(2),
            scale: Range { low: 0.0, high: 255.0 },
        }
    }
}

impl DataKind for Image {
    fn stored(&self) -> Vec<i64> {
        vec![self.height, self.width, self.channels]
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
        ["images", "px"]
    }

    fn smooth(&self) -> bool {
        true
    }

    fn pack(&mut self, count: i64) {
        self.channels *= count;
    }
}

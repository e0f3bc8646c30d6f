//! Patches of the picture itself.
//!
//! Source: Elnekave and Weiss, "Generating natural images with direct patch distributions matching", 2022.

use tch::Tensor;

use super::{Ask, Feature, Features, Map, Maps};
use crate::error::Result;
use crate::member;

member! {
    "patches": "small patches of the picture, without weights (Elnekave and Weiss, 2022)",
    pub struct Patches {
        /// Side in pixels.
        patch_size: i64 = 7,
    }
}

impl Feature for Patches {
    fn made(&self, ask: Ask) -> Result<Box<dyn Features>> {
        Ok(Box::new(Patches { patch_size: ask.patch_size }))
    }

    fn distance(&self) -> &'static str {
        "sliced"
    }
}

impl Features for Patches {
    fn maps(&self, x: &Tensor, circular: bool) -> Result<Maps> {
        let more = self.patch_size - 1;
        let values = match circular {
            true => x.f_pad([0, more, 0, more], "circular", None)?,
            false => x.shallow_clone(),
        };
        let map = Map { values, window: self.patch_size };
        Ok(Maps { style: vec![map], content: x.shallow_clone() })
    }

    fn least(&self) -> i64 {
        self.patch_size
    }

    // Projections, sorted values, 64-bit places and their gradients, of picture and style.
    fn bytes(&self, directions: i64) -> f64 {
        40.0 * directions as f64
    }
}

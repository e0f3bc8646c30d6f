//! Features of pictures, whose distributions make a style.

mod net;
mod outside;
mod patches;
mod random;
mod vgg16;

use tch::{Device, Tensor};

use crate::error::Result;
use crate::registry;
use crate::registry::Member;

pub use outside::{Call, Outside};

/// A map of features.
pub struct Map {
    /// `[1, channels, h, w]`.
    pub values: Tensor,
    /// The features of a place are the values in a window of this side; 1: the channels.
    pub window: i64,
}

/// Features of one picture.
pub struct Maps {
    /// Maps whose distributions are compared with those of a style.
    pub style: Vec<Map>,
    /// Values `[1, channels, h, w]` that are compared with those of a photo.
    pub content: Tensor,
}

/// A mapping from pictures to features.
pub trait Features: Send {
    /// Features of a picture `[1, 1 or 3, h, w]` in 0..1, differentiable. A circular picture continues at the opposite edge.
    fn maps(&self, x: &Tensor, circular: bool) -> Result<Maps>;

    /// Smallest side in pixels.
    fn least(&self) -> i64;

    /// Estimated memory of a step in bytes per pixel, where distributions are compared in this number of directions.
    fn bytes(&self, directions: i64) -> f64;
}

/// What features are made from.
pub struct Ask {
    /// Side of patches.
    pub patch_size: i64,
    /// Seed of random weights.
    pub seed: u64,
    /// Weights of a trained network.
    pub weights: Vec<Tensor>,
    /// The device.
    pub device: Device,
}

/// Features that users choose by name.
pub trait Feature: Member {
    /// The mapping.
    fn made(&self, ask: Ask) -> Result<Box<dyn Features>>;

    /// Shapes of the weights that the mapping needs, in order.
    fn weights(&self) -> Vec<Vec<i64>> {
        Vec::new()
    }

    /// Distance that suits the features.
    fn distance(&self) -> &'static str {
        "gram"
    }
}

registry! {
    /// All features.
    pub static FEATURES: dyn Feature = "feature" [patches::Patches, random::Random, vgg16::Vgg16];
}

/// The picture with three channels: a grey one has the same value in each.
fn coloured(x: &Tensor) -> Result<Tensor> {
    Ok(match x.size()[1] {
        1 => x.f_expand([-1, 3, -1, -1], false)?,
        _ => x.shallow_clone(),
    })
}

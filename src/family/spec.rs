//! The settings of a run, whatever its family.

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::autoencoder::{Autoencoder, AutoencoderSpec};
use super::gan::{Adversarial, GanSpec};
use super::{checks, Step};
use crate::base::DataShape;
use crate::error::Result;

/// The settings of one family's step, and of training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "snake_case")]
pub enum Spec {
    /// Generator and discriminator.
    Gan(Box<GanSpec>),
    /// Encoder and decoder.
    Autoencoder(Box<AutoencoderSpec>),
}

impl Spec {
    /// The step, with initial weights; `mean` is that of the samples in the network's range, for families that start there.
    ///
    /// # Errors
    /// [`crate::Error::Torch`] if the device fails.
    pub fn step(&self, data: &DataShape, mean: Option<&Tensor>, device: Device) -> Result<Box<dyn Step>> {
        Ok(match self {
            Spec::Gan(spec) => Box::new(Adversarial::new(spec, data, device)?),
            Spec::Autoencoder(spec) => Box::new(Autoencoder::new(spec, data, mean, device)?),
        })
    }

    /// Whether every setting is in its range and fits the data, known before anything is allocated.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`], [`crate::Error::UnknownName`] or [`crate::Error::Shape`].
    pub fn check(&self, data: &DataShape) -> Result<()> {
        match self {
            Spec::Gan(spec) => spec.check(data),
            Spec::Autoencoder(spec) => spec.check(data),
        }
    }

    /// Numbers that all networks hold.
    ///
    /// # Errors
    /// [`crate::Error::UnknownName`] for a name that is in no registry.
    pub fn parameters(&self, data: &DataShape) -> Result<i64> {
        match self {
            Spec::Gan(spec) => Ok(spec.parameters(data)?.into_iter().sum()),
            Spec::Autoencoder(spec) => spec.parameters(data),
        }
    }

    /// Samples in a batch.
    pub fn batch_size(&self) -> i64 {
        match self {
            Spec::Gan(spec) => spec.batch_size,
            Spec::Autoencoder(spec) => spec.batch_size,
        }
    }

    /// Of every random number.
    pub fn seed(&self) -> u64 {
        match self {
            Spec::Gan(spec) => spec.seed,
            Spec::Autoencoder(spec) => spec.seed,
        }
    }

    /// Whether a batch can be drawn from `n` samples.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] if it cannot.
    pub fn check_batch(&self, n: i64) -> Result<()> {
        checks::batch(self.batch_size(), n)
    }

    /// Another length of training.
    pub fn set_epochs(&mut self, epochs: i64) {
        match self {
            Spec::Gan(spec) => spec.epochs = epochs,
            Spec::Autoencoder(spec) => spec.epochs = epochs,
        }
    }
}

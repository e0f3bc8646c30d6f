//! Settings of a run of any family.

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::autoencoder::{Autoencoder, AutoencoderSpec};
#[cfg(test)]
use super::gan::GanOptions;
use super::gan::{Adversarial, GanSpec};
use super::{checks, Family};
use crate::error::Result;
use crate::kind::DataShape;

/// Settings of a family's step and of training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "snake_case")]
pub enum Spec {
    /// A GAN.
    Gan(Box<GanSpec>),
    /// An autoencoder.
    Autoencoder(Box<AutoencoderSpec>),
}

impl Spec {
    /// Creates the step with initial weights; `mean` is the mean of the samples in the network's range, for families
    /// that use it for initialisation.
    ///
    /// # Errors
    /// [`crate::Error::Torch`] if the device fails.
    pub fn step(&self, data: &DataShape, mean: Option<&Tensor>, device: Device) -> Result<Box<dyn Family>> {
        Ok(match self {
            Spec::Gan(spec) => Box::new(Adversarial::new(spec, data, device)?),
            Spec::Autoencoder(spec) => Box::new(Autoencoder::new(spec, data, mean, device)?),
        })
    }

    /// Validates all settings for the data before anything is allocated.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`], [`crate::Error::UnknownName`] or [`crate::Error::Shape`].
    pub fn check(&self, data: &DataShape) -> Result<()> {
        match self {
            Spec::Gan(spec) => spec.check(data),
            Spec::Autoencoder(spec) => spec.check(data),
        }
    }

    /// Total number of parameters.
    ///
    /// # Errors
    /// [`crate::Error::UnknownName`] for an unknown name.
    pub fn parameters(&self, data: &DataShape) -> Result<i64> {
        match self {
            Spec::Gan(spec) => Ok(spec.parameters(data)?.into_iter().sum()),
            Spec::Autoencoder(spec) => spec.parameters(data),
        }
    }

    /// Batch size.
    pub fn batch_size(&self) -> i64 {
        match self {
            Spec::Gan(spec) => spec.batch_size,
            Spec::Autoencoder(spec) => spec.batch_size,
        }
    }

    /// Seed of all random numbers.
    pub fn seed(&self) -> u64 {
        match self {
            Spec::Gan(spec) => spec.seed,
            Spec::Autoencoder(spec) => spec.seed,
        }
    }

    /// Checks that a batch can be drawn from `n` samples.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] if not.
    pub fn check_batch(&self, n: i64) -> Result<()> {
        checks::batch(self.batch_size(), n)
    }

    /// Sets the number of epochs.
    pub fn set_epochs(&mut self, epochs: i64) {
        match self {
            Spec::Gan(spec) => spec.epochs = epochs,
            Spec::Autoencoder(spec) => spec.epochs = epochs,
        }
    }
}

#[cfg(test)]
impl Spec {
    /// A small model of grey images of 8 x 8 pixels with steps of two kinds, for tests.
    pub fn small() -> Result<(Box<dyn Family>, DataShape)> {
        let data = DataShape::image([8, 8, 1], 0.0, 255.0);
        let options = GanOptions {
            batch_size: Some(4),
            base_channels: Some(4),
            n_critic: Some(2),
            ..GanOptions::default()
        };
        let spec = Spec::Gan(Box::new(options.resolve(&data, 40)?));
        Ok((spec.step(&data, None, Device::Cpu)?, data))
    }
}

//! Settings of a run: the registry of families.

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::autoencoder::AutoencoderSpec;
use super::flow::FlowSpec;
use super::gan::GanSpec;
use super::sequence::SequenceSpec;
use super::translation::TranslationSpec;
use super::{checks, Family};
use crate::error::Result;
use crate::kind::DataShape;
use crate::net::Pair;
use crate::registry::unknown;
use crate::settings::{Declared, Table};

/// Resolved settings of a family's step and of training.
pub trait Settings {
    /// Reads the user's values and fills in defaults for `n` samples of this shape, which is adapted to the settings.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] or [`crate::Error::UnknownName`] for the first invalid setting,
    /// [`crate::Error::Shape`] if the architecture does not support the data.
    fn resolve(said: &Table, data: DataShape, n: i64) -> Result<(Self, DataShape)>
    where
        Self: Sized;

    /// Creates the step with initial weights; `mean` is the mean of the samples in the network's range, for families
    /// that use it for initialisation.
    ///
    /// # Errors
    /// [`crate::Error::Torch`] if the device fails.
    fn step(&self, data: &DataShape, mean: Option<&Tensor>, device: Device) -> Result<Box<dyn Family>>;

    /// Validates all settings for the data before anything is allocated.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`], [`crate::Error::UnknownName`] or [`crate::Error::Shape`].
    fn check(&self, data: &DataShape) -> Result<()>;

    /// The settings that users can pass, in the order of their declaration.
    fn declared() -> &'static [Declared]
    where
        Self: Sized;

    /// Pair of networks that the family trains.
    fn pair() -> Pair
    where
        Self: Sized;

    /// Total number of parameters.
    ///
    /// # Errors
    /// [`crate::Error::UnknownName`] for an unknown name.
    fn parameters(&self, data: &DataShape) -> Result<i64>;

    /// Batch size.
    fn batch_size(&self) -> i64;

    /// Seed of all random numbers.
    fn seed(&self) -> u64;

    /// Sets the number of epochs.
    fn set_epochs(&mut self, epochs: i64);

    /// Checks that a batch can be drawn from `n` samples.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] if not.
    fn check_batch(&self, n: i64) -> Result<()> {
        checks::batch(self.batch_size(), n)
    }
}

macro_rules! families {
    ($($family:ident($spec:ident) = $name:literal;)*) => {
        /// Settings of a run of any family.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "family")]
        pub enum Spec {
            $(#[allow(missing_docs)] #[serde(rename = $name)] $family(Box<$spec>)),*
        }

        impl Spec {
            /// Settings of the family with this name, as by [`Settings::resolve`].
            ///
            /// # Errors
            /// Those of [`Settings::resolve`], and [`crate::Error::UnknownName`] for an unknown family.
            pub fn resolved(family: &str, said: &Table, data: DataShape, n: i64) -> Result<(Self, DataShape)> {
                match family {
                    $($name => $spec::resolve(said, data, n).map(|(spec, data)| (spec.into(), data)),)*
                    _ => Err(unknown("family", family, &[$($name),*])),
                }
            }

            /// The declared settings of the family with this name, and the pair of networks that it trains.
            ///
            /// # Errors
            /// [`crate::Error::UnknownName`] for an unknown family.
            pub fn about(family: &str) -> Result<(&'static [Declared], Pair)> {
                match family {
                    $($name => Ok(($spec::declared(), $spec::pair())),)*
                    _ => Err(unknown("family", family, &[$($name),*])),
                }
            }

            /// The name of the family.
            pub fn family(&self) -> &'static str {
                match self {
                    $(Spec::$family(_) => $name),*
                }
            }
        }

        impl std::ops::Deref for Spec {
            type Target = dyn Settings;
            fn deref(&self) -> &Self::Target {
                match self {
                    $(Spec::$family(spec) => &**spec),*
                }
            }
        }

        impl std::ops::DerefMut for Spec {
            fn deref_mut(&mut self) -> &mut Self::Target {
                match self {
                    $(Spec::$family(spec) => &mut **spec),*
                }
            }
        }

        $(impl From<$spec> for Spec {
            fn from(spec: $spec) -> Self {
                Spec::$family(Box::new(spec))
            }
        })*
    };
}

families! {
    Autoencoder(AutoencoderSpec) = "autoencoder";
    Flow(FlowSpec) = "flow";
    Gan(GanSpec) = "gan";
    Sequence(SequenceSpec) = "sequence";
    Translation(TranslationSpec) = "translation";
}

#[cfg(test)]
impl Spec {
    /// A small model of grey images of 8 x 8 pixels with steps of two kinds, for tests.
    pub fn small() -> Result<(Box<dyn Family>, DataShape)> {
        let data = DataShape::image([8, 8, 1], 0.0, 255.0);
        let options = super::gan::GanOptions {
            batch_size: Some(4),
            base_channels: Some(4),
            n_critic: Some(2),
            ..Default::default()
        };
        let spec: Spec = options.resolve(&data, 40)?.into();
        Ok((spec.step(&data, None, Device::Cpu)?, data))
    }
}

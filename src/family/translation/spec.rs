//! Settings of a translation, resolved and validated for the data.

use tch::{Device, Tensor};

use super::settings::{CorruptionSpec, Pairing, TranslationOptions, TranslationSpec};
use super::Translation;
use crate::base::AdamSpec;
use crate::corruption::Corrupt;
use crate::error::{Error, Result};
use crate::family::attention::Side;
use crate::family::checks::{self, owned};
use crate::family::{Family, Settings};
use crate::kind::DataShape;
use crate::layer::Chain;
use crate::net::{patches, MapNet, NetSpec, Norm, Pair, Request};
use crate::registry::Chosen;
use crate::settings::{Above, Declared, Named, Ranged, Table};

const BATCH: i64 = 32;
const CHANNELS: i64 = 32;
/// Default weights of distances: of pairs with an objective (Isola et al., 2017), of the way there and back, and of pictures
/// that should stay as they are (Zhu et al., 2017).
const WEIGHTS: [f64; 3] = [100.0, 10.0, 5.0];
/// Largest factor of "downscale".
const FACTORS: i64 = 16;

impl TranslationOptions {
    /// Fills in defaults for `n` pictures of this shape.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::UnknownName`] for the first invalid setting, [`Error::Shape`] if the
    /// architecture does not support the data.
    pub fn resolve(&self, data: &DataShape, n: i64) -> Result<TranslationSpec> {
        if data.of.name() != "image" {
            return Err(Error::Shape {
                name: "X".into(),
                expected: "pictures".into(),
                got: data.describe(),
            });
        }
        let net = self.net.map_or_else(|| MapNet::named("unet"), Ok)?;
        net.check(Pair::Map, data)?;
        let usual = net.defaults(Pair::Map, data).net;
        let member = ("net", net.name());
        let sides = net.attends(data);
        let corruption = self.corruption.clone().map(CorruptionSpec::resolved).transpose()?;
        let pairing = self.pairing();
        let unpaired = *pairing == Pairing::None;
        if unpaired && corruption.is_some() {
            return Err(Error::parameter(
                "pairing",
                "expected \"paired\" for a corruption, which makes pairs",
                "\"none\"",
            ));
        }
        let objective = match (self.objective, unpaired) {
            (None, true) => Some(Chosen::named("non_saturating")?),
            (said, _) => said,
        };
        let adversarial = objective.is_some();
        let of_pairing = ("pairing", self.pairing().name());
        let channels = data.sample()[0];
        let like = self.inputs.is_some_and(|inputs| 2 * inputs == channels);
        let large = data.sample()[1..].iter().copied().max().unwrap_or(1);
        let usual_patch = match large {
            0..=64 => 1,
            65..=128 => 2,
            _ => 4,
        };
        let lr = self.lr.unwrap_or(if adversarial { 2e-4 } else { 1e-3 });
        let spec = TranslationSpec {
            net,
            reconstruction: self.reconstruction(),
            reconstruction_weight: match unpaired {
                true => owned(of_pairing, "reconstruction_weight", self.reconstruction_weight, None)?,
                false => self.reconstruction_weight.or(Some(if adversarial { WEIGHTS[0] } else { 1.0 })),
            },
            cycle_weight: owned(of_pairing, "cycle_weight", self.cycle_weight, unpaired.then_some(WEIGHTS[1]))?,
            identity_weight: owned(
                of_pairing,
                "identity_weight",
                self.identity_weight,
                unpaired.then_some(if like { WEIGHTS[2] } else { 0.0 }),
            )?,
            base_channels: owned(member, "base_channels", self.base_channels, usual.base_channels.map(|_| CHANNELS))?,
            depth: owned(member, "depth", self.depth, usual.depth)?,
            patch: owned(member, "patch", self.patch, usual.patch.map(|_| usual_patch))?,
            attention: match self.attention {
                None => Side(usual.attention),
                said => Side::resolved(said, (net.name(), &sides))?,
            },
            hidden: owned(member, "hidden", self.hidden.clone(), usual.hidden)?,
            activation: self.activation(),
            epochs: self.epochs.unwrap_or(checks::usual_epochs(n)),
            batch_size: self.batch_size.unwrap_or(BATCH.min(n)),
            lr,
            discriminator_lr: self.discriminator_lr.unwrap_or(lr),
            lr_schedule: self.lr_schedule(),
            betas: self.betas.unwrap_or(if adversarial { (0.5, 0.999) } else { (0.9, 0.99) }),
            max_grad_norm: self.max_grad_norm,
            ema: self.ema(),
            inputs: self.inputs,
            seed: self.seed(),
            corruption,
            pairing,
            objective,
        };
        spec.check(data)?;
        checks::batch(spec.batch_size, n)?;
        Ok(spec)
    }
}

impl CorruptionSpec {
    // Fills in the settings of the corruption.
    fn resolved(self) -> Result<Self> {
        Ok(CorruptionSpec {
            factor: self.name.own("factor", self.factor)?,
            deviation: self.name.own("deviation", self.deviation)?,
            ..self
        })
    }

    /// The corruption with its settings.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a setting outside its range.
    pub fn made(&self) -> Result<Box<dyn Corrupt>> {
        if let Some(factor) = self.factor {
            factor.within("corruption: factor", &(2..=FACTORS))?;
        }
        if let Some(deviation) = self.deviation {
            deviation.within("corruption: deviation", &(Above(0.0), "must be above 0 and finite"))?;
        }
        self.name.of(self)
    }
}

/// Shapes of the pictures of a translation.
#[derive(Clone, Debug)]
pub struct Shapes {
    /// Channels of the network's input, and of its output.
    pub channels: [i64; 2],
    /// Height and width.
    pub sides: Vec<i64>,
}

impl Shapes {
    // Pictures of so many channels.
    fn pictures(&self, channels: i64) -> DataShape {
        DataShape::image([self.sides[0], self.sides[1], channels], -1.0, 1.0)
    }
}

impl TranslationSpec {
    /// Settings of the optimisers of generators and discriminators.
    pub fn adams(&self) -> [AdamSpec; 2] {
        [self.lr, self.discriminator_lr].map(|lr| AdamSpec { lr, betas: self.betas, ..AdamSpec::default() })
    }

    /// Shapes of the pictures.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the corruption is invalid.
    pub fn shapes(&self, data: &DataShape) -> Result<Shapes> {
        let (all, sides) = (data.sample()[0], data.sample()[1..].to_vec());
        let channels = match (&self.corruption, self.inputs) {
            (Some(corruption), _) => [corruption.made()?.inputs(all), all],
            (None, Some(inputs)) => [inputs, all - inputs],
            (None, None) => [all, all],
        };
        Ok(Shapes { channels, sides })
    }

    /// Generators, and discriminators if there are any: of the way there, and of the way back if pictures are not paired.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the architecture does not support it.
    pub fn chains(&self, data: &DataShape) -> Result<Vec<(&'static str, Chain)>> {
        let shapes = self.shapes(data)?;
        let [inputs, outputs] = shapes.channels;
        let spec = NetSpec {
            base_channels: self.base_channels,
            depth: self.depth,
            patch: self.patch,
            hidden: self.hidden.clone(),
            activation: Some(*self.activation),
            attention: self.attention.0,
            norm: if self.hidden.is_some() { Norm::None } else { Norm::Group },
            ..NetSpec::default()
        };
        let generator =
            |from: i64, to: i64| self.net.across(&Request { spec: &spec, data: &shapes.pictures(from) }, to);
        let base = self.base_channels.unwrap_or(CHANNELS);
        let mut chains = vec![("generator", generator(inputs, outputs)?)];
        let unpaired = *self.pairing == Pairing::None;
        if unpaired {
            chains.push(("back", generator(outputs, inputs)?));
        }
        if self.objective.is_some() {
            // A discriminator of pairs also sees the input.
            let seen = if unpaired { outputs } else { inputs + outputs };
            chains.push(("discriminator", patches(&shapes.pictures(seen), base)));
            if unpaired {
                chains.push(("back_discriminator", patches(&shapes.pictures(inputs), base)));
            }
        }
        Ok(chains)
    }
}

impl Settings for TranslationSpec {
    fn resolve(said: &Table, data: DataShape, n: i64) -> Result<(Self, DataShape)> {
        Ok((TranslationOptions::read(said)?.resolve(&data, n)?, data))
    }

    fn step(&self, data: &DataShape, _mean: Option<&Tensor>, device: Device) -> Result<Box<dyn Family>> {
        Ok(Box::new(Translation::new(self, data, device)?))
    }

    fn check(&self, data: &DataShape) -> Result<()> {
        self.net.check(Pair::Map, data)?;
        self.check_ranges()?;
        if let Some(patch) = self.patch.filter(|patch| *patch == 3) {
            return Err(Error::parameter("patch", "must be 1, 2 or 4", patch));
        }
        self.attention.check((self.net.name(), &self.net.attends(data)))?;
        checks::layers(self.hidden.as_deref())?;
        match (&self.corruption, self.inputs) {
            (Some(corruption), None) => corruption.made()?.check(data)?,
            (None, Some(inputs)) if inputs >= 1 && inputs < data.sample()[0] => {}
            _ => return Err(Error::Internal("neither pairs nor a corruption".into())),
        }
        let sized = if self.hidden.is_some() { "hidden" } else { "base_channels" };
        checks::parameters(self.parameters(data)?, sized)
    }

    fn parameters(&self, data: &DataShape) -> Result<i64> {
        let chains = self.chains(data)?;
        Ok(chains.iter().flat_map(|(_, chain)| chain.parameters()).map(|spec| spec.len()).sum())
    }

    fn declared() -> &'static [Declared] {
        TranslationOptions::DECLARED
    }

    fn pair() -> Pair {
        Pair::Map
    }

    fn batch_size(&self) -> i64 {
        self.batch_size
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn set_epochs(&mut self, epochs: i64) {
        self.epochs = epochs;
    }
}

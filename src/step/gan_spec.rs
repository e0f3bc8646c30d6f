//! The settings of a GAN run: what the user said, and what it becomes once the data is known.

use serde::{Deserialize, Serialize};

use super::checks::{self, owned, size, MAX_COUNT, MAX_SIZE};
use crate::base::{AdamSpec, DataShape};
use crate::error::Result;
use crate::net::{NetSpec, NETS};
use crate::objective::OBJECTIVES;

const BATCH: i64 = 64;
const EMA: f64 = 10_000.0;

/// What the user said; `None` where nothing was said.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)] // as in [`GanSpec`]
pub struct GanOptions {
    pub net: Option<String>,
    pub objective: Option<String>,
    pub latent_dim: Option<i64>,
    pub base_channels: Option<i64>,
    pub depth: Option<i64>,
    pub hidden: Option<Vec<i64>>,
    pub batch_size: Option<i64>,
    pub epochs: Option<i64>,
    pub lr: Option<f64>,
    pub betas: Option<(f64, f64)>,
    pub n_critic: Option<i64>,
    pub ema: Option<f64>,
    pub seed: u64,
}

/// Every setting of a run, resolved. Fields are named as the estimator's parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GanSpec {
    /// Architecture.
    pub net: String,
    /// Pair of losses.
    pub objective: String,
    /// Length of the generator's random input.
    pub latent_dim: i64,
    /// Channels at the largest resolution, where the architecture has them.
    pub base_channels: Option<i64>,
    /// Convolutions at each resolution, where the architecture has them.
    pub depth: Option<i64>,
    /// Widths of the hidden layers, where the architecture has them.
    pub hidden: Option<Vec<i64>>,
    /// Samples in a batch.
    pub batch_size: i64,
    /// Passes of the data through the discriminator.
    pub epochs: i64,
    /// Step size of Adam.
    pub lr: f64,
    /// Decays of Adam's running means.
    pub betas: (f64, f64),
    /// Steps of the discriminator for one of the generator.
    pub n_critic: i64,
    /// Half-life of the averaged weights, in samples; 0 for none.
    pub ema: f64,
    /// Of every random number.
    pub seed: u64,
}

impl GanOptions {
    /// Fills in what the user left open, for `n` samples of this shape.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::UnknownName`] for the first setting that is wrong, [`Error::Shape`] if the
    /// architecture cannot work on the data.
    pub fn resolve(self, data: &DataShape, n: i64) -> Result<GanSpec> {
        let usual = if data.sample().len() == 1 { "mlp" } else { "dcgan" };
        let net = NETS.get(self.net.as_deref().unwrap_or(usual))?;
        let objective = OBJECTIVES.get(self.objective.as_deref().unwrap_or("non_saturating"))?;
        net.check(data)?;
        let defaults = net.defaults(data);
        let adam = AdamSpec::default();

        let spec = GanSpec {
            net: net.name().into(),
            objective: objective.name().into(),
            latent_dim: self.latent_dim.unwrap_or(defaults.net.latent_dim),
            base_channels: owned(("net", net.name()), "base_channels", self.base_channels, defaults.net.base_channels)?,
            depth: owned(("net", net.name()), "depth", self.depth, defaults.net.depth)?,
            hidden: owned(("net", net.name()), "hidden", self.hidden, defaults.net.hidden)?,
            batch_size: self.batch_size.unwrap_or(BATCH.min(n)),
            epochs: self.epochs.unwrap_or(checks::usual_epochs(n)),
            lr: self.lr.unwrap_or(defaults.lr),
            betas: self.betas.unwrap_or(adam.betas),
            n_critic: self.n_critic.unwrap_or(objective.n_critic()),
            ema: self.ema.unwrap_or(EMA),
            seed: self.seed,
        };
        spec.check(data)?;
        checks::batch(spec.batch_size, n)?;
        Ok(spec)
    }
}

impl GanSpec {
    /// The architecture's settings.
    pub fn net_spec(&self) -> NetSpec {
        NetSpec {
            latent_dim: self.latent_dim,
            base_channels: self.base_channels,
            depth: self.depth,
            hidden: self.hidden.clone(),
            activation: None,
        }
    }

    /// The optimiser's settings.
    pub fn adam(&self) -> AdamSpec {
        AdamSpec { lr: self.lr, betas: self.betas, ..AdamSpec::default() }
    }

    /// Whether every setting is in its range and the networks can be made, known before anything is allocated.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::UnknownName`] for the first setting that is wrong, [`Error::Shape`] if the
    /// architecture cannot work on the data.
    pub fn check(&self, data: &DataShape) -> Result<()> {
        let net = NETS.get(&self.net)?;
        OBJECTIVES.get(&self.objective)?;
        net.check(data)?;
        size("latent_dim", self.latent_dim, MAX_SIZE)?;
        checks::architecture(self.base_channels, self.depth, self.hidden.as_deref())?;
        size("batch_size", self.batch_size, MAX_COUNT)?;
        size("epochs", self.epochs, MAX_COUNT)?;
        checks::adam(self.lr, self.betas)?;
        size("n_critic", self.n_critic, MAX_COUNT)?;
        checks::at_least_0("ema", self.ema)?;
        checks::parameters(self.parameters(data)?.into_iter().max().unwrap_or(0), self.hidden.is_some())
    }

    /// Trained values of the generator and of the discriminator.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if there is no such architecture.
    pub fn parameters(&self, data: &DataShape) -> Result<[i64; 2]> {
        let (net, spec) = (NETS.get(&self.net)?, self.net_spec());
        let chains = [net.generator(&spec, data), net.discriminator(&spec, data)];
        Ok(chains.map(|chain| chain.parameters().iter().map(|spec| spec.len()).sum()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits() -> DataShape {
        DataShape::image([16, 16, 1], 0.0, 255.0)
    }

    #[test]
    fn defaults_follow_the_data() {
        let spec = GanOptions::default().resolve(&digits(), 1797).unwrap();
        assert_eq!((spec.net.as_str(), spec.base_channels), ("dcgan", Some(16)));
        assert_eq!((spec.batch_size, spec.epochs), (64, 112));
        let vectors = DataShape::vector(vec![0.0; 2], vec![1.0; 2]);
        let spec = GanOptions::default().resolve(&vectors, 10).unwrap();
        assert_eq!((spec.net.as_str(), spec.base_channels, spec.batch_size), ("mlp", None, 10));
    }

    #[test]
    fn wrong_settings_are_refused_before_any_tensor_is_made() {
        let refused = |options: GanOptions| options.resolve(&digits(), 1797).unwrap_err().to_string();
        let usual = GanOptions::default;
        let latent_dim = Some(10i64.pow(12));
        assert_eq!(
            refused(GanOptions { latent_dim, ..usual() }),
            "latent_dim: must be at most 65536, got 1000000000000"
        );
        let batch_size = Some(2000);
        assert_eq!(
            refused(GanOptions { batch_size, ..usual() }),
            "batch_size: must be at most 1797 (the samples in X), got 2000"
        );
        let lr = Some(f64::NAN);
        assert_eq!(refused(GanOptions { lr, ..usual() }), "lr: must be above 0 and finite, got NaN");
        let hidden = Some(vec![3]);
        assert_eq!(refused(GanOptions { hidden, ..usual() }), "hidden: expected None for net=\"dcgan\", got a value");
    }
}

//! The settings of a GAN run: what the user said, and what it becomes once the data is known.

use serde::{Deserialize, Serialize};

use crate::base::{AdamSpec, DataShape};
use crate::error::{Error, Result};
use crate::net::{NetSpec, NETS};
use crate::objective::OBJECTIVES;

/// Samples that a run sees where the user names no epochs.
const SAMPLES: i64 = 200_000;
const BATCH: i64 = 64;
const EMA: f64 = 10_000.0;
/// Sizes beyond these are misunderstandings, and are refused before any memory is asked for.
const MAX_SIZE: i64 = 65_536;
const MAX_CHANNELS: i64 = 4_096;
const MAX_LAYERS: i64 = 64;
const MAX_COUNT: i64 = 1_000_000_000;
const MAX_PARAMETERS: i64 = 1 << 31;

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
            base_channels: owned(net.name(), "base_channels", self.base_channels, defaults.net.base_channels)?,
            depth: owned(net.name(), "depth", self.depth, defaults.net.depth)?,
            hidden: owned(net.name(), "hidden", self.hidden, defaults.net.hidden)?,
            batch_size: self.batch_size.unwrap_or(BATCH.min(n)),
            epochs: self.epochs.unwrap_or(((SAMPLES + n - 1) / n.max(1)).max(1)),
            lr: self.lr.unwrap_or(defaults.lr),
            betas: self.betas.unwrap_or(adam.betas),
            n_critic: self.n_critic.unwrap_or(objective.n_critic()),
            ema: self.ema.unwrap_or(EMA),
            seed: self.seed,
        };
        spec.check(data)?;
        spec.check_batch(n)?;
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
        self.base_channels.map_or(Ok(()), |value| size("base_channels", value, MAX_CHANNELS))?;
        self.depth.map_or(Ok(()), |value| size("depth", value, MAX_LAYERS))?;
        let hidden = self.hidden.as_deref().unwrap_or_default();
        hidden.iter().try_for_each(|&width| size("hidden", width, MAX_SIZE))?;
        if hidden.len() as i64 > MAX_LAYERS {
            return Err(Error::parameter("hidden", format!("must have at most {MAX_LAYERS} widths"), hidden.len()));
        }
        size("batch_size", self.batch_size, MAX_COUNT)?;
        size("epochs", self.epochs, MAX_COUNT)?;
        number("lr", "must be above 0 and finite", self.lr, self.lr > 0.0)?;
        for beta in [self.betas.0, self.betas.1] {
            number("betas", "each must be at least 0 and below 1", beta, (0.0..1.0).contains(&beta))?;
        }
        size("n_critic", self.n_critic, MAX_COUNT)?;
        number("ema", "must be at least 0 and finite", self.ema, self.ema >= 0.0)?;
        let count = self.parameters(data)?.into_iter().max().unwrap_or(0);
        if count > MAX_PARAMETERS {
            let name = if self.hidden.is_some() { "hidden" } else { "base_channels" };
            let expected = "must make networks of at most 2^31 parameters";
            return Err(Error::parameter(name, expected, format!("{count} parameters")));
        }
        Ok(())
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

    /// Whether a batch can be drawn from `n` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it cannot.
    pub fn check_batch(&self, n: i64) -> Result<()> {
        if self.batch_size <= n {
            return Ok(());
        }
        let expected = format!("must be at most {n} (the samples in X)");
        Err(Error::parameter("batch_size", expected, self.batch_size))
    }
}

// A setting that only some architectures have.
fn owned<T>(net: &str, name: &str, said: Option<T>, usual: Option<T>) -> Result<Option<T>> {
    match (said, usual) {
        (Some(_), None) => Err(Error::parameter(name, format!("expected None for net=\"{net}\""), "a value")),
        (said, usual) => Ok(said.or(usual)),
    }
}

fn size(name: &str, value: i64, most: i64) -> Result<()> {
    match value {
        ..=0 => Err(Error::parameter(name, "must be at least 1", value)),
        _ if value > most => Err(Error::parameter(name, format!("must be at most {most}"), value)),
        _ => Ok(()),
    }
}

fn number(name: &str, expected: &str, value: f64, fits: bool) -> Result<()> {
    match fits && value.is_finite() {
        true => Ok(()),
        false => Err(Error::parameter(name, expected, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits() -> DataShape {
        DataShape::Image { height: 16, width: 16, channels: 1, low: 0.0, high: 255.0 }
    }

    #[test]
    fn defaults_follow_the_data() {
        let spec = GanOptions::default().resolve(&digits(), 1797).unwrap();
        assert_eq!((spec.net.as_str(), spec.base_channels), ("dcgan", Some(16)));
        assert_eq!((spec.batch_size, spec.epochs), (64, 112));
        let vectors = DataShape::Vector { mean: vec![0.0; 2], deviation: vec![1.0; 2] };
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

//! Settings of a GAN, resolved and validated for the data.

use tch::{Device, Tensor};

use super::penalty_spec::{self, PenaltySpec};
use super::settings::{GanOptions, GanSpec, NoiseSchedule};
use super::Adversarial;
use crate::base::{AdamSpec, Schedule};
use crate::error::{Error, Result};
use crate::family::attention::Side;
use crate::family::checks::{self, owned, MAX_LAYERS};
use crate::family::{Family, Settings};
use crate::kind::{DataShape, Labels};
use crate::layer::Chain;
use crate::net::{
    AnyNorm, Conditioning, DiscriminatorConditioning, Down, GanNet, GeneratorConditioning, NetSpec, Norm, Pair,
    Request, Up,
};
use crate::registry::Chosen;
use crate::settings::{Declared, Named, Ranged, Table};

const BATCH: i64 = 64;
/// Default instance noise of one-hot data, constant. Without noise, the discriminator soon separates real from generated
/// one-hot vectors, and the straight-through gradient drives the generator away from the data.
const ONE_HOT_NOISE: f64 = 0.3;

impl GanOptions {
    /// Fills in defaults for `n` samples of this shape.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::UnknownName`] for the first invalid setting, [`Error::Shape`] if the
    /// architecture does not support the data.
    pub fn resolve(&self, data: &DataShape, n: i64) -> Result<GanSpec> {
        let usual = if data.sample().len() == 1 { "mlp" } else { "dcgan" };
        let net = self.net.map_or_else(|| GanNet::named(usual), Ok)?;
        let objective = self.objective.map_or_else(|| Chosen::named("non_saturating"), Ok)?;
        net.check(Pair::Gan, data)?;
        let defaults = net.defaults(Pair::Gan, data);
        let lr = self.lr.unwrap_or(defaults.lr);
        let penalty = penalty_spec::resolve(self.penalty.clone(), objective.penalty())?;
        let batch = self.batch_size.unwrap_or(BATCH.min(n));
        let pac = self.pac();
        if pac > n {
            return Err(Error::parameter("pac", format!("must be at most {n} (the samples in X)"), pac));
        }
        let said = (self.conditioning, self.discriminator_conditioning);
        let (conditioning, discriminator_conditioning) = conditionings(said, (data, defaults.net.conditioning))?;
        let tells = discriminator_conditioning.is_some_and(|it| *it == Conditioning::Auxiliary);
        let head = ("discriminator_conditioning", discriminator_conditioning.map_or("None", |it| it.name()));
        let spectral_norm = self.spectral_norm();
        let one_hot = data.scale().one_hot();
        let usual_schedule = if one_hot { Schedule::Constant } else { Schedule::Linear };
        let usual = [defaults.net.norm, net.discriminator_norm(data)];
        let [norm, discriminator_norm] = norms([self.norm, self.discriminator_norm], (usual, &penalty, spectral_norm))?;
        let spec = GanSpec {
            net,
            objective,
            latent_dim: self.latent_dim.unwrap_or(defaults.latent_dim),
            base_channels: owned(("net", net.name()), "base_channels", self.base_channels, defaults.net.base_channels)?,
            depth: owned(("net", net.name()), "depth", self.depth, defaults.net.depth)?,
            hidden: owned(("net", net.name()), "hidden", self.hidden.clone(), defaults.net.hidden)?,
            // A multiple of the number of samples that are judged together.
            batch_size: self.batch_size.unwrap_or(if pac > 1 { (batch - batch % pac).max(pac) } else { batch }),
            epochs: self.epochs.unwrap_or(checks::usual_epochs(n)),
            lr,
            discriminator_lr: self.discriminator_lr.unwrap_or(lr),
            lr_schedule: self.lr_schedule(),
            max_grad_norm: self.max_grad_norm,
            betas: self.betas(),
            n_critic: self.n_critic.unwrap_or(objective.n_critic()),
            norm,
            discriminator_norm,
            spectral_norm,
            penalty,
            auxiliary_weight: owned(head, "auxiliary_weight", self.auxiliary_weight, tells.then_some(1.0))?,
            conditioning,
            discriminator_conditioning,
            attention: Side::resolved(self.attention, (net.name(), &net.attends(data)))?,
            maxout: self.maxout,
            minibatch_std: self.minibatch_std(),
            pac,
            instance_noise: self.instance_noise.unwrap_or(if one_hot { ONE_HOT_NOISE } else { 0.0 }),
            instance_noise_schedule: self.instance_noise_schedule.unwrap_or(NoiseSchedule(usual_schedule)),
            latent_noise: self.latent_noise(),
            label_smoothing: self.label_smoothing(),
            label_flip: self.label_flip(),
            ema: self.ema(),
            seed: self.seed(),
        };
        spec.check(data)?;
        checks::batch(spec.batch_size, n)?;
        Ok(spec)
    }
}

// Conditioning of both networks; none without labels. Codes of InfoGAN are predicted.
fn conditionings(
    said: (Option<GeneratorConditioning>, Option<DiscriminatorConditioning>),
    (data, usual): (&DataShape, Conditioning),
) -> Result<(Option<GeneratorConditioning>, Option<DiscriminatorConditioning>)> {
    if data.labels == Labels::None {
        let names = [("conditioning", said.0.map(|it| *it)), ("discriminator_conditioning", said.1.map(|it| *it))];
        return match names.into_iter().find_map(|(name, said)| Some((name, said?))) {
            Some((name, said)) => {
                let expected = "expected None without labels; pass y to fit";
                Err(Error::parameter(name, expected, format!("\"{}\"", said.name())))
            }
            None => Ok((None, None)),
        };
    }
    let judge = match (&data.labels, usual) {
        (Labels::Codes { .. }, _) => Conditioning::Auxiliary,
        (_, Conditioning::Modulation) => Conditioning::Projection,
        _ => Conditioning::Concatenation,
    };
    let (generator, discriminator) = (GeneratorConditioning(usual), DiscriminatorConditioning(judge));
    Ok((said.0.or(Some(generator)), said.1.or(Some(discriminator))))
}

// Normalisation of both networks. Per-sample gradient penalties exclude batch norm from the discriminator; spectral
// norm excludes all norms, whose scales would undo its bound. Batch norm in the discriminator is the default only for
// nets that have it by default: it removes the offset of a batch, and without a bound real and generated batches become
// separable.
fn norms(
    [said, of_discriminator]: [Option<AnyNorm>; 2],
    ([usual, usual_of_discriminator], penalty, spectral): ([Norm; 2], &[PenaltySpec], bool),
) -> Result<[AnyNorm; 2]> {
    let alone = penalty.iter().map(|spec| spec.penalty).find(|penalty| penalty.slopes());
    let norm = said.unwrap_or(AnyNorm(usual));
    let both = of_discriminator.is_none();
    let discriminator = match (of_discriminator.or(said).map(|it| *it), alone) {
        (Some(Norm::Batch), Some(penalty)) => {
            let expected = format!(
                "must not be \"batch\" beside penalty \"{}\", which needs per-sample gradients; use \"layer\" or \
                 \"none\"",
                penalty.name()
            );
            return Err(Error::parameter("discriminator_norm", expected, "\"batch\""));
        }
        (Some(Norm::Batch), _) if both => usual_of_discriminator,
        (Some(norm), _) => norm,
        (None, _) if spectral => Norm::None,
        (None, Some(_)) if usual_of_discriminator == Norm::Batch => Norm::Layer,
        (None, _) => usual_of_discriminator,
    };
    Ok([norm, AnyNorm(discriminator)])
}

impl GanSpec {
    /// Settings of the generator's and the discriminator's architecture.
    pub fn net_specs(&self) -> [NetSpec; 2] {
        let generator = NetSpec {
            base_channels: self.base_channels,
            depth: self.depth,
            hidden: self.hidden.clone(),
            norm: *self.norm,
            conditioning: self.conditioning.map(|it| *it).unwrap_or_default(),
            attention: self.attention.0,
            noise: self.latent_noise,
            ..NetSpec::default()
        };
        let discriminator = NetSpec {
            norm: *self.discriminator_norm,
            spectral: self.spectral_norm,
            conditioning: self.discriminator_conditioning.map(|it| *it).unwrap_or_default(),
            maxout: self.maxout,
            minibatch_std: self.minibatch_std,
            noise: 0.0,
            ..generator.clone()
        };
        [generator, discriminator]
    }

    /// Settings of the generator's and the discriminator's optimiser.
    pub fn adams(&self) -> [AdamSpec; 2] {
        [self.lr, self.discriminator_lr].map(|lr| AdamSpec { lr, betas: self.betas, ..AdamSpec::default() })
    }

    fn check_conditioning(&self, data: &DataShape) -> Result<()> {
        let tells = self.discriminator_conditioning.is_some_and(|it| *it == Conditioning::Auxiliary);
        if matches!(data.labels, Labels::Codes { .. }) && !tells {
            let got = self.discriminator_conditioning.map_or("None", |it| it.name());
            return Err(Error::parameter(
                "discriminator_conditioning",
                "must be \"auxiliary\" for codes",
                format!("{got:?}"),
            ));
        }
        if tells && self.pac > 1 {
            let expected =
                "must be 1 for discriminator_conditioning=\"auxiliary\", which predicts the label of each sample";
            return Err(Error::parameter("pac", expected, self.pac));
        }
        Ok(())
    }

    /// Descriptions of generator and discriminator.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for an unknown architecture.
    pub fn chains(&self, data: &DataShape) -> Result<[Chain; 2]> {
        let [generator, discriminator] = self.net_specs();
        let judged = Request { spec: &discriminator, data: &data.packed(self.pac) };
        Ok([
            self.net.up(&Request { spec: &generator, data }, Up::Latent(self.latent_dim))?,
            self.net.down(&judged, Down::Scores)?,
        ])
    }

    // Numbers of parameters of generator and discriminator.
    fn counts(&self, data: &DataShape) -> Result<[i64; 2]> {
        Ok(self.chains(data)?.map(|chain| chain.parameters().iter().map(|spec| spec.len()).sum()))
    }
}

impl Settings for GanSpec {
    fn resolve(said: &Table, data: DataShape, n: i64) -> Result<(Self, DataShape)> {
        Ok((GanOptions::read(said)?.resolve(&data, n)?, data))
    }

    fn step(&self, data: &DataShape, _mean: Option<&Tensor>, device: Device) -> Result<Box<dyn Family>> {
        Ok(Box::new(Adversarial::new(self, data, device)?))
    }

    fn check(&self, data: &DataShape) -> Result<()> {
        let net = self.net;
        net.check(Pair::Gan, data)?;
        self.attention.check((net.name(), &net.attends(data)))?;
        if let Some(pieces) = self.maxout {
            owned(("net", net.name()), "maxout", self.maxout, self.hidden.as_ref().map(|_| 1))?;
            if self.hidden.as_ref().is_some_and(Vec::is_empty) {
                return Err(Error::parameter("maxout", "expected None without hidden layers", pieces));
            }
            pieces.within("maxout", &(2..=MAX_LAYERS, "must be between 2 and 64"))?;
        }
        self.check_ranges()?;
        checks::layers(self.hidden.as_deref())?;
        penalty_spec::check(&self.penalty, self.batch_size)?;
        for (name, spec) in ["norm", "discriminator_norm"].into_iter().zip(self.net_specs()) {
            if spec.norm == Norm::Instance && self.hidden.is_some() {
                let expected = format!("expected \"batch\", \"layer\" or \"none\" for net=\"{}\"", net.name());
                return Err(Error::parameter(name, expected, "\"instance\""));
            }
            // Normalising a batch of one row gives zeros; an image has several pixels.
            let together = if name == "norm" { 1 } else { self.pac };
            if spec.norm == Norm::Batch && self.hidden.is_some() && self.batch_size < 2 * together {
                let expected = format!("must be at least {} for {name}=\"batch\"", 2 * together);
                return Err(Error::parameter("batch_size", expected, self.batch_size));
            }
        }
        self.check_conditioning(data)?;
        checks::smoothing(&*self.objective, self.label_smoothing)?;
        if self.batch_size % self.pac != 0 {
            let expected = format!("must be a multiple of pac={}", self.pac);
            return Err(Error::parameter("batch_size", expected, self.batch_size));
        }
        let sized = if self.hidden.is_some() { "hidden" } else { "base_channels" };
        checks::parameters(self.counts(data)?.into_iter().max().unwrap_or(0), sized)
    }

    fn parameters(&self, data: &DataShape) -> Result<i64> {
        Ok(self.counts(data)?.into_iter().sum())
    }

    fn declared() -> &'static [Declared] {
        GanOptions::DECLARED
    }

    fn pair() -> Pair {
        Pair::Gan
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::gan::PenaltyOptions;

    fn digits() -> DataShape {
        DataShape::image([16, 16, 1], 0.0, 255.0)
    }

    #[test]
    fn defaults_follow_the_data() {
        let spec = GanOptions::default().resolve(&digits(), 1797).unwrap();
        assert_eq!((spec.net.name(), spec.base_channels), ("dcgan", Some(16)));
        assert_eq!((spec.batch_size, spec.epochs), (64, 112));
        let vectors = DataShape::vector(vec![0.0; 2], vec![1.0; 2]);
        let spec = GanOptions::default().resolve(&vectors, 10).unwrap();
        assert_eq!((spec.net.name(), spec.base_channels, spec.batch_size), ("mlp", None, 10));
    }

    #[test]
    fn regularised_discriminators_have_no_batch_norm() {
        let norms = |options: GanOptions| {
            let spec = options.resolve(&digits(), 1797).unwrap();
            [*spec.norm, *spec.discriminator_norm]
        };
        let spectral = GanOptions { spectral_norm: Some(true), ..GanOptions::default() };
        assert_eq!(norms(GanOptions::default()), [Norm::Batch, Norm::Batch]);
        assert_eq!(norms(spectral.clone()), [Norm::Batch, Norm::None]);
        let norm = Some(AnyNorm(Norm::Batch));
        assert_eq!(norms(GanOptions { norm, ..spectral }), [Norm::Batch, Norm::Batch]);
        for net in ["resnet", "mlp"] {
            let options = GanOptions {
                net: Some(GanNet::named(net).unwrap()),
                norm,
                ..GanOptions::default()
            };
            assert_eq!(norms(options), [Norm::Batch, Norm::None]);
        }
        let penalty = Some(vec![PenaltyOptions::from(Chosen::named("r1").unwrap())]);
        assert_eq!(norms(GanOptions { penalty, ..GanOptions::default() }), [Norm::Batch, Norm::Layer]);
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

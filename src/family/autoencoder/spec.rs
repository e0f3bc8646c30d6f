//! Settings of an autoencoder, resolved and validated for the data.

use tch::{Device, Tensor};

use super::combination::Combination;
use super::settings::{AutoencoderOptions, AutoencoderSpec, BetaSchedule};
use super::Autoencoder;
use crate::base::{AdamSpec, Code, Schedule};
use crate::bottleneck::{Bottleneck, BOTTLENECKS};
use crate::bound::Needs;
use crate::error::{Error, Result};
use crate::family::checks::{self, owned};
use crate::family::{Family, Settings};
use crate::kind::DataShape;
use crate::likelihood::LIKELIHOODS;
use crate::net::{AutoencoderNet, Net, NetSpec, Pair};
use crate::registry::Chosen;
use crate::settings::{Declared, Table};

const BATCH: i64 = 128;
/// Default divergence per latent dimension that is not penalised, for texts.
const FREE: f64 = 0.25;
/// Default fraction of the tokens that the decoder of texts does not see.
const WORDS: f64 = 0.1;
/// Image sides for which convolutions are the default.
const SIDES: std::ops::RangeInclusive<i64> = 8..=128;

impl AutoencoderOptions {
    /// Fills in defaults for `n` samples of this shape, which is adapted to the likelihood.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::UnknownName`] for the first invalid setting, [`Error::Shape`] if the
    /// architecture does not support the data.
    pub fn resolve(&self, data: DataShape, n: i64) -> Result<(AutoencoderSpec, DataShape)> {
        let sample = data.sample();
        let convolves = sample.len() > 2 && sample[1..].iter().all(|side| SIDES.contains(side));
        let texts = data.language().is_some();
        let usual_net = if texts {
            "lstm"
        } else if convolves {
            "conv"
        } else {
            "mlp"
        };
        let net = self.net.map_or_else(|| AutoencoderNet::named(usual_net), Ok)?;
        let likelihood = self.likelihood.map_or_else(|| Chosen::named(data.scale().likelihood()), Ok)?;
        let bottleneck = self.bottleneck.map_or_else(|| Chosen::named("gaussian"), Ok)?;
        let bound = self.bound.map_or_else(|| Chosen::named("elbo"), Ok)?;
        let stochastic = bottleneck.stochastic();
        let usual_prior = if self.n_components.is_some() { "gaussian_mixture" } else { "standard_normal" };
        let prior = match (stochastic, self.prior) {
            (true, said) => Some(said.map_or_else(|| Chosen::named(usual_prior), Ok)?),
            (false, said) => owned(("bottleneck", bottleneck.name()), "prior", said, None)?,
        };
        check_net(&net, &data)?;
        let data = if likelihood.bounded() { data.bounded() } else { data };
        let usual = net.defaults(Pair::Autoencoder, &data);
        let (in_net, in_bottleneck) = (("net", net.name()), ("bottleneck", bottleneck.name()));
        let in_bound = if stochastic { ("bound", bound.name()) } else { in_bottleneck };
        let weighs = stochastic || bound.draws_prior();
        let shapes = stochastic && bound.shapes_kl();
        let epochs = self.epochs.unwrap_or(checks::usual_epochs(n));
        let beta_schedule = owned(
            in_bottleneck,
            "beta_schedule",
            self.beta_schedule,
            weighs.then_some(BetaSchedule(Schedule::Constant)),
        )?;
        let rises = beta_schedule.is_some_and(|it| *it != Schedule::Constant) || self.capacity.is_some();
        // A cycle takes two lengths, so there are four cycles.
        let length = if beta_schedule == Some(BetaSchedule(Schedule::Cyclical)) { 8.0 } else { 4.0 };
        let spec = AutoencoderSpec {
            net,
            latent_dim: self.latent_dim.unwrap_or(usual.latent_dim),
            base_channels: owned(in_net, "base_channels", self.base_channels, usual.net.base_channels)?,
            depth: owned(in_net, "depth", self.depth, usual.net.depth)?,
            hidden: owned(in_net, "hidden", self.hidden.clone(), usual.net.hidden)?,
            width: owned(in_net, "width", self.width, usual.net.width)?,
            activation: match texts {
                true => owned(in_net, "activation", self.activation, None)?.unwrap_or(self.activation()),
                false => self.activation(),
            },
            bottleneck,
            prior,
            n_components: match prior {
                Some(prior) => prior.own("n_components", self.n_components)?,
                None => owned(("prior", "None"), "n_components", self.n_components, None)?,
            },
            l2: bottleneck.own("l2", self.l2)?,
            n_codes: bottleneck.own("n_codes", self.n_codes)?,
            commitment: bottleneck.own("commitment", self.commitment)?,
            likelihood,
            variance: likelihood.own("variance", self.variance)?,
            levels: match data.scale().symbolic() && likelihood.symbolic() {
                true => owned(("kind", data.of.name()), "levels", self.levels, None)?,
                false => likelihood.own("levels", self.levels)?,
            },
            binarize: likelihood.own("binarize", self.binarize)?,
            bound,
            n_importance: owned(
                in_bottleneck,
                "n_importance",
                self.n_importance,
                stochastic.then(|| bound.n_importance()),
            )?,
            beta: owned(in_bottleneck, "beta", self.beta, weighs.then(|| bound.beta()))?,
            beta_schedule,
            warmup_epochs: match rises {
                true => Some(self.warmup_epochs.unwrap_or((epochs as f64 / length).max(1.0))),
                false => owned(("beta_schedule", "constant"), "warmup_epochs", self.warmup_epochs, None)?,
            },
            free_bits: owned(in_bound, "free_bits", self.free_bits, shapes.then_some(if texts { FREE } else { 0.0 }))?,
            word_dropout: owned(("kind", data.of.name()), "word_dropout", self.word_dropout, texts.then_some(WORDS))?,
            capacity: match shapes {
                true => self.capacity,
                false => owned(in_bound, "capacity", self.capacity, None)?,
            },
            batch_size: self.batch_size.unwrap_or(BATCH.min(n)),
            epochs,
            lr: self.lr.unwrap_or(usual.lr),
            lr_schedule: self.lr_schedule(),
            betas: self.betas(),
            ema: self.ema(),
            seed: self.seed(),
        };
        spec.check(&data)?;
        checks::batch(spec.batch_size, n)?;
        Ok((spec, data))
    }
}

impl AutoencoderSpec {
    /// Settings of the architecture.
    pub fn net_spec(&self) -> NetSpec {
        NetSpec {
            base_channels: self.base_channels,
            depth: self.depth,
            hidden: self.hidden.clone(),
            width: self.width,
            activation: Some(*self.activation),
            ..NetSpec::default()
        }
    }

    /// Settings of the optimiser.
    pub fn adam(&self) -> AdamSpec {
        AdamSpec { lr: self.lr, betas: self.betas, ..AdamSpec::default() }
    }

    fn check_together(&self, members: &Combination, data: &DataShape) -> Result<()> {
        let refused = |name: &str, value: &str, needs: &str| {
            let got = format!("bottleneck=\"{}\"", self.bottleneck.name());
            Err(Error::parameter(name, format!("\"{value}\" needs {needs}"), got))
        };
        let bottleneck = &*members.bottleneck;
        match members.bound.needs() {
            Needs::Density if !bottleneck.stochastic() => {
                let known = named(|other| other.stochastic());
                return refused("bound", self.bound.name(), &format!("a bottleneck with a density ({known})"));
            }
            Needs::Gaussian if !bottleneck.gaussian() => {
                return refused("bound", self.bound.name(), "bottleneck=\"gaussian\"")
            }
            _ => {}
        }
        let row = |other: &dyn Bottleneck| matches!(other.code(members.latent_dim), Code::Row(_));
        if members.bound.draws_prior() && !row(bottleneck) {
            return refused("bound", self.bound.name(), &format!("a latent that is a row ({})", named(row)));
        }
        if data.language().is_some() && !row(bottleneck) {
            let expected = format!("expected {} for texts, whose latent is a row", named(row));
            return Err(Error::parameter("bottleneck", expected, format!("\"{}\"", self.bottleneck.name())));
        }
        if data.language().is_some() && members.prior.needs_posterior() {
            let expected = "expected another prior for texts, whose tokens are no numbers that can be trained";
            return Err(Error::parameter("prior", expected, format!("\"{}\"", members.prior.name())));
        }
        if members.prior.needs_posterior() && !bottleneck.gaussian() {
            return refused("prior", members.prior.name(), "bottleneck=\"gaussian\"");
        }
        if data.scale().symbolic() && !members.likelihood.symbolic() {
            let fits = LIKELIHOODS.members.iter().filter(|member| member.symbolic());
            let fits: Vec<String> = fits.map(|member| format!("\"{}\"", member.name())).collect();
            let expected = format!("expected {} for kind=\"{}\"", fits.join(" or "), data.of.name());
            return Err(Error::parameter("likelihood", expected, format!("\"{}\"", self.likelihood.name())));
        }
        let known = data.scale().range().is_some();
        if members.likelihood.bounded() && !known {
            let expected = format!("\"{}\" needs data whose range is known", self.likelihood.name());
            return Err(Error::parameter("likelihood", expected, "rows without one"));
        }
        Ok(())
    }
}

impl Settings for AutoencoderSpec {
    fn resolve(said: &Table, data: DataShape, n: i64) -> Result<(Self, DataShape)> {
        AutoencoderOptions::read(said)?.resolve(data, n)
    }

    fn step(&self, data: &DataShape, mean: Option<&Tensor>, device: Device) -> Result<Box<dyn Family>> {
        Ok(Box::new(Autoencoder::new(self, data, mean, device)?))
    }

    fn check(&self, data: &DataShape) -> Result<()> {
        check_net(&self.net, data)?;
        self.check_ranges()?;
        checks::layers(self.hidden.as_deref())?;
        let members = Combination::new(self, data)?;
        self.check_together(&members, data)?;
        let sized = if self.hidden.is_some() { "hidden" } else { "base_channels" };
        checks::parameters(self.parameters(data)?, sized)
    }

    fn parameters(&self, data: &DataShape) -> Result<i64> {
        let members = Combination::new(self, data)?;
        let [encoder, decoder] = members.chains(self)?;
        let specs = [encoder.parameters(), decoder.parameters(), members.parameters(), members.buffers()];
        let count = |count: i64, spec: &crate::base::ParamSpec| {
            let product = spec.shape.iter().try_fold(1i64, |product, &side| product.checked_mul(side));
            count.saturating_add(product.unwrap_or(i64::MAX))
        };
        Ok(specs.iter().flatten().fold(0, count))
    }

    fn declared() -> &'static [Declared] {
        AutoencoderOptions::DECLARED
    }

    fn pair() -> Pair {
        Pair::Autoencoder
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

/// Checks that an architecture supports the data: texts need one of sequences.
fn check_net(net: &AutoencoderNet, data: &DataShape) -> Result<()> {
    let sequences = |net: &dyn Net| net.pairs().contains(&Pair::Sequence);
    if data.language().is_some() && !sequences(&**net) {
        let fit: Vec<_> = Pair::Autoencoder.nets().filter(|net| sequences(*net)).collect();
        let names: Vec<String> = fit.iter().map(|net| format!("\"{}\"", net.name())).collect();
        let expected = format!("expected {} for texts", names.join(" or "));
        return Err(Error::parameter("net", expected, format!("\"{}\"", net.name())));
    }
    net.check(Pair::Autoencoder, data)
}

/// Names of the bottlenecks with a property, as listed in messages.
fn named(holds: impl Fn(&dyn Bottleneck) -> bool) -> String {
    let found = BOTTLENECKS.members.iter().filter(|member| holds(**member));
    found.map(|member| format!("\"{}\"", member.name())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits() -> DataShape {
        DataShape::image([28, 28, 1], 0.0, 255.0)
    }

    fn refused(options: AutoencoderOptions) -> String {
        options.resolve(digits(), 1000).unwrap_err().to_string()
    }

    #[test]
    fn defaults_follow_the_data() {
        let (spec, _) = AutoencoderOptions::default().resolve(digits(), 1000).unwrap();
        assert_eq!((spec.net.name(), spec.likelihood.name(), spec.beta), ("conv", "bernoulli", Some(1.0)));
        let rows = DataShape::vector(vec![0.0; 3], vec![1.0; 3]);
        let (spec, _) = AutoencoderOptions::default().resolve(rows, 10).unwrap();
        assert_eq!((spec.net.name(), spec.likelihood.name(), spec.batch_size), ("mlp", "gaussian", 10));
    }

    #[test]
    fn what_does_not_fit_together_is_refused_with_a_reason() {
        let bottleneck = Some(Chosen::named("plain").unwrap());
        let bound = Some(Chosen::named("importance_weighted").unwrap());
        assert!(named(|other| other.stochastic()).starts_with("\"gaussian\", "));
        assert_eq!(
            refused(AutoencoderOptions { bottleneck, bound, ..Default::default() }),
            format!(
                "bound: \"importance_weighted\" needs a bottleneck with a density ({}), got bottleneck=\"plain\"",
                named(|other| other.stochastic())
            )
        );
        let beta = Some(2.0);
        assert_eq!(
            refused(AutoencoderOptions { bottleneck, beta, ..Default::default() }),
            "beta: expected None for bottleneck=\"plain\", got a value"
        );
        let (bottleneck, prior) = (Some(Chosen::named("iaf").unwrap()), Some(Chosen::named("vamp").unwrap()));
        assert_eq!(
            refused(AutoencoderOptions { bottleneck, prior, ..Default::default() }),
            "prior: \"vamp\" needs bottleneck=\"gaussian\", got bottleneck=\"iaf\""
        );
        let variance = Some(1.0);
        assert_eq!(
            refused(AutoencoderOptions { variance, ..Default::default() }),
            "variance: expected None for likelihood=\"bernoulli\", got a value"
        );
    }
}

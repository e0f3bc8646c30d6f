//! Settings of a sequence model, resolved and validated for the data.

use tch::{Device, Tensor};

use super::settings::{AnyPlaces, Places, SequenceOptions, SequenceSpec};
use super::Sequence;
use crate::base::AdamSpec;
use crate::error::{Error, Result};
use crate::family::checks::{self, owned};
use crate::family::{Family, Settings};
use crate::kind::{DataShape, Language};
use crate::layer::Chain;
use crate::net::{AnyFeed, NetSpec, Norm, Pair, Request, SequenceNet, SequenceNorm};
use crate::settings::{Declared, Table};

/// Tokens per batch and in all, by default: of texts, and of sources and the texts that belong to them.
const TOKENS: [(i64, i64); 2] = [(2_048, 2_000_000), (512, 2_000_000)];
/// Default learning rate up to this width.
const RATE: (f64, i64) = (3e-3, 128);

impl SequenceOptions {
    /// Fills in defaults for `n` windows of this shape.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::UnknownName`] for the first invalid setting, [`Error::Shape`] if the data are not
    /// tokens.
    pub fn resolve(&self, data: &DataShape, n: i64) -> Result<SequenceSpec> {
        let net = self.net.map_or_else(|| SequenceNet::named("transformer"), Ok)?;
        net.check(Pair::Sequence, data)?;
        let defaults = net.defaults(Pair::Sequence, data).net;
        let member = ("net", net.name());
        let attends = defaults.heads.is_some();
        let width = self.width.or(defaults.width).unwrap_or(RATE.1);
        let (batch, tokens) = TOKENS[usize::from(data.sources() > 0)];
        let heads = owned(member, "heads", self.heads, attends.then(|| usual_heads(width)))?;
        let positions = owned(member, "positions", self.positions, attends.then_some(AnyPlaces(Places::Rotary)))?;
        let norm = owned(member, "norm", self.norm, attends.then_some(SequenceNorm(defaults.norm)))?;
        let feed = owned(member, "activation", self.activation, attends.then_some(AnyFeed(defaults.feed)))?;
        let rotates = positions.is_some_and(|places| *places == Places::Rotary);
        let context = data.sample()[0].max(1);
        let (rate, up_to) = RATE;
        let spec = SequenceSpec {
            net,
            width,
            depth: self.depth.or(defaults.depth).unwrap_or(1),
            heads,
            kv_heads: owned(member, "kv_heads", self.kv_heads, heads)?,
            positions,
            norm,
            activation: feed,
            inner: self.inner.or(feed.map(|feed| feed.inner(width))),
            rotary_base: self.rotary_base.or(defaults.rotary).filter(|_| rotates),
            eps: self.eps.or(norm.map(|norm| norm.eps())),
            biases: self.biases.or(attends.then_some(defaults.biases)),
            plain: self.plain.or(attends.then_some(defaults.plain)),
            untied: self.untied.or(attends.then_some(defaults.untied)),
            dropout: self.dropout(),
            epochs: self.epochs.unwrap_or(((tokens + n * context - 1) / (n * context)).max(1)),
            batch_size: self.batch_size.unwrap_or((batch / context).clamp(1, n)),
            lr: self.lr.unwrap_or(rate * (up_to as f64 / width.max(1) as f64).min(1.0)),
            validation: self.validation(),
            lr_schedule: self.lr_schedule(),
            betas: self.betas(),
            max_grad_norm: self.max_grad_norm(),
            ema: self.ema(),
            hidden_labels: self.hidden_labels(),
            seed: self.seed(),
        };
        spec.check(data)?;
        checks::batch(spec.batch_size, n)?;
        Ok(spec)
    }
}

// The largest number of heads that divides the width and gives each at least 32 features.
fn usual_heads(width: i64) -> i64 {
    (1..=(width / 32).max(1)).rev().find(|heads| width % heads == 0).unwrap_or(1)
}

impl SequenceSpec {
    /// Settings of the optimiser.
    pub fn adam(&self) -> AdamSpec {
        AdamSpec { lr: self.lr, betas: self.betas, ..AdamSpec::default() }
    }

    /// Description of the network.
    ///
    /// # Errors
    /// [`Error::Shape`] if the data are not tokens.
    pub fn chain(&self, data: &DataShape) -> Result<Chain> {
        let spec = NetSpec {
            width: Some(self.width),
            depth: Some(self.depth),
            heads: self.heads,
            kv_heads: self.kv_heads,
            rotary: self.rotary_base,
            norm: self.norm.map_or(Norm::None, |norm| *norm),
            feed: self.activation.map(|feed| *feed).unwrap_or_default(),
            inner: self.inner,
            eps: self.eps,
            biases: self.biases.unwrap_or_default(),
            plain: self.plain.unwrap_or_default(),
            untied: self.untied.unwrap_or_default(),
            dropout: self.dropout,
            ..NetSpec::default()
        };
        self.net.across(&Request { spec: &spec, data }, language(data)?.outputs())
    }
}

/// What the tokens of the data stand for.
///
/// # Errors
/// [`Error::Shape`] if the data are not tokens.
pub fn language(data: &DataShape) -> Result<&Language> {
    data.language().ok_or_else(|| Error::Shape {
        name: "X".into(),
        expected: "texts".into(),
        got: data.describe(),
    })
}

impl Settings for SequenceSpec {
    fn resolve(said: &Table, data: DataShape, n: i64) -> Result<(Self, DataShape)> {
        Ok((SequenceOptions::read(said)?.resolve(&data, n)?, data))
    }

    fn step(&self, data: &DataShape, _mean: Option<&Tensor>, device: Device) -> Result<Box<dyn Family>> {
        Ok(Box::new(Sequence::new(self, data, device)?))
    }

    fn check(&self, data: &DataShape) -> Result<()> {
        language(data)?;
        self.check_ranges()?;
        if let Some(heads) = self.heads.filter(|heads| self.width % heads != 0) {
            return Err(Error::parameter("heads", format!("must be a divisor of width={}", self.width), heads));
        }
        let heads = self.heads.unwrap_or(1);
        if let Some(shared) = self.kv_heads.filter(|shared| heads % shared != 0) {
            return Err(Error::parameter("kv_heads", format!("must be a divisor of heads={heads}"), shared));
        }
        let odd = self.heads.is_some_and(|heads| self.width / heads % 2 != 0);
        if odd && self.rotary_base.is_some() {
            let expected = "must give each head an even number of features for positions=\"rotary\"";
            return Err(Error::parameter("heads", expected, format!("{} features", self.width / heads)));
        }
        checks::parameters(self.parameters(data)?, "width")
    }

    fn declared() -> &'static [Declared] {
        SequenceOptions::DECLARED
    }

    fn pair() -> Pair {
        Pair::Sequence
    }

    fn parameters(&self, data: &DataShape) -> Result<i64> {
        Ok(self.chain(data)?.parameters().iter().map(|spec| spec.len()).sum())
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

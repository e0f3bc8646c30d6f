//! Settings of a flow, resolved and validated for the data.

use tch::{Device, Tensor};

use super::paths::TIMES;
use super::settings::{FlowOptions, FlowSpec};
use super::Flow;
use crate::base::AdamSpec;
use crate::error::{Error, Result};
use crate::family::attention::Side;
use crate::family::checks::{self, owned};
use crate::family::{Family, Settings};
use crate::kind::DataShape;
use crate::layer::Chain;
use crate::net::{Conditioning, MapNet, NetSpec, Norm, Pair, Request};
use crate::settings::{Declared, Table};

/// Default batch sizes of convolutional and of fully connected networks.
const BATCHES: [i64; 2] = [32, 128];
/// By how much more training samples are seen by default than in other families, likewise.
const TIMES_LONGER: [i64; 2] = [2, 5];
/// Default fraction of samples whose label is hidden.
const HIDDEN: f64 = 0.1;

impl FlowOptions {
    /// Fills in defaults for `n` samples of this shape.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::UnknownName`] for the first invalid setting, [`Error::Shape`] if the
    /// architecture does not support the data.
    pub fn resolve(&self, data: &DataShape, n: i64) -> Result<FlowSpec> {
        let rows = data.sample().len() == 1;
        let net = match self.net {
            Some(net) => net,
            None if rows || MapNet::named("unet")?.check(Pair::Map, data).is_err() => MapNet::named("mlp")?,
            None => MapNet::named("unet")?,
        };
        net.check(Pair::Map, data)?;
        let usual = net.defaults(Pair::Map, data);
        let member = ("net", net.name());
        let full = usize::from(net.name() == "mlp");
        let sides = net.attends(data);
        let labelled = data.labels.width() > 0;
        let spec = FlowSpec {
            net,
            base_channels: owned(member, "base_channels", self.base_channels, usual.net.base_channels)?,
            depth: owned(member, "depth", self.depth, usual.net.depth)?,
            patch: owned(member, "patch", self.patch, usual.net.patch)?,
            attention: match self.attention {
                None => Side(usual.net.attention),
                said => Side::resolved(said, (net.name(), &sides))?,
            },
            hidden: owned(member, "hidden", self.hidden.clone(), usual.net.hidden)?,
            activation: self.activation(),
            epochs: self.epochs.unwrap_or(checks::usual_epochs(n) * TIMES_LONGER[full]),
            batch_size: self.batch_size.unwrap_or(BATCHES[full].min(n)),
            lr: self.lr.unwrap_or(usual.lr),
            lr_schedule: self.lr_schedule(),
            betas: self.betas(),
            max_grad_norm: self.max_grad_norm,
            ema: self.ema(),
            label_dropout: match labelled {
                true => Some(self.label_dropout.unwrap_or(HIDDEN)),
                false => match self.label_dropout {
                    Some(rate) => {
                        let expected = "expected None without labels; pass y to fit";
                        return Err(Error::parameter("label_dropout", expected, rate));
                    }
                    None => None,
                },
            },
            seed: self.seed(),
        };
        spec.check(data)?;
        checks::batch(spec.batch_size, n)?;
        Ok(spec)
    }
}

impl FlowSpec {
    /// Settings of the optimiser.
    pub fn adam(&self) -> AdamSpec {
        AdamSpec { lr: self.lr, betas: self.betas, ..AdamSpec::default() }
    }

    /// The network from noisy samples to velocities.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the architecture does not support it.
    pub fn chain(&self, data: &DataShape) -> Result<Chain> {
        let spec = NetSpec {
            base_channels: self.base_channels,
            depth: self.depth,
            patch: self.patch,
            hidden: self.hidden.clone(),
            activation: Some(*self.activation),
            attention: self.attention.0,
            norm: if self.hidden.is_some() { Norm::None } else { Norm::Group },
            conditioning: Conditioning::Modulation,
            time: TIMES,
            ..NetSpec::default()
        };
        self.net.across(&Request { spec: &spec, data }, data.sample()[0])
    }
}

impl Settings for FlowSpec {
    fn resolve(said: &Table, data: DataShape, n: i64) -> Result<(Self, DataShape)> {
        Ok((FlowOptions::read(said)?.resolve(&data, n)?, data))
    }

    fn step(&self, data: &DataShape, _mean: Option<&Tensor>, device: Device) -> Result<Box<dyn Family>> {
        Ok(Box::new(Flow::new(self, data, device)?))
    }

    fn check(&self, data: &DataShape) -> Result<()> {
        self.net.check(Pair::Map, data)?;
        self.check_ranges()?;
        if let Some(patch) = self.patch.filter(|patch| *patch == 3) {
            return Err(Error::parameter("patch", "must be 1, 2 or 4", patch));
        }
        self.attention.check((self.net.name(), &self.net.attends(data)))?;
        checks::layers(self.hidden.as_deref())?;
        let sized = if self.hidden.is_some() { "hidden" } else { "base_channels" };
        checks::parameters(self.parameters(data)?, sized)
    }

    fn parameters(&self, data: &DataShape) -> Result<i64> {
        Ok(self.chain(data)?.parameters().iter().map(|spec| spec.len()).sum())
    }

    fn declared() -> &'static [Declared] {
        FlowOptions::DECLARED
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_follow_the_data() {
        let images = DataShape::image([28, 28, 1], 0.0, 255.0);
        let spec = FlowOptions::default().resolve(&images, 60_000).unwrap();
        assert_eq!((spec.net.name(), spec.patch, spec.batch_size, spec.hidden), ("unet", Some(2), 32, None));
        assert_eq!((spec.attention.0, spec.label_dropout), (Some(7), None));
        let rows = DataShape::vector(vec![0.0; 3], vec![1.0; 3]);
        let spec = FlowOptions::default().resolve(&rows, 100).unwrap();
        assert_eq!((spec.net.name(), spec.patch, spec.batch_size), ("mlp", None, 100));
        let small = DataShape::image([3, 9, 1], 0.0, 255.0);
        assert_eq!(FlowOptions::default().resolve(&small, 100).unwrap().net.name(), "mlp");
    }

    #[test]
    fn wrong_settings_are_refused_before_any_tensor_is_made() {
        let images = DataShape::image([28, 28, 1], 0.0, 255.0);
        let refused = |options: FlowOptions| options.resolve(&images, 100).unwrap_err().to_string();
        let patch = Some(3);
        assert_eq!(refused(FlowOptions { patch, ..Default::default() }), "patch: must be 1, 2 or 4, got 3");
        let label_dropout = Some(0.1);
        assert_eq!(
            refused(FlowOptions { label_dropout, ..Default::default() }),
            "label_dropout: expected None without labels; pass y to fit, got 0.1"
        );
        let hidden = Some(vec![3]);
        assert_eq!(
            refused(FlowOptions { hidden, ..Default::default() }),
            "hidden: expected None for net=\"unet\", got a value"
        );
    }
}

//! The members that an autoencoder combines.

use super::AutoencoderSpec;
use crate::base::ParamSpec;
use crate::bottleneck::Bottleneck;
use crate::bound::Bound;
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::Chain;
use crate::likelihood::Likelihood;
use crate::net::{Down, Request, Up};
use crate::prior::Prior;
use crate::registry::Chosen;

/// Bottleneck, prior, likelihood and bound of a run, each with its settings, and the shapes of latents and data.
pub struct Combination {
    pub bottleneck: Box<dyn Bottleneck>,
    pub prior: Box<dyn Prior>,
    pub likelihood: Box<dyn Likelihood>,
    pub bound: Chosen<dyn Bound>,
    pub latent_dim: i64,
    pub data: DataShape,
}

impl Combination {
    pub fn new(spec: &AutoencoderSpec, data: &DataShape) -> Result<Self> {
        Ok(Combination {
            bottleneck: spec.bottleneck.of(spec)?,
            prior: spec.prior.map_or_else(|| Chosen::named("standard_normal"), Ok)?.of(spec)?,
            likelihood: spec.likelihood.of(spec)?,
            bound: spec.bound,
            latent_dim: spec.latent_dim,
            data: data.clone(),
        })
    }

    /// Descriptions of encoder and decoder.
    pub fn chains(&self, spec: &AutoencoderSpec) -> Result<[Chain; 2]> {
        let (net, net_spec) = (spec.net, spec.net_spec());
        let request = Request { spec: &net_spec, data: &self.data };
        let code = self.bottleneck.code(self.latent_dim);
        Ok([
            net.down(&request, Down::Code(self.bottleneck.features(self.latent_dim)))?,
            net.up(&request, Up::Code { code, outputs: self.likelihood.outputs() })?,
        ])
    }

    /// Trained parameters of bottleneck, prior and likelihood, concatenated.
    pub fn parameters(&self) -> Vec<ParamSpec> {
        let channels = self.data.sample()[0];
        let mut specs = prefixed("bottleneck", self.bottleneck.parameters(self.latent_dim));
        specs.extend(prefixed("prior", self.prior.parameters(self.latent_dim, &self.data)));
        specs.extend(prefixed("likelihood", self.likelihood.parameters(channels)));
        specs
    }

    /// Buffers of the bottleneck.
    pub fn buffers(&self) -> Vec<ParamSpec> {
        prefixed("bottleneck", self.bottleneck.buffers(self.latent_dim))
    }

    /// Range of the prior's parameters in [`Combination::parameters`].
    pub fn prior_range(&self) -> std::ops::Range<usize> {
        let first = self.bottleneck.parameters(self.latent_dim).len();
        first..first + self.prior.parameters(self.latent_dim, &self.data).len()
    }
}

fn prefixed(prefix: &str, specs: Vec<ParamSpec>) -> Vec<ParamSpec> {
    let named = |spec: ParamSpec| ParamSpec { name: format!("{prefix}.{}", spec.name), ..spec };
    specs.into_iter().map(named).collect()
}

//! Members of an autoencoder's registries, looked up once.

use super::AutoencoderSpec;
use crate::base::ParamSpec;
use crate::bottleneck::{Bottleneck, BottleneckSpec};
use crate::bound::Bound;
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::Chain;
use crate::likelihood::{Likelihood, LikelihoodSpec};
use crate::net::{Down, Pair, Request, Up};
use crate::prior::{Prior, PriorSpec};
use crate::registry::Chosen;

/// Bottleneck, prior, likelihood and bound with their settings and data shape.
pub struct Members {
    pub bottleneck: Chosen<dyn Bottleneck>,
    pub bottleneck_spec: BottleneckSpec,
    pub prior: Chosen<dyn Prior>,
    pub prior_spec: PriorSpec,
    pub likelihood: Chosen<dyn Likelihood>,
    pub likelihood_spec: LikelihoodSpec,
    pub bound: Chosen<dyn Bound>,
    pub data: DataShape,
}

impl Members {
    pub fn new(spec: &AutoencoderSpec, data: &DataShape) -> Result<Self> {
        let latent_dim = spec.latent_dim;
        Ok(Members {
            bottleneck: spec.bottleneck,
            bottleneck_spec: BottleneckSpec {
                latent_dim,
                l2: spec.l2.unwrap_or(0.0),
                n_codes: spec.n_codes.unwrap_or(1),
                commitment: spec.commitment.unwrap_or(0.0),
            },
            prior: spec.prior.map_or_else(|| Chosen::named("standard_normal"), Ok)?,
            prior_spec: PriorSpec { latent_dim, n_components: spec.n_components.unwrap_or(1) },
            likelihood: spec.likelihood,
            likelihood_spec: LikelihoodSpec { variance: spec.variance, levels: spec.levels },
            bound: spec.bound,
            data: data.clone(),
        })
    }

    /// Descriptions of encoder and decoder.
    pub fn chains(&self, spec: &AutoencoderSpec) -> Result<[Chain; 2]> {
        let (net, net_spec) = (Pair::Autoencoder.net(&spec.net)?, spec.net_spec()?);
        let request = Request { spec: &net_spec, data: &self.data };
        let code = self.bottleneck.code(&self.bottleneck_spec);
        let outputs = self.likelihood.outputs(&self.likelihood_spec);
        Ok([
            net.down(&request, Down::Code(self.bottleneck.features(&self.bottleneck_spec)))?,
            net.up(&request, Up::Code { code, outputs })?,
        ])
    }

    /// Trained parameters of bottleneck, prior and likelihood, concatenated.
    pub fn parameters(&self) -> Vec<ParamSpec> {
        let channels = self.data.sample()[0];
        let mut specs = prefixed("bottleneck", self.bottleneck.parameters(&self.bottleneck_spec));
        specs.extend(prefixed("prior", self.prior.parameters(&self.prior_spec, &self.data)));
        specs.extend(prefixed("likelihood", self.likelihood.parameters(&self.likelihood_spec, channels)));
        specs
    }

    /// Buffers of the bottleneck.
    pub fn buffers(&self) -> Vec<ParamSpec> {
        prefixed("bottleneck", self.bottleneck.buffers(&self.bottleneck_spec))
    }

    /// Range of the prior's parameters among all.
    pub fn prior_range(&self) -> std::ops::Range<usize> {
        let first = self.bottleneck.parameters(&self.bottleneck_spec).len();
        first..first + self.prior.parameters(&self.prior_spec, &self.data).len()
    }
}

fn prefixed(prefix: &str, specs: Vec<ParamSpec>) -> Vec<ParamSpec> {
    let named = |spec: ParamSpec| ParamSpec { name: format!("{prefix}.{}", spec.name), ..spec };
    specs.into_iter().map(named).collect()
}

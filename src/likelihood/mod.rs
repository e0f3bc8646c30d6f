//! Likelihoods of samples given a decoder's output: log p(x | output), in nats per sample, in the network's range.

mod bernoulli;
mod categorical;
mod discretised_logistic;
mod gaussian;
mod laplace;
mod pairs;

use tch::Tensor;

use crate::base::{ParamSpec, Tape};
use crate::error::Result;
use crate::registry::{Listed, Member, Registry};

/// Settings of a likelihood; `None` if it does not have the setting.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LikelihoodSpec {
    /// Variance of each value in the network's range; `None` if it is learnt.
    pub variance: Option<f64>,
    /// Number of levels of the range.
    pub levels: Option<i64>,
}

/// Distribution of samples given a decoder's output.
pub trait Likelihood: Member + Sync {
    /// Decoder outputs per value of a sample.
    fn outputs(&self, _: &LikelihoodSpec) -> i64 {
        1
    }

    /// Trained parameters, for samples with this number of channels (or columns).
    fn parameters(&self, _: &LikelihoodSpec, _channels: i64) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// True if samples must have a known range.
    fn bounded(&self) -> bool {
        false
    }

    /// True if samples may be one-hot vectors over the channels.
    fn one_hot(&self) -> bool {
        false
    }

    /// True if it is a density, which depends on the units of the data.
    fn density(&self) -> bool {
        false
    }

    /// True if it is meant for binary values, the ends of the range.
    fn binary(&self) -> bool {
        false
    }

    /// Default number of levels, if it has levels.
    fn levels(&self) -> Option<i64> {
        None
    }

    /// log p(x | outputs), summed over the values of a sample.
    ///
    /// # Shapes
    /// `outputs` is `[k * b, outputs * channels, ...]`, ordered by draw; `x` is `[b, channels, ...]`; the result is
    /// `[k, b]`.
    fn log_prob(&self, spec: &LikelihoodSpec, outputs: &Tensor, x: &Tensor, parameters: &[Tensor]) -> Result<Tensor>;

    /// Like [`Likelihood::log_prob`], in training, with a backward function on the tape if that is faster than
    /// autograd.
    fn log_prob_on(
        &self,
        _tape: &Tape,
        spec: &LikelihoodSpec,
        outputs: &Tensor,
        x: &Tensor,
        parameters: &[Tensor],
    ) -> Result<Tensor> {
        self.log_prob(spec, outputs, x, parameters)
    }

    /// Outputs for which [`Likelihood::mean`] is the mean of the data, in the network's range, if known.
    fn start(&self, _mean: &Tensor) -> Result<Option<Tensor>> {
        Ok(None)
    }

    /// Mean of p(x | outputs), `[n, channels, ...]`.
    fn mean(&self, _: &LikelihoodSpec, outputs: &Tensor) -> Result<Tensor> {
        Ok(outputs.shallow_clone())
    }
}

impl Listed for dyn Likelihood {
    fn registry() -> &'static Registry<Self> {
        &LIKELIHOODS
    }
}

/// All likelihoods.
pub static LIKELIHOODS: Registry<dyn Likelihood> = Registry {
    what: "likelihood",
    members: &[
        &bernoulli::Bernoulli,
        &gaussian::Gaussian,
        &laplace::Laplace,
        &categorical::Categorical,
        &discretised_logistic::DiscretisedLogistic,
    ],
};

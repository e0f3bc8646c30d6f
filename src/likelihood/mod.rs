//! How a reconstruction is scored: log p(x | decoder's output), in nats per sample, in the network's range.

mod bernoulli;
mod categorical;
mod discretised_logistic;
mod gaussian;
mod laplace;
mod pairs;

use tch::Tensor;

use crate::base::{ParamSpec, Tape};
use crate::error::Result;
use crate::registry::{Member, Registry};

/// Settings of a likelihood; `None` where it has no such thing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LikelihoodSpec {
    /// Variance of each value in the network's range; learnt where `None`.
    pub variance: Option<f64>,
    /// Steps into which the range is divided.
    pub levels: Option<i64>,
}

/// A distribution of samples around what a decoder makes.
pub trait Likelihood: Member + Sync {
    /// The decoder's values for each value of a sample.
    fn outputs(&self, _: &LikelihoodSpec) -> i64 {
        1
    }

    /// Numbers of its own that are trained, for samples of so many channels (or columns).
    fn parameters(&self, _: &LikelihoodSpec, _channels: i64) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Whether samples must lie in a range that is known.
    fn bounded(&self) -> bool {
        false
    }

    /// Whether it is a density, whose value depends on the unit of the data.
    fn density(&self) -> bool {
        false
    }

    /// Whether it is made for values that are one of the two ends of the range.
    fn binary(&self) -> bool {
        false
    }

    /// The usual number of levels, where it has levels.
    fn levels(&self) -> Option<i64> {
        None
    }

    /// log p(x | outputs), summed over the values of a sample.
    ///
    /// # Shapes
    /// `outputs` is `[k * b, outputs * channels, ...]`, draw by draw; `x` is `[b, channels, ...]`; the result `[k, b]`.
    fn log_prob(&self, spec: &LikelihoodSpec, outputs: &Tensor, x: &Tensor, parameters: &[Tensor]) -> Result<Tensor>;

    /// The same in training, with a way back on the tape where that is faster than autograd's.
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

    /// Outputs of which [`Likelihood::mean`] is the mean of the data, in the network's range, where they can be told.
    fn start(&self, _mean: &Tensor) -> Result<Option<Tensor>> {
        Ok(None)
    }

    /// The mean of p(x | outputs), `[n, channels, ...]`.
    fn mean(&self, _: &LikelihoodSpec, outputs: &Tensor) -> Result<Tensor> {
        Ok(outputs.shallow_clone())
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

//! Likelihoods of samples given a decoder's output: log p(x | output), in nats per sample, in the network's range.

mod bernoulli;
mod categorical;
mod discretised_logistic;
mod gaussian;
mod laplace;
mod pairs;

use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::base::{ParamSpec, Tape};
use crate::error::{Error, Result};
use crate::registry;
use crate::registry::Member;
use crate::settings::{Read, Said};

/// How grey values become black or white.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binarize {
    /// They are drawn anew in each step, with the grey value as the probability of white.
    Dynamic,
}

impl Read for Binarize {
    const ANNOTATION: &'static str = "str";
    const SHOWN: &'static str = "str";

    fn read(name: &str, said: &Said) -> Result<Self> {
        match String::read(name, said)?.as_str() {
            "dynamic" => Ok(Binarize::Dynamic),
            other => Err(Error::parameter(name, "expected \"dynamic\" or None", format!("\"{other}\""))),
        }
    }
}

/// Distribution of samples given a decoder's output.
pub trait Likelihood: Member {
    /// Decoder outputs per value of a sample.
    fn outputs(&self) -> i64 {
        1
    }

    /// Trained parameters, for samples with this number of channels (or columns).
    fn parameters(&self, _channels: i64) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// True if samples must have a known range.
    fn bounded(&self) -> bool {
        false
    }

    /// True if values may be symbols: one-hot vectors over the channels, or tokens.
    fn symbolic(&self) -> bool {
        false
    }

    /// True if it is a density, which depends on the units of the data.
    fn density(&self) -> bool {
        false
    }

    /// log p(x | outputs), summed over the values of a sample.
    ///
    /// # Shapes
    /// `outputs` is `[k * b, outputs * channels, ...]`, ordered by draw; `x` is `[b, channels, ...]`, or for texts tokens
    /// `[b, places]`, of which negative ones do not count; the result is `[k, b]`.
    fn log_prob(&self, outputs: &Tensor, x: &Tensor, parameters: &[Tensor]) -> Result<Tensor>;

    /// Like [`Likelihood::log_prob`], in training, with a backward function on the tape if that is faster than
    /// autograd.
    fn log_prob_on(&self, _tape: &Tape, outputs: &Tensor, x: &Tensor, parameters: &[Tensor]) -> Result<Tensor> {
        self.log_prob(outputs, x, parameters)
    }

    /// Outputs for which [`Likelihood::mean`] is the mean of the data, in the network's range, if known.
    fn start(&self, _mean: &Tensor) -> Result<Option<Tensor>> {
        Ok(None)
    }

    /// Mean of p(x | outputs), `[n, channels, ...]`.
    fn mean(&self, outputs: &Tensor) -> Result<Tensor> {
        Ok(outputs.shallow_clone())
    }
}

registry! {
    /// All likelihoods.
    pub static LIKELIHOODS: dyn Likelihood = "likelihood" [
        bernoulli::Bernoulli,
        gaussian::Gaussian,
        laplace::Laplace,
        categorical::Categorical,
        discretised_logistic::DiscretisedLogistic,
    ];
}

//! Bernoulli: log p = t log q + (1 - t) log(1 - q), t = (x + 1) / 2, q = sigmoid(output).
//!
//! Source: Kingma and Welling, "Auto-Encoding Variational Bayes", 2014, appendix C.1. Values between the ends of the
//! range count as probabilities, as is usual; it is a likelihood in the strict sense for binary data.

use tch::{Kind, Tensor};

use super::{Likelihood, LikelihoodSpec};
use crate::error::Result;
use crate::registry::Member;

/// The `bernoulli` likelihood.
pub struct Bernoulli;

impl Member for Bernoulli {
    fn name(&self) -> &'static str {
        "bernoulli"
    }

    fn describe(&self) -> &'static str {
        "each value is the probability of a coin, cross-entropy (Kingma and Welling, 2014)"
    }
}

impl Likelihood for Bernoulli {
    fn bounded(&self) -> bool {
        true
    }

    fn binary(&self) -> bool {
        true
    }

    fn log_prob(&self, _: &LikelihoodSpec, outputs: &Tensor, x: &Tensor, _: &[Tensor]) -> Result<Tensor> {
        let b = x.size()[0];
        let mut t = x.f_reshape([b, -1])?.f_mul_scalar(0.5)?;
        let _ = t.f_add_scalar_(0.5)?;
        let logits = outputs.f_reshape([-1, b, t.size()[1]])?;
        // t log q + (1 - t) log(1 - q) is t l - softplus(l) for q = sigmoid(l).
        let sum = |values: Tensor| values.f_sum_dim_intlist([-1i64].as_slice(), false, Kind::Float);
        Ok(sum(logits.f_mul(&t)?)?.f_sub(&sum(logits.f_softplus()?)?)?)
    }

    fn mean(&self, _: &LikelihoodSpec, outputs: &Tensor) -> Result<Tensor> {
        Ok(outputs.f_sigmoid()?.f_mul_scalar(2.0)?.f_add_scalar(-1.0)?)
    }
}

//! Discretised logistic, for 8-bit images: the probability of each level under a logistic distribution around the
//! output; the outermost levels include the tails. The scale is learnt, one per channel.
//!
//! Source: Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", 2016, appendix; Salimans et
//! al., "PixelCNN++", 2017, equation 2.

use tch::Tensor;

use super::pairs::{paired, summed};
use super::Likelihood;
use crate::base::{ParamSpec, Role};
use crate::error::Result;
use crate::member;

/// Initial logarithm of the scale: about a seventh of half the range.
const START: f64 = -2.0;

member! {
    "discretised_logistic": "logistic distribution integrated over each of 256 levels (Kingma et al., 2016)",
    pub struct DiscretisedLogistic {
        /// Number of levels.
        levels: i64 = 256,
    }
}

impl Likelihood for DiscretisedLogistic {
    fn parameters(&self, channels: i64) -> Vec<ParamSpec> {
        vec![ParamSpec::new("log_scale", &[channels], Role::Shift, 1)]
    }

    fn bounded(&self) -> bool {
        true
    }

    fn log_prob(&self, outputs: &Tensor, x: &Tensor, parameters: &[Tensor]) -> Result<Tensor> {
        let steps = (self.levels - 1) as f64;
        let (centres, x) = paired(outputs, x)?;
        let x = x
            .f_add_scalar(1.0)?
            .f_mul_scalar(steps / 2.0)?
            .f_round()?
            .f_mul_scalar(2.0 / steps)?
            .f_add_scalar(-1.0)?;
        let scale = parameters[0].f_add_scalar(START)?.f_exp()?.f_view([-1, 1])?;
        // For the ends a and b of a level, sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a)).
        let error = x.f_sub(&centres)?;
        let half = 1.0 / steps;
        let upper = error.f_add_scalar(half)?.f_div(&scale)?.f_log_sigmoid()?;
        let lower = error.f_add_scalar(-half)?.f_neg()?.f_div(&scale)?.f_log_sigmoid()?;
        let between = scale.f_reciprocal()?.f_mul_scalar(-2.0 * half)?.f_expm1()?.f_neg()?.f_log()?;
        let below_top = x.f_lt(1.0 - half)?.f_to_kind(x.f_kind()?)?;
        let above_bottom = x.f_gt(half - 1.0)?.f_to_kind(x.f_kind()?)?;
        let inner = below_top.f_mul(&above_bottom)?;
        summed(&upper.f_mul(&below_top)?.f_add(&lower.f_mul(&above_bottom)?)?.f_add(&inner.f_mul(&between)?)?)
    }
}

//! Gaussian: log p = -((x - output)^2 / v + log(2 pi v)) / 2, with the variance v fixed or learnt, one per channel or
//! column.
//!
//! Source: Kingma and Welling, "Auto-Encoding Variational Bayes", 2014, appendix C.2; for the learnt variance Rybkin et
//! al., "Simple and Effective VAE Training with Calibrated Decoders", 2021. A learnt variance is at least 1e-5, because
//! the density of constant values is unbounded.

use tch::Tensor;

use super::pairs::{paired, summed};
use super::Likelihood;
use crate::base::{ParamSpec, Role};
use crate::error::Result;
use crate::member;

const LEAST: f64 = 1e-5;

member! {
    "gaussian": "squared error, with a learnt or fixed variance (Kingma and Welling, 2014)",
    pub struct Gaussian {
        /// Variance of each value in the network's range; `None` if it is learnt.
        variance: Option<f64> = None,
    }
}

impl Likelihood for Gaussian {
    fn parameters(&self, channels: i64) -> Vec<ParamSpec> {
        match self.variance {
            Some(_) => Vec::new(),
            None => vec![ParamSpec::new("log_variance", &[channels], Role::Shift, 1)],
        }
    }

    fn density(&self) -> bool {
        true
    }

    fn start(&self, mean: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(mean.shallow_clone()))
    }

    fn log_prob(&self, outputs: &Tensor, x: &Tensor, parameters: &[Tensor]) -> Result<Tensor> {
        let (means, x) = paired(outputs, x)?;
        let squares = means.f_sub(&x)?.f_square()?;
        if let Some(variance) = self.variance {
            let constant = (x.size()[1] * x.size()[2]) as f64 * (2.0 * std::f64::consts::PI * variance).ln();
            return Ok(summed(&squares)?.f_mul_scalar(-0.5 / variance)?.f_add_scalar(-0.5 * constant)?);
        }
        let variance = parameters[0].f_exp()?.f_add_scalar(LEAST)?.f_view([-1, 1])?;
        let constant = variance.f_mul_scalar(2.0 * std::f64::consts::PI)?.f_log()?;
        Ok(summed(&squares.f_div(&variance)?.f_add(&constant)?)?.f_mul_scalar(-0.5)?)
    }
}

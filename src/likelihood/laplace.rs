//! Laplace: log p = -|x - output| / s - log(2 s), with the variance 2 s^2 fixed or learnt, one per channel or column.
//!
//! Source: Laplace, 1774; absolute error as a likelihood. A learnt scale is at least 1e-3, because the density of
//! constant values is unbounded.

use tch::Tensor;

use super::pairs::{paired, summed};
use super::Likelihood;
use crate::base::{ParamSpec, Role};
use crate::error::Result;
use crate::member;

const LEAST: f64 = 1e-3;

member! {
    "laplace": "absolute error, with a learnt or fixed variance (Bishop, 2006)",
    pub struct Laplace {
        /// Variance of each value in the network's range; `None` if it is learnt.
        variance: Option<f64> = None,
    }
}

impl Likelihood for Laplace {
    fn parameters(&self, channels: i64) -> Vec<ParamSpec> {
        match self.variance {
            Some(_) => Vec::new(),
            None => vec![ParamSpec::new("log_scale", &[channels], Role::Shift, 1)],
        }
    }

    fn density(&self) -> bool {
        true
    }

    fn start(&self, mean: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(mean.shallow_clone()))
    }

    fn log_prob(&self, outputs: &Tensor, x: &Tensor, parameters: &[Tensor]) -> Result<Tensor> {
        let (centres, x) = paired(outputs, x)?;
        let errors = centres.f_sub(&x)?.f_abs()?;
        if let Some(variance) = self.variance {
            let scale = (variance / 2.0).sqrt();
            let constant = (x.size()[1] * x.size()[2]) as f64 * (2.0 * scale).ln();
            return Ok(summed(&errors)?.f_mul_scalar(-1.0 / scale)?.f_add_scalar(-constant)?);
        }
        let scale = parameters[0].f_exp()?.f_add_scalar(LEAST)?.f_view([-1, 1])?;
        Ok(summed(&errors.f_div(&scale)?.f_add(&scale.f_mul_scalar(2.0)?.f_log()?)?)?.f_neg()?)
    }
}

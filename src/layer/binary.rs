//! Binary neurons with the straight-through gradient (Bengio et al., "Estimating or Propagating Gradients Through
//! Stochastic Neurons for Conditional Computation", 2013; at the end of a generator Dong and Yang, "Convolutional
//! Generative Adversarial Networks with Binary Neurons for Polyphonic Music Generation", 2018, deterministic ones).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Maps values above 0 to 1 and all others to -1. The gradient is that of the hyperbolic tangent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binary {}

impl Forward for Binary {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let smooth = x.f_tanh()?;
        let ends = x.f_detach()?.f_gt(0.0)?.f_to_kind(x.f_kind()?)?.f_mul_scalar(2.0)?.f_sub_scalar(1.0)?;
        // The difference is computed first: it is exactly 0, so the sum is exactly -1 or 1.
        Ok(ends.f_add(&smooth.f_sub(&smooth.f_detach()?)?)?)
    }
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;

    #[test]
    fn values_are_the_two_ends_and_the_gradient_is_that_of_the_hyperbolic_tangent() {
        let x = Tensor::from_slice(&[-30f32, -0.5, 0.0, 1e-6, 0.7, 2.0]).set_requires_grad(true);
        let y = Binary {}.forward(x.shallow_clone(), &Parts::default()).unwrap();
        assert!(y.detach().equal(&Tensor::from_slice(&[-1f32, -1.0, -1.0, 1.0, 1.0, 1.0])));
        let weight = Tensor::from_slice(&[1f32, -2.0, 0.5, 3.0, -1.0, 0.25]);
        let slope = |y: &Tensor| Tensor::run_backward(&[(y * &weight).sum(Kind::Float)], &[&x], false, false);
        assert!(slope(&y)[0].allclose(&slope(&x.tanh())[0], 1e-6, 1e-7, false));
    }
}

//! One-hot vectors with the straight-through gradient (Bengio et al., "Estimating or Propagating Gradients Through
//! Stochastic Neurons for Conditional Computation", 2013; for categories Jang et al., "Categorical Reparameterization
//! with Gumbel-Softmax", 2017).

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Forward, Parts};
use crate::error::Result;

/// Sets the largest channel of each pixel to 1 and the others to 0. The gradient is that of the softmax over the
/// channels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneHot {}

impl Forward for OneHot {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let shares = x.f_softmax(1, Kind::Float)?;
        let largest = x.f_argmax(1, true)?;
        let chosen = x.f_zeros_like()?.f_detach()?.f_scatter_value(1, &largest, 1.0)?;
        // The difference is computed first: it is exactly 0, so the sum is exactly 0 or 1.
        Ok(chosen.f_add(&shares.f_sub(&shares.f_detach()?)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_channel_is_1_and_the_gradient_is_that_of_the_softmax() {
        let x = Tensor::from_slice(&[0.5f32, 2.0, -1.0, 3.0, 3.5, 0.0]).view([1, 3, 2]).set_requires_grad(true);
        let y = OneHot {}.forward(x.shallow_clone(), &Parts::default()).unwrap();
        assert!(y.detach().equal(&Tensor::from_slice(&[0f32, 0.0, 0.0, 1.0, 1.0, 0.0]).view([1, 3, 2])));
        let weight = Tensor::from_slice(&[1f32, -2.0, 0.5, 3.0, -1.0, 0.25]).view([1, 3, 2]);
        let slope = |y: &Tensor| Tensor::run_backward(&[(y * &weight).sum(Kind::Float)], &[&x], false, false);
        assert!(slope(&y)[0].allclose(&slope(&x.softmax(1, Kind::Float))[0], 1e-6, 1e-7, false));
    }
}

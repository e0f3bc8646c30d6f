//! Element-wise functions.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::choices;
use crate::error::Result;
use crate::settings::Named;

const NAMES: [&str; 10] =
    ["relu", "leaky_relu", "tanh", "elu", "silu", "gelu", "gelu_tanh", "softplus", "sigmoid", "squared_relu"];

/// Slope of the leaky ReLU below zero (Radford et al., 2016).
pub const SLOPE: f64 = 0.2;

/// The activation function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// max(x, 0)
    Relu,
    /// max(x, 0.2 x)
    LeakyRelu,
    /// Hyperbolic tangent, to (-1, 1).
    Tanh,
    /// x above 0, exp(x) - 1 below (Clevert et al., 2016).
    Elu,
    /// x sigmoid(x) (Elfwing et al., 2018).
    Silu,
    /// x times the standard normal distribution function of x (Hendrycks and Gimpel, 2016).
    Gelu,
    /// The same, approximated by a hyperbolic tangent, as in GPT-2.
    GeluTanh,
    /// ln(1 + exp(x)).
    Softplus,
    /// 1 / (1 + exp(-x)), to (0, 1).
    Sigmoid,
    /// max(x, 0)^2 (So et al., "Primer: Searching for Efficient Transformers for Language Modeling", 2021).
    SquaredRelu,
}

impl Named for Function {
    fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

choices! {
    /// The activation function of a network.
    pub AnyFunction: Function [Relu, LeakyRelu, Tanh, Elu, Silu, Gelu, Softplus, Sigmoid, SquaredRelu];
}

/// Element-wise activation function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activation {
    /// The function.
    pub function: Function,
}

impl Forward for Activation {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, mut x: Tensor, _: &Parts) -> Result<Tensor> {
        Ok(match self.function {
            // Computed in place: convolutions, linear layers and batch norm need their inputs, but not their outputs,
            // in the backward pass.
            Function::Relu => x.f_relu_()?,
            Function::Tanh => x.f_tanh_()?,
            // tch's leaky_relu has a fixed slope. The backward kernel with the input as its own gradient computes the
            // same function in one kernel; its derivative is the same kernel, so it is twice differentiable.
            Function::LeakyRelu => x.f_detach()?.f_leaky_relu_backward(&x, SLOPE, false)?,
            Function::Elu => x.f_elu()?,
            Function::Silu => x.f_silu()?,
            Function::Gelu => x.f_gelu("none")?,
            Function::GeluTanh => x.f_gelu("tanh")?,
            Function::Softplus => x.f_softplus()?,
            Function::Sigmoid => x.f_sigmoid_()?,
            Function::SquaredRelu => x.f_relu_()?.f_square()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(function: Function, x: Tensor) -> Tensor {
        Activation { function }.forward(x, &Parts::default()).unwrap()
    }

    #[test]
    fn leaky_relu_and_its_derivative() {
        let x = Tensor::from_slice(&[-2f32, -0.5, 0.0, 3.0]).set_requires_grad(true);
        let y = apply(Function::LeakyRelu, x.shallow_clone());
        assert!(y.detach().allclose(&Tensor::from_slice(&[-0.4f32, -0.1, 0.0, 3.0]), 1e-6, 1e-7, false));
        let gradient = Tensor::run_backward(&[y.sum(tch::Kind::Float)], &[&x], false, false);
        assert!(gradient[0].allclose(&Tensor::from_slice(&[0.2f32, 0.2, 0.2, 1.0]), 1e-6, 1e-7, false));
    }
}

//! Element-wise activation functions. They work in place if the derivative can be computed from the result.

use super::{Op, Slopes, Work};
use crate::base::math::{erf, exp, sigmoid, softplus, tanh, wide};
use crate::base::slice::Shares;
use crate::layer::{Activation, Function};

const SLOPE: f32 = crate::layer::SLOPE as f32;

impl Activation {
    /// True if the derivative can be computed from the result.
    pub(super) fn works_in_place(&self) -> bool {
        !matches!(self.function, Function::Silu | Function::Gelu | Function::GeluTanh)
    }

    /// True if the derivative is not constant on both sides of 0.
    pub(super) fn bends(&self) -> bool {
        !matches!(self.function, Function::Relu | Function::LeakyRelu)
    }

    /// Applies the function in place.
    pub(super) fn apply(&self, y: &mut [f32]) {
        match self.function {
            Function::Relu => relu(y),
            Function::LeakyRelu => leaky_relu(y),
            Function::Tanh => tanh_all(y),
            Function::Elu => elu(y),
            Function::Softplus => softplus_all(y),
            Function::Sigmoid => sigmoid_all(y),
            Function::Silu => silu(y),
            Function::Gelu => gelu(y),
            Function::GeluTanh => gelu_tanh(y),
            Function::SquaredRelu => squared_relu(y),
        }
    }

    /// Multiplies gradients by the derivative, given the results `y`.
    pub(super) fn scale(&self, y: &[f32], dy: &mut [f32]) {
        match self.function {
            Function::Relu => relu_slope(y, dy),
            Function::LeakyRelu => leaky_relu_slope(y, dy),
            Function::Tanh => tanh_slope(y, dy),
            Function::Elu => elu_slope(y, dy),
            Function::Softplus => softplus_slope(y, dy),
            Function::Sigmoid => sigmoid_slope(y, dy),
            Function::SquaredRelu => squared_relu_slope(y, dy),
            Function::Silu | Function::Gelu | Function::GeluTanh => {}
        }
    }

    // Multiplies gradients by the derivative, given the inputs `x`.
    fn scale_at(&self, x: &[f32], dy: &mut [f32]) {
        match self.function {
            Function::Silu => silu_slope(x, dy),
            Function::Gelu => gelu_slope(x, dy),
            Function::GeluTanh => gelu_tanh_slope(x, dy),
            _ => {
                let mut y = [0f32; 256];
                for (x, dy) in x.chunks(y.len()).zip(dy.chunks_mut(y.len())) {
                    let y = &mut y[..x.len()];
                    y.copy_from_slice(x);
                    self.apply(y);
                    self.scale(y, dy);
                }
            }
        }
    }
}

// For an activation that cannot be fused with the preceding layer, or whose backward pass needs its input.
impl Op for Activation {
    fn bends(&self) -> bool {
        Activation::bends(self)
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let own = work.worker.share(x.len());
        // SAFETY: threads' shares do not overlap.
        let y = unsafe { y.part(own.clone()) };
        y.copy_from_slice(&x[own.clone()]);
        match work.at {
            Some(at) => self.scale_at(&at.x[own], y),
            None => self.apply(y),
        }
        if let Some(activation) = then {
            activation.apply(y);
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        if let Some(dx) = slopes.x {
            let own = work.worker.share(x.len());
            // SAFETY: threads' shares do not overlap.
            let dx = unsafe { dx.part(own.clone()) };
            dx.copy_from_slice(&slopes.y[own.clone()]);
            self.scale_at(&work.at.map_or(x, |at| at.x)[own], dx);
        }
    }
}

// Density of the standard normal distribution at 0.
const DENSITY: f32 = 0.398_942_3;

// Coefficients of the approximation of `normal` by a hyperbolic tangent: of x, and of x^3 relative to it.
const LINEAR: f32 = 0.797_884_6;
const CUBIC: f32 = 0.044_715;

// Standard normal distribution function.
#[inline(always)]
fn normal(x: f32) -> f32 {
    0.5 + 0.5 * erf(x * std::f32::consts::FRAC_1_SQRT_2)
}

#[inline(always)]
fn each(values: &mut [f32], f: impl Fn(f32) -> f32) {
    values.iter_mut().for_each(|x| *x = f(*x));
}

#[inline(always)]
fn scale(slopes: &mut [f32], values: &[f32], f: impl Fn(f32) -> f32) {
    slopes.iter_mut().zip(values).for_each(|(slope, y)| *slope *= f(*y));
}

wide! {
    // `max` is not used, because it does not preserve NaN.
    fn relu(y: &mut [f32]) { each(y, |x| if x > 0.0 { x } else { x * 0.0 }) }
    fn leaky_relu(y: &mut [f32]) { each(y, |x| if x > 0.0 { x } else { SLOPE * x }) }
    fn tanh_all(y: &mut [f32]) { each(y, tanh) }
    fn elu(y: &mut [f32]) { each(y, |x| if x > 0.0 { x } else { exp(x) - 1.0 }) }
    fn softplus_all(y: &mut [f32]) { each(y, softplus) }
    fn sigmoid_all(y: &mut [f32]) { each(y, sigmoid) }
    fn silu(y: &mut [f32]) { each(y, |x| x * sigmoid(x)) }
    fn gelu(y: &mut [f32]) { each(y, |x| x * normal(x)) }
    fn gelu_tanh(y: &mut [f32]) { each(y, |x| 0.5 * x * (1.0 + tanh(LINEAR * x * (1.0 + CUBIC * x * x)))) }
    fn squared_relu(y: &mut [f32]) { each(y, |x| if x > 0.0 { x * x } else { x * 0.0 }) }
    fn relu_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| if y > 0.0 { 1.0 } else { 0.0 }) }
    fn leaky_relu_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| if y > 0.0 { 1.0 } else { SLOPE }) }
    fn tanh_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| 1.0 - y * y) }
    fn elu_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| if y > 0.0 { 1.0 } else { y + 1.0 }) }
    fn softplus_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| 1.0 - exp(-y)) }
    fn sigmoid_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| y * (1.0 - y)) }
    fn squared_relu_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| 2.0 * y.sqrt()) }
    fn silu_slope(x: &[f32], dy: &mut [f32]) {
        scale(dy, x, |x| {
            let s = sigmoid(x);
            s + x * s * (1.0 - s)
        })
    }
    fn gelu_slope(x: &[f32], dy: &mut [f32]) { scale(dy, x, |x| normal(x) + x * DENSITY * exp(-0.5 * x * x)) }
    fn gelu_tanh_slope(x: &[f32], dy: &mut [f32]) {
        scale(dy, x, |x| {
            let t = tanh(LINEAR * x * (1.0 + CUBIC * x * x));
            0.5 * (1.0 + t + x * (1.0 - t * t) * LINEAR * (1.0 + 3.0 * CUBIC * x * x))
        })
    }
}

//! Element-wise functions whose derivative follows from their result, so that they work in place.

use crate::base::math::{exp, sigmoid, softplus, tanh, wide};
use crate::layer::{Activation, Function};

const SLOPE: f32 = crate::layer::SLOPE as f32;

impl Activation {
    /// Whether its derivative follows from its result.
    pub(super) fn works_in_place(&self) -> bool {
        !matches!(self.function, Function::Silu | Function::Gelu)
    }

    /// Takes each value's place.
    pub(super) fn apply(&self, y: &mut [f32]) {
        match self.function {
            Function::Relu => relu(y),
            Function::LeakyRelu => leaky_relu(y),
            Function::Tanh => tanh_all(y),
            Function::Elu => elu(y),
            Function::Softplus => softplus_all(y),
            Function::Sigmoid => sigmoid_all(y),
            Function::Silu | Function::Gelu => {}
        }
    }

    /// Multiplies gradients by the derivative where the results were `y`.
    pub(super) fn scale(&self, y: &[f32], dy: &mut [f32]) {
        match self.function {
            Function::Relu => relu_slope(y, dy),
            Function::LeakyRelu => leaky_relu_slope(y, dy),
            Function::Tanh => tanh_slope(y, dy),
            Function::Elu => elu_slope(y, dy),
            Function::Softplus => softplus_slope(y, dy),
            Function::Sigmoid => sigmoid_slope(y, dy),
            Function::Silu | Function::Gelu => {}
        }
    }
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
    // Not a maximum: what is not a number stays so.
    fn relu(y: &mut [f32]) { each(y, |x| if x > 0.0 { x } else { x * 0.0 }) }
    fn leaky_relu(y: &mut [f32]) { each(y, |x| if x > 0.0 { x } else { SLOPE * x }) }
    fn tanh_all(y: &mut [f32]) { each(y, tanh) }
    fn elu(y: &mut [f32]) { each(y, |x| if x > 0.0 { x } else { exp(x) - 1.0 }) }
    fn softplus_all(y: &mut [f32]) { each(y, softplus) }
    fn sigmoid_all(y: &mut [f32]) { each(y, sigmoid) }
    fn relu_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| if y > 0.0 { 1.0 } else { 0.0 }) }
    fn leaky_relu_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| if y > 0.0 { 1.0 } else { SLOPE }) }
    fn tanh_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| 1.0 - y * y) }
    fn elu_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| if y > 0.0 { 1.0 } else { y + 1.0 }) }
    fn softplus_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| 1.0 - exp(-y)) }
    fn sigmoid_slope(y: &[f32], dy: &mut [f32]) { scale(dy, y, |y| y * (1.0 - y)) }
}

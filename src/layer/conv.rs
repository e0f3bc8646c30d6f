//! Two-dimensional convolution.

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// A convolution with a square kernel; the output is `floor((size + 2 padding - kernel) / stride) + 1` pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    /// Channels of the input.
    pub inputs: i64,
    /// Channels of the output.
    pub outputs: i64,
    /// Side of the kernel.
    pub kernel: i64,
    /// Pixels from one window to the next.
    pub stride: i64,
    /// Zeros added on each side.
    pub padding: i64,
    /// Whether a bias is added.
    pub bias: bool,
}

impl Forward for Conv {
    fn parameters(&self) -> Vec<ParamSpec> {
        let fan_in = self.inputs * self.kernel * self.kernel;
        let shape = [self.outputs, self.inputs, self.kernel, self.kernel];
        let mut specs = vec![ParamSpec::new("weight", &shape, Role::Weight, fan_in)];
        if self.bias {
            specs.push(ParamSpec::new("bias", &[self.outputs], Role::Bias, fan_in));
        }
        specs
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        let side = |size: i64| (size + 2 * self.padding - self.kernel) / self.stride + 1;
        vec![self.outputs, side(input[1]), side(input[2])]
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let weight = &parts.parameters[0];
        let bias = parts.parameters.get(1);
        let [n, _, height, width] = x.size4().map(<[i64; 4]>::from)?;
        if self.padding == 0 && (height, width) == (self.kernel, self.kernel) {
            // One window covers the picture: a matrix product over memory that already lies with the channels last.
            let x = x.f_permute([0, 2, 3, 1])?.f_reshape([n, -1])?;
            let weight = weight.f_permute([0, 2, 3, 1])?.f_reshape([self.outputs, -1])?;
            return Ok(x.f_linear(&weight, bias)?.f_view([n, self.outputs, 1, 1])?);
        }
        let (stride, padding) = ([self.stride; 2], [self.padding; 2]);
        if self.inputs == 1 && x.requires_grad() && x.device() == Device::Cpu {
            // With one channel the processor's gradient of the input is slow; windows as columns and a matrix product
            // take half the time.
            let columns = x.f_im2col([self.kernel; 2], [1, 1], padding, stride)?.f_transpose(1, 2)?;
            let y = columns.f_linear(&weight.f_reshape([self.outputs, -1])?, bias)?;
            let size = self.output(&[1, height, width]);
            return Ok(y.f_view([n, size[1], size[2], self.outputs])?.f_permute([0, 3, 1, 2])?);
        }
        Ok(x.f_conv2d(weight, bias, stride, padding, [1, 1], 1)?)
    }
}

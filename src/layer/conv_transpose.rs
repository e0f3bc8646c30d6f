//! Transposed two-dimensional convolution: the adjoint of [`super::Conv`], which makes pictures larger.

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// A transposed convolution with a square kernel; the output is `(size - 1) stride - 2 padding + kernel` pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvTranspose {
    /// Channels of the input.
    pub inputs: i64,
    /// Channels of the output.
    pub outputs: i64,
    /// Side of the kernel.
    pub kernel: i64,
    /// Pixels of the output from one window to the next.
    pub stride: i64,
    /// Pixels taken off each side.
    pub padding: i64,
    /// Whether a bias is added.
    pub bias: bool,
}

impl Forward for ConvTranspose {
    fn parameters(&self) -> Vec<ParamSpec> {
        let shape = [self.inputs, self.outputs, self.kernel, self.kernel];
        let fan_in = self.inputs * self.kernel * self.kernel;
        let mut specs = vec![ParamSpec::new("weight", &shape, Role::Weight, fan_in)];
        if self.bias {
            specs.push(ParamSpec::new("bias", &[self.outputs], Role::Bias, fan_in));
        }
        specs
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        let side = |size: i64| (size - 1) * self.stride - 2 * self.padding + self.kernel;
        vec![self.outputs, side(input[1]), side(input[2])]
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let weight = &parts.parameters[0];
        let bias = parts.parameters.get(1);
        let [n, _, height, width] = x.size4().map(<[i64; 4]>::from)?;
        if self.padding == 0 && (height, width) == (1, 1) {
            // One pixel makes one window: a matrix product whose result lies with the channels last.
            let weight = weight.f_permute([0, 2, 3, 1])?.f_reshape([self.inputs, -1])?;
            let y = x.f_view([n, self.inputs])?.f_mm(&weight)?;
            let y = y.f_view([n, self.kernel, self.kernel, self.outputs])?;
            return added(y.f_permute([0, 3, 1, 2])?, bias);
        }
        let (stride, padding) = ([self.stride; 2], [self.padding; 2]);
        if self.outputs == 1 && x.device() == Device::Cpu {
            // With one channel the library is slow on processors; a matrix product and a sum over windows take half the time.
            let rows = x.f_permute([0, 2, 3, 1])?.f_reshape([n, height * width, self.inputs])?;
            let columns = rows.f_matmul(&weight.f_reshape([self.inputs, -1])?)?.f_transpose(1, 2)?;
            let size = self.output(&[1, height, width]);
            return added(columns.f_col2im([size[1], size[2]], [self.kernel; 2], [1, 1], padding, stride)?, bias);
        }
        Ok(x.f_conv_transpose2d(weight, bias, stride, padding, [0, 0], 1, [1, 1])?)
    }
}

fn added(y: Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    Ok(match bias {
        Some(bias) => y.f_add(&bias.f_view([-1, 1, 1])?)?,
        None => y,
    })
}

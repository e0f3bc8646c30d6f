//! Transposed convolution in one, two or three dimensions: the adjoint of [`super::Conv`], for upsampling.

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::given::everywhere;
use super::{Forward, Parts};
use crate::base::axes::{channels_first, channels_last};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// A transposed convolution; each side of the output is `(side - 1) stride - 2 padding + kernel`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvTranspose {
    /// Channels of the input.
    pub inputs: i64,
    /// Channels of the output.
    pub outputs: i64,
    /// Sides of the kernel, one per axis.
    pub kernel: Vec<i64>,
    /// Strides in pixels of the output, one per axis.
    pub stride: Vec<i64>,
    /// Pixels cropped from each side.
    pub padding: i64,
    /// True if the layer has a bias.
    pub bias: bool,
}

impl Forward for ConvTranspose {
    fn parameters(&self) -> Vec<ParamSpec> {
        let shape = [&[self.inputs, self.outputs], &self.kernel[..]].concat();
        // Of windows that do not overlap, one is added at each pixel.
        let summed = if self.kernel == self.stride { 1 } else { self.kernel.iter().product::<i64>() };
        let fan_in = self.inputs * summed;
        let mut specs = vec![ParamSpec::new("weight", &shape, Role::Weight, fan_in)];
        if self.bias {
            specs.push(ParamSpec::new("bias", &[self.outputs], Role::Bias, fan_in));
        }
        specs
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        let sides = input[1..].iter().zip(&self.kernel).zip(&self.stride);
        let sides = sides.map(|((side, kernel), stride)| (side - 1) * stride - 2 * self.padding + kernel);
        std::iter::once(self.outputs).chain(sides).collect()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let weight = &parts.parameters[0];
        let bias = parts.parameters.get(1);
        let (size, axes) = (x.size(), self.kernel.len());
        if self.padding == 0 && size[2..].iter().all(|&side| side == 1) {
            // One input pixel: a matrix multiply with a channels-last result.
            let weight = channels_last(weight)?.f_reshape([self.inputs, -1])?;
            let y = x.f_view([size[0], self.inputs])?.f_mm(&weight)?;
            let size = [&[size[0]], &self.kernel[..], &[self.outputs]].concat();
            return added(channels_first(&y.f_view(&size[..])?)?, bias);
        }
        let ([padding, dilation], stride) = ([self.padding, 1].map(|value| vec![value; axes]), self.stride.clone());
        if axes == 2 && self.outputs == 1 && x.device() == Device::Cpu {
            // With one output channel, libtorch is slow on CPUs; a matrix multiply and col2im take half the time.
            let rows = channels_last(&x)?.f_reshape([size[0], size[2] * size[3], self.inputs])?;
            let columns = rows.f_matmul(&weight.f_reshape([self.inputs, -1])?)?.f_transpose(1, 2)?;
            let after = self.output(&size[1..]);
            return added(columns.f_col2im(&after[1..], &self.kernel[..], dilation, padding, stride)?, bias);
        }
        if axes == 3 && self.padding == 0 && self.kernel == self.stride && x.device() == Device::Cpu {
            // Windows that do not overlap: a matrix multiply, as in the convolution.
            let rows = channels_last(&x)?.f_reshape([-1, self.inputs])?;
            let (n, sides, kernel) = (size[0], &size[2..], &self.kernel);
            let windows = rows.f_mm(&weight.f_reshape([self.inputs, -1])?)?;
            let windows = windows
                .f_view([&[n], sides, &[self.outputs], &kernel[..]].concat().as_slice())?
                .f_permute([0, 4, 1, 5, 2, 6, 3, 7])?;
            let after = self.output(&size[1..]);
            return added(windows.f_reshape([&[n], &after[..]].concat())?, bias);
        }
        let none = vec![0; axes];
        Ok(match axes {
            1 => x.f_conv_transpose1d(weight, bias, stride, padding, none, 1, dilation)?,
            2 => x.f_conv_transpose2d(weight, bias, stride, padding, none, 1, dilation)?,
            _ => x.f_conv_transpose3d(weight, bias, stride, padding, none, 1, dilation)?,
        })
    }
}

fn added(y: Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    Ok(match bias {
        Some(bias) => y.f_add(&everywhere(&bias.f_unsqueeze(0)?, &y)?)?,
        None => y,
    })
}

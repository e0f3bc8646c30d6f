//! Convolution in one, two or three dimensions.

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::{Forward, Parts};
use crate::base::axes::{channels_first, channels_last};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// A convolution; each side of the output is `floor((side + 2 padding - kernel) / stride) + 1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    /// Channels of the input.
    pub inputs: i64,
    /// Channels of the output.
    pub outputs: i64,
    /// Sides of the kernel, one per axis.
    pub kernel: Vec<i64>,
    /// Strides in pixels, one per axis.
    pub stride: Vec<i64>,
    /// Zero padding on each side.
    pub padding: i64,
    /// True if the layer has a bias.
    pub bias: bool,
}

// True if windows lie side by side and cover sides of this size.
fn whole(sides: &[i64], kernel: &[i64], stride: &[i64]) -> bool {
    kernel == stride && sides.iter().zip(kernel).all(|(side, kernel)| side % kernel == 0)
}

// A view of `[n, c, ...sides]` as `[n, c, places, kernel, places, kernel, places, kernel]`.
fn parted(x: &Tensor, places: &[i64], kernel: &[i64]) -> Result<Tensor> {
    let size = x.size();
    let parts = places.iter().zip(kernel).flat_map(|(&places, &kernel)| [places, kernel]);
    Ok(x.f_reshape([&size[..2], &parts.collect::<Vec<_>>()].concat())?)
}

impl Conv {
    /// A matrix multiply of the features at each place of a sequence.
    pub fn product(inputs: i64, outputs: i64, bias: bool) -> Self {
        let (kernel, stride) = (vec![1], vec![1]);
        Conv { inputs, outputs, kernel, stride, padding: 0, bias }
    }
}

impl Forward for Conv {
    fn parameters(&self) -> Vec<ParamSpec> {
        let fan_in = self.inputs * self.kernel.iter().product::<i64>();
        let shape = [&[self.outputs, self.inputs], &self.kernel[..]].concat();
        let mut specs = vec![ParamSpec::new("weight", &shape, Role::Weight, fan_in)];
        if self.bias {
            specs.push(ParamSpec::new("bias", &[self.outputs], Role::Bias, fan_in));
        }
        specs
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        let sides = input[1..].iter().zip(&self.kernel).zip(&self.stride);
        let sides = sides.map(|((side, kernel), stride)| (side + 2 * self.padding - kernel) / stride + 1);
        std::iter::once(self.outputs).chain(sides).collect()
    }

    fn forward(&self, mut x: Tensor, parts: &Parts) -> Result<Tensor> {
        let weight = &parts.parameters[0];
        let bias = parts.parameters.get(1);
        let (size, axes) = (x.size(), self.kernel.len());
        if self.padding == 0 && size[2..] == self.kernel[..] {
            // The kernel covers the whole image: a matrix multiply on channels-last memory.
            let x = channels_last(&x)?.f_reshape([size[0], -1])?;
            let weight = channels_last(weight)?.f_reshape([self.outputs, -1])?;
            let mut size = vec![size[0], self.outputs];
            size.resize(2 + axes, 1);
            return Ok(x.f_linear(&weight, bias)?.f_view(&size[..])?);
        }
        let (before, after) = (&size[2..], self.output(&size[1..]));
        if axes == 3 && self.padding == 0 && whole(before, &self.kernel, &self.stride) && x.device() == Device::Cpu {
            // Windows that do not overlap: a matrix multiply; libtorch's convolution takes many times as long on CPUs.
            let windows = parted(&x, &after[1..], &self.kernel)?.f_permute([0, 2, 4, 6, 1, 3, 5, 7])?;
            let rows = windows.f_reshape([-1, self.inputs * self.kernel.iter().product::<i64>()])?;
            let y = rows.f_linear(&weight.f_reshape([self.outputs, -1])?, bias)?;
            return channels_first(&y.f_view([size[0], after[1], after[2], after[3], self.outputs])?);
        }
        let mut stride = self.stride.clone();
        if stride.iter().any(|&step| step > 1) && self.padding == 0 && self.kernel.iter().all(|&side| side == 1) {
            // Only these pixels count. On CPUs without AVX-512, the gradient of the bias in libtorch's strided convolution
            // is written beyond its memory.
            for (axis, &step) in (2..).zip(&stride) {
                x = x.f_slice(axis, None, None, step)?;
            }
            x = channels_first(&channels_last(&x)?.f_contiguous()?)?;
            stride = vec![1; axes];
        }
        if axes == 1 && self.padding == 0 && self.kernel[0] == 1 && stride == [1] {
            // A matrix multiply at each place of a sequence.
            let y = channels_last(&x)?.f_linear(&weight.f_reshape([self.outputs, -1])?, bias)?;
            return channels_first(&y);
        }
        let [padding, dilation] = [self.padding, 1].map(|value| vec![value; axes]);
        if axes == 2 && self.inputs == 1 && x.requires_grad() && x.device() == Device::Cpu {
            // With one input channel, libtorch's gradient of the input is slow on CPUs; im2col and a matrix multiply
            // take half the time.
            let columns = x.f_im2col(&self.kernel[..], dilation, padding, stride)?.f_transpose(1, 2)?;
            let y = columns.f_linear(&weight.f_reshape([self.outputs, -1])?, bias)?;
            let after = self.output(&size[1..]);
            return channels_first(&y.f_view([size[0], after[1], after[2], self.outputs])?);
        }
        Ok(match axes {
            1 => x.f_conv1d(weight, bias, stride, padding, dilation, 1)?,
            2 => x.f_conv2d(weight, bias, stride, padding, dilation, 1)?,
            _ => x.f_conv3d(weight, bias, stride, padding, dilation, 1)?,
        })
    }
}

//! What convolutional encoders and decoders have in common: resolutions, channels, and the way from the smallest picture to
//! the code and back.

use super::levels::halved;
use super::{condition, dense, unfit, Defaults, NetSpec};
use crate::base::{Code, DataShape, InitScheme};
use crate::error::Result;
use crate::layer::{Activation, Chain, Conv, ConvTranspose, Crop, Flatten, Function, Layer, Linear, Unflatten};

const SMALLEST: i64 = 8;
const LARGEST: i64 = 128;
/// Halvings above a code that is a map.
const MAP_LEVELS: usize = 2;

/// Defaults of convolutional encoders and decoders.
pub(super) fn defaults(data: &DataShape) -> Defaults {
    let larger = data.sample().iter().skip(1).any(|&side| side > 32);
    Defaults {
        net: NetSpec {
            latent_dim: if larger { 64 } else { 20 },
            base_channels: Some(32),
            depth: Some(1),
            hidden: Some(vec![256]),
            ..NetSpec::default()
        },
        lr: 1e-3,
    }
}

/// Whether sides lie within what halving works on.
pub(super) fn check(net: &str, data: &DataShape) -> Result<()> {
    match data.sample()[..] {
        [_, height, width] if [height, width].iter().all(|side| (SMALLEST..=LARGEST).contains(side)) => Ok(()),
        _ => Err(unfit(net, "images with sides from 8 to 128 px", data, [SMALLEST, LARGEST])),
    }
}

/// A convolution that keeps the size at stride 1 and halves it, rounding up, at stride 2.
pub(super) fn conv(inputs: i64, outputs: i64, kernel: i64, stride: i64) -> Conv {
    Conv {
        inputs,
        outputs,
        kernel,
        stride,
        padding: kernel / 2,
        bias: true,
    }
}

/// Resolutions and channels of both networks, and what lies between the convolutions and the code.
pub(super) struct Plan {
    /// Height and width at each level, the picture's own first.
    pub sizes: Vec<[i64; 2]>,
    /// Channels of the picture.
    pub colours: i64,
    /// Further blocks at each resolution.
    pub more: i64,
    base: i64,
    hidden: Vec<i64>,
    function: Function,
    code: Code,
}

impl Plan {
    pub fn new(spec: &NetSpec, data: &DataShape, code: Code) -> Self {
        let (colours, size) = match data.sample()[..] {
            [colours, height, width] => (colours, [height, width]),
            _ => (1, [1, 1]),
        };
        Plan {
            sizes: halved(size, if matches!(code, Code::Map(_)) { MAP_LEVELS } else { usize::MAX }),
            colours,
            more: spec.depth.unwrap_or(1) - 1,
            base: spec.base_channels.unwrap_or(32),
            hidden: spec.hidden.clone().unwrap_or_default(),
            function: spec.activation.unwrap_or(Function::Relu),
            code,
        }
    }

    /// Channels after `level` halvings, from 1.
    pub fn channels(&self, level: usize) -> i64 {
        self.base << (level.max(1) - 1).min(2)
    }

    pub fn activation(&self) -> Layer {
        Activation { function: self.function }.into()
    }

    pub fn activate(&self, chain: &mut Chain, name: &str) {
        chain.push(format!("{name}.act"), self.activation());
    }

    /// From the size of `level + 1` to that of `level`.
    pub fn enlarge(&self, chain: &mut Chain, name: &str, level: usize, outputs: i64) {
        let inputs = self.channels(level + 1);
        let up = ConvTranspose {
            inputs,
            outputs,
            kernel: 4,
            stride: 2,
            padding: 1,
            bias: true,
        };
        chain.push(if name == "out" { name.to_owned() } else { format!("{name}.conv") }, up);
        let [height, width] = self.sizes[level];
        if self.sizes[level + 1] != [height / 2, width / 2] || (height % 2, width % 2) != (0, 0) {
            chain.push(format!("{name}.crop"), Crop { height, width });
        }
    }

    fn smallest(&self) -> [i64; 2] {
        self.sizes.last().copied().unwrap_or([1, 1])
    }

    /// From the smallest picture to the code.
    pub fn encode(&self, chain: &mut Chain, data: &DataShape, channels: i64) {
        let [height, width] = self.smallest();
        let labels = data.labels.width();
        match self.code {
            Code::Map(outputs) => {
                condition(chain, data);
                chain.push("out", conv(channels + labels, outputs, 1, 1));
            }
            Code::Row(outputs) => {
                chain.push("flatten", Flatten {});
                condition(chain, data);
                let inputs = channels * height * width + labels;
                let inputs = dense(chain, inputs, self.hidden.iter().copied(), self.function);
                chain.push("out", Linear { inputs, outputs });
            }
        }
    }

    /// From the code to the smallest picture.
    pub fn decode(&self, data: &DataShape) -> Chain {
        let [height, width] = self.smallest();
        let labels = data.labels.width();
        let channels = self.channels(self.sizes.len() - 1);
        match self.code {
            Code::Map(inputs) => {
                let mut chain = Chain::new(&[inputs, height, width], InitScheme::FanIn);
                condition(&mut chain, data);
                chain.push("in", conv(inputs + labels, channels, 3, 1));
                self.activate(&mut chain, "in");
                chain
            }
            Code::Row(inputs) => {
                let mut chain = Chain::new(&[inputs], InitScheme::FanIn);
                condition(&mut chain, data);
                let widths = self.hidden.iter().rev().copied().chain([channels * height * width]);
                dense(&mut chain, inputs + labels, widths, self.function);
                chain.push("in", Unflatten { shape: vec![channels, height, width] });
                chain
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Labels;
    use crate::net::{conv::ConvNet, resnet::Resnet, AutoencoderNet};

    fn spec(net: &dyn AutoencoderNet, data: &DataShape) -> NetSpec {
        NetSpec {
            base_channels: Some(2),
            depth: Some(2),
            ..net.defaults(data).net
        }
    }

    #[test]
    fn every_size_fits_both_ways_with_labels_and_without() {
        for net in [&ConvNet as &dyn AutoencoderNet, &Resnet] {
            for size in (SMALLEST..=LARGEST).step_by(5).flat_map(|side| [[side, side, 3], [side, 33, 1], [8, side, 2]])
            {
                let mut data = DataShape::image(size, 0.0, 1.0);
                for shares in [vec![], vec![0.5; 2]] {
                    data.labels =
                        if shares.is_empty() { Labels::None } else { Labels::Classes { shares, balanced: false } };
                    for (code, made) in [(Code::Row(6), vec![6]), (Code::Map(6), vec![])] {
                        let spec = spec(net, &data);
                        let output = net.encoder(&spec, &data, code).output();
                        assert!(made.is_empty() || output == made);
                        let decoder = net.decoder(&spec, &data, code, 2);
                        assert_eq!(decoder.input, output);
                        assert_eq!(decoder.output(), [2 * size[2], size[0], size[1]]);
                    }
                }
            }
        }
    }
}

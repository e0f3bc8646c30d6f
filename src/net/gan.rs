//! What generators and discriminators of all architectures have in common: where labels, noise and attention come in, and
//! the resolutions of those for square pictures.

use super::levels::halved;
use super::{unfit, Conditioning, NetSpec};
use crate::base::{DataShape, InitScheme};
use crate::error::Result;
use crate::layer::chain::Named;
use crate::layer::{
    Activation, Attend, Chain, Condition, Conv, Embedding, Function, Layer, Linear, MinibatchDeviation, Modulate,
    Noise, Projection, Residual, Spectral,
};

const SMALLEST: i64 = 8;
const LARGEST: i64 = 256;
/// Values of a learnt vector of the labels.
const EMBEDDING: i64 = 32;
/// Largest side at which places attend to each other: each sample has a weight for each pair of them.
const ATTENDED: i64 = 64;

/// A network of a GAN and the data it is for.
#[derive(Clone, Copy)]
pub(super) struct Gan<'a> {
    /// Settings of the network.
    pub spec: &'a NetSpec,
    /// Values of a label; 0 where there are no labels.
    pub labels: i64,
}

impl<'a> Gan<'a> {
    pub fn new(spec: &'a NetSpec, data: &DataShape) -> Self {
        Gan { spec, labels: data.labels.width() }
    }

    fn conditioned(&self, how: Conditioning) -> bool {
        self.labels > 0 && self.spec.conditioning == how
    }

    /// A layer with a weight, spectrally normalised if the network is.
    pub fn weight(&self, layer: impl Into<Layer>) -> Layer {
        match self.spec.spectral {
            true => Spectral::new(layer).into(),
            false => layer.into(),
        }
    }

    /// A generator's first layers: its latents, and the labels beside them.
    pub fn latents(&self, init: InitScheme) -> Chain {
        let mut chain = Chain::new(&[self.spec.latent_dim], init);
        let labels = self.labels;
        if self.conditioned(Conditioning::Concatenation) {
            chain.push("labels", Condition { labels });
        } else if self.conditioned(Conditioning::Embedding) {
            chain.push("labels", Embedding { labels, features: EMBEDDING });
        }
        chain
    }

    /// What stands between a layer and its activation.
    pub fn norm(&self, chain: &mut Chain, name: &str) {
        let shape = chain.output();
        let (labels, features) = (self.labels, shape[0]);
        self.spec.norm.push(chain, name, features);
        if self.conditioned(Conditioning::Modulation) {
            chain.push(format!("{name}.labels"), Modulate { labels, features });
        }
        if self.spec.noise > 0.0 {
            chain.push(format!("{name}.noise"), Noise { shape, deviation: self.spec.noise });
        }
    }

    /// The same and the activation.
    pub fn activate(&self, chain: &mut Chain, name: &str, function: Function) {
        self.norm(chain, name);
        chain.push(format!("{name}.act"), Activation { function });
    }

    /// Places attend to each other, if the picture has the side at which they do.
    pub fn attend(&self, chain: &mut Chain, name: &str) {
        let [channels, side, _] = chain.output()[..] else { return };
        if self.spec.attention != Some(side) {
            return;
        }
        // The paper's widths.
        let attend = Attend { keys: (channels / 8).max(1), values: (channels / 2).max(1) };
        let body = vec![
            Named::new("stack", self.weight(pixelwise(channels, attend.inputs()))),
            Named::new("attend", attend),
            Named::new("out", self.weight(pixelwise(attend.values, channels))),
        ];
        chain.push(format!("{name}.attention"), Residual { body, shortcut: vec![], scaled: true });
    }

    /// A discriminator's labels, joined to what it works on.
    pub fn join_labels(&self, chain: &mut Chain) {
        if self.conditioned(Conditioning::Concatenation) {
            chain.push("labels", Condition { labels: self.labels });
        }
    }

    /// How much a batch differs, joined to what a discriminator works on.
    pub fn join_deviation(&self, chain: &mut Chain) {
        if self.spec.minibatch_std {
            chain.push("deviation", MinibatchDeviation {});
        }
    }

    /// Whether a discriminator's score is of rows of features and labels together.
    pub fn projects(&self) -> bool {
        self.conditioned(Conditioning::Projection)
    }

    /// Values that a discriminator's last layer makes: the score, and what it says of the labels.
    pub fn outputs(&self) -> i64 {
        1 + if self.conditioned(Conditioning::Auxiliary) { self.labels } else { 0 }
    }

    /// A discriminator's last layer, on a row of features.
    pub fn score(&self, chain: &mut Chain) {
        let (labels, inputs) = (self.labels, chain.output()[0]);
        let linear = self.weight(Linear { inputs, outputs: self.outputs() });
        if !self.projects() {
            chain.push("out", linear);
            return;
        }
        let projection = self.weight(Projection { inputs, labels });
        let (body, shortcut) = (vec![Named::new("labels", projection)], vec![Named::new("linear", linear)]);
        chain.push("out", Residual { body, shortcut, scaled: false });
    }
}

/// A convolution of single pixels.
pub(super) fn pixelwise(inputs: i64, outputs: i64) -> Conv {
    Conv {
        inputs,
        outputs,
        kernel: 1,
        stride: 1,
        padding: 0,
        bias: true,
    }
}

/// Whether the data is of square pictures with sides that halving works on.
pub(super) fn check(net: &str, data: &DataShape) -> Result<()> {
    match data.sample()[..] {
        [_, height, width] if height == width && (SMALLEST..=LARGEST).contains(&height) => Ok(()),
        _ => Err(unfit(net, "square images from 8 to 256 px", data, [SMALLEST, LARGEST])),
    }
}

/// Side of a picture.
pub(super) fn side(data: &DataShape) -> i64 {
    data.sample().get(1).copied().unwrap_or(1)
}

/// From the picture's side down to at most 7.
pub(super) fn sides(data: &DataShape) -> Vec<i64> {
    halved([side(data); 2], usize::MAX).into_iter().map(|[side, _]| side).collect()
}

/// The sides at which both networks have features whose places can attend to each other.
pub(super) fn attends(data: &DataShape) -> Vec<i64> {
    sides(data).into_iter().skip(1).filter(|&side| side <= ATTENDED).collect()
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind, Tensor};

    use super::*;
    use crate::base::{Labels, ParamStore, Philox, Stream};
    use crate::layer::{chain, Parts};
    use crate::net::{Net, Norm, NETS};

    fn image(side: i64, channels: i64, classes: usize) -> DataShape {
        let mut data = DataShape::image([side, side, channels], 0.0, 255.0);
        if classes > 0 {
            data.labels = Labels::Classes { shares: vec![1.0 / classes as f64; classes], balanced: false };
        }
        data
    }

    fn spec(net: &dyn Net, data: &DataShape) -> NetSpec {
        let base_channels = net.defaults(data).net.base_channels.map(|_| 2);
        let hidden = net.defaults(data).net.hidden.map(|_| vec![3, 5]);
        NetSpec {
            base_channels,
            hidden,
            latent_dim: 4,
            ..net.defaults(data).net
        }
    }

    // Each way of conditioning with each of the rest.
    fn specs(net: &dyn Net, data: &DataShape, all: [Conditioning; 3]) -> Vec<NetSpec> {
        let attentions = [vec![None], net.attends(data).into_iter().map(Some).collect()].concat();
        let each = all.into_iter().flat_map(|conditioning| {
            attentions.iter().map(move |&attention| (conditioning, attention)).collect::<Vec<_>>()
        });
        each.enumerate()
            .map(|(i, (conditioning, attention))| NetSpec {
                conditioning,
                attention,
                spectral: i % 2 == 0,
                minibatch_std: i % 3 > 0,
                ..spec(net, data)
            })
            .collect()
    }

    #[test]
    fn every_side_fits_both_ways_however_labels_come_in() {
        for net in NETS.members {
            for side in SMALLEST..=LARGEST {
                for (channels, classes) in [(1, 0), (1, 3), (3, 0), (3, 2)] {
                    let data = image(side, channels, classes);
                    net.check(&data).unwrap();
                    for spec in specs(*net, &data, Conditioning::OF_GENERATOR) {
                        let chain = net.generator(&NetSpec { noise: 0.1, ..spec.clone() }, &data);
                        assert_eq!(chain.output(), [channels, side, side]);
                        assert_eq!(chain.labels(), (classes > 0).then_some(classes as i64), "{spec:?}");
                        assert!(!chain.noise().is_empty());
                        let attentions = chain.layers.iter().filter(|named| named.name.ends_with("attention")).count();
                        assert_eq!(attentions, usize::from(spec.attention.is_some()));
                    }
                    for spec in specs(*net, &data, Conditioning::OF_DISCRIMINATOR) {
                        let chain = net.discriminator(&spec, &data);
                        let tells = spec.conditioning == Conditioning::Auxiliary;
                        assert_eq!(chain.output(), [1 + if tells { classes as i64 } else { 0 }]);
                        assert_eq!(chain.labels().is_some(), classes > 0 && !tells);
                        assert!(chain.noise().is_empty());
                        let attentions = chain.layers.iter().filter(|named| named.name.ends_with("attention")).count();
                        assert_eq!(attentions, usize::from(spec.attention.is_some()));
                        let told = chain.layers.iter().any(|named| named.name == "deviation");
                        assert_eq!(told, spec.minibatch_std);
                    }
                }
            }
        }
    }

    fn numbers(size: &[i64], index: u64) -> Tensor {
        let mut values = vec![0f32; size.iter().product::<i64>() as usize];
        Philox::new(5).fill_normal(Stream::Latent, index, &mut values);
        Tensor::from_slice(&values).view(size)
    }

    #[test]
    fn networks_make_what_their_descriptions_say_and_labels_and_noise_matter() {
        for (net, norm) in
            NETS.members.iter().flat_map(|net| [(net, Norm::None), (net, Norm::Layer), (net, Norm::Batch)])
        {
            let data = image(9, 3, 2);
            let y = numbers(&[2, 2], 1);
            let chains = specs(*net, &data, Conditioning::OF_GENERATOR)
                .into_iter()
                .map(|spec| net.generator(&NetSpec { norm, noise: 0.5, spectral: false, ..spec }, &data));
            let critics = specs(*net, &data, Conditioning::OF_DISCRIMINATOR).into_iter().map(|spec| {
                net.discriminator(&NetSpec { norm, maxout: spec.hidden.as_ref().map(|_| 3), ..spec }, &data)
            });
            for chain in chains.chain(critics) {
                let noise = chain.noise();
                let noise: Vec<Tensor> = noise.iter().map(|shape| numbers(&[&[2], &shape[..]].concat(), 3)).collect();
                let params = ParamStore::new(chain.parameters(), chain.init, &Philox::new(0), 0, Device::Cpu).unwrap();
                let flat = params.flat() + numbers(&[params.len()], 7) * 0.1;
                let made = |y: &Tensor, noise: &[Tensor]| {
                    let buffers = ParamStore::constants(chain.buffers(), Device::Cpu).unwrap();
                    let parts = Parts {
                        parameters: &params.views(&flat).unwrap(),
                        buffers: &buffers.views(buffers.flat()).unwrap(),
                        labels: Some(y),
                        noise,
                        training: true,
                    };
                    let x = numbers(&[&[2], &chain.input[..]].concat(), 2);
                    chain::run(&chain.layers, x, &parts).unwrap()
                };
                let plain = made(&y, &[]);
                assert_eq!(plain.size()[1..], chain.output());
                assert_eq!(chain.labels().is_some(), !made(&(&y + 1.0), &[]).equal(&plain), "{chain:?}");
                assert_eq!(noise.is_empty(), made(&y, &noise).equal(&plain));
                let slopes = Tensor::run_backward(&[plain.sum(Kind::Float)], &[params.flat()], false, false);
                assert!(slopes[0].isfinite().all().int64_value(&[]) == 1);
            }
        }
    }
}

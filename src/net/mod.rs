//! Architectures: build descriptions of networks from settings and the shape of the data, for any resolution.

mod choice;
mod coder;
mod conditioning;
mod conv;
mod dcgan;
mod feed;
mod fold;
mod gru;
mod levels;
mod lstm;
mod mlp;
mod network;
mod norm;
mod patch;
mod pianoroll;
mod recurrent;
mod request;
mod resnet;
mod transformer;
mod unet;

pub use choice::{AutoencoderNet, GanNet, MapNet, SequenceNet};
pub use conditioning::{Conditioning, DiscriminatorConditioning, GeneratorConditioning};
pub use feed::{AnyFeed, Feed};
pub use network::{Network, Weighted};
pub use norm::{AnyNorm, Norm, SequenceNorm};
pub use patch::patches;
pub use request::{Down, Request, Up};

use crate::error::{Error, Result};
use crate::kind::DataShape;
use crate::layer::{Chain, Function};
use crate::registry;
use crate::registry::{unknown, Member};

/// Settings of an architecture; `None` if it does not have the setting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetSpec {
    /// Channels at the largest resolution; doubled at each halving.
    pub base_channels: Option<i64>,
    /// Number of convolutions per resolution.
    pub depth: Option<i64>,
    /// Widths of the hidden layers.
    pub hidden: Option<Vec<i64>>,
    /// Activation function, if it is not fixed by the architecture.
    pub activation: Option<Function>,
    /// Normalisation between a layer and its activation.
    pub norm: Norm,
    /// True if weights are divided by their largest singular value.
    pub spectral: bool,
    /// Conditioning, if the data has labels.
    pub conditioning: Conditioning,
    /// Resolution of self-attention (side in pixels), if any.
    pub attention: Option<i64>,
    /// Number of linear pieces of a discriminator's maxout units, if it uses them.
    pub maxout: Option<i64>,
    /// True if a discriminator uses the standard deviation over the batch as a feature.
    pub minibatch_std: bool,
    /// Features between the layers of a network of sequences.
    pub width: Option<i64>,
    /// Number of attention heads.
    pub heads: Option<i64>,
    /// Number of heads of keys and values, if not that of `heads`.
    pub kv_heads: Option<i64>,
    /// Base of the angles by which attention rotates queries and keys, if it does.
    pub rotary: Option<f64>,
    /// Feed-forward layers of a transformer.
    pub feed: Feed,
    /// Width of the inner feed-forward layer, if it is not the usual one.
    pub inner: Option<i64>,
    /// Constant of the norms at each place, if it is not the usual one.
    pub eps: Option<f64>,
    /// True if the products of a transformer have biases.
    pub biases: bool,
    /// True if residual branches of a transformer are added without a learnt scale.
    pub plain: bool,
    /// True if the output of a transformer has vectors of its own, not those of the input.
    pub untied: bool,
    /// Fraction of the features that is dropped in training.
    pub dropout: f64,
    /// Number of values that a network of samples is given beside their labels: features of the time.
    pub time: i64,
    /// For a network of samples: side of the patches that its first layers see as one place.
    pub patch: Option<i64>,
    /// Standard deviation of noise in training, added before each activation of a generator; 0 for none.
    pub noise: f64,
}

/// Default settings for some data.
pub struct Defaults {
    /// Length of a generator's random input, of a latent, or of one code.
    pub latent_dim: i64,
    /// Settings of the architecture.
    pub net: NetSpec,
    /// Learning rate of Adam.
    pub lr: f64,
}

/// Pairs of networks that families train together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pair {
    /// A generator, [`Net::up`] from [`Up::Latent`], and a discriminator, [`Net::down`] to [`Down::Scores`].
    Gan,
    /// A decoder, [`Net::up`] from [`Up::Code`], and an encoder, [`Net::down`] to [`Down::Code`].
    Autoencoder,
    /// One network of sequences, [`Net::across`].
    Sequence,
    /// One network from samples to samples, [`Net::across`].
    Map,
}

/// An architecture.
pub trait Net: Member {
    /// Supported pairs.
    fn pairs(&self) -> &'static [Pair];

    /// Defaults for data of this shape.
    fn defaults(&self, pair: Pair, data: &DataShape) -> Defaults;

    /// Checks that data of this shape is supported.
    ///
    /// # Errors
    /// [`Error::Shape`] with the supported shapes.
    fn check(&self, pair: Pair, data: &DataShape) -> Result<()>;

    /// Default normalisation of the discriminator.
    fn discriminator_norm(&self, data: &DataShape) -> Norm {
        self.defaults(Pair::Gan, data).net.norm
    }

    /// Image sides at which both networks of a GAN support self-attention.
    fn attends(&self, data: &DataShape) -> Vec<i64> {
        let _ = data;
        Vec::new()
    }

    /// Network from a sample, and labels if it is conditional, to scores or a code.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is not supported, with the architectures that support it.
    fn down(&self, request: &Request, to: Down) -> Result<Chain> {
        let _ = request;
        Err(missing(self.name(), to.pair()))
    }

    /// Network from latents or a code, and labels, to a sample or the parameters of its distribution.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is not supported, with the architectures that support it.
    fn up(&self, request: &Request, from: Up) -> Result<Chain> {
        let _ = request;
        Err(missing(self.name(), from.pair()))
    }

    /// Network from a sample to this number of outputs at each of its places, `[outputs, ...sides]`.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is not supported, with the architectures that support it.
    fn across(&self, request: &Request, outputs: i64) -> Result<Chain> {
        let _ = outputs;
        // Networks of sequences have it all.
        let pair = if request.data.language().is_some() { Pair::Sequence } else { Pair::Map };
        Err(missing(self.name(), pair))
    }
}

registry! {
    /// All architectures.
    pub static NETS: dyn Net = "net" [
        mlp::Mlp, dcgan::Dcgan, conv::ConvNet, resnet::Resnet, pianoroll::Pianoroll, transformer::Transformer, lstm::Lstm, gru::Gru,
        unet::Unet,
    ];
}

impl Pair {
    /// Architectures that support the pair.
    pub fn nets(self) -> impl Iterator<Item = &'static dyn Net> {
        NETS.members.iter().copied().filter(move |net| net.pairs().contains(&self))
    }

    /// Looks up an architecture that supports the pair.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the nearest name and the supported ones.
    pub fn net(self, name: &str) -> Result<&'static dyn Net> {
        let names: Vec<&str> = self.nets().map(|net| net.name()).collect();
        self.nets().find(|net| net.name() == name).ok_or_else(|| unknown(NETS.what, name, &names))
    }
}

/// Error for an unsupported pair, with the architectures that support it.
fn missing(net: &str, pair: Pair) -> Error {
    let names: Vec<String> = pair.nets().map(|net| format!("\"{}\"", net.name())).collect();
    let what = match pair {
        Pair::Gan => "a generator and a discriminator",
        Pair::Autoencoder => "an encoder and a decoder",
        Pair::Sequence => "sequences",
        Pair::Map => "a map from samples to samples",
    };
    Error::parameter("net", format!("expected one of {} for {what}", names.join(", ")), format!("\"{net}\""))
}

/// Checks that the data are tokens.
fn tokens_only(net: &dyn Net, data: &DataShape) -> Result<()> {
    match data.language() {
        Some(_) => Ok(()),
        None => Err(Error::Shape {
            name: "X".into(),
            expected: format!("texts for net=\"{}\"", net.name()),
            got: data.describe(),
        }),
    }
}

/// Error for unsupported data, with supported sides of up to `most`.
fn unfit(net: &str, expected: &str, data: &DataShape, most: i64) -> Error {
    let remedy = match data.sample()[..] {
        [_, height, width] => {
            // Smallest supported size of image files.
            let side = height.min(width).clamp(8, most);
            format!(
                "; crop or resize them to {side}x{side} (ImageFolder(path, size={side}) does it with files), or pass \
                 net=\"mlp\", which takes any size and suits small images"
            )
        }
        [_] => "; pass net=\"mlp\" for rows".into(),
        _ => "; crop or resize them, or pass net=\"mlp\", which takes any size".into(),
    };
    Error::Shape {
        name: "X".into(),
        expected: format!("{expected} for net=\"{net}\""),
        got: data.describe() + &remedy,
    }
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind, Tensor};

    use super::*;
    use crate::base::{Code, ParamStore, Philox, Stream};
    use crate::kind::Labels;
    use crate::layer::{chain, Parts};

    fn sized(sides: &[i64], channels: i64, classes: usize) -> DataShape {
        let mut data = match *sides {
            [depth, height, width] => DataShape::volume([depth, height, width, channels], 0.0, 1.0),
            _ => DataShape::image([sides[0], sides[1], channels], 0.0, 255.0),
        };
        if classes > 0 {
            data.labels = Labels::Classes { shares: vec![1.0 / classes as f64; classes], balanced: false };
        }
        data
    }

    fn spec(net: &dyn Net, data: &DataShape) -> NetSpec {
        let usual = net.defaults(Pair::Gan, data).net;
        NetSpec {
            base_channels: usual.base_channels.map(|_| 2),
            hidden: usual.hidden.clone().map(|_| vec![3, 5]),
            ..usual
        }
    }

    fn up(net: &dyn Net, spec: &NetSpec, data: &DataShape) -> Chain {
        net.up(&Request { spec, data }, Up::Latent(4)).unwrap()
    }

    fn down(net: &dyn Net, spec: &NetSpec, data: &DataShape) -> Chain {
        net.down(&Request { spec, data }, Down::Scores).unwrap()
    }

    // All combinations of conditioning with the other settings.
    fn specs(net: &dyn Net, data: &DataShape, all: &[Conditioning]) -> Vec<NetSpec> {
        let attentions = [vec![None], net.attends(data).into_iter().map(Some).collect()].concat();
        let each = all.iter().copied().flat_map(|conditioning| {
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
    fn every_size_fits_both_ways_however_labels_come_in() {
        for net in Pair::Gan.nets() {
            let mut sizes: Vec<Vec<i64>> = (4..=256).map(|side| vec![side, side]).collect();
            sizes.extend([[14, 28], [23, 28], [256, 4], [5, 64], [7, 8]].map(Vec::from));
            sizes.extend([[4, 4, 4], [8, 8, 8], [16, 9, 5], [64, 64, 64], [4, 64, 33]].map(Vec::from));
            if net.name() == "pianoroll" {
                sizes.extend(
                    [[1, 4, 48], [4, 96, 84], [1, 1, 1], [9, 16, 128], [2, 8, 36], [1, 16, 256]].map(Vec::from),
                );
            }
            for (i, sides) in sizes.iter().enumerate() {
                for (channels, classes) in [[(1, 0), (3, 2)], [(1, 3), (3, 0)]][i % 2] {
                    let data = sized(sides, channels, classes);
                    net.check(Pair::Gan, &data).unwrap();
                    for spec in specs(net, &data, GeneratorConditioning::KNOWN) {
                        let chain = up(net, &NetSpec { noise: 0.1, ..spec.clone() }, &data);
                        assert_eq!(chain.output(), [&[channels], &sides[..]].concat());
                        assert_eq!(chain.given(), (classes > 0).then_some(classes as i64), "{spec:?}");
                        assert!(!chain.noise().is_empty());
                        let attentions = chain.layers.iter().filter(|named| named.name.ends_with("attention")).count();
                        assert_eq!(attentions, usize::from(spec.attention.is_some()));
                    }
                    for spec in specs(net, &data, DiscriminatorConditioning::KNOWN) {
                        let chain = down(net, &spec, &data);
                        let tells = spec.conditioning == Conditioning::Auxiliary;
                        assert_eq!(chain.output(), [1 + if tells { classes as i64 } else { 0 }]);
                        assert_eq!(chain.given().is_some(), classes > 0 && !tells);
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
        for (net, norm) in Pair::Gan.nets().flat_map(|net| [(net, Norm::None), (net, Norm::Layer), (net, Norm::Batch)])
        {
            let data = if norm == Norm::Layer { sized(&[5, 9, 4], 3, 2) } else { sized(&[9, 12], 3, 2) };
            let y = numbers(&[2, 2], 1);
            let chains = specs(net, &data, GeneratorConditioning::KNOWN)
                .into_iter()
                .map(|spec| up(net, &NetSpec { norm, noise: 0.5, spectral: false, ..spec }, &data));
            let critics = specs(net, &data, DiscriminatorConditioning::KNOWN)
                .into_iter()
                .map(|spec| down(net, &NetSpec { norm, maxout: spec.hidden.as_ref().map(|_| 3), ..spec }, &data));
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
                        given: Some(y),
                        noise,
                        training: true,
                        ..Parts::default()
                    };
                    let x = numbers(&[&[2], &chain.input[..]].concat(), 2);
                    chain::run(&chain.layers, x, &parts).unwrap()
                };
                let plain = made(&y, &[]);
                assert_eq!(plain.size()[1..], chain.output());
                assert_eq!(chain.given().is_some(), !made(&(&y + 1.0), &[]).equal(&plain), "{chain:?}");
                assert_eq!(noise.is_empty(), made(&y, &noise).equal(&plain));
                let slopes = Tensor::run_backward(&[plain.sum(Kind::Float)], &[params.flat()], false, false);
                assert!(slopes[0].isfinite().all().int64_value(&[]) == 1);
            }
        }
    }

    #[test]
    fn maps_keep_every_size() {
        for net in Pair::Map.nets() {
            let mut sizes: Vec<Vec<i64>> = (4..=256).step_by(9).map(|side| vec![side, side]).collect();
            sizes.extend((4..=256).step_by(17).flat_map(|side| [vec![side, 33], vec![5, side], vec![side]]));
            sizes.extend([[4, 4, 4], [8, 8, 8], [16, 9, 5], [64, 64, 64], [4, 64, 33]].map(Vec::from));
            for (i, sides) in sizes.iter().enumerate() {
                let mut data = sized(&[4, 4], 1 + i as i64 % 3, i % 2 * 2);
                data.of = match sides[..] {
                    [steps] => crate::kind::Kind::of("series", &[steps, 1 + i as i64 % 3]).unwrap(),
                    _ => sized(sides, 1 + i as i64 % 3, 0).of,
                };
                net.check(Pair::Map, &data).unwrap();
                for patch in [1, 2, 4] {
                    let usual = net.defaults(Pair::Map, &data).net;
                    let spec = NetSpec {
                        base_channels: usual.base_channels.map(|_| 2),
                        hidden: usual.hidden.clone().map(|_| vec![3]),
                        patch: Some(patch),
                        time: 5,
                        ..usual
                    };
                    let chain = net.across(&Request { spec: &spec, data: &data }, 4).unwrap();
                    assert_eq!(chain.input, data.sample());
                    assert_eq!(chain.output(), [&[4], &sides[..]].concat());
                    assert_eq!(chain.given(), Some(5 + data.labels.width()));
                }
            }
        }
    }

    #[test]
    fn every_size_fits_between_encoder_and_decoder_with_labels_and_without() {
        let of_sides = |net: &&dyn Net| net.name() != "mlp" && !net.pairs().contains(&Pair::Sequence);
        for net in Pair::Autoencoder.nets().filter(of_sides) {
            let mut sizes: Vec<Vec<i64>> = (4..=256).step_by(9).map(|side| vec![side, side]).collect();
            sizes.extend((4..=256).step_by(17).flat_map(|side| [vec![side, 33], vec![5, side]]));
            sizes.extend([[4, 4, 4], [8, 8, 8], [16, 9, 5], [64, 64, 64], [4, 64, 33]].map(Vec::from));
            for (i, sides) in sizes.iter().enumerate() {
                let channels = 1 + i as i64 % 3;
                let mut data = sized(sides, channels, 0);
                for shares in [vec![], vec![0.5; 2]] {
                    data.labels =
                        if shares.is_empty() { Labels::None } else { Labels::Classes { shares, balanced: false } };
                    for (code, made) in [(Code::Row(6), vec![6]), (Code::Map(6), vec![])] {
                        let spec = NetSpec {
                            base_channels: Some(2),
                            depth: Some(2),
                            ..net.defaults(Pair::Autoencoder, &data).net
                        };
                        let request = Request { spec: &spec, data: &data };
                        let output = net.down(&request, Down::Code(code)).unwrap().output();
                        assert!(made.is_empty() || output == made);
                        let decoder = net.up(&request, Up::Code { code, outputs: 2 }).unwrap();
                        assert_eq!(decoder.input, output);
                        assert_eq!(decoder.output(), [&[2 * channels], &sides[..]].concat());
                    }
                }
            }
        }
    }
}

//! Residual networks for images (He et al., "Deep Residual Learning for Image Recognition", 2016).
//!
//! Encoder and decoder (similar to Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow",
//! 2016), for any size: the structure of `conv` with residual blocks instead of convolutions. The first halving is a
//! plain convolution and the last upsampling a transposed one, so that no block works at the full resolution. Blocks
//! have a learnt scale instead of normalisation; `depth` is the number of blocks per inner resolution.
//!
//! Generator and discriminator (similar to Gulrajani et al., "Improved Training of Wasserstein GANs", 2017, and Miyato
//! et al., "Spectral Normalization for Generative Adversarial Networks", 2018), for images of any size: the resolutions
//! and channels of `dcgan`, with one block per change of resolution; `depth` beyond 1 adds blocks that keep the size.
//! Blocks have a learnt scale only without normalisation and spectral norm. Shortcuts change the size where there are
//! fewer channels or pixels, which is equivalent in exact arithmetic.

use super::coder::{self, decode, encode, enlarge};
use super::levels::{self, attends, check, side, Levels};
use super::{Conditioning, Defaults, Down, Net, NetSpec, Norm, Pair, Request, Up};
use crate::base::{Code, InitScheme};
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::chain::Named;
use crate::layer::{Activation, Chain, Conv, Function, Layer, Linear, Pool, Residual, Resize, Sum, Unflatten};
use crate::member;
use crate::registry::Member;

/// Number of times that channels of generator and discriminator double.
const DOUBLINGS: usize = 3;

member! {
    "resnet": "residual, for images with sides from 4 to 256 px and volumes up to 64 (He et al., 2016)",
    pub struct Resnet {}
}

impl Net for Resnet {
    fn pairs(&self) -> &'static [Pair] {
        &[Pair::Gan, Pair::Autoencoder]
    }

    fn defaults(&self, pair: Pair, data: &DataShape) -> Defaults {
        let side = side(data);
        match pair {
            Pair::Autoencoder | Pair::Sequence | Pair::Map => coder::defaults(data),
            Pair::Gan => Defaults {
                latent_dim: if side > 16 { 128 } else { 32 },
                net: NetSpec {
                    base_channels: Some(levels::base_channels(data, if side > 32 { 64 } else { 32 })),
                    depth: Some(1),
                    norm: Norm::Batch,
                    conditioning: Conditioning::Modulation,
                    ..NetSpec::default()
                },
                lr: 2e-4,
            },
        }
    }

    // As in the papers: their discriminators are regularised by a penalty or by spectral norm.
    fn discriminator_norm(&self, _: &DataShape) -> Norm {
        Norm::None
    }

    fn check(&self, _: Pair, data: &DataShape) -> Result<()> {
        check(self.name(), data)
    }

    fn attends(&self, data: &DataShape) -> Vec<i64> {
        attends(data)
    }

    fn down(&self, request: &Request, to: Down) -> Result<Chain> {
        Ok(match to {
            Down::Scores => discriminator(&Levels::new(request, usize::MAX, DOUBLINGS)),
            Down::Code(code) => encoder(&coder::levels(request, code), code),
        })
    }

    fn up(&self, request: &Request, from: Up) -> Result<Chain> {
        Ok(match from {
            Up::Latent(latent_dim) => generator(&Levels::new(request, usize::MAX, DOUBLINGS), latent_dim),
            Up::Code { code, outputs } => decoder(&coder::levels(request, code), code, outputs),
        })
    }
}

fn encoder(levels: &Levels, code: Code) -> Chain {
    let request = levels.request;
    let mut chain = Chain::new(&request.data.sample(), InitScheme::FanIn);
    request.centre(&mut chain);
    chain.push("block1.conv", request.conv(request.colours(), levels.channels(1), 3, 2));
    for level in 1..levels.sizes.len() {
        let (inputs, outputs) = (levels.channels(level - 1), levels.channels(level));
        if level > 1 {
            let shortcut = vec![Named::new("conv", request.conv(inputs, outputs, 1, 2))];
            let body = body(request, vec![], request.conv(inputs, outputs, 3, 2));
            chain.push(format!("block{level}.down"), Residual { body, shortcut, scaled: true });
        }
        residuals(levels, &mut chain, &format!("block{level}"), level == 1);
    }
    chain.push("act", activation(request));
    encode(levels, &mut chain, code);
    chain
}

fn decoder(levels: &Levels, code: Code, outputs: i64) -> Chain {
    let request = levels.request;
    let mut chain = decode(levels, code);
    for level in (1..levels.sizes.len()).rev() {
        let name = format!("block{}", levels.sizes.len() - level);
        if level < levels.last() {
            let (inputs, channels) = (levels.channels(level + 1), levels.channels(level));
            let up = Named::new("up", Resize { sides: levels.sizes[level].clone() });
            let shortcut = vec![Named::new("conv", request.conv(inputs, channels, 1, 1)), up.clone()];
            let body = body(request, vec![up], request.conv(inputs, channels, 3, 1));
            chain.push(format!("{name}.up"), Residual { body, shortcut, scaled: true });
        }
        residuals(levels, &mut chain, &name, level == levels.last());
    }
    chain.push("act", activation(request));
    enlarge(levels, &mut chain, "out", (0, outputs * request.colours()));
    chain
}

fn activation(request: &Request) -> Activation {
    Activation { function: request.function() }
}

// Activation, what changes the size, convolution, activation, convolution.
fn body(request: &Request, resize: Vec<Named>, first: Conv) -> Vec<Named> {
    let mut body = vec![Named::new("act1", activation(request))];
    body.extend(resize);
    let outputs = first.outputs;
    body.push(Named::new("conv1", first));
    body.push(Named::new("act2", activation(request)));
    body.push(Named::new("conv2", request.conv(outputs, outputs, 3, 1)));
    body
}

// Appends the blocks of a level that keep its size: one fewer if another block changes it.
fn residuals(levels: &Levels, chain: &mut Chain, name: &str, whole: bool) {
    for i in 1..levels.depth + i64::from(whole) {
        let channels = chain.output()[0];
        let body = body(levels.request, vec![], levels.request.conv(channels, channels, 3, 1));
        chain.push(format!("{name}.residual{i}"), Residual { body, shortcut: vec![], scaled: true });
    }
}

fn generator(levels: &Levels, latent_dim: i64) -> Chain {
    let request = levels.request;
    let mut chain = Chain::new(&[latent_dim], InitScheme::FanIn);
    request.join_labels(&mut chain);
    let shape = levels.smallest();
    let (inputs, outputs) = (chain.output()[0], shape.iter().product());
    chain.push("in", Linear { inputs, outputs });
    chain.push("in.shape", Unflatten { shape });
    deepen(levels, &mut chain, "in");
    for level in (0..levels.last()).rev() {
        let name = format!("block{}", levels.last() - level);
        let up = Named::new("up", Resize { sides: levels.sizes[level].clone() });
        block(request, &mut chain, &name, levels.channels(level), Change::Before(up));
        // The largest resolution has a single block.
        if level > 0 {
            deepen(levels, &mut chain, &name);
        }
    }
    request.activate(&mut chain, "last", Function::Relu);
    chain.push("out", request.conv(chain.output()[0], request.colours(), 3, 1));
    request.head(&mut chain);
    chain
}

fn discriminator(levels: &Levels) -> Chain {
    let request = levels.request;
    let mut chain = Chain::new(&request.data.sample(), InitScheme::FanIn);
    for level in 1..levels.sizes.len() {
        let name = format!("block{level}");
        if level == levels.last() {
            request.join_deviation(&mut chain);
            request.join_labels(&mut chain);
        }
        let pool = Named::new("pool", Pool {});
        block(request, &mut chain, &name, levels.channels(level), Change::After { pool, first: level == 1 });
        deepen(levels, &mut chain, &name);
    }
    request.activate(&mut chain, "last", Function::Relu);
    chain.push("sum", Sum {});
    request.score(&mut chain);
    chain
}

// Change of size in a block.
enum Change {
    Nothing,
    // In a generator: before the first convolution.
    Before(Named),
    // In a discriminator: after the last convolution. The first block reads the image, which is not preceded by an
    // activation.
    After { pool: Named, first: bool },
}

// Appends blocks that keep the size, and attention if the level has it.
fn deepen(levels: &Levels, chain: &mut Chain, name: &str) {
    for i in 2..=levels.depth {
        block(levels.request, chain, &format!("{name}.deep{i}"), chain.output()[0], Change::Nothing);
    }
    levels.request.attend(chain, name);
}

fn block(request: &Request, chain: &mut Chain, name: &str, outputs: i64, change: Change) {
    // A convolution of a block.
    let inner = |conv: Conv| -> Layer { request.weight(Conv { bias: request.bias(), ..conv }) };
    let inputs = chain.output()[0];
    let (up, down, starts) = match change {
        Change::Nothing => (None, None, false),
        Change::Before(up) => (Some(up), None, false),
        Change::After { pool, first } => (None, Some(pool), first),
    };
    let mut body = Chain::new(&chain.output(), chain.init);
    if !starts {
        request.activate(&mut body, "first", Function::Relu);
    }
    body.layers.extend(up.clone());
    body.push("first.conv", inner(request.conv(inputs, outputs, 3, 1)));
    request.activate(&mut body, "second", Function::Relu);
    body.push("second.conv", inner(request.conv(outputs, outputs, 3, 1)));
    body.layers.extend(down.clone());
    let mut shortcut = Vec::new();
    if up.is_some() || down.is_some() {
        shortcut.extend(down);
        shortcut.push(Named::new("shortcut", inner(request.conv(inputs, outputs, 1, 1))));
        shortcut.extend(up);
    }
    let scaled = request.bias() && !request.spec.spectral;
    chain.push(name, Residual { body: body.layers, shortcut, scaled });
}

//! Residual networks for pictures (He et al., "Deep Residual Learning for Image Recognition", 2016).
//!
//! Encoder and decoder (after Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", 2016), for any
//! size: the plan of `conv`, with residual blocks in place of convolutions. The first halving is a plain convolution and the
//! last doubling a transposed one, so that no block works at the full resolution. Blocks carry one learnt scale in place
//! of normalisation; `depth` counts the blocks at each inner resolution.
//!
//! Generator and discriminator (after Gulrajani et al., "Improved Training of Wasserstein GANs", 2017, and Miyato et al.,
//! "Spectral Normalization for Generative Adversarial Networks", 2018), for square pictures: the resolutions and channels of
//! `dcgan`, one block from each to the next, and `depth` beyond 1 adds blocks that keep the size. Blocks carry a learnt
//! scale only where there is neither a norm nor a spectral one. Shortcuts change the size where there are fewer
//! channels or pixels to work on, which is the same in exact arithmetic.

use super::gan::{attends, check as check_square, pixelwise, side, sides, Gan};
use super::plan::{check, conv, defaults, Plan};
use super::{centre, AutoencoderNet, Conditioning, Defaults, Net, NetSpec, Norm};
use crate::base::{Code, DataShape, InitScheme};
use crate::error::Result;
use crate::layer::chain::Named;
use crate::layer::{Activation, Chain, Conv, Function, Layer, Linear, Pool, Residual, Resize, Sum, Unflatten};
use crate::registry::Member;

/// The `resnet` architecture of encoder and decoder.
pub struct Resnet;

impl Member for Resnet {
    fn name(&self) -> &'static str {
        "resnet"
    }

    fn describe(&self) -> &'static str {
        "residual, for images with sides from 8 to 128 px (He et al., 2016)"
    }
}

impl AutoencoderNet for Resnet {
    fn defaults(&self, data: &DataShape) -> Defaults {
        defaults(data)
    }

    fn check(&self, data: &DataShape) -> Result<()> {
        check(self.name(), data)
    }

    fn encoder(&self, spec: &NetSpec, data: &DataShape, code: Code) -> Chain {
        let plan = Plan::new(spec, data, code);
        let mut chain = Chain::new(&data.sample(), InitScheme::FanIn);
        centre(&mut chain, data, false);
        chain.push("block1.conv", conv(plan.colours, plan.channels(1), 3, 2));
        for level in 1..plan.sizes.len() {
            let outputs = plan.channels(level);
            if level > 1 {
                let shortcut = vec![Named::new("conv", conv(plan.channels(level - 1), outputs, 1, 2))];
                let body = plan.body(vec![], conv(plan.channels(level - 1), outputs, 3, 2).into(), outputs);
                chain.push(format!("block{level}.down"), Residual { body, shortcut, scaled: true });
            }
            plan.blocks(&mut chain, &format!("block{level}"), outputs, plan.more + i64::from(level == 1));
        }
        chain.push("act", plan.activation());
        plan.encode(&mut chain, data, plan.channels(plan.sizes.len() - 1));
        chain
    }

    fn decoder(&self, spec: &NetSpec, data: &DataShape, code: Code, outputs: i64) -> Chain {
        let plan = Plan::new(spec, data, code);
        let mut chain = plan.decode(data);
        for level in (1..plan.sizes.len()).rev() {
            let (name, channels) = (format!("block{}", plan.sizes.len() - level), plan.channels(level));
            if level + 1 < plan.sizes.len() {
                let [height, width] = plan.sizes[level];
                let (resize, inputs) = (Resize { height, width }, plan.channels(level + 1));
                let shortcut = vec![Named::new("conv", conv(inputs, channels, 1, 1)), Named::new("up", resize)];
                let body = plan.body(vec![Named::new("up", resize)], conv(inputs, channels, 3, 1).into(), channels);
                chain.push(format!("{name}.up"), Residual { body, shortcut, scaled: true });
            }
            plan.blocks(&mut chain, &name, channels, plan.more + i64::from(level + 1 == plan.sizes.len()));
        }
        chain.push("act", plan.activation());
        plan.enlarge(&mut chain, "out", 0, outputs * plan.colours);
        chain
    }
}

impl Plan {
    // Activation, what changes the size, convolution, activation, convolution.
    fn body(&self, resize: Vec<Named>, first: Layer, channels: i64) -> Vec<Named> {
        let mut body = vec![Named::new("act1", self.activation())];
        body.extend(resize);
        body.push(Named::new("conv1", first));
        body.push(Named::new("act2", self.activation()));
        body.push(Named::new("conv2", conv(channels, channels, 3, 1)));
        body
    }

    fn blocks(&self, chain: &mut Chain, name: &str, channels: i64, count: i64) {
        for i in 1..=count {
            let body = self.body(vec![], conv(channels, channels, 3, 1).into(), channels);
            chain.push(format!("{name}.residual{i}"), Residual { body, shortcut: vec![], scaled: true });
        }
    }
}

/// The `resnet` architecture of generator and discriminator.
pub struct ResnetGan;

impl Member for ResnetGan {
    fn name(&self) -> &'static str {
        "resnet"
    }

    fn describe(&self) -> &'static str {
        "residual, for square images from 8 to 256 px (Miyato et al., 2018)"
    }
}

impl Net for ResnetGan {
    fn defaults(&self, data: &DataShape) -> Defaults {
        let side = side(data);
        Defaults {
            net: NetSpec {
                latent_dim: if side > 16 { 128 } else { 32 },
                base_channels: Some(if side > 32 { 64 } else { 32 }),
                depth: Some(1),
                norm: Norm::Batch,
                conditioning: Conditioning::Modulation,
                ..NetSpec::default()
            },
            lr: 2e-4,
        }
    }

    // That of the papers: their discriminators are held by a penalty or by spectral norms.
    fn discriminator_norm(&self, _: &DataShape) -> Norm {
        Norm::None
    }

    fn check(&self, data: &DataShape) -> Result<()> {
        check_square(self.name(), data)
    }

    fn attends(&self, data: &DataShape) -> Vec<i64> {
        attends(data)
    }

    fn generator(&self, spec: &NetSpec, data: &DataShape) -> Chain {
        let plan = Blocks::new(spec, data);
        let mut chain = plan.gan.latents(InitScheme::FanIn);
        let smallest = plan.sides.len() - 1;
        let shape = vec![plan.channels(smallest), plan.sides[smallest], plan.sides[smallest]];
        let (inputs, outputs) = (chain.output()[0], shape.iter().product());
        chain.push("in", Linear { inputs, outputs });
        chain.push("in.shape", Unflatten { shape });
        plan.deepen(&mut chain, "in");
        for level in (0..smallest).rev() {
            let name = format!("block{}", smallest - level);
            let (height, width) = (plan.sides[level], plan.sides[level]);
            let up = Named::new("up", Resize { height, width });
            plan.block(&mut chain, &name, plan.channels(level), Change::Before(up));
            // The largest resolution has one block alone.
            if level > 0 {
                plan.deepen(&mut chain, &name);
            }
        }
        plan.gan.activate(&mut chain, "last", Function::Relu);
        chain.push("out", conv(chain.output()[0], plan.colours, 3, 1));
        let function = Function::Tanh;
        chain.push("out.act", Activation { function });
        chain
    }

    fn discriminator(&self, spec: &NetSpec, data: &DataShape) -> Chain {
        let plan = Blocks::new(spec, data);
        let mut chain = Chain::new(&data.sample(), InitScheme::FanIn);
        for level in 1..plan.sides.len() {
            let name = format!("block{level}");
            if level + 1 == plan.sides.len() {
                plan.gan.join_deviation(&mut chain);
                plan.gan.join_labels(&mut chain);
            }
            let pool = Named::new("pool", Pool {});
            plan.block(&mut chain, &name, plan.channels(level), Change::After { pool, first: level == 1 });
            plan.deepen(&mut chain, &name);
        }
        plan.gan.activate(&mut chain, "last", Function::Relu);
        chain.push("sum", Sum {});
        plan.gan.score(&mut chain);
        chain
    }
}

// What a block does to the size.
enum Change {
    Nothing,
    // A generator's: before its first convolution.
    Before(Named),
    // A discriminator's: after its last convolution. The first block works on the picture, which no activation has to cut.
    After { pool: Named, first: bool },
}

// Resolutions and channels of generator and discriminator.
struct Blocks<'a> {
    gan: Gan<'a>,
    // From the picture's side down to at most 7.
    sides: Vec<i64>,
    colours: i64,
    base: i64,
    depth: i64,
}

impl<'a> Blocks<'a> {
    fn new(spec: &'a NetSpec, data: &DataShape) -> Self {
        Blocks {
            gan: Gan::new(spec, data),
            sides: sides(data),
            colours: data.sample()[0],
            base: spec.base_channels.unwrap_or(32),
            depth: spec.depth.unwrap_or(1),
        }
    }

    // Channels after `level` halvings.
    fn channels(&self, level: usize) -> i64 {
        self.base << (level.max(1) - 1).min(3)
    }

    // More blocks of the same size, and attention if it is theirs.
    fn deepen(&self, chain: &mut Chain, name: &str) {
        for i in 2..=self.depth {
            self.block(chain, &format!("{name}.deep{i}"), chain.output()[0], Change::Nothing);
        }
        self.gan.attend(chain, name);
    }

    // A convolution of a block. A norm shifts what it has normalised.
    fn inner(&self, conv: Conv) -> Layer {
        self.gan.weight(Conv { bias: self.gan.spec.norm == Norm::None, ..conv })
    }

    fn block(&self, chain: &mut Chain, name: &str, outputs: i64, change: Change) {
        let inputs = chain.output()[0];
        let (up, down, starts) = match change {
            Change::Nothing => (None, None, false),
            Change::Before(up) => (Some(up), None, false),
            Change::After { pool, first } => (None, Some(pool), first),
        };
        let mut body = Chain::new(&chain.output(), chain.init);
        if !starts {
            self.gan.activate(&mut body, "first", Function::Relu);
        }
        body.layers.extend(up.clone());
        body.push("first.conv", self.inner(conv(inputs, outputs, 3, 1)));
        self.gan.activate(&mut body, "second", Function::Relu);
        body.push("second.conv", self.inner(conv(outputs, outputs, 3, 1)));
        body.layers.extend(down.clone());
        let mut shortcut = Vec::new();
        if up.is_some() || down.is_some() {
            shortcut.extend(down);
            shortcut.push(Named::new("shortcut", self.inner(pixelwise(inputs, outputs))));
            shortcut.extend(up);
        }
        let scaled = self.gan.spec.norm == Norm::None && !self.gan.spec.spectral;
        chain.push(name, Residual { body: body.layers, shortcut, scaled });
    }
}

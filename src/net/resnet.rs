//! Residual encoder and decoder for pictures of any size (He et al., "Deep Residual Learning for Image Recognition",
//! 2016; for autoencoders Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", 2016).
//!
//! The plan of `conv`, with residual blocks in place of convolutions. The first halving is a plain convolution and the
//! last doubling a transposed one, so that no block works at the full resolution. Blocks carry one learnt scale in place
//! of normalisation; `depth` counts the blocks at each inner resolution.

use super::plan::{check, conv, defaults, Plan};
use super::{centre, AutoencoderNet, Defaults, NetSpec};
use crate::base::{Code, DataShape, InitScheme};
use crate::error::Result;
use crate::layer::chain::Named;
use crate::layer::{Chain, Layer, Residual, Resize};
use crate::registry::Member;

/// The `resnet` architecture.
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
                let shortcut = vec![named("conv", conv(plan.channels(level - 1), outputs, 1, 2))];
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
                let shortcut = vec![named("conv", conv(inputs, channels, 1, 1)), named("up", resize)];
                let body = plan.body(vec![named("up", resize)], conv(inputs, channels, 3, 1).into(), channels);
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
        let mut body = vec![named("act1", self.activation())];
        body.extend(resize);
        body.push(named("conv1", first));
        body.push(named("act2", self.activation()));
        body.push(named("conv2", conv(channels, channels, 3, 1)));
        body
    }

    fn blocks(&self, chain: &mut Chain, name: &str, channels: i64, count: i64) {
        for i in 1..=count {
            let body = self.body(vec![], conv(channels, channels, 3, 1).into(), channels);
            chain.push(format!("{name}.residual{i}"), Residual { body, shortcut: vec![], scaled: true });
        }
    }
}

fn named(name: &str, layer: impl Into<Layer>) -> Named {
    Named { name: name.into(), layer: layer.into() }
}

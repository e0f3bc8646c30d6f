//! Convolutional encoder and decoder for pictures of any size (after the networks of Higgins et al., "beta-VAE", 2017).
//!
//! Encoder: 3x3 convolutions of stride 2 until the longer side is at most 7 (28-14-7), channels doubling up to four times
//! the base, then dense layers. Decoder: the same backwards, with 4x4 transposed convolutions; what doubling made too
//! large is cropped. `depth` beyond 1 adds 3x3 convolutions at each inner resolution. No normalisation: bounds on the
//! likelihood are then the same in training and afterwards. A code that is a map lies at a quarter of the resolution.

use super::plan::{check, conv, defaults, Plan};
use super::{centre, AutoencoderNet, Defaults, NetSpec};
use crate::base::{Code, DataShape, InitScheme};
use crate::error::Result;
use crate::layer::Chain;
use crate::registry::Member;

/// The `conv` architecture.
pub struct ConvNet;

impl Member for ConvNet {
    fn name(&self) -> &'static str {
        "conv"
    }

    fn describe(&self) -> &'static str {
        "convolutional, for images with sides from 8 to 128 px (Higgins et al., 2017)"
    }
}

impl AutoencoderNet for ConvNet {
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
        let mut inputs = plan.colours;
        for level in 1..plan.sizes.len() {
            let (name, outputs) = (format!("block{level}"), plan.channels(level));
            chain.push(format!("{name}.conv"), conv(inputs, outputs, 3, 2));
            plan.activate(&mut chain, &name);
            plan.deepen(&mut chain, &name, outputs);
            inputs = outputs;
        }
        plan.encode(&mut chain, data, inputs);
        chain
    }

    fn decoder(&self, spec: &NetSpec, data: &DataShape, code: Code, outputs: i64) -> Chain {
        let plan = Plan::new(spec, data, code);
        let mut chain = plan.decode(data);
        for level in (0..plan.sizes.len() - 1).rev() {
            let name = if level == 0 { "out".into() } else { format!("block{}", plan.sizes.len() - 1 - level) };
            let channels = if level == 0 { outputs * plan.colours } else { plan.channels(level) };
            plan.enlarge(&mut chain, &name, level, channels);
            if level > 0 {
                plan.activate(&mut chain, &name);
                plan.deepen(&mut chain, &name, channels);
            }
        }
        chain
    }
}

impl Plan {
    fn deepen(&self, chain: &mut Chain, name: &str, channels: i64) {
        for i in 1..=self.more {
            chain.push(format!("{name}.deep{i}.conv"), conv(channels, channels, 3, 1));
            chain.push(format!("{name}.deep{i}.act"), self.activation());
        }
    }
}

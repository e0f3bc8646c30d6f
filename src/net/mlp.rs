//! Fully connected networks (Goodfellow et al., "Generative Adversarial Nets", 2014; Kingma and Welling, "Auto-Encoding
//! Variational Bayes", 2014).
//!
//! Generator: linear, ReLU, ..., linear; pictures end in tanh, vectors stay linear, because a tanh puts the modes of
//! standardised data on its boundary. Discriminator: the same widths backwards, LeakyReLU or maxout. Encoder: the widths in their
//! order, and the decoder's are the same backwards; a code that is a map has 4 by 4 places.

use super::gan::Gan;
use super::{centre, condition, dense, AutoencoderNet, Defaults, Net, NetSpec};
use crate::base::{Code, DataShape, InitScheme};
use crate::error::Result;
use crate::layer::{Activation, Chain, Flatten, Function, Linear, Maxout, Unflatten};
use crate::registry::Member;

/// The `mlp` architecture.
pub struct Mlp;

impl Member for Mlp {
    fn name(&self) -> &'static str {
        "mlp"
    }

    fn describe(&self) -> &'static str {
        "fully connected, for vectors and small images (Goodfellow et al., 2014)"
    }
}

impl Net for Mlp {
    fn defaults(&self, data: &DataShape) -> Defaults {
        let features: i64 = data.sample().iter().product();
        Defaults {
            net: NetSpec {
                latent_dim: if features <= 16 { 16 } else { 64 },
                hidden: Some(vec![256, 256]),
                ..NetSpec::default()
            },
            lr: 1e-3,
        }
    }

    fn check(&self, _: &DataShape) -> Result<()> {
        Ok(())
    }

    fn generator(&self, spec: &NetSpec, data: &DataShape) -> Chain {
        let (gan, sample) = (Gan::new(spec, data), data.sample());
        let mut chain = gan.latents(InitScheme::FanIn);
        for (i, &outputs) in spec.hidden.iter().flatten().enumerate() {
            let name = format!("block{}", i + 1);
            linear(&mut chain, format!("{name}.linear"), outputs, gan);
            gan.activate(&mut chain, &name, Function::Relu);
        }
        linear(&mut chain, "out", sample.iter().product(), gan);
        if sample.len() > 1 {
            let function = Function::Tanh;
            chain.push("out.act", Activation { function });
            chain.push("out.shape", Unflatten { shape: sample });
        }
        chain
    }

    fn discriminator(&self, spec: &NetSpec, data: &DataShape) -> Chain {
        let (gan, sample) = (Gan::new(spec, data), data.sample());
        let mut chain = Chain::new(&sample, InitScheme::FanIn);
        if sample.len() > 1 {
            chain.push("flatten", Flatten {});
        }
        gan.join_labels(&mut chain);
        let widths: Vec<i64> = spec.hidden.iter().flatten().rev().copied().collect();
        for (i, width) in widths.iter().enumerate() {
            // Late, where the features are; but a layer has to come after it, because the score is to depend on both.
            if i + 1 == widths.len() {
                gan.join_deviation(&mut chain);
            }
            let name = format!("block{}", i + 1);
            linear(&mut chain, format!("{name}.linear"), width * spec.maxout.unwrap_or(1), gan);
            match spec.maxout {
                Some(pieces) => {
                    gan.norm(&mut chain, &name);
                    chain.push(format!("{name}.act"), Maxout { pieces });
                }
                None => gan.activate(&mut chain, &name, Function::LeakyRelu),
            }
        }
        if widths.is_empty() {
            gan.join_deviation(&mut chain);
        }
        gan.score(&mut chain);
        chain
    }
}

/// Places of a code that is a map, on each side.
const PLACES: i64 = 4;

impl AutoencoderNet for Mlp {
    fn defaults(&self, data: &DataShape) -> Defaults {
        let features: i64 = data.sample().iter().product();
        Defaults {
            net: NetSpec {
                // Half of a small table's columns; 20 is usual for digits (Kingma and Welling, 2014).
                latent_dim: (features / 2).clamp(1, 20),
                hidden: Some(vec![400]),
                ..NetSpec::default()
            },
            lr: 1e-3,
        }
    }

    fn check(&self, _: &DataShape) -> Result<()> {
        Ok(())
    }

    fn encoder(&self, spec: &NetSpec, data: &DataShape, code: Code) -> Chain {
        let sample = data.sample();
        let mut chain = Chain::new(&sample, InitScheme::FanIn);
        if sample.len() > 1 {
            chain.push("flatten", Flatten {});
        }
        centre(&mut chain, data, true);
        condition(&mut chain, data);
        let inputs = sample.iter().product::<i64>() + data.labels.width();
        let hidden = spec.hidden.iter().flatten().copied();
        let inputs = dense(&mut chain, inputs, hidden, spec.activation.unwrap_or(Function::Relu));
        match code {
            Code::Row(outputs) => chain.push("out", Linear { inputs, outputs }),
            Code::Map(channels) => {
                chain.push("out", Linear { inputs, outputs: channels * PLACES * PLACES });
                let shape = vec![channels, PLACES, PLACES];
                chain.push("out.shape", Unflatten { shape })
            }
        };
        chain
    }

    fn decoder(&self, spec: &NetSpec, data: &DataShape, code: Code, outputs: i64) -> Chain {
        let (mut chain, inputs) = match code {
            Code::Row(width) => (Chain::new(&[width], InitScheme::FanIn), width),
            Code::Map(channels) => {
                let mut chain = Chain::new(&[channels, PLACES, PLACES], InitScheme::FanIn);
                chain.push("flatten", Flatten {});
                (chain, channels * PLACES * PLACES)
            }
        };
        condition(&mut chain, data);
        let hidden = spec.hidden.iter().flatten().rev().copied();
        let activation = spec.activation.unwrap_or(Function::Relu);
        let inputs = dense(&mut chain, inputs + data.labels.width(), hidden, activation);
        let mut shape = data.sample();
        shape[0] *= outputs;
        chain.push("out", Linear { inputs, outputs: shape.iter().product() });
        if shape.len() > 1 {
            chain.push("out.shape", Unflatten { shape });
        }
        chain
    }
}

fn linear(chain: &mut Chain, name: impl Into<String>, outputs: i64, gan: Gan) {
    let inputs = chain.output()[0];
    chain.push(name, gan.weight(Linear { inputs, outputs }));
}

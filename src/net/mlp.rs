//! Fully connected generator and discriminator (Goodfellow et al., "Generative Adversarial Nets", 2014).
//!
//! Generator: linear, ReLU, ..., linear; pictures end in tanh, vectors stay linear, because a tanh puts the modes of
//! standardised data on its boundary. Discriminator: the same widths backwards, LeakyReLU.

use super::{Defaults, Net, NetSpec};
use crate::base::{DataShape, InitScheme};
use crate::error::Result;
use crate::layer::{Activation, Chain, Flatten, Function, Linear, Unflatten};
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
        let sample = data.sample();
        let mut chain = Chain::new(&[spec.latent_dim], InitScheme::FanIn);
        let mut width = spec.latent_dim;
        for (i, &outputs) in spec.hidden.iter().flatten().enumerate() {
            linear(&mut chain, i, width, outputs, Function::Relu);
            width = outputs;
        }
        let outputs = sample.iter().product();
        chain.push("out", Linear { inputs: width, outputs });
        if sample.len() > 1 {
            let function = Function::Tanh;
            chain.push("out.act", Activation { function });
            chain.push("out.shape", Unflatten { shape: sample });
        }
        chain
    }

    fn discriminator(&self, spec: &NetSpec, data: &DataShape) -> Chain {
        let sample = data.sample();
        let mut chain = Chain::new(&sample, InitScheme::FanIn);
        if sample.len() > 1 {
            chain.push("flatten", Flatten {});
        }
        let mut width = sample.iter().product();
        for (i, &outputs) in spec.hidden.iter().flatten().rev().enumerate() {
            linear(&mut chain, i, width, outputs, Function::LeakyRelu);
            width = outputs;
        }
        let outputs = 1;
        chain.push("out", Linear { inputs: width, outputs });
        chain
    }
}

fn linear(chain: &mut Chain, i: usize, inputs: i64, outputs: i64, function: Function) {
    chain.push(format!("block{}.linear", i + 1), Linear { inputs, outputs });
    chain.push(format!("block{}.act", i + 1), Activation { function });
}

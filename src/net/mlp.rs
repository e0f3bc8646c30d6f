//! Fully connected networks (Goodfellow et al., "Generative Adversarial Nets", 2014; Kingma and Welling, "Auto-Encoding
//! Variational Bayes", 2014).
//!
//! Generator: linear, ReLU, ..., linear; images end in tanh, vectors remain linear, because tanh would put the modes of
//! standardised data at its limits. Discriminator: the same widths in reverse order, with LeakyReLU or maxout. Encoder:
//! the widths in order; decoder: in reverse order; a code that is a feature map has 4 by 4 places.

use super::{Conditioning, Defaults, Down, Net, NetSpec, Pair, Request, Up};
use crate::base::{Code, InitScheme};
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::{Chain, Flatten, Function, Maxout, Unflatten, Waves};
use crate::member;

/// Places per side of a code that is a feature map.
const PLACES: i64 = 4;
/// Frequencies of the sines and cosines of rows.
const OCTAVES: i64 = 3;

member! {
    "mlp": "fully connected, for vectors and small images (Goodfellow et al., 2014)",
    pub struct Mlp {}
}

impl Net for Mlp {
    fn pairs(&self) -> &'static [Pair] {
        &[Pair::Gan, Pair::Autoencoder, Pair::Map]
    }

    fn defaults(&self, pair: Pair, data: &DataShape) -> Defaults {
        let features: i64 = data.sample().iter().product();
        if pair == Pair::Map {
            let net = NetSpec {
                hidden: Some(vec![256, 256, 256]),
                conditioning: Conditioning::Modulation,
                ..NetSpec::default()
            };
            return Defaults { latent_dim: features, net, lr: 2e-3 };
        }
        let (latent_dim, hidden) = match pair {
            Pair::Gan => (if features <= 16 { 16 } else { 64 }, vec![256, 256]),
            // Half of a small table's columns; 20 is common for digits (Kingma and Welling, 2014).
            Pair::Autoencoder | Pair::Sequence | Pair::Map => ((features / 2).clamp(1, 20), vec![400]),
        };
        Defaults {
            latent_dim,
            net: NetSpec { hidden: Some(hidden), ..NetSpec::default() },
            lr: 1e-3,
        }
    }

    fn check(&self, _: Pair, _: &DataShape) -> Result<()> {
        Ok(())
    }

    fn up(&self, request: &Request, from: Up) -> Result<Chain> {
        let mut shape = request.data.sample();
        let mut widths = request.spec.hidden.clone().unwrap_or_default();
        let input = match from {
            Up::Latent(width) | Up::Code { code: Code::Row(width), .. } => vec![width],
            Up::Code { code: Code::Map(channels), .. } => vec![channels, PLACES, PLACES],
        };
        let (block, function) = match from {
            Up::Latent(_) => ("block", Function::Relu),
            Up::Code { outputs, .. } => {
                shape[0] *= outputs;
                widths.reverse();
                ("dense", request.function())
            }
        };
        let mut chain = Chain::new(&input, InitScheme::FanIn);
        flatten(&mut chain);
        request.join_labels(&mut chain);
        for (i, width) in widths.into_iter().enumerate() {
            let name = format!("{block}{}", i + 1);
            request.linear(&mut chain, format!("{name}.linear"), width);
            request.activate(&mut chain, &name, function);
        }
        request.linear(&mut chain, "out", shape.iter().product());
        if shape.len() > 1 {
            chain.push("out.shape", Unflatten { shape });
        }
        if let Up::Latent(_) = from {
            request.head(&mut chain);
        }
        Ok(chain)
    }

    // Time and labels reach every hidden layer. Rows are given as waves as well: without them, small distances between values
    // are learnt last.
    fn across(&self, request: &Request, outputs: i64) -> Result<Chain> {
        let mut chain = Chain::new(&request.data.sample(), InitScheme::FanIn);
        flatten(&mut chain);
        if request.data.sample().len() == 1 {
            chain.push("waves", Waves { octaves: OCTAVES });
        }
        for (i, width) in request.spec.hidden.iter().flatten().enumerate() {
            let name = format!("dense{}", i + 1);
            request.linear(&mut chain, format!("{name}.linear"), *width);
            request.activate(&mut chain, &name, request.function());
        }
        let shape = [&[outputs], &request.data.sample()[1..]].concat();
        request.linear(&mut chain, "out", shape.iter().product());
        if shape.len() > 1 {
            chain.push("out.shape", Unflatten { shape });
        }
        Ok(chain)
    }

    fn down(&self, request: &Request, to: Down) -> Result<Chain> {
        let mut widths = request.spec.hidden.clone().unwrap_or_default();
        let mut chain = Chain::new(&request.data.sample(), InitScheme::FanIn);
        flatten(&mut chain);
        let (block, function) = match to {
            Down::Scores => {
                widths.reverse();
                ("block", Function::LeakyRelu)
            }
            Down::Code(_) => {
                request.centre(&mut chain);
                ("dense", request.function())
            }
        };
        request.join_labels(&mut chain);
        for (i, width) in widths.iter().enumerate() {
            // Labels enter late, at the features, but before another layer, because the score must depend on both.
            if i + 1 == widths.len() {
                request.join_deviation(&mut chain);
            }
            let name = format!("{block}{}", i + 1);
            request.linear(&mut chain, format!("{name}.linear"), width * request.spec.maxout.unwrap_or(1));
            match request.spec.maxout {
                Some(pieces) => {
                    request.norm(&mut chain, &name);
                    chain.push(format!("{name}.act"), Maxout { pieces });
                }
                None => request.activate(&mut chain, &name, function),
            }
        }
        if widths.is_empty() {
            request.join_deviation(&mut chain);
        }
        match to {
            Down::Scores => request.score(&mut chain),
            Down::Code(Code::Row(width)) => request.linear(&mut chain, "out", width),
            Down::Code(Code::Map(channels)) => {
                request.linear(&mut chain, "out", channels * PLACES * PLACES);
                chain.push("out.shape", Unflatten { shape: vec![channels, PLACES, PLACES] });
            }
        }
        Ok(chain)
    }
}

fn flatten(chain: &mut Chain) {
    if chain.input.len() > 1 {
        chain.push("flatten", Flatten {});
    }
}

//! Transformer decoder (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019), with the norms before
//! each block (Xiong et al., 2020), root mean square norms and no biases (Touvron et al., "LLaMA", 2023), and residual
//! branches whose learnt scale starts at 0 (Bachlechner et al., "ReZero is All You Need", 2021).
//!
//! Tokens become vectors; each block adds causal self-attention, then two layers at each place; the output is multiplied by
//! the vectors of the tokens.

use super::{tokens_only, Defaults, Net, NetSpec, Pair, Request};
use crate::base::InitScheme;
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::chain::Named;
use crate::layer::{Activation, Chain, Conv, Function, Lookup, Positions, Residual, RmsNorm, SelfAttention, Tied};
use crate::member;

/// Base of the rotary angles.
const ROTARY: f64 = 10_000.0;
/// Width of the inner feed-forward layer, in widths of the network.
const INNER: i64 = 4;
const EPS: f64 = 1e-6;

member! {
    "transformer": "causal self-attention, for texts (Vaswani et al., 2017; Radford et al., 2019)",
    pub struct Transformer {}
}

impl Net for Transformer {
    fn pairs(&self) -> &'static [Pair] {
        &[Pair::Sequence]
    }

    fn defaults(&self, _: Pair, _: &DataShape) -> Defaults {
        let net = NetSpec {
            width: Some(128),
            depth: Some(4),
            heads: Some(4),
            rotary: true,
            activation: Some(Function::SquaredRelu),
            ..NetSpec::default()
        };
        Defaults { latent_dim: 0, net, lr: 3e-3 }
    }

    fn check(&self, _: Pair, data: &DataShape) -> Result<()> {
        tokens_only(self, data)
    }

    fn across(&self, request: &Request, outputs: i64) -> Result<Chain> {
        let places = request.data.sample()[0];
        let (width, heads) = (request.spec.width.unwrap_or(128), request.spec.heads.unwrap_or(1));
        let mut body = Vec::new();
        if !request.spec.rotary {
            body.push(Named::new("positions", Positions { places, features: width }));
        }
        request.drop(&mut body, "vectors", &[width, places]);
        for block in 1..=request.spec.depth.unwrap_or(1) {
            let attention = SelfAttention {
                heads,
                shared: heads,
                length: width / heads,
                places,
                causal: true,
                rotary: request.spec.rotary.then_some(ROTARY),
            };
            let mut branch = vec![
                norm(width),
                product("in", width, attention.inputs()),
                Named::new("attention", attention),
                product("out", width, width),
            ];
            request.drop(&mut branch, "out", &[width, places]);
            body.push(added(format!("block{block}.attention"), branch));
            let mut branch = vec![
                norm(width),
                product("in", width, INNER * width),
                Named::new("act", Activation { function: request.function() }),
                product("out", INNER * width, width),
            ];
            request.drop(&mut branch, "out", &[width, places]);
            body.push(added(format!("block{block}.feed"), branch));
        }
        body.push(norm(width));
        let tokens = request.data.language().map_or(outputs, |language| language.inputs());
        let mut chain = Chain::new(&[places], InitScheme::FanIn);
        chain.push("tokens", Tied { lookup: Lookup { tokens, features: width }, outputs, body });
        Ok(chain)
    }
}

fn added(name: String, body: Vec<Named>) -> Named {
    Named::new(name, Residual { body, shortcut: vec![], scaled: true })
}

fn norm(features: i64) -> Named {
    Named::new("norm", RmsNorm { features, eps: EPS })
}

fn product(name: &str, inputs: i64, outputs: i64) -> Named {
    Named::new(
        name,
        Conv {
            inputs,
            outputs,
            kernel: vec![1],
            stride: 1,
            padding: 0,
            bias: false,
        },
    )
}

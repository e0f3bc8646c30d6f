//! Transformer (Vaswani et al., "Attention Is All You Need", 2017; Radford et al., "Language Models are Unsupervised Multitask
//! Learners", 2019), with the norms before each block (Xiong et al., 2020), root mean square norms and no biases (Touvron et
//! al., "LLaMA", 2023), and residual branches whose learnt scale starts at 0 (Bachlechner et al., "ReZero is All You Need",
//! 2021).
//!
//! Tokens become vectors; each block adds causal self-attention, then two layers at each place; the output is multiplied by
//! the vectors of the tokens. For pairs of texts, blocks of the same kind see all places of a source, and those of the texts
//! see their output.

use super::{tokens_only, Defaults, Net, NetSpec, Pair, Request};
use crate::base::InitScheme;
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::chain::Named;
use crate::layer::{
    Activation, Chain, Conv, CrossAttention, EncoderDecoder, Function, Lookup, Positions, Residual, RmsNorm,
    SelfAttention, Tied,
};
use crate::member;

/// Base of the rotary angles.
const ROTARY: f64 = 10_000.0;
/// Width of the inner feed-forward layer, in widths of the network.
const INNER: i64 = 4;
const EPS: f64 = 1e-6;

member! {
    "transformer": "self-attention, for texts and pairs of texts (Vaswani et al., 2017; Radford et al., 2019)",
    pub struct Transformer {}
}

impl Net for Transformer {
    fn pairs(&self) -> &'static [Pair] {
        &[Pair::Sequence]
    }

    fn defaults(&self, _: Pair, data: &DataShape) -> Defaults {
        let net = NetSpec {
            width: Some(128),
            depth: Some(if data.sources() > 0 { 3 } else { 4 }),
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
        let of = Blocks {
            request,
            width: request.spec.width.unwrap_or(128),
            heads: request.spec.heads.unwrap_or(1),
            depth: request.spec.depth.unwrap_or(1),
        };
        let tokens = request.data.language().map_or(outputs, |language| language.inputs());
        let lookup = Lookup { tokens, features: of.width };
        let (all, sources) = (request.data.sample()[0], request.data.sources());
        let decoder = Tied { lookup, outputs, body: of.decoder(all - sources, sources) };
        let mut chain = Chain::new(&[all], InitScheme::FanIn);
        match sources {
            0 => chain.push("tokens", decoder),
            _ => chain.push(
                "pairs",
                EncoderDecoder {
                    sources,
                    places: all - sources,
                    encoder: of.encoder(sources),
                    decoder,
                },
            ),
        };
        Ok(chain)
    }
}

// Blocks of one network.
struct Blocks<'a> {
    request: &'a Request<'a>,
    width: i64,
    heads: i64,
    depth: i64,
}

impl Blocks<'_> {
    fn decoder(&self, places: i64, sources: i64) -> Vec<Named> {
        let mut body = self.start("vectors", places);
        for block in 1..=self.depth {
            body.push(self.attention(&format!("block{block}.attention"), places, true));
            if sources > 0 {
                body.push(self.cross(block, places, sources));
            }
            body.push(self.feed(&format!("block{block}.feed"), places));
        }
        body.push(norm("norm", self.width));
        body
    }

    // Ends with keys and values for each block of the decoder.
    fn encoder(&self, sources: i64) -> Vec<Named> {
        let mut body = self.start("source", sources);
        for block in 1..=self.depth {
            body.push(self.attention(&format!("source{block}.attention"), sources, false));
            body.push(self.feed(&format!("source{block}.feed"), sources));
        }
        body.push(norm("source.norm", self.width));
        body.push(product("source.memory", self.width, 2 * self.depth * self.width));
        body
    }

    // Layers between the vectors of tokens and the first block.
    fn start(&self, name: &str, places: i64) -> Vec<Named> {
        let mut layers = Vec::new();
        if !self.request.spec.rotary {
            layers.push(Named::new(places_of(name), Positions { places, features: self.width }));
        }
        self.request.drop(&mut layers, name, &[self.width, places]);
        layers
    }

    fn attention(&self, name: &str, places: i64, causal: bool) -> Named {
        let layer = SelfAttention {
            heads: self.heads,
            shared: self.heads,
            length: self.width / self.heads,
            places,
            causal,
            rotary: self.request.spec.rotary.then_some(ROTARY),
        };
        let inner = vec![product("in", self.width, layer.inputs()), Named::new("attention", layer)];
        self.added(name, places, inner, self.width)
    }

    fn cross(&self, block: i64, places: i64, sources: i64) -> Named {
        let layer = CrossAttention {
            heads: self.heads,
            length: self.width / self.heads,
            places,
            sources,
            first: 2 * (block - 1) * self.width,
        };
        let inner = vec![product("in", self.width, self.width), Named::new("attention", layer)];
        self.added(&format!("block{block}.sources"), places, inner, self.width)
    }

    fn feed(&self, name: &str, places: i64) -> Named {
        let inner = INNER * self.width;
        let act = Activation { function: self.request.function() };
        self.added(name, places, vec![product("in", self.width, inner), Named::new("act", act)], inner)
    }

    // A residual branch: a norm, some layers, a product, and dropout.
    fn added(&self, name: &str, places: i64, inner: Vec<Named>, made: i64) -> Named {
        let mut body = vec![norm("norm", self.width)];
        body.extend(inner);
        body.push(product("out", made, self.width));
        self.request.drop(&mut body, "out", &[self.width, places]);
        Named::new(name, Residual { body, shortcut: vec![], scaled: true })
    }
}

fn places_of(name: &str) -> String {
    if name == "vectors" {
        "positions".into()
    } else {
        format!("{name}.positions")
    }
}

fn norm(name: &str, features: i64) -> Named {
    Named::new(name, RmsNorm { features, eps: EPS })
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

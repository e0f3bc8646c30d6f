//! Transformer (Vaswani et al., "Attention Is All You Need", 2017; Radford et al., "Language Models are Unsupervised Multitask
//! Learners", 2019), with the norms before each block (Xiong et al., 2020), root mean square norms and no biases (Touvron et
//! al., "LLaMA", 2023), and residual branches whose learnt scale starts at 0 (Bachlechner et al., "ReZero is All You Need",
//! 2021).
//!
//! Tokens become vectors; each block adds causal self-attention, then two layers at each place; the output is multiplied by
//! the vectors of the tokens. For pairs of texts, blocks of the same kind see all places of a source, and those of the texts
//! see their output.

use super::{tokens_only, Defaults, Net, NetSpec, Norm, Pair, Request};
use crate::base::InitScheme;
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::chain::Named;
use crate::layer::{
    Chain, Conv, CrossAttention, EncoderDecoder, LayerNorm, Lookup, Positions, Residual, RmsNorm, SelfAttention, Tied,
};
use crate::member;

// Usual base of the rotary angles.
const ROTARY: f64 = 10_000.0;

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
            norm: Norm::Rms,
            rotary: Some(ROTARY),
            ..NetSpec::default()
        };
        Defaults { latent_dim: 0, net, lr: 3e-3 }
    }

    fn check(&self, _: Pair, data: &DataShape) -> Result<()> {
        tokens_only(self, data)
    }

    fn across(&self, request: &Request, outputs: i64) -> Result<Chain> {
        let (all, sources) = (request.data.sample()[0], request.data.sources());
        let of = Blocks {
            request,
            spec: request.spec,
            width: request.spec.width.unwrap_or(128),
            heads: request.spec.heads.unwrap_or(1),
        };
        let (places, body) = (all - sources, of.decoder(all - sources, sources));
        let tokens = request.data.language().map_or(outputs, |language| language.inputs());
        let lookup = Lookup { tokens, features: of.width };
        let mut chain = Chain::new(&[all], InitScheme::FanIn);
        if sources > 0 {
            let (encoder, decoder) = (of.encoder(sources), Tied { lookup, outputs, body });
            chain.push("pairs", EncoderDecoder { sources, places, encoder, decoder });
        } else if request.spec.untied {
            chain.push("tokens", lookup);
            chain.layers.extend(body);
            chain.layers.push(Named::new("head", Conv::product(of.width, outputs, false)));
        } else {
            chain.push("tokens", Tied { lookup, outputs, body });
        }
        Ok(chain)
    }
}

// Blocks of one network.
struct Blocks<'a> {
    request: &'a Request<'a>,
    spec: &'a NetSpec,
    width: i64,
    heads: i64,
}

impl Blocks<'_> {
    fn count(&self) -> i64 {
        self.spec.depth.unwrap_or(1)
    }

    fn decoder(&self, places: i64, sources: i64) -> Vec<Named> {
        let mut body = self.start(["positions", "vectors"], places);
        for block in 1..=self.count() {
            body.push(self.attention(&format!("block{block}.attention"), places, true));
            if sources > 0 {
                body.push(self.cross(block, places, sources));
            }
            body.push(self.feed(&format!("block{block}.feed"), places));
        }
        body.push(self.norm("norm"));
        body
    }

    // Ends with keys and values for each block of the decoder.
    fn encoder(&self, sources: i64) -> Vec<Named> {
        let mut body = self.start(["source.positions", "source.vectors"], sources);
        for block in 1..=self.count() {
            body.push(self.attention(&format!("source{block}.attention"), sources, false));
            body.push(self.feed(&format!("source{block}.feed"), sources));
        }
        body.push(self.norm("source.norm"));
        body.push(self.product("source.memory", self.width, 2 * self.count() * self.width));
        body
    }

    // Layers between the vectors of tokens and the first block.
    fn start(&self, [positions, vectors]: [&str; 2], places: i64) -> Vec<Named> {
        let mut layers = Vec::new();
        if self.spec.rotary.is_none() {
            layers.push(Named::new(positions, Positions { places, features: self.width }));
        }
        self.request.drop(&mut layers, vectors, &[self.width, places]);
        layers
    }

    fn attention(&self, name: &str, places: i64, causal: bool) -> Named {
        let layer = SelfAttention {
            heads: self.heads,
            shared: self.spec.kv_heads.unwrap_or(self.heads),
            length: self.width / self.heads,
            places,
            causal,
            rotary: self.spec.rotary,
        };
        self.added(name, places, (layer.inputs(), Named::new("attention", layer), self.width))
    }

    fn cross(&self, block: i64, places: i64, sources: i64) -> Named {
        let layer = CrossAttention {
            heads: self.heads,
            length: self.width / self.heads,
            places,
            sources,
            first: 2 * (block - 1) * self.width,
        };
        self.added(&format!("block{block}.sources"), places, (self.width, Named::new("attention", layer), self.width))
    }

    fn feed(&self, name: &str, places: i64) -> Named {
        let feed = self.spec.feed;
        let inner = self.spec.inner.unwrap_or(feed.inner(self.width));
        self.added(name, places, (feed.outputs(inner), feed.layer(), inner))
    }

    // A residual block around a layer of these numbers of inputs and outputs, with dropout at its end if the network uses it.
    fn added(&self, name: &str, places: i64, (inputs, layer, outputs): (i64, Named, i64)) -> Named {
        let mut body = vec![
            self.norm("norm"),
            self.product("in", self.width, inputs),
            layer,
            self.product("out", outputs, self.width),
        ];
        self.request.drop(&mut body, "out", &[self.width, places]);
        Named::new(name, Residual { body, shortcut: vec![], scaled: !self.spec.plain })
    }

    fn product(&self, name: &str, inputs: i64, outputs: i64) -> Named {
        Named::new(name, Conv::product(inputs, outputs, self.spec.biases))
    }

    fn norm(&self, name: &str) -> Named {
        let (features, eps) = (self.width, self.spec.eps.unwrap_or(self.spec.norm.eps()));
        match self.spec.norm {
            Norm::Layer => Named::new(name, LayerNorm { features, eps }),
            _ => Named::new(name, RmsNorm { features, eps }),
        }
    }
}

//! Recurrent networks of tokens: vectors, recurrent layers, and products with the vectors (Mikolov et al., "Recurrent Neural
//! Network Based Language Model", 2010; Zaremba et al., "Recurrent Neural Network Regularization", 2014). For pairs of texts,
//! layers of the same kind read the source, and each place of the text attends to their states (Luong et al., "Effective
//! Approaches to Attention-based Neural Machine Translation", 2015).
//!
//! Of texts and latents: the encoder ends with the last state, the decoder sees the latent at each place (Bowman et al.,
//! "Generating Sentences from a Continuous Space", 2016).

use super::{missing, Defaults, Down, Net, NetSpec, Pair, Request, Up};
use crate::base::{Code, InitScheme};
use crate::error::Result;
use crate::layer::chain::Named;
use crate::layer::{
    Cell, Chain, Conv, CrossAttention, EncoderDecoder, Lookup, Recurrent, Residual, SequenceDecoder, SequenceEncoder,
    Stack, Tied,
};

const WIDTH: i64 = 256;

/// Default settings.
pub fn defaults(pair: Pair) -> Defaults {
    let (depth, lr) = match pair {
        Pair::Autoencoder => (1, 2e-3),
        Pair::Gan | Pair::Sequence | Pair::Map => (2, 1.5e-3),
    };
    let net = NetSpec { width: Some(WIDTH), depth: Some(depth), ..NetSpec::default() };
    Defaults { latent_dim: 32, net, lr }
}

fn width(request: &Request) -> i64 {
    request.spec.width.unwrap_or(WIDTH)
}

/// The network with layers of this cell.
pub fn across(request: &Request, outputs: i64, cell: Cell) -> Chain {
    let (all, sources) = (request.data.sample()[0], request.data.sources());
    let (width, places) = (width(request), all - sources);
    let layers = |prefix: &str, places: i64| {
        let mut layers = Vec::new();
        request.drop(&mut layers, &format!("{prefix}vectors"), &[width, places]);
        for layer in 1..=request.spec.depth.unwrap_or(1) {
            let name = format!("{prefix}layer{layer}");
            layers.push(Named::new(&name, Recurrent { cell, inputs: width, states: width, places }));
            request.drop(&mut layers, &name, &[width, places]);
        }
        layers
    };
    let tokens = request.data.language().map_or(outputs, |language| language.inputs());
    let mut decoder = Tied {
        lookup: Lookup { tokens, features: width },
        outputs,
        body: layers("", places),
    };
    let mut chain = Chain::new(&[all], InitScheme::FanIn);
    if sources == 0 {
        chain.push("tokens", decoder);
        return chain;
    }
    let attention = CrossAttention { heads: 1, length: width, places, sources, first: 0 };
    let product = |name: &str, outputs: i64| Named::new(name, Conv::product(width, outputs, false));
    let body = vec![product("in", width), Named::new("attention", attention), product("out", width)];
    decoder.body.push(Named::new("sources", Residual { body, shortcut: vec![], scaled: true }));
    let encoder = [layers("source.", sources), vec![product("source.memory", 2 * width)]].concat();
    chain.push("pairs", EncoderDecoder { sources, places, encoder, decoder });
    chain
}

// Vectors of tokens and layers of this cell, the lowest with `more` features beside the vectors.
fn stack(request: &Request, tokens: i64, (cell, more): (Cell, i64)) -> Stack {
    let (places, states) = (request.data.sample()[0], width(request));
    let layer = |number| Recurrent {
        cell,
        inputs: states + if number == 0 { more } else { 0 },
        states,
        places,
    };
    Stack {
        lookup: Lookup { tokens, features: states },
        layers: (0..request.spec.depth.unwrap_or(1)).map(layer).collect(),
    }
}

/// The encoder of texts.
pub fn down(net: &dyn Net, request: &Request, (to, cell): (Down, Cell)) -> Result<Chain> {
    let (Down::Code(Code::Row(features)), Some(language)) = (to, request.data.language()) else {
        return Err(missing(net.name(), Pair::Gan));
    };
    let mut chain = Chain::new(&request.data.sample(), InitScheme::FanIn);
    let stack = stack(request, language.outputs(), (cell, 0));
    chain.push("tokens", SequenceEncoder { stack });
    request.join_labels(&mut chain);
    request.linear(&mut chain, "out", features);
    Ok(chain)
}

/// The decoder of texts.
pub fn up(net: &dyn Net, request: &Request, (from, cell): (Up, Cell)) -> Result<Chain> {
    let (Up::Code { code: Code::Row(inputs), .. }, Some(language)) = (from, request.data.language()) else {
        return Err(missing(net.name(), Pair::Gan));
    };
    let mut chain = Chain::new(&[inputs], InitScheme::FanIn);
    request.join_labels(&mut chain);
    let seen = chain.output()[0];
    // One more token stands for those that are hidden.
    let stack = stack(request, language.hidden() + 1, (cell, seen));
    let (outputs, places) = (language.outputs(), request.data.sample()[0]);
    chain.push("tokens", SequenceDecoder { stack, outputs, places });
    Ok(chain)
}

//! Recurrent networks of tokens: vectors, recurrent layers, and products with the vectors (Mikolov et al., "Recurrent Neural
//! Network Based Language Model", 2010; Zaremba et al., "Recurrent Neural Network Regularization", 2014). For pairs of texts,
//! layers of the same kind read the source, and each place of the text attends to their states (Luong et al., "Effective
//! Approaches to Attention-based Neural Machine Translation", 2015).

use super::{Defaults, NetSpec, Request};
use crate::base::InitScheme;
use crate::layer::chain::Named;
use crate::layer::{Cell, Chain, Conv, CrossAttention, EncoderDecoder, Lookup, Recurrent, Residual, Tied};

/// Default settings.
pub fn defaults() -> Defaults {
    let net = NetSpec { width: Some(256), depth: Some(2), ..NetSpec::default() };
    Defaults { latent_dim: 0, net, lr: 1.5e-3 }
}

/// The network with layers of this cell.
pub fn across(request: &Request, outputs: i64, cell: Cell) -> Chain {
    let (all, sources) = (request.data.sample()[0], request.data.sources());
    let (width, places) = (request.spec.width.unwrap_or(256), all - sources);
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
    let body = vec![product("in", width, width), Named::new("attention", attention), product("out", width, width)];
    decoder.body.push(Named::new("sources", Residual { body, shortcut: vec![], scaled: true }));
    let encoder = [layers("source.", sources), vec![product("source.memory", width, 2 * width)]].concat();
    chain.push("pairs", EncoderDecoder { sources, places, encoder, decoder });
    chain
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

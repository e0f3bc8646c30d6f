//! Recurrent networks of tokens: vectors, recurrent layers, and products with the vectors (Mikolov et al., "Recurrent Neural
//! Network Based Language Model", 2010; Zaremba et al., "Recurrent Neural Network Regularization", 2014).

use super::{Defaults, NetSpec, Request};
use crate::base::InitScheme;
use crate::layer::chain::Named;
use crate::layer::{Cell, Chain, Lookup, Recurrent, Tied};

/// Default settings.
pub fn defaults() -> Defaults {
    let net = NetSpec { width: Some(256), depth: Some(2), ..NetSpec::default() };
    Defaults { latent_dim: 0, net, lr: 1.5e-3 }
}

/// The network with layers of this cell.
pub fn across(request: &Request, outputs: i64, cell: Cell) -> Chain {
    let (places, width) = (request.data.sample()[0], request.spec.width.unwrap_or(256));
    let mut body = Vec::new();
    request.drop(&mut body, "vectors", &[width, places]);
    for layer in 1..=request.spec.depth.unwrap_or(1) {
        let name = format!("layer{layer}");
        body.push(Named::new(&name, Recurrent { cell, inputs: width, states: width, places }));
        request.drop(&mut body, &name, &[width, places]);
    }
    let tokens = request.data.language().map_or(outputs, |language| language.inputs());
    let mut chain = Chain::new(&[places], InitScheme::FanIn);
    chain.push("tokens", Tied { lookup: Lookup { tokens, features: width }, outputs, body });
    chain
}

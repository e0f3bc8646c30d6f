//! Vectors of tokens and recurrent layers above them: what encoders and decoders of texts share.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Lookup, Recurrent};
use crate::base::ParamSpec;
use crate::error::Result;

/// A table of vectors, and recurrent layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// The vectors.
    pub lookup: Lookup,
    /// The layers, the lowest first.
    pub layers: Vec<Recurrent>,
}

/// State and memory of each layer.
pub type Carried = Vec<[Tensor; 2]>;

impl Stack {
    /// Parameters of the table and of the layers.
    pub fn parameters(&self) -> Vec<ParamSpec> {
        let mut specs = vec![self.lookup.table()];
        for (i, layer) in self.layers.iter().enumerate() {
            specs.extend(layer.weights().into_iter().map(|spec| {
                let name = format!("layer{}.{}", i + 1, spec.name);
                ParamSpec { name, ..spec }
            }));
        }
        specs
    }

    /// Number of features of the highest states.
    pub fn states(&self) -> i64 {
        self.layers.last().map_or(self.lookup.features, |layer| layer.states)
    }

    /// Vectors of tokens `[n, places]`, not negative: `[n, places, features]`.
    pub fn vectors(&self, tokens: &Tensor, parameters: &[Tensor]) -> Result<Tensor> {
        let tokens = tokens.f_to_kind(Kind::Int64)?;
        Ok(Tensor::f_embedding(&parameters[0], &tokens, -1, false, false)?)
    }

    /// The highest states `[n, places, states]` for inputs `[n, places, inputs]`, and what each layer carries on; `from` is
    /// what they carried before the first place, `None` at the start of a text.
    pub fn run(&self, x: Tensor, from: Option<&Carried>, parameters: &[Tensor]) -> Result<(Tensor, Carried)> {
        let (mut x, mut rest, mut carried) = (x, &parameters[1..], Vec::new());
        for (i, layer) in self.layers.iter().enumerate() {
            let (own, others) = rest.split_at(layer.weights().len());
            rest = others;
            let (states, last) = layer.unbroken(&x, from.and_then(|from| from.get(i)), own)?;
            x = states;
            carried.push(last);
        }
        Ok((x, carried))
    }
}

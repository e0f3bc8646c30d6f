//! Learnt vectors of tokens (Bengio et al., "A Neural Probabilistic Language Model", 2003).

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Forward, Parts};
use crate::base::axes::channels_first;
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Replaces each token of a sequence `[places]` by its vector: `[features, places]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Number of tokens.
    pub tokens: i64,
    /// Length of a vector.
    pub features: i64,
}

impl Lookup {
    /// The vectors of all tokens, `[tokens, features]`.
    pub fn table(&self) -> ParamSpec {
        ParamSpec::new("weight", &[self.tokens, self.features], Role::Weight, self.features)
    }
}

impl Forward for Lookup {
    fn parameters(&self) -> Vec<ParamSpec> {
        vec![self.table()]
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        [&[self.features], input].concat()
    }

    // Tokens are stored as float32, as all inputs of networks.
    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let tokens = x.f_to_kind(Kind::Int64)?;
        channels_first(&Tensor::f_embedding(&parts.parameters[0], &tokens, -1, false, false)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_has_its_vector() {
        let weight = Tensor::from_slice(&[1f32, 2.0, 3.0, 4.0, 5.0, 6.0]).view([3, 2]);
        let layer = Lookup { tokens: 3, features: 2 };
        let x = Tensor::from_slice(&[2f32, 0.0, 2.0]).view([1, 3]);
        let y = layer.forward(x, &Parts { parameters: &[weight], ..Parts::default() }).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[5f32, 1.0, 5.0, 6.0, 2.0, 6.0]).view([1, 2, 3])));
        assert_eq!(layer.output(&[3]), [2, 3]);
    }
}

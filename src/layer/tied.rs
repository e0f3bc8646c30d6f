//! Input and output of a language model share one table of vectors (Press and Wolf, "Using the Output Embedding to
//! Improve Language Models", 2017).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::chain::{collect, given, noise, output, run, Named};
use super::{Forward, Layer, Lookup, Parts};
use crate::base::axes::{channels_first, channels_last};
use crate::base::ParamSpec;
use crate::error::Result;

/// Maps tokens `[places]` to the logits of the next ones, `[outputs, places]`: each token is replaced by its vector, the
/// body follows, and its output is multiplied by the vectors of the first `outputs` tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tied {
    /// The vectors.
    pub lookup: Lookup,
    /// Number of tokens that can come next.
    pub outputs: i64,
    /// Layers between the vectors and the logits; their output is as long as a vector.
    pub body: Vec<Named>,
}

impl Tied {
    fn collect(&self, of: impl Fn(&Layer) -> Vec<ParamSpec>) -> Vec<ParamSpec> {
        collect(&self.body, of)
    }
}

impl Forward for Tied {
    fn parameters(&self) -> Vec<ParamSpec> {
        [vec![self.lookup.table()], self.collect(|layer| layer.parameters())].concat()
    }

    fn buffers(&self) -> Vec<ParamSpec> {
        self.collect(|layer| layer.buffers())
    }

    fn given(&self) -> Option<i64> {
        given(&self.body)
    }

    fn noise(&self) -> Vec<Vec<i64>> {
        noise(&self.body)
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        let mut shape = output(&self.body, &self.lookup.output(input));
        shape[0] = self.outputs;
        shape
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let (table, rest) = parts.parameters.split_at(1);
        let x = self.lookup.forward(x, &Parts { parameters: table, ..*parts })?;
        let x = run(&self.body, x, &Parts { parameters: rest, ..*parts })?;
        let vectors = table[0].f_narrow(0, 0, self.outputs)?;
        channels_first(&channels_last(&x)?.f_linear(&vectors, None::<&Tensor>)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_are_dot_products_with_the_vectors_of_tokens_that_can_come_next() {
        let lookup = Lookup { tokens: 3, features: 2 };
        let layer = Tied { lookup, outputs: 2, body: vec![] };
        let weight = Tensor::from_slice(&[1f32, 2.0, 3.0, 4.0, 5.0, 6.0]).view([3, 2]);
        let x = Tensor::from_slice(&[2f32, 0.0]).view([1, 2]);
        let y = layer.forward(x, &Parts { parameters: &[weight], ..Parts::default() }).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[17f32, 5.0, 39.0, 11.0]).view([1, 2, 2])));
        assert_eq!(layer.output(&[2]), [2, 2]);
        assert_eq!(layer.parameters().len(), 1);
    }
}

//! Encoder and decoder of pairs of sequences (Sutskever et al., "Sequence to Sequence Learning with Neural Networks", 2014;
//! Vaswani et al., "Attention Is All You Need", 2017). Both share the vectors of tokens.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::chain::{collect, noise, run, Named};
use super::given::fitting;
use super::{Forward, Layer, Memory, Parts, Tied};
use crate::base::ParamSpec;
use crate::error::Result;

/// Maps tokens `[sources + places]`, those of sources and those of the sequences that are predicted from them, to the logits
/// of the next tokens of the latter, `[outputs, places]`.
///
/// It is given, for each place of the sources, the first place of its document; for each place of the sequences, the same;
/// and for each of these the first place of its source, below 0 for none: `[sources + 2 places]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderDecoder {
    /// Number of places of the sources.
    pub sources: i64,
    /// Number of places of the sequences.
    pub places: i64,
    /// Layers from the vectors of the sources to the keys and values that the decoder sees.
    pub encoder: Vec<Named>,
    /// Network of the sequences, with layers that see the sources.
    pub decoder: Tied,
}

impl EncoderDecoder {
    fn collect(&self, of: impl Fn(&Layer) -> Vec<ParamSpec>) -> Vec<ParamSpec> {
        collect(&self.encoder, of)
    }

    /// Shape of what the decoder sees, `[width, sources]`.
    pub fn memory(&self) -> Vec<i64> {
        super::chain::output(&self.encoder, &self.decoder.lookup.output(&[self.sources]))
    }
}

impl Forward for EncoderDecoder {
    fn parameters(&self) -> Vec<ParamSpec> {
        [self.decoder.parameters(), self.collect(|layer| layer.parameters())].concat()
    }

    fn buffers(&self) -> Vec<ParamSpec> {
        [self.decoder.buffers(), self.collect(|layer| layer.buffers())].concat()
    }

    fn given(&self) -> Option<i64> {
        Some(self.sources + 2 * self.places)
    }

    fn noise(&self) -> Vec<Vec<i64>> {
        [self.decoder.noise(), noise(&self.encoder)].concat()
    }

    fn output(&self, _: &[i64]) -> Vec<i64> {
        self.decoder.output(&[self.places])
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let (sources, places) = (self.sources, self.places);
        let given = fitting(parts.given, [x.size()[0], sources + 2 * places])?;
        let given = given.f_split_with_sizes([sources, places, places], 1)?;
        let parameters = parts.parameters.split_at(self.decoder.parameters().len());
        let buffers = parts.buffers.split_at(self.decoder.buffers().len());
        let noise = parts.noise.split_at(self.decoder.noise().len().min(parts.noise.len()));
        let of_sources = Parts {
            parameters: parameters.1,
            buffers: buffers.1,
            noise: noise.1,
            given: Some(&given[0]),
            ..*parts
        };
        let table = Parts { parameters: &parameters.0[..1], ..*parts };
        let vectors = self.decoder.lookup.forward(x.f_narrow(1, 0, sources)?, &table)?;
        let memory = Memory {
            states: run(&self.encoder, vectors, &of_sources)?,
            starts: given[0].shallow_clone(),
            seen: given[2].shallow_clone(),
        };
        let of_sequences = Parts {
            parameters: parameters.0,
            buffers: buffers.0,
            noise: noise.0,
            given: Some(&given[1]),
            memory: Some(&memory),
            ..*parts
        };
        self.decoder.forward(x.f_narrow(1, sources, places)?, &of_sequences)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{CrossAttention, Lookup};

    #[test]
    fn sequences_see_their_own_source_only() {
        let lookup = Lookup { tokens: 4, features: 2 };
        let attention = CrossAttention { heads: 1, length: 2, places: 3, sources: 2, first: 0 };
        // Keys and values are the vectors of the sources.
        let twice = crate::layer::Conv::product(2, 4, false);
        let layer = EncoderDecoder {
            sources: 2,
            places: 3,
            encoder: vec![Named::new("memory", twice)],
            decoder: Tied {
                lookup,
                outputs: 3,
                body: vec![Named::new("attention", attention)],
            },
        };
        assert_eq!((layer.memory(), layer.output(&[5])), (vec![4, 2], vec![3, 3]));
        let table = Tensor::from_slice(&[1f32, 0.0, 0.0, 1.0, 3.0, 5.0, 2.0, 2.0]).view([4, 2]);
        let eye = Tensor::from_slice(&[1f32, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0]).view([4, 2, 1]);
        let x = Tensor::from_slice(&[2f32, 3.0, 0.0, 1.0, 0.0]).view([1, 5]);
        let given = Tensor::from_slice(&[0f32, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 1.0]).view([1, 8]);
        let parts = Parts {
            parameters: &[table, eye],
            given: Some(&given),
            ..Parts::default()
        };
        let y = layer.forward(x, &parts).unwrap();
        // Dot products of the vector of each place's source with those of the tokens 0, 1 and 2.
        let wanted = [3f32, 3.0, 2.0, 5.0, 5.0, 2.0, 34.0, 34.0, 16.0];
        assert!(y.allclose(&Tensor::from_slice(&wanted).view([1, 3, 3]), 1e-6, 1e-6, false));
    }
}

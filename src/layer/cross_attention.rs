//! Attention with several heads of the places of a sequence to those of its source (Vaswani et al., "Attention Is All You
//! Need", 2017).
//!
//! The layer has no weights: a product before it computes queries, one after it mixes the heads, and the last product of the
//! encoder computes the keys and values of all layers.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::memory::present;
use super::{Forward, Parts};
use crate::base::axes::{channels_first, channels_last};
use crate::error::Result;

/// Maps queries of each place to the mean of the values of its source, weighted by the softmax of the dot products of its
/// query and their keys, divided by the square root of their length; for each head.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossAttention {
    /// Number of heads.
    pub heads: i64,
    /// Length of a query, a key or a value.
    pub length: i64,
    /// Number of places of the sequence.
    pub places: i64,
    /// Number of places of the sources.
    pub sources: i64,
    /// First channel of the encoder's output that is a key of this layer; the values follow the keys.
    pub first: i64,
}

impl CrossAttention {
    /// Channels of the input, and of the output.
    pub fn width(&self) -> i64 {
        self.heads * self.length
    }

    // Heads of [n, width, places] as [n, heads, places, length].
    fn apart(&self, x: &Tensor) -> Result<Tensor> {
        let n = x.size()[0];
        Ok(channels_last(x)?.f_reshape([n, -1, self.heads, self.length])?.f_transpose(1, 2)?)
    }
}

impl Forward for CrossAttention {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let memory = present(parts.memory)?;
        let part = |number: i64| -> Result<Tensor> {
            self.apart(&memory.states.f_narrow(1, self.first + number * self.width(), self.width())?)
        };
        // Places without a source are not used; they see the first one, because a mean of nothing is no number.
        let seen = memory.seen.f_clamp_min(0.0)?.f_unsqueeze(-1)?.f_eq_tensor(&memory.starts.f_unsqueeze(1)?)?;
        let (queries, keys, seen) = (self.apart(&x)?, part(0)?, seen.f_unsqueeze(1)?);
        if let Some(weights) = parts.weights {
            let scores = queries.f_matmul(&keys.f_transpose(-2, -1)?)?.f_div_scalar((self.length as f64).sqrt())?;
            let scores = scores.f_masked_fill(&seen.f_logical_not()?, f64::NEG_INFINITY)?;
            weights.0.borrow_mut().push(scores.f_softmax(-1, Kind::Float)?);
        }
        let mean =
            Tensor::f_scaled_dot_product_attention(&queries, &keys, &part(1)?, Some(&seen), 0.0, false, None, false)?;
        let size = [x.size()[0], -1, self.width()];
        channels_first(&mean.f_transpose(1, 2)?.f_reshape(size)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Philox, Stream};
    use crate::layer::{Memory, SourceWeights};

    #[test]
    fn each_place_has_the_mean_of_the_values_of_its_source() {
        let numbers = |size: &[i64], index: u64| {
            let mut values = vec![0f32; size.iter().product::<i64>() as usize];
            Philox::new(1).fill_normal(Stream::Latent, index, &mut values);
            Tensor::from_slice(&values).view(size)
        };
        let layer = CrossAttention { heads: 2, length: 3, places: 4, sources: 5, first: 6 };
        let (x, states) = (numbers(&[2, 6, 4], 0), numbers(&[2, 18, 5], 1));
        let starts = [[0i64, 0, 2, 2, 2], [0, 1, 1, 3, 3]];
        let seen = [[0i64, 2, 2, -1], [3, 3, 1, 0]];
        let tensor = |rows: &[i64], width: i64| Tensor::from_slice(rows).view([2, width]).to_kind(tch::Kind::Float);
        let memory = Memory {
            states: states.shallow_clone(),
            starts: tensor(&starts.concat(), 5),
            seen: tensor(&seen.concat(), 4),
        };
        let weights = SourceWeights::default();
        let parts = Parts {
            memory: Some(&memory),
            weights: Some(&weights),
            ..Parts::default()
        };
        let y = layer.forward(x.shallow_clone(), &parts).unwrap();
        let [of_sources] = &weights.0.into_inner()[..] else { panic!("one layer") };
        for (n, head, place) in (0..2).flat_map(|n| (0..2).flat_map(move |h| (0..4).map(move |p| (n, h, p)))) {
            let of = |source: &usize| starts[n][*source] == seen[n][place].max(0);
            let sources: Vec<usize> = (0..5).filter(of).collect();
            let value = |channel: i64, source: usize| states.double_value(&[n as i64, channel, source as i64]);
            let weight = |source: usize| {
                let query = |i| x.double_value(&[n as i64, 3 * head + i, place as i64]);
                let dot: f64 = (0..3).map(|i| query(i) * value(6 + 3 * head + i, source)).sum();
                (dot / 3f64.sqrt()).exp()
            };
            let sum: f64 = sources.iter().map(|&source| weight(source)).sum();
            for source in 0..5 {
                let wanted = if of(&source) { weight(source) / sum } else { 0.0 };
                let found = of_sources.double_value(&[n as i64, head, place as i64, source as i64]);
                assert!((found - wanted).abs() < 1e-6);
            }
            for i in 0..3 {
                let parts = sources.iter().map(|&source| weight(source) / sum * value(12 + 3 * head + i, source));
                let mean: f64 = parts.sum();
                assert!((y.double_value(&[n as i64, 3 * head + i, place as i64]) - mean).abs() < 1e-5);
            }
        }
    }
}

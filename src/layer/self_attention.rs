//! Self-attention with several heads (Vaswani et al., "Attention Is All You Need", 2017) between the places of a document.
//!
//! The layer has no weights: a product before it computes queries, keys and values, one after it mixes the heads. Several
//! heads of queries may share one of keys and values (Ainslie et al., "GQA", 2023). With rotary positions (Su et al.,
//! "RoFormer", 2021), queries and keys are rotated by angles that grow with their place, so that their dot product depends
//! on the distance of the two.

use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use super::given::fitting;
use super::{Forward, Parts};
use crate::base::axes::{channels_first, channels_last};
use crate::error::Result;

/// Maps channels `[queries | keys | values]` of each place to those of the heads: for each head and place, the mean of the
/// values of the places of its document, or of this one and earlier ones, weighted by the softmax of the dot products of its
/// query and their keys, divided by the square root of their length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfAttention {
    /// Number of heads of queries.
    pub heads: i64,
    /// Number of heads of keys and values, a divisor of `heads`.
    pub shared: i64,
    /// Length of a query, a key or a value.
    pub length: i64,
    /// Number of places.
    pub places: i64,
    /// True if a place sees no later ones.
    pub causal: bool,
    /// Base of the rotary angles; `None` for no rotation. Angle i of a place p is p base^(-2i / length).
    pub rotary: Option<f64>,
}

impl SelfAttention {
    /// Channels of the input.
    pub fn inputs(&self) -> i64 {
        (self.heads + 2 * self.shared) * self.length
    }

    /// Angular frequencies of the rotation of each pair of values, `[length / 2]`.
    pub fn frequencies(&self) -> Vec<f64> {
        let Some(base) = self.rotary else { return Vec::new() };
        (0..self.length / 2).map(|i| base.powf(-2.0 * i as f64 / self.length as f64)).collect()
    }

    // Cosines and sines of all places, [places, length / 2] each.
    fn angles(&self, device: Device) -> Result<[Tensor; 2]> {
        let frequencies = Tensor::f_from_slice(&self.frequencies())?.f_to_device(device)?;
        let places = Tensor::f_arange(self.places, (Kind::Double, device))?;
        let angles = places.f_outer(&frequencies)?;
        Ok([angles.f_cos()?.f_to_kind(Kind::Float)?, angles.f_sin()?.f_to_kind(Kind::Float)?])
    }
}

// Rotates the pairs (x[i], x[i + length / 2]) of [n, heads, places, length].
fn rotated(x: &Tensor, [cos, sin]: &[Tensor; 2]) -> Result<Tensor> {
    let halves = x.f_chunk(2, -1)?;
    let (a, b) = (&halves[0], &halves[1]);
    let first = a.f_mul(cos)?.f_sub(&b.f_mul(sin)?)?;
    Ok(Tensor::f_cat(&[first, b.f_mul(cos)?.f_add(&a.f_mul(sin)?)?], -1)?)
}

impl Forward for SelfAttention {
    fn given(&self) -> Option<i64> {
        Some(self.places)
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        [&[self.heads * self.length], &input[1..]].concat()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let n = x.size()[0];
        let starts = fitting(parts.given, [n, self.places])?;
        let widths = [self.heads, self.shared, self.shared].map(|heads| heads * self.length);
        let apart = channels_last(&x)?.f_split_with_sizes(widths, -1)?;
        // [n, heads, places, length]
        let mut each = Vec::with_capacity(3);
        for part in &apart {
            each.push(part.f_reshape([n, self.places, -1, self.length])?.f_transpose(1, 2)?);
        }
        if self.rotary.is_some() {
            let angles = self.angles(x.device())?;
            for part in &mut each[..2] {
                *part = rotated(part, &angles)?;
            }
        }
        let places = Tensor::f_arange(self.places, (Kind::Float, x.device()))?;
        let mut seen = starts.f_unsqueeze(-1)?.f_eq_tensor(&starts.f_unsqueeze(1)?)?.f_unsqueeze(1)?;
        if self.causal {
            seen = seen.f_logical_and(&places.f_le_tensor(&places.f_unsqueeze(-1)?)?)?;
        }
        let grouped = self.heads != self.shared;
        let mean = Tensor::f_scaled_dot_product_attention(
            &each[0],
            &each[1],
            &each[2],
            Some(&seen),
            0.0,
            false,
            None,
            grouped,
        )?;
        channels_first(&mean.f_transpose(1, 2)?.f_reshape([n, self.places, -1])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Philox, Stream};

    const PLACES: i64 = 5;

    fn layer(shared: i64, causal: bool, rotary: Option<f64>) -> SelfAttention {
        SelfAttention { heads: 4, shared, length: 6, places: PLACES, causal, rotary }
    }

    fn numbers(layer: &SelfAttention) -> Tensor {
        let size = [2, layer.inputs(), PLACES];
        let mut values = vec![0f32; size.iter().product::<i64>() as usize];
        Philox::new(1).fill_normal(Stream::Latent, 0, &mut values);
        Tensor::from_slice(&values).view(size)
    }

    fn starts(rows: [[f32; PLACES as usize]; 2]) -> Tensor {
        Tensor::from_slice(&rows.concat()).view([2, PLACES])
    }

    fn attend(layer: &SelfAttention, x: &Tensor, starts: &Tensor) -> Tensor {
        layer.forward(x.shallow_clone(), &Parts { given: Some(starts), ..Parts::default() }).unwrap()
    }

    #[test]
    fn each_place_has_the_mean_of_values_of_its_document() {
        let rows = [[0.0, 0.0, 2.0, 2.0, 2.0], [0.0, 1.0, 1.0, 1.0, 4.0]];
        let ends: [[i64; 5]; 2] = [[2, 2, 5, 5, 5], [1, 4, 4, 4, 5]];
        let settings = [(4, true, None), (2, false, None), (1, true, Some(100.0)), (4, false, Some(10_000.0))];
        for (shared, causal, rotary) in settings {
            let layer = layer(shared, causal, rotary);
            let starts = starts(rows);
            let (x, frequencies) = (numbers(&layer), layer.frequencies());
            let y = attend(&layer, &x, &starts);
            // A pair of values, rotated by the angle of its place.
            let at = |sample: i64, first: i64, i: i64, place: i64| {
                let value = |i| x.double_value(&[sample, first + i, place]);
                let Some(frequency) = frequencies.get((i % 3) as usize) else { return value(i) };
                let (sin, cos) = (place as f64 * frequency).sin_cos();
                match i < 3 {
                    true => value(i) * cos - value(i + 3) * sin,
                    false => value(i) * cos + value(i - 3) * sin,
                }
            };
            for (sample, head, place) in
                (0..2).flat_map(|s| (0..4).flat_map(move |h| (0..PLACES).map(move |p| (s, h, p))))
            {
                let group = head / (4 / shared);
                let (query, key) = (6 * head, 6 * (4 + group));
                let first = starts.double_value(&[sample, place]) as i64;
                let weight = |other| {
                    let dot: f64 = (0..6).map(|i| at(sample, query, i, place) * at(sample, key, i, other)).sum();
                    (dot / 6f64.sqrt()).exp()
                };
                let end = if causal { place + 1 } else { ends[sample as usize][place as usize] };
                let sum: f64 = (first..end).map(weight).sum();
                for i in 0..6 {
                    let value = |other| x.double_value(&[sample, 6 * (4 + shared + group) + i, other]);
                    let mean: f64 = (first..end).map(|other| weight(other) / sum * value(other)).sum();
                    assert!((y.double_value(&[sample, 6 * head + i, place]) - mean).abs() < 1e-5);
                }
            }
        }
    }
}

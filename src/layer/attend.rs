//! Self-attention between the pixels of an image (Zhang et al., "Self-Attention Generative Adversarial Networks",
//! 2019).
//!
//! The layer has no weights: 1x1 convolutions before it compute queries, keys and values, one after it projects the
//! result, and a [`super::Residual`] around all three adds it, with the paper's gamma as its scale. As in the paper,
//! dot products are not divided by the square root of their length.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Forward, Parts};
use crate::error::Result;

/// Maps channels `[queries | keys | values]` to the channels of the values: for each pixel, the mean of all pixels'
/// values, weighted by the softmax of the dot products of its query and their keys.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attend {
    /// Channels of the queries, and of the keys.
    pub keys: i64,
    /// Channels of the values.
    pub values: i64,
}

impl Attend {
    /// Channels of the input.
    pub fn inputs(&self) -> i64 {
        2 * self.keys + self.values
    }
}

impl Forward for Attend {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        [&[self.values], &input[1..]].concat()
    }

    // Explicit matrix multiplies: libtorch's fused attention has no second derivative.
    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let mut size = x.size();
        let parts = x.f_flatten(2, -1)?;
        let parts = parts.f_split_with_sizes([self.keys, self.keys, self.values], 1)?;
        let [queries, keys, values] = [&parts[0], &parts[1], &parts[2]];
        // [n, query, key]
        let weights = queries.f_transpose(1, 2)?.f_bmm(keys)?.f_softmax(2, None::<Kind>)?;
        size[1] = self.values;
        Ok(values.f_bmm(&weights.f_transpose(1, 2)?)?.f_view(&size[..])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Philox, Stream};

    const LAYER: Attend = Attend { keys: 2, values: 3 };

    fn numbers(index: u64) -> Tensor {
        let mut values = vec![0f32; 2 * 7 * 6];
        Philox::new(1).fill_normal(Stream::Latent, index, &mut values);
        Tensor::from_slice(&values).view([2, 7, 2, 3]).to_kind(Kind::Double)
    }

    fn attend(x: &Tensor) -> Tensor {
        LAYER.forward(x.shallow_clone(), &Parts::default()).unwrap()
    }

    #[test]
    fn each_place_has_the_mean_of_all_values_by_its_weights() {
        let (x, y) = (numbers(1), attend(&numbers(1)));
        assert_eq!(y.size(), [2, 3, 2, 3]);
        let (x, y) = (x.view([2, 7, 6]), y.view([2, 3, 6]));
        let at = |channel, place| x.double_value(&[1, channel, place]);
        for place in 0..6 {
            let score = |other| (0..2).map(|k| at(k, place) * at(2 + k, other)).sum::<f64>().exp();
            let sum: f64 = (0..6).map(score).sum();
            for value in 0..3 {
                let expected: f64 = (0..6).map(|other| score(other) / sum * at(4 + value, other)).sum();
                assert!((y.double_value(&[1, value, place]) - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn it_differentiates_twice() {
        let along = numbers(2);
        // Directional derivative, and its gradient.
        let slope = |x: &Tensor, twice: bool| {
            let y = attend(x).square().sum(Kind::Double);
            (Tensor::run_backward(&[y], &[x], true, twice)[0].shallow_clone() * &along).sum(Kind::Double)
        };
        let x = numbers(1).set_requires_grad(true);
        let gradient = Tensor::run_backward(&[slope(&x, true)], &[&x], false, false)[0].shallow_clone();
        let across = numbers(3);
        let at = |step: f64| slope(&(numbers(1) + &across * step).set_requires_grad(true), false);
        let exact = (at(1e-5) - at(-1e-5)).double_value(&[]) / 2e-5;
        let found = (gradient * &across).sum(Kind::Double).double_value(&[]);
        assert!((found - exact).abs() < 1e-6 * exact.abs(), "{found} {exact}");
    }
}

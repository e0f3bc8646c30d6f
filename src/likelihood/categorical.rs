//! Categorical: each value is one of several levels, evenly spaced over the range, or each place one of several categories,
//! with a channel for each; log p = log softmax(output)[level].
//!
//! Source: van den Oord et al., "Pixel Recurrent Neural Networks", 2016, section 3.1, for pixels.

use tch::{Kind, Reduction, Tensor};

use super::pairs::{paired, summed};
use super::Likelihood;
use crate::base::axes::channels_last;
use crate::error::Result;
use crate::member;

/// Smallest frequency of a category at the start of training.
const LEAST: f64 = 1e-3;
/// Token of a place that does not count.
const UNCOUNTED: i64 = -1;

member! {
    "categorical": "softmax over the levels of each value (van den Oord et al., 2016)",
    pub struct Categorical {
        /// Number of levels; `None` for one-hot vectors. 16 are sufficient for drawings; 8-bit images are exact with
        /// 256, at 256 outputs per pixel.
        levels: Option<i64> = Some(16),
    }
}

impl Likelihood for Categorical {
    fn outputs(&self) -> i64 {
        self.levels.unwrap_or(1)
    }

    fn bounded(&self) -> bool {
        true
    }

    fn symbolic(&self) -> bool {
        true
    }

    fn log_prob(&self, outputs: &Tensor, x: &Tensor, _: &[Tensor]) -> Result<Tensor> {
        let (b, levels) = match self.levels {
            Some(levels) => (x.size()[0], levels),
            None if x.dim() == 2 => return of_tokens(outputs, x),
            None => {
                let (logits, x) = paired(outputs, x)?;
                return summed(&logits.f_log_softmax(2, Kind::Float)?.f_mul(&x)?);
            }
        };
        let level = x.f_reshape([b, -1])?.f_add_scalar(1.0)?.f_mul_scalar((levels - 1) as f64 / 2.0)?;
        let level = level.f_round()?.f_clamp(0.0, (levels - 1) as f64)?.f_to_kind(Kind::Int64)?;
        let logits = outputs.f_reshape([-1, b, levels, level.size()[1]])?;
        let level = level.f_unsqueeze(1)?.f_unsqueeze(0)?.f_expand([logits.size()[0], -1, -1, -1], false)?;
        summed(&logits.f_log_softmax(2, Kind::Float)?.f_gather(2, &level, false)?)
    }

    fn start(&self, mean: &Tensor) -> Result<Option<Tensor>> {
        // The mean of one-hot vectors is the frequency of each category.
        Ok(match self.levels {
            Some(_) => None,
            None => Some(mean.f_clamp_min(LEAST)?.f_log()?),
        })
    }

    fn mean(&self, outputs: &Tensor) -> Result<Tensor> {
        let Some(levels) = self.levels else { return Ok(outputs.f_softmax(1, Kind::Float)?) };
        let size = outputs.size();
        let mut split = vec![size[0], levels, size[1] / levels];
        split.extend(&size[2..]);
        let shares = outputs.f_reshape(&split[..])?.f_softmax(1, Kind::Float)?;
        let values = Tensor::f_linspace(-1.0, 1.0, levels, (Kind::Float, outputs.device()))?;
        let mut along = vec![1; split.len()];
        along[1] = levels;
        Ok(shares
            .f_mul(&values.f_view(&along[..])?)?
            .f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?)
    }
}

// Log probability of the tokens `[b, places]` of texts, summed over the places that count.
fn of_tokens(outputs: &Tensor, x: &Tensor) -> Result<Tensor> {
    let ([b, places], tokens) = ([x.size()[0], x.size()[1]], outputs.size()[1]);
    let draws = outputs.size()[0] / b.max(1);
    let targets = x.f_to_kind(Kind::Int64)?.f_repeat([draws, 1])?.f_reshape([-1])?;
    let logits = channels_last(outputs)?.f_reshape([-1, tokens])?;
    let surprise = logits.f_cross_entropy_loss(&targets, None::<&Tensor>, Reduction::None, UNCOUNTED, 0.0)?;
    summed(&surprise.f_view([draws, b, places])?).and_then(|sum| Ok(sum.f_neg()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_hot_vectors_it_is_the_softmax_over_the_channels() {
        let categorical = Categorical { levels: None };
        let (logits, x) = (Tensor::from_slice(&[0.0f32, 1.0, 2.0, 0.0]), Tensor::from_slice(&[1f32, 0.0, 0.0, 1.0]));
        let (logits, x) = (logits.view([1, 2, 2]), x.view([1, 2, 2]));
        // Two places with logits (0, 2) and (1, 0), and categories 0 and 1.
        let expected = -(1.0 + 2f64.exp()).ln() - (1f64.exp() + 1.0).ln();
        let found = categorical.log_prob(&logits, &x, &[]).unwrap();
        assert_eq!(found.size(), [1, 1]);
        assert!((found.double_value(&[0, 0]) - expected).abs() < 1e-6);
        let mean = categorical.mean(&logits).unwrap();
        assert!((mean.double_value(&[0, 0, 0]) - 1.0 / (1.0 + 2f64.exp())).abs() < 1e-6);
        assert_eq!(mean.size(), [1, 2, 2]);
        let frequencies = Tensor::from_slice(&[0.25f32, 0.5, 0.75, 0.5]).view([1, 2, 2]);
        let start = categorical.start(&frequencies).unwrap().unwrap();
        assert!(categorical.mean(&start).unwrap().allclose(&frequencies, 1e-6, 1e-6, false));
    }
}

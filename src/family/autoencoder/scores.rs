//! Scores of a fitted autoencoder: bounds on log likelihoods, and the statistics of anomaly detection.
//!
//! The random numbers of a row depend on its values in the network's range and on the seed: equal rows have equal
//! scores, independent of other rows, and in a mean over rows the sampling errors average out.

use tch::{Device, Kind, Tensor};

use super::coder::{Fitted, ROWS};
use crate::base::slice::as_slice;
use crate::base::{Mixture, Stream};
use crate::error::{Error, Result};
use crate::family::{binary, Draws};
use crate::kind::Labels;

/// Maximum number of latents decoded at a time, for scores with many draws.
const LATENTS: i64 = 4096;
/// Maximum number of sample values decoded at a time, unless one chunk of rows has more.
const VALUES: i64 = 1 << 22;
/// Number of draws for comparing classes.
const LIKELIEST: Draws = Draws { importance: 1, repeats: 2 };
/// Score of a sample whose bound is below the range of float32.
const LEAST: f64 = -1e30;
/// Added to squared distances, per value, to keep their logarithms finite.
const LEAST_SQUARE: f64 = 1e-8;
/// Added to total variations, per value, to keep their logarithms finite.
const LEAST_STEP: f64 = 1e-4;

impl Fitted<'_> {
    pub(super) fn bound(&self, x: &Tensor, y: Option<&Tensor>, among: Option<&Tensor>, draws: Draws) -> Result<Tensor> {
        self.check_shape(x)?;
        let known = &self.data.labels;
        let _guard = tch::no_grad_guard();
        let chances = match (known, y) {
            (Labels::None, _) | (_, Some(_)) => {
                let labels = self.labels(y, x.size()[0])?;
                return self.bounds(x, labels.as_ref(), draws);
            }
            (Labels::Classes { shares, .. }, None) => shares.iter().map(|share| share.ln()).collect(),
            (_, None) => {
                let count = among.map_or(0, |among| among.size()[0]);
                vec![-(count as f64).ln(); count as usize]
            }
        };
        let mut joint = Vec::new();
        for (i, chance) in chances.iter().enumerate().filter(|(_, chance)| chance.is_finite()) {
            let label = match among {
                Some(among) => among.f_narrow(0, i as i64, 1)?,
                None => Tensor::f_from_slice(&[i as i64])?,
            };
            joint.push(self.bounds_given(x, &label, draws)?.f_add_scalar(*chance)?);
        }
        if joint.is_empty() {
            return Err(Error::parameter("y", "this model was fitted with numbers, expected some", "None"));
        }
        Ok(Tensor::f_stack(&joint, 0)?.f_logsumexp([0i64].as_slice(), false)?)
    }

    pub(super) fn likeliest_class(&self, x: &Tensor) -> Result<Tensor> {
        let _guard = tch::no_grad_guard();
        let given = |class| self.bounds_given(x, &Tensor::f_from_slice(&[class])?, LIKELIEST);
        let scores = (0..self.data.labels.width()).map(given).collect::<Result<Vec<_>>>()?;
        Ok(Tensor::f_stack(&scores, 1)?.f_argmax(1, false)?)
    }

    pub(super) fn distances(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let model = &self.model;
        let _guard = tch::no_grad_guard();
        let labels = self.labels_or_likeliest(x, y)?;
        self.chunks(x, labels.as_ref(), |x, labels| {
            let (x, beyond) = self.data.nearest(x)?;
            let values = x.size()[1..].iter().product::<i64>() as f64;
            let sum = |values: Tensor| -> Result<Tensor> {
                Ok(values.f_flatten(1, -1)?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?)
            };
            let error = sum(x.f_sub(&model.decode(&model.point(&x, labels)?, labels)?)?.f_square()?)?;
            let (complexity, least) = match self.data.smooth() {
                true => {
                    let steps = |dim| sum(x.f_diff(1, dim, None::<&Tensor>, None::<&Tensor>)?.f_abs()?);
                    let first = steps(2)?;
                    let all =
                        (3..x.dim() as i64).try_fold(first, |all, dim| -> Result<_> { Ok(all.f_add(&steps(dim)?)?) });
                    (all?, LEAST_STEP)
                }
                false => (sum(x.f_square()?)?, LEAST_SQUARE),
            };
            let error = error.f_add_scalar(LEAST_SQUARE * values)?;
            let complexity = complexity.f_add_scalar(least * values)?;
            Ok(Tensor::f_stack(&[error.f_log()?, complexity.f_log()?, beyond], 1)?)
        })
    }

    // Bounds if all samples have the same label, `[1]` or `[1, width]`.
    fn bounds_given(&self, x: &Tensor, label: &Tensor, draws: Draws) -> Result<Tensor> {
        let label = self.data.labels.encode(label)?.f_to_device(self.device)?;
        self.bounds(x, Some(&label.f_expand([x.size()[0], -1], false)?), draws)
    }

    fn bounds(&self, x: &Tensor, labels: Option<&Tensor>, draws: Draws) -> Result<Tensor> {
        let model = &self.model;
        let mixture = model.mixture()?;
        let draws = match model.stochastic() {
            true => draws,
            // Latents do not depend on the noise, so all draws would be equal.
            false => Draws {
                importance: 1,
                repeats: if self.binarizes { draws.repeats } else { 1 },
            },
        };
        let values = model.decoded(x.size()[1..].iter().product()).max(1);
        let most = (VALUES / values).clamp(ROWS, LATENTS);
        let rows = (most / (draws.importance * draws.repeats)).clamp(1, ROWS);
        self.in_chunks(rows, x, labels, |x, labels| {
            let (x, beyond) = self.data.nearest(&x.f_to_device(self.device)?)?;
            let keys = keys(&x)?;
            let log_weights = self.log_weights(mixture.as_ref(), (&x, labels), &keys, draws, most / rows)?;
            let bounds = log_weights.f_view([draws.repeats, draws.importance, rows])?;
            let bounds =
                bounds.f_logsumexp([1i64].as_slice(), false)?.f_mean_dim([0i64].as_slice(), false, Kind::Float)?;
            let bounds = bounds.f_add_scalar(-(draws.importance as f64).ln())?;
            let bounds = match model.discrete() {
                // A log probability is at most 0, but its estimate may exceed this limit.
                true => bounds.f_clamp_max(0.0)?,
                false => bounds.f_add_scalar(model.log_volume())?,
            };
            Ok(bounds.f_nan_to_num(LEAST, LEAST, LEAST)?.f_sub(&beyond)?)
        })
    }

    // Log weights of all draws of a chunk, `[repeats * importance, rows]`, computed in parts.
    fn log_weights(
        &self,
        mixture: Option<&Mixture>,
        (x, labels): (&Tensor, Option<&Tensor>),
        keys: &[u64],
        draws: Draws,
        at_once: i64,
    ) -> Result<Tensor> {
        let model = &self.model;
        let (rows, dim, count) = (x.size()[0], model.latent_dim(), draws.importance * draws.repeats);
        let normal = |count: i64| -> Result<Tensor> {
            let fill = |row: i64, out: &mut [f32]| self.random.fill_normal(Stream::Score, keys[row as usize], out);
            Ok(self.filled(rows, count * dim, fill)?.f_view([rows, count, dim])?.f_transpose(0, 1)?)
        };
        let noise = match draws.importance {
            1 if count > 1 => {
                let half = normal((count + 1) / 2)?;
                Tensor::f_cat(&[half.shallow_clone(), half.f_neg()?], 0)?.f_narrow(0, 0, count)?
            }
            _ => normal(count)?,
        };
        // Each repetition draws its own black and white pixels.
        let white = match self.binarizes {
            true => {
                let values = x.size()[1..].iter().product::<i64>();
                let fill =
                    |row: i64, out: &mut [f32]| self.random.fill_uniform(Stream::Score, keys[row as usize] | 1, out);
                Some(self.filled(rows, draws.repeats * values, fill)?.f_view([rows, draws.repeats, values])?)
            }
            false => None,
        };
        let (groups, size) = if white.is_some() { (draws.repeats, draws.importance) } else { (1, count) };
        let mut found = Vec::new();
        for group in 0..groups {
            let seen = match &white {
                Some(white) => binary(x, &white.f_select(1, group)?.f_view(&x.size()[..])?)?,
                None => x.shallow_clone(),
            };
            for start in (0..size).step_by(at_once.max(1) as usize) {
                let part = noise.f_narrow(0, group * size + start, at_once.min(size - start))?.f_contiguous()?;
                found.push(model.log_weights(&seen, labels, (&part, draws.importance == 1), mixture)?);
            }
        }
        Ok(Tensor::f_cat(&found, 0)?)
    }
}

// Keys of the rows' random numbers: a hash of the float32 values of each row, always even. Waits for the device.
fn keys(x: &Tensor) -> Result<Vec<u64>> {
    let x = x.f_flatten(1, -1)?.f_to_device(Device::Cpu)?.f_contiguous()?;
    let width = x.size()[1].max(1) as usize;
    let key = |row: &[f32]| {
        row.iter().fold(width as u64, |key, value| {
            // Adding 0 converts -0 to 0.
            let key = (key ^ u64::from((value + 0.0).to_bits())).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            key ^ (key >> 32)
        })
    };
    Ok(as_slice(&x)?.chunks_exact(width).map(|row| key(row) << 1).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_depend_on_the_values_of_a_row_alone() {
        let x = Tensor::from_slice(&[0f32, 1.0, 2.0, -0.0, 1.0, 2.0, 1.0, 0.0, 2.0]).view([3, 3]);
        let found = keys(&x).unwrap();
        assert_eq!(found[0], found[1]);
        assert_ne!(found[0], found[2]);
        assert!(found.iter().all(|key| key % 2 == 0));
    }
}

//! Balanced consistency: penalises changes of the score under augmentation. Images are shifted by up to a sixteenth of
//! their sides, with repeated edges; values of rows by up to a twentieth of a standard deviation.
//!
//! Source: Zhang et al., "Consistency Regularization for Generative Adversarial Networks", 2020; for generated samples
//! Zhao et al., "Improved Consistency Regularization for GANs", 2021, weight 10 for both. Without the papers' flips,
//! which change digits and letters.

use tch::{Kind, Tensor};

use super::{Draws, Penalty, Subject};
use crate::error::Result;
use crate::member;

/// Maximum shift of an image as a fraction of its side, and of a value in a row.
const PICTURE: i64 = 16;
const ROW: f64 = 0.05;

member! {
    "consistency": "equal scores for augmented samples (Zhang et al., 2020)",
    pub struct Consistency {}
}

impl Penalty for Consistency {
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>> {
        let Some(noise) = subject.noise else { return Ok(None) };
        let mut sum = Tensor::f_zeros_like(&subject.scores[0].f_select(0, 0)?)?;
        for (samples, scores) in [subject.real, subject.fake].into_iter().zip(subject.scores) {
            let moved = match samples.dim() {
                3.. => shifted(samples, noise)?,
                _ => samples.f_add(&noise.f_mul_scalar(2.0 * ROW)?.f_sub_scalar(ROW)?)?,
            };
            let change = (subject.critic)(&moved)?.f_sub(scores)?;
            sum = sum.f_add(&change.f_square()?.f_mean(None)?)?;
        }
        Ok(Some(sum))
    }

    fn weight(&self) -> f64 {
        10.0
    }

    fn noise(&self, sample: &[i64]) -> Draws {
        match sample.len() {
            axes @ 2.. => Draws::Uniform(vec![axes as i64 - 1]),
            _ => Draws::Uniform(sample.into()),
        }
    }
}

// Shifts each image along every axis by its own number of pixels, derived from `noise` `[n, axes]`.
fn shifted(x: &Tensor, noise: &Tensor) -> Result<Tensor> {
    let size = x.size();
    (2..).zip(&size[2..]).try_fold(x.shallow_clone(), |x, (axis, &side)| {
        let most = (side / PICTURE).max(1);
        let steps = noise.f_select(1, axis - 2)?.f_mul_scalar((2 * most + 1) as f64)?.f_floor()?;
        let first = steps.f_sub_scalar(most as f64)?.f_to_kind(Kind::Int64)?.f_unsqueeze(1)?;
        let places = Tensor::f_arange(side, (Kind::Int64, x.device()))?.f_add(&first)?.f_clamp(0, side - 1)?;
        let mut along = vec![1; size.len()];
        (along[0], along[axis as usize]) = (size[0], side);
        Ok(x.f_gather(axis, &places.f_view(&along[..])?.f_expand(&size[..], false)?, false)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_move_as_a_whole_and_repeat_their_edges() {
        let x = Tensor::arange(16, (Kind::Float, tch::Device::Cpu)).view([1, 1, 4, 4]);
        // One pixel up for rows, none for columns.
        let moved = shifted(&x, &Tensor::from_slice(&[0f32, 0.5]).view([1, 2])).unwrap();
        assert!(moved.select(2, 0).equal(&x.select(2, 0)) && moved.select(2, 3).equal(&x.select(2, 2)));
        assert!(shifted(&x, &Tensor::from_slice(&[0.5f32, 0.5]).view([1, 2])).unwrap().equal(&x));
    }
}

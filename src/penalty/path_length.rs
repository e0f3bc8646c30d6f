//! Path length regularisation: a step of fixed length in latent space should change samples by a constant amount, in
//! all directions.
//!
//! The mean of (|gradient of <x, y> with respect to the latents| - a)^2, with y normal noise divided by the square root
//! of the number of pixels, and a the running mean of these norms. Source: Karras et al., "Analyzing and Improving the
//! Image Quality of StyleGAN", 2020, equation 4, weight 2; there every 8 steps.

use tch::{Kind, Tensor};

use super::{Draws, Penalty, Side, Subject};
use crate::error::Result;
use crate::member;

/// Weight of the newest norms in the running mean.
const FRESH: f64 = 0.01;

member! {
    "path_length": "constant change of samples with their latents (Karras et al., 2020)",
    pub struct PathLength {}
}

impl Penalty for PathLength {
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>> {
        let Some(noise) = subject.noise else { return Ok(None) };
        let latents = subject.latents.f_detach()?.f_set_requires_grad(true)?;
        let samples = (subject.generator)(&latents)?;
        let places: i64 = samples.size().iter().skip(2).product();
        let noise = noise.f_reshape(&samples.size()[..])?.f_mul_scalar(1.0 / (places as f64).sqrt())?;
        let total = samples.f_mul(&noise)?.f_sum(Kind::Float)?;
        let slopes = Tensor::f_run_backward(&[&total], &[&latents], true, true)?;
        let squares = slopes[0].f_square()?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?;
        // The square root has no derivative at 0.
        let lengths = squares.f_clamp_min(1e-30)?.f_sqrt()?;
        let mut mean = subject.memory.shallow_clone();
        let newest = lengths.f_detach()?.f_mean(None)?;
        subject.ranks.average(&newest)?;
        let _ = mean.f_lerp_(&newest, FRESH)?;
        Ok(Some(lengths.f_sub(&mean.f_detach_copy()?)?.f_square()?.f_mean(None)?))
    }

    fn weight(&self) -> f64 {
        2.0
    }

    fn side(&self) -> Side {
        Side::Generator
    }

    fn noise(&self, sample: &[i64]) -> Draws {
        Draws::Normal(sample.into())
    }

    fn memory(&self) -> i64 {
        1
    }

    fn torch(&self) -> bool {
        true
    }
}

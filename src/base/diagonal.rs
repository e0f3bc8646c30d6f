//! Gaussian distribution with a diagonal covariance: draws, densities, divergence.

use tch::{Device, Kind, Tensor};

use super::gaussian::LOG_2_PI;
use super::math::{exp, wide};
use super::slice::{as_mut_slice, as_slice};
use super::tape::Tape;
use crate::error::Result;

/// Maximum log variance outside training.
const WIDEST: f64 = 10.0;

/// Gaussian distribution with a diagonal covariance.
pub struct Diagonal {
    /// `[b, latent_dim]`.
    pub mean: Tensor,
    /// `[b, latent_dim]`.
    pub log_variance: Tensor,
    // Results of the fused pass of [`Diagonal::drawn`], if it was used.
    known: Option<Known>,
}

struct Known {
    // As returned by [`Diagonal::kl`].
    divergence: Tensor,
    // As returned by [`Diagonal::log_ratio`].
    log_ratio: Tensor,
}

impl Diagonal {
    /// Creates a distribution from mean and log variance.
    pub fn new(mean: Tensor, log_variance: Tensor) -> Self {
        Diagonal { mean, log_variance, known: None }
    }

    /// Splits an encoder's output `[b, 2 * latent_dim]` into mean and log variance.
    pub fn split(features: &Tensor) -> Result<Self> {
        let parts = features.f_chunk(2, 1)?;
        Ok(Diagonal::new(parts[0].shallow_clone(), parts[1].shallow_clone()))
    }

    /// Limits variances to e^10 outside training: far from the training data an encoder's output may exceed float32,
    /// and near it no variance exceeds the prior's, 1, by much.
    pub fn limited(self, training: bool) -> Result<Self> {
        match training {
            true => Ok(self),
            false => Ok(Diagonal::new(self.mean, self.log_variance.f_clamp_max(WIDEST)?)),
        }
    }

    /// Mean plus standard deviation times noise `[k, b, latent_dim]` (Kingma and Welling, 2014, section 2.4).
    pub fn draw(&self, noise: &Tensor) -> Result<Tensor> {
        Ok(self.log_variance.f_mul_scalar(0.5)?.f_exp()?.f_mul(noise)?.f_add(&self.mean)?)
    }

    /// Log density `[k, b]` of the latents that [`Diagonal::draw`] computes from this noise.
    pub fn log_density(&self, noise: &Tensor) -> Result<Tensor> {
        let terms = noise.f_square()?.f_add(&self.log_variance)?.f_add_scalar(LOG_2_PI)?;
        Ok(terms.f_sum_dim_intlist([-1i64].as_slice(), false, Kind::Float)?.f_mul_scalar(-0.5)?)
    }

    /// Log density of the draws minus their log density under the standard normal distribution, if the fused pass
    /// computed it.
    pub fn log_ratio(&self) -> Option<Tensor> {
        self.known.as_ref().map(|known| known.log_ratio.shallow_clone())
    }

    /// Log density `[k, b]` of latents `[k, b, latent_dim]`; no gradient flows to the distribution.
    pub fn fixed_log_density(&self, latent: &Tensor) -> Result<Tensor> {
        let (mean, log_variance) = (self.mean.f_detach()?, self.log_variance.f_detach()?);
        let noise = latent.f_sub(&mean)?.f_mul(&log_variance.f_mul_scalar(-0.5)?.f_exp()?)?;
        Diagonal::new(mean, log_variance).log_density(&noise)
    }

    /// KL divergence from the standard normal distribution per dimension, `[b, latent_dim]`: (variance + mean^2 - 1 -
    /// log variance) / 2 (Kingma and Welling, 2014, appendix B).
    pub fn kl(&self) -> Result<Tensor> {
        if let Some(known) = &self.known {
            return Ok(known.divergence.shallow_clone());
        }
        let sum = self.log_variance.f_exp()?.f_add(&self.mean.f_square()?)?.f_sub(&self.log_variance)?;
        Ok(sum.f_add_scalar(-1.0)?.f_mul_scalar(0.5)?)
    }

    /// Fuses [`Diagonal::split`], [`Diagonal::draw`], divergence and log ratio into one pass on the CPU, with the
    /// backward function on the tape. For so few values the call overhead of autograd's operators exceeds the
    /// computation.
    pub fn drawn(tape: &Tape, features: &Tensor, noise: &Tensor) -> Result<(Self, Tensor)> {
        let (from, noise) = (features.f_detach()?.f_contiguous()?, noise.f_contiguous()?);
        let (draws, b, width) = noise.size3()?;
        let empty = |size: &[i64]| Tensor::f_empty(size, (Kind::Float, Device::Cpu));
        let mut made = [empty(&[draws, b, width])?, empty(&[b, width])?, empty(&[draws, b])?];
        pass(as_slice(&from)?, as_slice(&noise)?, &mut made, width as usize)?;
        let back = move |slopes: &[Option<Tensor>]| {
            let mut found = from.f_empty_like()?;
            let slopes = lined_up(slopes)?;
            let slopes = slopes.each_ref().map(|slope| slope.as_ref().map(as_slice).transpose());
            let [latent, divergence, log_ratio] = slopes;
            let slopes = [latent?, divergence?, log_ratio?];
            pass_back(as_slice(&from)?, as_slice(&noise)?, slopes, as_mut_slice(&mut found)?, width as usize);
            Ok(Some(found))
        };
        let results = tape.record_all(features, made.each_ref(), Box::new(back))?;
        let [latent, divergence, log_ratio] = results;
        let known = Some(Known { divergence, log_ratio });
        Ok((Diagonal { known, ..Diagonal::split(features)? }, latent))
    }
}

fn lined_up(slopes: &[Option<Tensor>]) -> Result<[Option<Tensor>; 3]> {
    let one = |i: usize| slopes.get(i).and_then(Option::as_ref).map(Tensor::f_contiguous).transpose();
    Ok([one(0)?, one(1)?, one(2)?])
}

// Computes latents `[k, b, width]`, divergence `[b, width]` and log ratio `[k, b]`.
fn pass(features: &[f32], noise: &[f32], made: &mut [Tensor; 3], width: usize) -> Result<()> {
    let [latent, divergence, log_ratio] = made;
    let samples = features.len() / (2 * width);
    let latent = as_mut_slice(latent)?.chunks_exact_mut(width);
    for (row, ((latent, noise), ratio)) in
        latent.zip(noise.chunks_exact(width)).zip(as_mut_slice(log_ratio)?).enumerate()
    {
        let (mean, log_variance) = features[row % samples * 2 * width..][..2 * width].split_at(width);
        *ratio = draw(mean, log_variance, noise, latent);
    }
    for (row, divergence) in features.chunks_exact(2 * width).zip(as_mut_slice(divergence)?.chunks_exact_mut(width)) {
        let (mean, log_variance) = row.split_at(width);
        kl(mean, log_variance, divergence);
    }
    Ok(())
}

// Computes the gradient of the features from the gradients of the results of `pass`.
fn pass_back(features: &[f32], noise: &[f32], slopes: [Option<&[f32]>; 3], found: &mut [f32], width: usize) {
    let [latent, divergence, log_ratio] = slopes;
    let samples = features.len() / (2 * width);
    for (i, (row, found)) in features.chunks_exact(2 * width).zip(found.chunks_exact_mut(2 * width)).enumerate() {
        let ((mean, log_variance), (of_mean, of_log_variance)) = (row.split_at(width), found.split_at_mut(width));
        match divergence {
            Some(slope) => kl_back(mean, log_variance, &slope[i * width..][..width], of_mean, of_log_variance),
            None => found.fill(0.0),
        }
        let (of_mean, of_log_variance) = found.split_at_mut(width);
        for row in (i..noise.len() / width).step_by(samples) {
            let noise = &noise[row * width..][..width];
            if let Some(slope) = latent {
                draw_back(log_variance, noise, &slope[row * width..][..width], of_mean, of_log_variance);
            }
            if let Some(slope) = log_ratio {
                ratio_back((mean, log_variance), noise, slope[row], of_mean, of_log_variance);
            }
        }
    }
}

wide! {
    // Computes the latent; returns the sum of (latent^2 - noise^2 - log variance) / 2.
    fn draw(mean: &[f32], log_variance: &[f32], noise: &[f32], latent: &mut [f32]) -> f32 {
        let mut sum = 0.0;
        for (((z, m), v), e) in latent.iter_mut().zip(mean).zip(log_variance).zip(noise) {
            *z = m + exp(0.5 * v) * e;
            sum += *z * *z - e * e - v;
        }
        0.5 * sum
    }

    fn draw_back(log_variance: &[f32], noise: &[f32], slope: &[f32], of_mean: &mut [f32], of_log_variance: &mut [f32]) {
        let of = of_mean.iter_mut().zip(of_log_variance);
        for ((((dm, dv), v), e), dz) in of.zip(log_variance).zip(noise).zip(slope) {
            *dm += dz;
            *dv += 0.5 * dz * exp(0.5 * v) * e;
        }
    }

    fn ratio_back(
        gaussian: (&[f32], &[f32]),
        noise: &[f32],
        slope: f32,
        of_mean: &mut [f32],
        of_log_variance: &mut [f32],
    ) {
        let of = of_mean.iter_mut().zip(of_log_variance);
        for ((((dm, dv), m), v), e) in of.zip(gaussian.0).zip(gaussian.1).zip(noise) {
            let spread = exp(0.5 * v) * e;
            *dm += slope * (m + spread);
            *dv += 0.5 * slope * ((m + spread) * spread - 1.0);
        }
    }

    fn kl(mean: &[f32], log_variance: &[f32], divergence: &mut [f32]) {
        for ((kl, m), v) in divergence.iter_mut().zip(mean).zip(log_variance) {
            *kl = 0.5 * (exp(*v) + m * m - v - 1.0);
        }
    }

    // Overwrites the gradients: this is the first contribution.
    fn kl_back(mean: &[f32], log_variance: &[f32], slope: &[f32], of_mean: &mut [f32], of_log_variance: &mut [f32]) {
        let of = of_mean.iter_mut().zip(of_log_variance);
        for ((((dm, dv), m), v), slope) in of.zip(mean).zip(log_variance).zip(slope) {
            *dm = slope * m;
            *dv = 0.5 * slope * (exp(*v) - 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{standard_normal, Philox, Stream};

    #[test]
    fn kl_to_the_standard_normal_in_closed_form() {
        let variance = 0.64f64;
        let one = |x: f64| Tensor::from_slice(&[x]).view([1, 1]);
        let diagonal = Diagonal::new(one(0.5), one(variance.ln()));
        let kl = diagonal.kl().unwrap().double_value(&[0, 0]);
        assert!((kl - 0.5 * (0.64 + 0.25 - 1.0 - variance.ln())).abs() < 1e-12);
        assert!((kl - 0.1681).abs() < 1e-4);
    }

    fn numbers(step: u64, size: &[i64]) -> Tensor {
        let mut values = vec![0f32; size.iter().product::<i64>() as usize];
        Philox::new(0).fill_normal(Stream::Latent, step, &mut values);
        Tensor::from_slice(&values).view(size)
    }

    #[test]
    fn one_pass_is_what_autograd_makes_of_it() {
        for (draws, b, width) in [(1, 1, 1), (3, 5, 4), (2, 3, 33)] {
            let noise = numbers(1, &[draws, b, width]);
            let weights = [numbers(2, &[draws, b, width]), numbers(3, &[b, width]), numbers(4, &[draws, b])];
            for used in 1..8 {
                let sum = |results: [&Tensor; 3]| {
                    let chosen = (0..3).filter(|i| used >> i & 1 == 1);
                    chosen.map(|i| (results[i] * &weights[i]).sum(Kind::Float)).reduce(|a, b| a + b).unwrap()
                };
                let features = || numbers(5, &[b, 2 * width]).set_requires_grad(true);
                let (x, tape) = (features(), Tape::new());
                let (diagonal, latent) = Diagonal::drawn(&tape, &x, &noise).unwrap();
                let results = [latent, diagonal.kl().unwrap(), diagonal.log_ratio().unwrap()];
                let found = tape.gradients(&sum(results.each_ref()), &[&x]).unwrap();

                let x = features();
                let diagonal = Diagonal::split(&x).unwrap();
                let latent = diagonal.draw(&noise).unwrap();
                let ratio = diagonal.log_density(&noise).unwrap() - standard_normal(&latent).unwrap();
                let plain = [latent, diagonal.kl().unwrap(), ratio];
                let expected = Tensor::run_backward(&[sum(plain.each_ref())], &[&x], false, false);
                for (a, b) in results.iter().zip(&plain) {
                    assert!(a.allclose(b, 1e-5, 1e-4, false));
                }
                assert!(found[0].allclose(&expected[0], 1e-5, 1e-5, false));
            }
        }
    }
}

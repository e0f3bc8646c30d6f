//! The standard normal distribution, and mixtures of diagonal Gaussians: densities, draws.

use tch::{Kind, Tensor};

use crate::error::Result;

pub(super) const LOG_2_PI: f64 = 1.837_877_066_409_345_5;

/// A mixture of diagonal Gaussians.
pub struct Mixture {
    /// `[components, latent_dim]`.
    pub mean: Tensor,
    /// `[components, latent_dim]`.
    pub log_variance: Tensor,
    /// Logarithms of weights that sum to 1, `[components]`.
    pub log_weight: Tensor,
}

/// log N(z; 0, 1), summed over the last axis.
pub fn standard_normal(z: &Tensor) -> Result<Tensor> {
    let dim = z.size().last().copied().unwrap_or(0) as f64;
    let squares = z.f_square()?.f_sum_dim_intlist([-1i64].as_slice(), false, Kind::Float)?;
    Ok(squares.f_add_scalar(dim * LOG_2_PI)?.f_mul_scalar(-0.5)?)
}

impl Mixture {
    /// Log density of each component at each latent.
    ///
    /// # Shapes
    /// `[n, latent_dim]` to `[n, components]`.
    pub fn components(&self, z: &Tensor) -> Result<Tensor> {
        // (z - mean)^2 / variance is expanded into two matrix multiplies, which avoids n x components x latent_dim
        // values; in float64, because of cancellation at small variances.
        let kind = z.f_kind()?;
        let double = |x: &Tensor| x.f_to_kind(Kind::Double);
        let (z, mean, log_variance) = (double(z)?, double(&self.mean)?, double(&self.log_variance)?);
        let dim = z.size().last().copied().unwrap_or(0) as f64;
        let sum = |x: Tensor| x.f_sum_dim_intlist([-1i64].as_slice(), false, Kind::Double);
        let precision = log_variance.f_neg()?.f_exp()?;
        let scaled = mean.f_mul(&precision)?;
        let constant = sum(scaled.f_mul(&mean)?.f_add(&log_variance)?)?.f_add_scalar(dim * LOG_2_PI)?;
        let squares = z.f_square()?.f_matmul(&precision.f_transpose(0, 1)?)?;
        let cross = z.f_matmul(&scaled.f_transpose(0, 1)?)?.f_mul_scalar(-2.0)?;
        Ok(squares.f_add(&cross)?.f_add(&constant)?.f_mul_scalar(-0.5)?.f_to_kind(kind)?)
    }

    /// Log density of latents `[..., latent_dim]`, reduced over the last axis.
    pub fn log_density(&self, z: &Tensor) -> Result<Tensor> {
        let size = z.size();
        let (dim, rest) = size.split_last().map_or((1, &size[..]), |(&dim, rest)| (dim, rest));
        let joint = self.components(&z.f_reshape([-1, dim])?)?.f_add(&self.log_weight)?;
        Ok(joint.f_logsumexp([1i64].as_slice(), false)?.f_view(rest)?)
    }

    /// Draws latents `[n, latent_dim]` from standard normal noise `[n, latent_dim + 1]`; the last column selects the
    /// component.
    pub fn draw(&self, noise: &Tensor) -> Result<Tensor> {
        let dim = self.mean.size()[1];
        let uniform = noise.f_select(1, dim)?.f_mul_scalar(std::f64::consts::FRAC_1_SQRT_2)?.f_erf()?;
        let uniform = uniform.f_add_scalar(1.0)?.f_mul_scalar(0.5)?.f_unsqueeze(1)?;
        let ends = self.log_weight.f_exp()?.f_cumsum(0, Kind::Float)?;
        let passed = uniform.f_gt_tensor(&ends)?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Int64)?;
        let which = passed.f_clamp(0.0, (self.mean.size()[0] - 1) as f64)?.f_to_kind(Kind::Int64)?;
        let deviation = self.log_variance.f_index_select(0, &which)?.f_mul_scalar(0.5)?.f_exp()?;
        let noise = noise.f_narrow(1, 0, dim)?;
        Ok(self.mean.f_index_select(0, &which)?.f_add(&deviation.f_mul(&noise)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Philox, Stream};

    fn two() -> Mixture {
        Mixture {
            mean: Tensor::from_slice(&[-3f32, 0.0, 3.0, 1.0]).view([2, 2]),
            log_variance: Tensor::from_slice(&[0f32, 0.0, -2.0, 0.5]).view([2, 2]),
            log_weight: Tensor::from_slice(&[0.25f32, 0.75]).log(),
        }
    }

    #[test]
    fn the_density_is_the_sum_over_components() {
        let (mixture, z) = (two(), Tensor::from_slice(&[2.5f32, 0.5]).view([1, 1, 2]));
        let gauss = |x: f64, mean: f64, log_variance: f64| {
            (-0.5 * ((x - mean).powi(2) / log_variance.exp() + log_variance + LOG_2_PI)).exp()
        };
        let expected =
            0.25 * gauss(2.5, -3.0, 0.0) * gauss(0.5, 0.0, 0.0) + 0.75 * gauss(2.5, 3.0, -2.0) * gauss(0.5, 1.0, 0.5);
        let found = mixture.log_density(&z).unwrap();
        assert_eq!(found.size(), [1, 1]);
        assert!((found.double_value(&[0, 0]) - expected.ln()).abs() < 1e-5);
    }

    #[test]
    fn one_standard_component_is_the_standard_normal() {
        let zeros = || Tensor::zeros([1, 2], (Kind::Float, tch::Device::Cpu));
        let mixture = Mixture {
            mean: zeros(),
            log_variance: zeros(),
            log_weight: zeros().view([2]).narrow(0, 0, 1),
        };
        let z = Tensor::from_slice(&[0.3f32, -1.2, 2.0, 0.0]).view([2, 2]);
        assert!(mixture.log_density(&z).unwrap().allclose(&standard_normal(&z).unwrap(), 1e-5, 1e-6, false));
    }

    #[test]
    fn draws_follow_weights_and_means() {
        let mut noise = vec![0f32; 3 * 20_000];
        Philox::new(0).fill_normal(Stream::Sample, 0, &mut noise);
        let z = two().draw(&Tensor::from_slice(&noise).view([20_000, 3])).unwrap();
        let right = z.select(1, 0).gt(0.0).to_kind(Kind::Float).mean(Kind::Float).double_value(&[]);
        assert!((right - 0.75).abs() < 0.01);
        assert!((z.select(1, 1).mean(Kind::Float).double_value(&[]) - 0.75).abs() < 0.03);
    }
}

//! Vector quantisation: each place of the encoder's feature map is replaced by the nearest code, with a
//! straight-through gradient.
//!
//! Source: van den Oord et al., "Neural Discrete Representation Learning", 2017; codes are moving averages (appendix
//! A.1). Rarely used codes are reset to vectors of the batch (Dhariwal et al., "Jukebox", 2020), as are all codes at
//! the first batch.

use tch::{Kind, Tensor};

use super::{Bottleneck, Coded, Density};
use crate::base::axes::{channels_first, channels_last};
use crate::base::{Code, ParamSpec, Role};
use crate::error::Result;
use crate::layer::Parts;
use crate::member;

/// Decay of the moving averages per step.
const DECAY: f64 = 0.99;
/// A code is reset if its use is below this fraction of uniform use.
const DEAD: f64 = 0.05;
/// Initial count of a reset code, as a fraction of uniform use: an unused code is reset again after about 70 steps.
const FRESH: f64 = 0.1;

member! {
    "vector_quantized": "a map of codes from a trained codebook (van den Oord et al., 2017)",
    pub struct VectorQuantized {
        /// Number of codes.
        n_codes: i64 = 512,
        /// Weight of the distance between the encoder's output and its code.
        commitment: f64 = 0.25,
    }
}

impl Bottleneck for VectorQuantized {
    fn features(&self, latent_dim: i64) -> Code {
        Code::Map(latent_dim)
    }

    fn code(&self, latent_dim: i64) -> Code {
        Code::Map(latent_dim)
    }

    fn n_codes(&self) -> Option<i64> {
        Some(self.n_codes)
    }

    fn penalty(&self) -> Option<&'static str> {
        Some("commitment")
    }

    fn buffers(&self, latent_dim: i64) -> Vec<ParamSpec> {
        let of = |name: &str, shape: &[i64]| ParamSpec::new(name, shape, Role::Shift, 1);
        vec![
            of("codebook", &[self.n_codes, latent_dim]),
            of("codebook_sum", &[self.n_codes, latent_dim]),
            of("codebook_count", &[self.n_codes]),
        ]
    }

    fn encode(&self, features: &Tensor, _: &Tensor, parts: &Parts) -> Result<Coded> {
        let vectors = vectors(&features.f_detach()?)?;
        if parts.training {
            tch::no_grad(|| restart(&vectors, parts.buffers))?;
        }
        let indices = nearest(&vectors, &parts.buffers[0])?;
        let codes = parts.buffers[0].f_index_select(0, &indices)?;
        let codes = channels_first(&codes.f_view(&channels_last(features)?.size()[..])?)?;
        if parts.training {
            tch::no_grad(|| follow(&vectors, &indices, parts.buffers))?;
        }
        let error = features.f_sub(&codes)?;
        let squares =
            error
                .f_square()?
                .f_sum_dim_intlist((1..error.dim() as i64).collect::<Vec<_>>(), false, Kind::Float)?;
        Ok(Coded {
            // The value of the codes with the gradient of the features.
            latent: codes.f_add(&features.f_sub(&features.f_detach()?)?)?.f_unsqueeze(0)?,
            density: Density::Point,
            penalty: Some(squares.f_mul_scalar(self.commitment)?),
        })
    }

    fn indices(&self, features: &Tensor, parts: &Parts) -> Result<Option<Tensor>> {
        let indices = nearest(&vectors(features)?, &parts.buffers[0])?;
        Ok(Some(indices.f_view([features.size()[0], -1])?))
    }

    fn lookup(&self, indices: &Tensor, parts: &Parts) -> Result<Option<Tensor>> {
        let codes = parts.buffers[0].f_index_select(0, &indices.f_reshape([-1])?)?;
        Ok(Some(codes.f_view([indices.size()[0], indices.size()[1], -1])?))
    }
}

// Maps [b, dim, ...sides] to one row per place.
fn vectors(features: &Tensor) -> Result<Tensor> {
    let dim = features.size()[1];
    // Codes are computed in float32, regardless of the networks' precision.
    Ok(channels_last(features)?.f_reshape([-1, dim])?.f_to_kind(Kind::Float)?)
}

// Index of the nearest code of each row, in float32: with a preallocated result, autocast does not round the matrix
// multiply.
fn nearest(vectors: &Tensor, codebook: &Tensor) -> Result<Tensor> {
    let place = Tensor::f_empty([vectors.size()[0], codebook.size()[0]], (Kind::Float, vectors.device()))?;
    let products = vectors.f_detach()?.f_mm_out(&place, &codebook.f_detach()?.f_transpose(0, 1)?)?;
    let lengths = codebook.f_square()?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?;
    let distances = lengths.f_sub(&products.f_mul_scalar(2.0)?)?;
    Ok(distances.f_argmin(1, false)?)
}

// Replaces unused codes by evenly spaced rows from the half of the batch that is farthest from its codes.
fn restart(vectors: &Tensor, buffers: &[Tensor]) -> Result<()> {
    let [codebook, sum, count] = [0, 1, 2].map(|i| buffers[i].shallow_clone());
    let (n, codes) = (vectors.size()[0], codebook.size()[0]);
    let even = n as f64 / codes as f64;
    let dead = count.f_lt(DEAD * even)?;
    // Most places of an image may look alike, so codes are reset to rows that are represented badly.
    let codes_now = codebook.f_index_select(0, &nearest(vectors, &codebook)?)?;
    let error = vectors.f_sub(&codes_now)?.f_square()?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?;
    let worst = error.f_argsort_stable(true, 0, true)?;
    let places = Tensor::f_arange(codes, (Kind::Int64, vectors.device()))?;
    let rows = worst.f_index_select(0, &places.f_mul_scalar((n / 2 / codes).max(1))?.f_remainder(n)?)?;
    let fresh = vectors.f_index_select(0, &rows)?;
    let column = dead.f_unsqueeze(1)?;
    let put = |mut old: Tensor, new: &Tensor, mask: &Tensor| -> Result<()> {
        old.f_copy_(&new.f_where_self(mask, &old)?)?;
        Ok(())
    };
    put(codebook, &fresh, &column)?;
    put(sum, &fresh.f_mul_scalar(FRESH * even)?, &column)?;
    put(count.shallow_clone(), &count.f_full_like(FRESH * even)?, &dead)
}

fn follow(vectors: &Tensor, indices: &Tensor, buffers: &[Tensor]) -> Result<()> {
    let [mut codebook, mut sum, mut count] = [0, 1, 2].map(|i| buffers[i].shallow_clone());
    let used = count.f_zeros_like()?.f_index_add(0, indices, &vectors.f_select(1, 0)?.f_ones_like()?)?;
    let total = sum.f_zeros_like()?.f_index_add(0, indices, vectors)?;
    let _ = count.f_lerp_(&used, 1.0 - DECAY)?;
    let _ = sum.f_lerp_(&total, 1.0 - DECAY)?;
    codebook.f_copy_(&sum.f_div(&count.f_clamp_min(1e-8)?.f_unsqueeze(1)?)?)?;
    Ok(())
}

//! Maximum mean discrepancy: -log p(x | z) + beta MMD(q(z), p(z)); the latents of a whole batch are matched to draws
//! from the prior, without a penalty on the information in each latent.
//!
//! Source: Tolstikhin et al., "Wasserstein Auto-Encoders", 2018 (WAE-MMD with inverse multiquadratic kernels); Zhao et
//! al., "InfoVAE", 2019, with alpha = 1. The kernels are bounded, so beta is in nats.

use tch::{Kind, Tensor};

use super::{mean, Bound, Needs, Outcome, Terms};
use crate::error::Result;
use crate::member;

/// Widths of the kernels, in units of the prior's mean squared distance.
const WIDTHS: [f64; 7] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

member! {
    "mmd": "reconstruction plus beta times the MMD between latents and prior (Tolstikhin et al., 2018)",
    pub struct Mmd {}
}

impl Bound for Mmd {
    fn loss(&self, terms: &Terms) -> Result<Outcome> {
        let loss = mean(terms.log_likelihood)?.f_neg()?;
        let Some(prior) = terms.prior else {
            return Ok(Outcome::of(loss));
        };
        let (latent, ranks) = (terms.latent.f_select(0, 0)?, terms.ranks);
        let distance = ranks.whole(&mmd(&ranks.union(&latent)?, &ranks.union(prior)?)?)?;
        Ok(Outcome {
            loss: loss.f_add(&distance.f_mul_scalar(terms.weight)?)?,
            term: Some(distance),
            paths: None,
        })
    }

    fn needs(&self) -> Needs {
        Needs::Nothing
    }

    fn draws_prior(&self) -> bool {
        true
    }

    fn column(&self) -> Option<&'static str> {
        Some("mmd")
    }

    fn beta(&self) -> f64 {
        100.0
    }
}

// Unbiased: pairs of a sample with itself are excluded.
fn mmd(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let n = a.size()[0] as f64;
    let within = |x: &Tensor| -> Result<Tensor> {
        let sum = kernel(x, x)?.f_sum(Kind::Float)?.f_add_scalar(-n * WIDTHS.len() as f64)?;
        Ok(sum.f_mul_scalar(1.0 / (n * (n - 1.0)).max(1.0))?)
    };
    let across = kernel(a, b)?.f_sum(Kind::Float)?.f_mul_scalar(2.0 / (n * n))?;
    Ok(within(a)?.f_add(&within(b)?)?.f_sub(&across)?)
}

fn kernel(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let base = 2.0 * a.size()[1] as f64;
    let squares = |x: &Tensor| x.f_square()?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float);
    let cross = a.f_matmul(&b.f_transpose(0, 1)?)?.f_mul_scalar(-2.0)?;
    let distance = cross.f_add(&squares(a)?.f_unsqueeze(1)?)?.f_add(&squares(b)?)?.f_clamp_min(0.0)?;
    let mut sum = distance.f_zeros_like()?;
    for width in WIDTHS.map(|width| width * base) {
        sum = sum.f_add(&distance.f_add_scalar(width)?.f_reciprocal()?.f_mul_scalar(width)?)?;
    }
    Ok(sum)
}

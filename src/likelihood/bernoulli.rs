//! Bernoulli: log p = t log q + (1 - t) log(1 - q), t = (x + 1) / 2, q = sigmoid(output).
//!
//! Source: Kingma and Welling, "Auto-Encoding Variational Bayes", 2014, appendix C.1. Values within the range are
//! treated as probabilities, as is common; it is an exact likelihood for binary data only.

use tch::{Device, Kind, Tensor};

use super::{Binarize, Likelihood};
use crate::base::math::{exp, ln_1p, wide};
use crate::base::slice::{as_mut_slice, as_slice, Shares};
use crate::base::Tape;
use crate::base::{pool, trace};
use crate::error::Result;
use crate::member;

/// Minimum distance of initial probabilities from 0 and 1.
const LEAST: f64 = 1e-3;

member! {
    "bernoulli": "cross-entropy of each value as a probability (Kingma and Welling, 2014)",
    pub struct Bernoulli {
        /// How values become black or white, if they do.
        binarize: Option<Binarize> = None,
    }
}

impl Likelihood for Bernoulli {
    fn bounded(&self) -> bool {
        true
    }

    fn log_prob(&self, outputs: &Tensor, x: &Tensor, _: &[Tensor]) -> Result<Tensor> {
        if outputs.device() == Device::Cpu && !outputs.requires_grad() {
            return Ok(one_pass(outputs, &chances(x)?, false)?.0);
        }
        let (b, t) = (x.size()[0], chances(x)?);
        let logits = outputs.f_reshape([-1, b, t.size()[1]])?;
        // t log q + (1 - t) log(1 - q) = t l - softplus(l) for q = sigmoid(l).
        let sum = |values: Tensor| values.f_sum_dim_intlist([-1i64].as_slice(), false, Kind::Float);
        Ok(sum(logits.f_mul(&t)?)?.f_sub(&sum(logits.f_softplus()?)?)?)
    }

    fn log_prob_on(&self, tape: &Tape, outputs: &Tensor, x: &Tensor, parameters: &[Tensor]) -> Result<Tensor> {
        if outputs.device() != Device::Cpu || !outputs.requires_grad() {
            return self.log_prob(outputs, x, parameters);
        }
        let (log_prob, mut slopes) = one_pass(outputs, &chances(x)?, true)?;
        let size = outputs.size();
        let back = move |slope: &Tensor| {
            scale_rows(&mut slopes, &slope.f_contiguous()?)?;
            Ok(Some(slopes.f_view(&size[..])?))
        };
        tape.record(outputs, &log_prob, back)
    }

    fn start(&self, mean: &Tensor) -> Result<Option<Tensor>> {
        let chances = mean.f_add_scalar(1.0)?.f_mul_scalar(0.5)?.f_clamp(LEAST, 1.0 - LEAST)?;
        Ok(Some(chances.f_logit(None)?))
    }

    fn mean(&self, outputs: &Tensor) -> Result<Tensor> {
        Ok(outputs.f_sigmoid()?.f_mul_scalar(2.0)?.f_add_scalar(-1.0)?)
    }
}

// Samples as probabilities, [b, values].
fn chances(x: &Tensor) -> Result<Tensor> {
    let mut t = x.f_reshape([x.size()[0], -1])?.f_mul_scalar(0.5)?;
    Ok(t.f_add_scalar_(0.5)?)
}

// Single pass on the CPU, without a graph: log p, [k, b], and with `slopes` its derivatives with respect to the
// outputs, [k * b, values].
fn one_pass(outputs: &Tensor, t: &Tensor, slopes: bool) -> Result<(Tensor, Tensor)> {
    let _span = trace::span("bernoulli");
    let (b, size) = (t.size()[0], t.size()[1] as usize);
    let logits = outputs.f_detach()?.f_reshape([-1, size as i64])?.f_contiguous()?;
    let rows = logits.size()[0];
    let mut sums = Tensor::f_empty([rows / b, b], (Kind::Float, Device::Cpu))?;
    let mut derivatives = Tensor::f_empty([if slopes { rows } else { 0 }, size as i64], (Kind::Float, Device::Cpu))?;
    {
        let (logits, t, b) = (as_slice(&logits)?, as_slice(t)?, b as usize);
        let all = Shares::new(as_mut_slice(&mut sums)?);
        let slopes = if slopes { Some(Shares::new(as_mut_slice(&mut derivatives)?)) } else { None };
        pool::run(pool::threads(), &|worker| {
            for row in worker.share(rows as usize) {
                let (logits, t) = (&logits[row * size..][..size], &t[row % b * size..][..size]);
                // SAFETY: the rows of the threads do not overlap.
                let (sum, slopes) = unsafe {
                    let slopes = slopes.as_ref().map(|slopes| slopes.part(row * size..(row + 1) * size));
                    (all.part(row..row + 1), slopes.unwrap_or_default())
                };
                sum[0] = one_row(logits, t, slopes);
            }
        })?;
    }
    Ok((sums, derivatives))
}

// Multiplies each row by its factor.
fn scale_rows(rows: &mut Tensor, factors: &Tensor) -> Result<()> {
    let size = rows.size()[1] as usize;
    let (rows, factors) = (Shares::new(as_mut_slice(rows)?), as_slice(factors)?);
    pool::run(pool::threads(), &|worker| {
        for i in worker.share(factors.len()) {
            // SAFETY: the rows of the threads do not overlap.
            scale(unsafe { rows.part(i * size..(i + 1) * size) }, factors[i]);
        }
    })
}

const LANES: usize = 16;

wide! {
    // Sum of t l - softplus(l); its derivative with respect to l is t - sigmoid(l).
    fn one_row(logits: &[f32], t: &[f32], slopes: &mut [f32]) -> f32 {
        let mut sums = [0f32; LANES];
        let whole = logits.len() / LANES * LANES;
        let lanes = logits[..whole].chunks_exact(LANES).zip(t[..whole].chunks_exact(LANES));
        if slopes.is_empty() {
            for (l, t) in lanes {
                (0..LANES).for_each(|j| sums[j] += term(l[j], t[j]).0);
            }
            let rest = logits[whole..].iter().zip(&t[whole..]);
            return sums.iter().sum::<f32>() + rest.map(|(l, t)| term(*l, *t).0).sum::<f32>();
        }
        for ((l, t), slopes) in lanes.zip(slopes.chunks_exact_mut(LANES)) {
            for j in 0..LANES {
                let (value, slope) = term(l[j], t[j]);
                sums[j] += value;
                slopes[j] = slope;
            }
        }
        for j in whole..logits.len() {
            let (value, slope) = term(logits[j], t[j]);
            sums[0] += value;
            slopes[j] = slope;
        }
        sums.iter().sum()
    }

    fn scale(values: &mut [f32], factor: f32) {
        values.iter_mut().for_each(|x| *x *= factor);
    }
}

#[inline(always)]
fn term(l: f32, t: f32) -> (f32, f32) {
    let e = exp(-l.abs());
    // sigmoid(l) = 1 / (1 + e) for l > 0, else e / (1 + e).
    (t * l - l.max(0.0) - ln_1p(e), t - if l > 0.0 { 1.0 } else { e } / (1.0 + e))
}

//! Inverse autoregressive flow: a Gaussian draw transformed by steps z' = s z + (1 - s) m, with gate s and shift m of
//! each value computed from the preceding values and a context from the encoder. Successive steps use reverse orders,
//! and the log determinant of a step is the sum of log s.
//!
//! Source: Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", 2016, algorithm 1; masks
//! as in Germain et al., "MADE", 2015, including hidden units that depend on the context only.

use tch::{Kind, Tensor};

use super::{Bottleneck, Coded, Density};
use crate::base::{Code, Diagonal, ParamSpec, Role};
use crate::error::Result;
use crate::layer::Parts;
use crate::member;

const STEPS: usize = 2;
/// Number of parameters per step.
const TENSORS: usize = 5;
/// Added to the gates' logits, so that the initial flow is close to the identity, as the paper recommends.
const OPEN: f64 = 1.5;

member! {
    "iaf": "a Gaussian transformed by an inverse autoregressive flow (Kingma et al., 2016)",
    pub struct Iaf {}
}

impl Bottleneck for Iaf {
    fn features(&self, latent_dim: i64) -> Code {
        Code::Row(2 * latent_dim + context(latent_dim))
    }

    fn stochastic(&self) -> bool {
        true
    }

    fn parameters(&self, dim: i64) -> Vec<ParamSpec> {
        let (context, hidden) = (context(dim), (8 * dim).clamp(32, 512));
        let step = |i: usize| {
            let of = |name: &str, shape: &[i64], role, fan_in| {
                ParamSpec::new(&format!("step{i}.{name}"), shape, role, fan_in)
            };
            [
                of("hidden.weight", &[hidden, dim], Role::Weight, dim + context),
                of("hidden.context", &[hidden, context], Role::Weight, dim + context),
                of("hidden.bias", &[hidden], Role::Bias, dim + context),
                of("out.weight", &[2 * dim, hidden], Role::Weight, hidden),
                of("out.bias", &[2 * dim], Role::Bias, hidden),
            ]
        };
        (1..=STEPS).flat_map(step).collect()
    }

    fn encode(&self, features: &Tensor, noise: &Tensor, parts: &Parts) -> Result<Coded> {
        let dim = noise.size()[2];
        let diagonal = Diagonal::split(&features.f_narrow(1, 0, 2 * dim)?)?.limited(parts.training)?;
        let context = features.f_narrow(1, 2 * dim, context(dim))?;
        let (mut z, mut density) = (diagonal.draw(noise)?, diagonal.log_density(noise)?);
        for own in parts.parameters.chunks_exact(TENSORS) {
            let (bent, log_determinant) = step(&z.f_flip([-1])?, &context, own)?;
            (z, density) = (bent, density.f_sub(&log_determinant)?);
        }
        Ok(Coded { latent: z, density: Density::Drawn(density), penalty: None })
    }
}

fn context(latent_dim: i64) -> i64 {
    2 * latent_dim
}

// Maps z [k, b, dim] and context [b, width] to [k, b, dim] and [k, b].
fn step(z: &Tensor, context: &Tensor, own: &[Tensor]) -> Result<(Tensor, Tensor)> {
    let (dim, hidden) = (z.size()[2], own[0].size()[0]);
    let count = |n| Tensor::f_arange(n, (Kind::Int64, z.device()));
    // A hidden unit of degree j depends on the first j values; gate and shift of value i, counted from 1, on degrees
    // below i.
    let degree = count(hidden)?.f_remainder(dim)?;
    let sees = degree.f_unsqueeze(1)?.f_gt_tensor(&count(dim)?)?;
    let feeds = count(dim)?.f_repeat([2])?.f_unsqueeze(1)?.f_ge_tensor(&degree)?;
    let from_context = context.f_linear(&own[1], Some(&own[2]))?;
    let units = z.f_linear(&own[0].f_mul(&sees)?, None::<&Tensor>)?.f_add(&from_context)?.f_elu()?;
    let out = units.f_linear(&own[3].f_mul(&feeds)?, Some(&own[4]))?;
    let (logit, shift) = (out.f_narrow(2, 0, dim)?.f_add_scalar(OPEN)?, out.f_narrow(2, dim, dim)?);
    let gate = logit.f_sigmoid()?;
    let bent = shift.f_add(&gate.f_mul(&z.f_sub(&shift)?)?)?;
    let log_determinant = logit.f_log_sigmoid()?.f_sum_dim_intlist([-1i64].as_slice(), false, Kind::Float)?;
    Ok((bent, log_determinant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{InitScheme, ParamStore, Philox};
    use tch::Device;

    // Jacobian by finite differences: triangular, with the gates on its diagonal.
    #[test]
    fn the_log_determinant_is_that_of_the_jacobian() {
        let specs = Iaf::USUAL.parameters(3);
        let store = ParamStore::new(specs, InitScheme::FanIn, &Philox::new(5), 0, Device::Cpu).unwrap();
        let own: Vec<Tensor> = store.views(&store.flat().detach()).unwrap();
        let own: Vec<Tensor> = own[..TENSORS].iter().map(|tensor| tensor.to_kind(Kind::Double) * 3.0).collect();
        let context = Tensor::from_slice(&[0.3f64, -0.7, 0.1, 0.9, -0.2, 0.4]).view([1, 6]);
        let z = Tensor::from_slice(&[0.5f64, -1.0, 2.0]).view([1, 1, 3]);
        let (at, found) = step(&z, &context, &own).unwrap();
        let (size, mut product) = (1e-6, 1.0);
        for i in 0..3 {
            let shifted = z.copy();
            let _ = shifted.narrow(2, i, 1).g_add_scalar_(size);
            let (moved, _) = step(&shifted, &context, &own).unwrap();
            let column = (moved - &at) / size;
            (0..i).for_each(|j| assert_eq!(column.double_value(&[0, 0, j]), 0.0));
            product *= column.double_value(&[0, 0, i]);
        }
        assert!((product.ln() - found.to_kind(Kind::Double).double_value(&[0, 0])).abs() < 1e-5);
    }
}

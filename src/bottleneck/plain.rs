//! Plain: the encoder's output is the latent; its squared norm may be penalised.
//!
//! Source: Hinton and Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", 2006; for the penalty
//! Ghosh et al., "From Variational to Deterministic Autoencoders", 2020 (RAE-L2, without weight decay of the decoder).

use tch::{Kind, Tensor};

use super::{Bottleneck, BottleneckDefaults, BottleneckSpec, Coded, Density};
use crate::base::Code;
use crate::error::Result;
use crate::layer::Parts;
use crate::registry::Member;

/// The `plain` bottleneck.
pub struct Plain;

impl Member for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn describe(&self) -> &'static str {
        "the encoder's output (Hinton and Salakhutdinov, 2006)"
    }
}

impl Bottleneck for Plain {
    fn defaults(&self) -> BottleneckDefaults {
        BottleneckDefaults { l2: Some(0.0), ..BottleneckDefaults::default() }
    }

    fn features(&self, spec: &BottleneckSpec) -> Code {
        Code::Row(spec.latent_dim)
    }

    fn penalty(&self, spec: &BottleneckSpec) -> Option<&'static str> {
        (spec.l2 > 0.0).then_some("l2")
    }

    fn encode(&self, spec: &BottleneckSpec, features: &Tensor, _: &Tensor, _: &Parts) -> Result<Coded> {
        let penalty = match self.penalty(spec) {
            Some(_) => {
                let squares = features.f_square()?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?;
                Some(squares.f_mul_scalar(spec.l2)?)
            }
            None => None,
        };
        Ok(Coded {
            latent: features.f_unsqueeze(0)?,
            density: Density::Point,
            penalty,
        })
    }
}

//! Plain: the encoder's output is the latent; its squared norm may be penalised.
//!
//! Source: Hinton and Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", 2006; for the penalty
//! Ghosh et al., "From Variational to Deterministic Autoencoders", 2020 (RAE-L2, without weight decay of the decoder).

use tch::{Kind, Tensor};

use super::{Bottleneck, Coded, Density};
use crate::base::Code;
use crate::error::Result;
use crate::layer::Parts;
use crate::member;

member! {
    "plain": "the encoder's output (Hinton and Salakhutdinov, 2006)",
    pub struct Plain {
        /// Weight of the squared norm of a latent.
        l2: f64 = 0.0,
    }
}

impl Bottleneck for Plain {
    fn features(&self, latent_dim: i64) -> Code {
        Code::Row(latent_dim)
    }

    fn penalty(&self) -> Option<&'static str> {
        (self.l2 > 0.0).then_some("l2")
    }

    fn encode(&self, features: &Tensor, _: &Tensor, _: &Parts) -> Result<Coded> {
        let penalty = match self.penalty() {
            Some(_) => {
                let squares = features.f_square()?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?;
                Some(squares.f_mul_scalar(self.l2)?)
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

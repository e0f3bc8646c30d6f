//! One of the two networks of a GAN with its optimiser.

use tch::{Kind, Tensor};

use crate::base::{Adam, AdamSpec, Dial, Ranks, Tape};
use crate::error::Result;
use crate::net::Network;

/// A network with its optimiser.
pub struct Player {
    pub network: Network,
    pub adam: Adam,
    max_grad_norm: Option<f64>,
}

impl Player {
    pub fn new(network: Network, spec: AdamSpec, max_grad_norm: Option<f64>) -> Result<Self> {
        let flat = network.params.flat();
        let adam = Adam::new(spec, network.params.len(), flat.device())?;
        Ok(Player { network, adam, max_grad_norm })
    }

    /// Makes a step that decreases `loss`; only gradients of this network's weights are computed.
    pub fn descend(&mut self, (tape, ranks): (&Tape, &Ranks), loss: &Tensor, rates: &[Dial; 2]) -> Result<()> {
        let flat = self.network.params.flat();
        let seen = tape.gradients(loss, &[flat])?.pop();
        match self.network.gradient(seen)? {
            Some(gradient) => {
                ranks.average(&gradient)?;
                let gradient = match self.max_grad_norm {
                    Some(most) => shortened(&gradient, most)?,
                    None => gradient,
                };
                self.adam.step(flat, &gradient, rates)
            }
            // The loss does not depend on this network.
            None => Ok(()),
        }
    }
}

// Clips the gradient to this norm (Pascanu et al., "On the Difficulty of Training Recurrent Neural Networks", 2013).
fn shortened(gradient: &Tensor, most: f64) -> Result<Tensor> {
    let length = gradient.f_square()?.f_sum(Kind::Float)?.f_sqrt()?;
    let part = length.f_add_scalar(1e-6)?.f_reciprocal()?.f_mul_scalar(most)?.f_clamp_max(1.0)?;
    Ok(gradient.f_mul(&part)?)
}

//! The weights with the lowest validation loss.

use tch::{Kind, Tensor};

use crate::base::ParamStore;
use crate::error::Result;
use crate::family::Stored;

/// The weights with the lowest loss so far, and this loss; both are part of a run's state.
pub struct Best {
    weights: Tensor,
    // [1], infinite before the first loss.
    loss: Tensor,
}

impl Best {
    /// Creates a record without a loss.
    pub fn new(params: &ParamStore) -> Result<Self> {
        let flat = params.flat().f_detach()?;
        let loss = Tensor::f_full([1], f64::from(f32::MAX), (Kind::Float, flat.device()))?;
        Ok(Best { weights: flat.f_detach_copy()?, loss })
    }

    /// Forgets the loss: losses on other data cannot be compared.
    pub fn forget(&mut self) -> Result<()> {
        let _ = self.loss.f_fill_(f64::from(f32::MAX))?;
        Ok(())
    }

    /// Copies weights if their loss is the lowest.
    pub fn look(&mut self, loss: f64, weights: &Tensor) -> Result<()> {
        if loss < self.loss.f_double_value(&[0])? {
            self.weights.f_copy_(&weights.f_detach()?)?;
            let _ = self.loss.f_fill_(loss)?;
        }
        Ok(())
    }

    /// The weights, if a loss was recorded.
    pub fn weights(&self) -> Option<&Tensor> {
        let seen = self.loss.f_double_value(&[0]).is_ok_and(|loss| loss < f64::from(f32::MAX));
        seen.then_some(&self.weights)
    }

    /// Tensors for a checkpoint.
    pub fn state<'a>(&'a self, name: &str, params: &'a ParamStore) -> [Stored<'a>; 2] {
        [Stored::named(format!("best.{name}"), params, &self.weights), Stored::plain("best.loss", &self.loss)]
    }
}

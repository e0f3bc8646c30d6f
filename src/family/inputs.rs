//! Inputs that differ from step to step.

use tch::{Device, Tensor};

use super::Drawn;
use crate::base::device::sent;
use crate::base::Dials;
use crate::error::Result;

/// All inputs of a step apart from its own state.
pub struct Inputs {
    /// The batch, `[b, ...sample]`.
    pub x: Tensor,
    /// What networks are given beside it, `[b, width]`: labels, or the places at which documents start.
    pub given: Option<Tensor>,
    /// Random numbers.
    pub drawn: Drawn,
    /// Rates.
    pub dials: Dials,
}

impl Inputs {
    /// Copies random numbers and rates to the device of the batch.
    pub fn on(self, device: Device) -> Result<Self> {
        // Labels that the step drew itself; those of the data are already on the device.
        let given = self.given.as_ref().map(|given| sent(given, device)).transpose()?;
        Ok(Inputs {
            x: self.x,
            given,
            drawn: self.drawn.each(|tensor| sent(tensor, device))?,
            dials: self.dials.on(device)?,
        })
    }

    /// Allocates memory for inputs of these shapes, to be filled by [`Inputs::refill`].
    pub fn place(&self, device: Device) -> Result<Self> {
        let like = |tensor: &Tensor| -> Result<Tensor> { Ok(tensor.f_empty_like()?.f_to_device(device)?) };
        Ok(Inputs {
            x: like(&self.x)?,
            given: self.given.as_ref().map(like).transpose()?,
            drawn: self.drawn.each(like)?,
            dials: self.dials.place(device)?,
        })
    }

    /// Copies inputs into this memory.
    pub fn refill(&mut self, from: &Inputs) -> Result<()> {
        self.x.f_copy_(&from.x)?;
        if let (Some(place), Some(given)) = (&mut self.given, &from.given) {
            place.f_copy_(given)?;
        }
        self.drawn.refill(&from.drawn)?;
        self.dials.refill(&from.dials)
    }
}

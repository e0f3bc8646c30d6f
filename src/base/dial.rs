//! Scalars that change from step to step, such as learning rates and averaging rates.
//!
//! On the CPU they are plain numbers. On a device they are stored in device memory, so that a captured CUDA graph reads
//! the values of the current step.

use tch::{Device, Kind, Tensor};

use super::device::sent;
use crate::error::Result;

/// A list of scalars.
#[derive(Debug, Default)]
pub struct Dials {
    values: Vec<f64>,
    // Copies on the device, [n], float32.
    placed: Option<Tensor>,
}

/// One scalar.
#[derive(Debug)]
pub enum Dial {
    /// A number.
    Number(f64),
    /// A 0-d tensor in device memory.
    Placed(Tensor),
}

impl Dials {
    /// Creates a list in host memory.
    pub fn new(values: Vec<f64>) -> Self {
        Dials { values, placed: None }
    }

    /// Copies the values to `device`; on the CPU they remain numbers.
    pub fn on(mut self, device: Device) -> Result<Self> {
        if device != Device::Cpu && !self.values.is_empty() {
            self.placed = Some(sent(&self.tensor()?, device)?);
        }
        Ok(self)
    }

    /// Allocates device memory for as many values, to be filled by [`Dials::refill`].
    pub fn place(&self, device: Device) -> Result<Self> {
        let placed = Tensor::f_zeros([self.values.len() as i64], (Kind::Float, device))?;
        Ok(Dials { values: self.values.clone(), placed: Some(placed) })
    }

    /// Copies the values of `from` into this list's memory.
    pub fn refill(&mut self, from: &Dials) -> Result<()> {
        match (&mut self.placed, &from.placed) {
            (Some(place), Some(numbers)) => place.f_copy_(numbers)?,
            (Some(place), None) => place.f_copy_(&from.tensor()?)?,
            (None, _) => self.values.clone_from(&from.values),
        }
        Ok(())
    }

    /// Scalar at index `i`.
    pub fn get(&self, i: usize) -> Result<Dial> {
        Ok(match &self.placed {
            Some(placed) => Dial::Placed(placed.f_select(0, i as i64)?),
            None => Dial::Number(self.values.get(i).copied().unwrap_or(f64::NAN)),
        })
    }

    fn tensor(&self) -> Result<Tensor> {
        let values: Vec<f32> = self.values.iter().map(|&value| value as f32).collect();
        Ok(Tensor::f_from_slice(&values)?)
    }
}

impl Dial {
    /// Multiplies `x`, in place.
    pub fn scale(&self, x: &mut Tensor) -> Result<()> {
        let _ = match self {
            Dial::Number(number) => x.f_mul_scalar_(*number)?,
            Dial::Placed(number) => x.f_mul_(number)?,
        };
        Ok(())
    }

    /// Interpolates `x` linearly towards `end` by this fraction, in place.
    pub fn approach(&self, x: &mut Tensor, end: &Tensor) -> Result<()> {
        let _ = match self {
            Dial::Number(number) => x.f_lerp_(end, *number)?,
            Dial::Placed(number) => x.f_lerp_tensor_(end, number)?,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placed_scalars_act_like_numbers() {
        let dials = Dials::new(vec![0.5, 3.0]);
        let mut placed = dials.place(Device::Cpu).unwrap();
        placed.refill(&dials).unwrap();
        for dials in [&dials, &placed] {
            let mut x = Tensor::from_slice(&[2f32, 4.0]);
            dials.get(1).unwrap().scale(&mut x).unwrap();
            dials.get(0).unwrap().approach(&mut x, &Tensor::from_slice(&[0f32, 0.0])).unwrap();
            assert!(x.equal(&Tensor::from_slice(&[3f32, 6.0])));
        }
    }
}

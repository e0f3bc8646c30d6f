//! Scalars that change from step to step, such as learning rates and averaging rates.
//!
//! On the CPU they are plain numbers. On a device they are stored in device memory, so that a captured CUDA graph reads
//! the values of the current step.

use tch::{Device, Kind, Tensor};

use super::device::sent;
use crate::error::{Error, Result};

/// Scalars by name: one or several under each.
#[derive(Debug, Default)]
pub struct Dials {
    values: Vec<(&'static str, f64)>,
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
    /// Keeps values in host memory.
    pub fn new(named: &[(&'static str, &[f64])]) -> Self {
        let values = named.iter().flat_map(|(name, values)| values.iter().map(|value| (*name, *value)));
        Dials { values: values.collect(), placed: None }
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

    /// Copies the values of `from` into this memory.
    pub fn refill(&mut self, from: &Dials) -> Result<()> {
        match (&mut self.placed, &from.placed) {
            (Some(place), Some(numbers)) => place.f_copy_(numbers)?,
            (Some(place), None) => place.f_copy_(&from.tensor()?)?,
            (None, _) => self.values.clone_from(&from.values),
        }
        Ok(())
    }

    /// The `N` scalars of a name.
    ///
    /// # Errors
    /// [`Error::Internal`] if there are not as many.
    pub fn get<const N: usize>(&self, name: &str) -> Result<[Dial; N]> {
        let found = self.values.iter().enumerate().filter(|(_, (own, _))| *own == name);
        let dials = found.map(|(i, (_, value))| match &self.placed {
            Some(placed) => Ok(Dial::Placed(placed.f_select(0, i as i64)?)),
            None => Ok(Dial::Number(*value)),
        });
        let dials = dials.collect::<Result<Vec<_>>>()?;
        dials.try_into().map_err(|_| Error::Internal(format!("{N} rates \"{name}\" of a step")))
    }

    fn tensor(&self) -> Result<Tensor> {
        let values: Vec<f32> = self.values.iter().map(|&(_, value)| value as f32).collect();
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
        let dials = Dials::new(&[("end", &[0.5]), ("sizes", &[3.0, 2.0])]);
        let mut placed = dials.place(Device::Cpu).unwrap();
        placed.refill(&dials).unwrap();
        for dials in [&dials, &placed] {
            let mut x = Tensor::from_slice(&[2f32, 4.0]);
            let ([end], [first, second]) = (dials.get("end").unwrap(), dials.get("sizes").unwrap());
            first.scale(&mut x).unwrap();
            second.scale(&mut x).unwrap();
            end.approach(&mut x, &Tensor::from_slice(&[0f32, 0.0])).unwrap();
            assert!(x.equal(&Tensor::from_slice(&[6f32, 12.0])));
            assert!(dials.get::<1>("sizes").is_err());
        }
    }
}

//! Running sums of losses on the device: adding is asynchronous, reading waits for the device.

use tch::{Device, Kind, Tensor};

use super::Ranks;
use crate::error::Result;

/// Named running sums.
#[derive(Debug)]
pub struct Scalars {
    names: Vec<&'static str>,
    sums: Tensor,
    counts: Tensor,
}

impl Scalars {
    /// Creates sums of zero.
    pub fn new(names: Vec<&'static str>, device: Device) -> Result<Self> {
        let zeros = || Tensor::f_zeros([names.len() as i64], (Kind::Float, device));
        let (sums, counts) = (zeros()?, zeros()?);
        Ok(Scalars { names, sums, counts })
    }

    /// The names, in the order of [`Scalars::add`].
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Adds one value, a 0-d tensor, to each sum from index `first` on.
    pub fn add(&mut self, first: usize, values: &[Tensor]) -> Result<()> {
        let (first, count) = (first as i64, values.len() as i64);
        let _ = self.sums.f_narrow(0, first, count)?.f_add_(&Tensor::f_stack(values, 0)?)?;
        let _ = self.counts.f_narrow(0, first, count)?.f_add_scalar_(1.0)?;
        Ok(())
    }

    /// Replaces the sums by their means over all processes; all processes must have added equally often.
    pub fn average(&mut self, ranks: &Ranks) -> Result<()> {
        ranks.average(&self.sums)
    }

    /// Means since the last [`Scalars::reset`]; NaN for sums without values. Waits for the device.
    pub fn means(&self) -> Result<Vec<f64>> {
        let means = self.sums.f_div(&self.counts)?.f_to_device(Device::Cpu)?;
        let mut out = vec![0f32; self.names.len()];
        means.f_copy_data(&mut out, self.names.len())?;
        Ok(out.into_iter().map(f64::from).collect())
    }

    /// First name whose sum is not finite, if any. Waits for the device.
    pub fn not_finite(&self) -> Result<Option<&'static str>> {
        let sums = self.sums.f_to_device(Device::Cpu)?;
        let mut out = vec![0f32; self.names.len()];
        sums.f_copy_data(&mut out, self.names.len())?;
        let first = out.iter().position(|sum| !sum.is_finite());
        Ok(first.map(|i| self.names[i]))
    }

    /// Resets the sums to zero.
    pub fn reset(&mut self) -> Result<()> {
        let _ = (self.sums.f_zero_()?, self.counts.f_zero_()?);
        Ok(())
    }

    /// The live tensors, for checkpoints.
    pub fn tensors(&self) -> [(&'static str, &Tensor); 2] {
        [("sums", &self.sums), ("counts", &self.counts)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_count_each_name_on_its_own() {
        let mut scalars = Scalars::new(vec!["a", "b"], Device::Cpu).unwrap();
        let value = |x: f32| Tensor::from(x);
        scalars.add(0, &[value(1.0), value(10.0)]).unwrap();
        scalars.add(0, &[value(3.0)]).unwrap();
        assert_eq!(scalars.means().unwrap(), [2.0, 10.0]);
        scalars.add(1, &[value(f32::NAN)]).unwrap();
        assert_eq!(scalars.not_finite().unwrap(), Some("b"));
        scalars.reset().unwrap();
        assert_eq!(scalars.not_finite().unwrap(), None);
    }
}

//! Training data resident on the device, as it came: uint8 stays uint8, and is scaled a batch at a time.

use tch::{Device, Kind, Tensor};

use crate::base::DataShape;
use crate::error::{Error, Result};

/// All samples, on the device.
pub struct Source {
    shape: DataShape,
    // [n, ...stored]: uint8 in the user's range, or float32 in the network's.
    samples: Tensor,
}

impl Source {
    /// Places samples on the device.
    ///
    /// # Shapes
    /// `samples` is `[n, ...stored]`, uint8 or float32, in the user's range.
    ///
    /// # Errors
    /// [`Error::DataDiffers`] if a sample is not of `shape`.
    pub fn new(shape: &DataShape, samples: &Tensor, device: Device, call: &str) -> Result<Self> {
        let size = samples.size();
        if size.is_empty() || size[1..] != shape.stored()[..] {
            return Err(Error::DataDiffers {
                call: call.into(),
                fitted: shape.describe(),
                got: crate::base::shape::tuple(size.get(1..).unwrap_or_default()),
            });
        }
        let mut samples = samples.f_to_device(device)?;
        if samples.f_kind()? != Kind::Uint8 {
            samples = shape.encode(&samples)?;
            if size.len() == 4 {
                samples = samples.f_permute([0, 2, 3, 1])?;
            }
            samples = samples.f_contiguous()?;
        }
        Ok(Source { shape: shape.clone(), samples })
    }

    /// Number of samples.
    pub fn len(&self) -> u64 {
        self.samples.size().first().map_or(0, |&n| n as u64)
    }

    /// Whether there is no sample at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples with these indices, in the network's range.
    ///
    /// # Shapes
    /// `[b]` to `[b, channels, height, width]` (channels last in memory) or `[b, dim]`.
    pub fn batch(&self, indices: &Tensor) -> Result<Tensor> {
        let batch = self.samples.f_index_select(0, indices)?;
        if batch.f_kind()? == Kind::Uint8 {
            return self.shape.encode(&batch);
        }
        Ok(match batch.dim() {
            4 => batch.f_permute([0, 3, 1, 2])?,
            _ => batch,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_floats_give_the_same_batch() {
        let shape = DataShape::Image { height: 2, width: 2, channels: 1, low: 0.0, high: 255.0 };
        let bytes = Tensor::from_slice(&[0u8, 64, 128, 255, 1, 2, 3, 4]).view([2, 2, 2, 1]);
        let floats = bytes.to_kind(Kind::Float);
        let index = Tensor::from_slice(&[1i64, 0]);
        let batch = |x: &Tensor| {
            let source = Source::new(&shape, x, Device::Cpu, "fit").unwrap();
            source.batch(&index).unwrap()
        };
        assert!(batch(&bytes).equal(&batch(&floats)));
        assert_eq!(batch(&bytes).size(), [2, 1, 2, 2]);
    }

    #[test]
    fn samples_of_another_shape_are_refused() {
        let shape = DataShape::Vector { mean: vec![0.0; 2], deviation: vec![1.0; 2] };
        let x = Tensor::zeros([5, 3], (Kind::Float, Device::Cpu));
        let error = Source::new(&shape, &x, Device::Cpu, "partial_fit").err().unwrap();
        assert_eq!(error.to_string(), "partial_fit: fitted on (2,), got (3,)");
    }
}

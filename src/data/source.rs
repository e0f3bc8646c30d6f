//! Training data resident on the device, as it came: uint8 stays uint8, and is scaled a batch at a time.

use tch::{Device, Kind, Tensor};

use crate::base::{DataShape, Labels};
use crate::error::{Error, Result};

/// All samples, on the device.
pub struct Source {
    shape: DataShape,
    // [n, ...stored]: uint8 in the user's range, or float32 in the network's.
    samples: Tensor,
    // Codes of classes `[n]`, int64, or numbers `[n, width]`, float32.
    labels: Option<Tensor>,
}

/// Samples that go through a step together.
pub struct Batch {
    /// `[b, channels, height, width]` (channels last in memory) or `[b, dim]`, in the network's range.
    pub x: Tensor,
    /// `[b, width]`, where the data has labels.
    pub labels: Option<Tensor>,
}

impl Source {
    /// Places samples on the device.
    ///
    /// # Shapes
    /// `samples` is `[n, ...stored]`, uint8 or float32, in the user's range; `labels` as [`crate::base::Labels::encode`]
    /// takes them.
    ///
    /// # Errors
    /// [`Error::DataDiffers`] if a sample is not of `shape`, [`Error::Shape`] if labels are missing or not as many.
    pub fn new(
        shape: &DataShape,
        (samples, labels): (&Tensor, Option<&Tensor>),
        device: Device,
        call: &str,
    ) -> Result<Self> {
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
        let counts = |labels: &Tensor| labels.size().first() == size.first();
        if (shape.labels != Labels::None && labels.is_none()) || labels.is_some_and(|labels| !counts(labels)) {
            return Err(Error::Shape {
                name: "y".into(),
                expected: format!("a label for each of {} samples", size[0]),
                got: labels.map_or("None".into(), |labels| crate::base::shape::tuple(&labels.size())),
            });
        }
        let labels = labels.filter(|_| shape.labels != Labels::None);
        let labels = labels.map(|labels| labels.f_to_device(device)).transpose()?;
        Ok(Source { shape: shape.clone(), samples, labels })
    }

    /// Number of samples.
    pub fn len(&self) -> u64 {
        self.samples.size().first().map_or(0, |&n| n as u64)
    }

    /// Whether there is no sample at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples with these indices `[b]`.
    pub fn batch(&self, indices: &Tensor) -> Result<Batch> {
        let labels = match &self.labels {
            Some(labels) => Some(self.shape.labels.encode(&labels.f_index_select(0, indices)?)?),
            None => None,
        };
        Ok(Batch { x: self.samples(indices)?, labels })
    }

    fn samples(&self, indices: &Tensor) -> Result<Tensor> {
        if let Some(batch) = self.shape.encode_bytes(&self.samples, indices)? {
            return Ok(batch);
        }
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
        let shape = DataShape::image([2, 2, 1], 0.0, 255.0);
        let bytes = Tensor::from_slice(&[0u8, 64, 128, 255, 1, 2, 3, 4]).view([2, 2, 2, 1]);
        let floats = bytes.to_kind(Kind::Float);
        let index = Tensor::from_slice(&[1i64, 0]);
        let batch = |x: &Tensor| {
            let source = Source::new(&shape, (x, None), Device::Cpu, "fit").unwrap();
            source.batch(&index).unwrap().x
        };
        assert!(batch(&bytes).equal(&batch(&floats)));
        assert_eq!(batch(&bytes).size(), [2, 1, 2, 2]);
    }

    #[test]
    fn samples_of_another_shape_are_refused() {
        let shape = DataShape::vector(vec![0.0; 2], vec![1.0; 2]);
        let x = Tensor::zeros([5, 3], (Kind::Float, Device::Cpu));
        let error = Source::new(&shape, (&x, None), Device::Cpu, "partial_fit").err().unwrap();
        assert_eq!(error.to_string(), "partial_fit: fitted on (2,), got (3,)");
    }
}

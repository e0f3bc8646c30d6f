//! Source of batches: resident on the device, or streamed.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use tch::{Device, Tensor};

use super::{Packing, Reader, Resident, Streamed, Windows};
use crate::base::Philox;
use crate::error::{Error, Result};
use crate::kind::{DataShape, Labels};

/// Samples of one step.
pub struct Batch {
    /// `[b, channels, height, width]` (channels-last in memory) or `[b, dim]`, in the network's range.
    pub x: Tensor,
    /// What networks are given beside them, `[b, width]`: labels, or the places at which documents start.
    pub given: Option<Tensor>,
}

/// Assignment of the samples of an epoch to steps.
#[derive(Clone, Debug)]
pub struct Batching {
    /// Batch size over all processes.
    pub batch: usize,
    /// This process's range of the batch.
    pub part: Range<usize>,
    /// Total number of epochs; nothing is prefetched beyond them.
    pub epochs: u64,
}

impl Batching {
    /// Positions in the epoch's order of the samples of step `position`.
    pub fn places(&self, position: u64) -> Range<usize> {
        let first = position as usize * self.batch;
        first + self.part.start..first + self.part.end
    }

    /// Steps per epoch of `len` samples; an incomplete batch is dropped.
    pub fn steps(&self, len: usize) -> u64 {
        (len / self.batch.max(1)) as u64
    }
}

/// Storage of the samples.
pub enum Samples {
    /// A tensor `[n, ...stored]`, uint8, float32 or float64, in the user's range.
    All(Tensor),
    /// Read on demand.
    Streamed(Arc<dyn Reader>),
    /// Documents packed end to end: those for training, and those that measure it, if any.
    Packed(Arc<dyn Packing>, Option<Arc<dyn Packing>>),
}

/// All training data of a run.
pub struct Source {
    shape: DataShape,
    kind: Where,
    // Class indices `[n]`, int64, or numbers `[n, width]`, float32 or float64; on the device.
    labels: Option<Tensor>,
}

enum Where {
    Resident(Resident),
    Streamed(Streamed),
    // Windows for training and for metrics.
    Packed([Windows; 2]),
}

impl Source {
    /// Prepares samples and labels, encoded as by [`crate::base::Labels::encode`].
    ///
    /// # Errors
    /// [`Error::DataDiffers`] if a sample does not have `shape`, [`Error::Shape`] if labels are missing or differ in
    /// number.
    pub fn new(
        shape: &DataShape,
        (samples, labels): (Samples, Option<&Tensor>),
        random: Philox,
        device: Device,
        call: &str,
    ) -> Result<Self> {
        let (len, sizes) = match &samples {
            Samples::All(all) => {
                let size = all.size();
                let len = size.first().map_or(0, |&n| n as usize);
                (len, size.get(1..).unwrap_or_default().to_vec())
            }
            Samples::Streamed(reader) => (reader.len(), reader.sizes().to_vec()),
            Samples::Packed(packed, _) => (packed.windows(shape.sample()[0] as usize), shape.stored()),
        };
        if sizes != shape.stored() {
            return Err(Error::DataDiffers {
                call: call.into(),
                fitted: shape.describe(),
                got: crate::base::axes::tuple(&sizes),
            });
        }
        let counts = |labels: &Tensor| labels.size().first() == Some(&(len as i64));
        if (shape.labels.in_data() && labels.is_none()) || labels.is_some_and(|labels| !counts(labels)) {
            return Err(Error::Shape {
                name: "y".into(),
                expected: format!("a label for each of {len} samples"),
                got: labels.map_or("None".into(), |labels| crate::base::axes::tuple(&labels.size())),
            });
        }
        let labels = labels.filter(|_| shape.labels.in_data());
        let classes = match (&shape.labels, labels) {
            (Labels::Classes { balanced: true, .. }, Some(labels)) => Some(Vec::<i64>::try_from(labels)?),
            _ => None,
        };
        let labels = labels.map(|labels| labels.f_to_device(device)).transpose()?;
        let kind = match samples {
            Samples::All(all) => Where::Resident(Resident::new(shape, (&all, classes.as_deref()), random, device)?),
            Samples::Streamed(_) if classes.is_some() => {
                return Err(Error::parameter("balanced", "expected data in memory, with random access", "a stream"))
            }
            Samples::Streamed(reader) => Where::Streamed(Streamed::new(shape, reader, random, device)),
            Samples::Packed(packed, held_out) => {
                let measured = held_out.unwrap_or_else(|| packed.clone());
                let windows = |packed| Windows::new(packed, shape.sample()[0] as usize, random, device);
                Where::Packed([windows(packed), windows(measured)])
            }
        };
        Ok(Source { shape: shape.clone(), kind, labels })
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        match &self.kind {
            Where::Resident(resident) => resident.len(),
            Where::Streamed(streamed) => streamed.len(),
            Where::Packed([windows, _]) => windows.len(),
        }
    }

    /// True if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Batch at `place`, (epoch, position). `None` if it has not been read before `until`.
    pub fn batch(&mut self, batching: &Batching, place: (u64, u64), until: Instant) -> Result<Option<Batch>> {
        let read = match &mut self.kind {
            Where::Resident(resident) => Some(resident.batch(batching, place)?),
            Where::Streamed(streamed) => streamed.batch(batching, place, until)?,
            Where::Packed([windows, _]) => return windows.batch(batching, place).map(Some),
        };
        read.map(|(x, rows)| self.labelled(x, &rows)).transpose()
    }

    /// The first `count` samples; of documents, windows of those that measure training.
    pub fn first(&self, count: usize) -> Result<Batch> {
        if let Where::Packed([_, windows]) = &self.kind {
            return windows.first(count);
        }
        let count = count.min(self.len());
        let (x, rows) = match &self.kind {
            Where::Resident(resident) => resident.first(count)?,
            Where::Streamed(streamed) => streamed.first(count)?,
            Where::Packed(_) => return Err(Error::Internal("samples of documents".into())),
        };
        self.labelled(x, &rows)
    }

    /// A value of a float stream that exceeds the fitted range by more than its tolerance, if one has been read.
    pub fn strayed(&self) -> Option<f64> {
        match &self.kind {
            Where::Streamed(streamed) => streamed.strayed(),
            Where::Resident(_) | Where::Packed(_) => None,
        }
    }

    fn labelled(&self, x: Tensor, rows: &Tensor) -> Result<Batch> {
        let given = match &self.labels {
            Some(labels) => Some(self.shape.labels.encode(&labels.f_index_select(0, rows)?)?),
            None => None,
        };
        Ok(Batch { x, given })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Kind;

    fn source(shape: &DataShape, x: Tensor) -> Result<Source> {
        Source::new(shape, (Samples::All(x), None), Philox::new(0), Device::Cpu, "partial_fit")
    }

    #[test]
    fn bytes_and_floats_give_the_same_batch() {
        let shape = DataShape::image([2, 2, 1], 0.0, 255.0);
        let bytes = Tensor::from_slice(&[0u8, 64, 128, 255, 1, 2, 3, 4]).view([2, 2, 2, 1]);
        let floats = bytes.to_kind(Kind::Float);
        let batching = Batching { batch: 2, part: 0..2, epochs: 1 };
        let batch = |x: &Tensor| {
            source(&shape, x.shallow_clone())
                .unwrap()
                .batch(&batching, (0, 0), Instant::now())
                .unwrap()
                .unwrap()
                .x
        };
        assert!(batch(&bytes).equal(&batch(&floats)));
        assert_eq!(batch(&bytes).size(), [2, 1, 2, 2]);
    }

    #[test]
    fn samples_of_another_shape_are_refused() {
        let shape = DataShape::vector(vec![0.0; 2], vec![1.0; 2]);
        let error = source(&shape, Tensor::zeros([5, 3], (Kind::Float, Device::Cpu))).err().unwrap();
        assert_eq!(error.to_string(), "partial_fit: fitted on (2,), got (3,)");
    }
}

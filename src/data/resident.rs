//! Training data on the device in its original dtype: uint8 stays uint8 and is scaled per batch.

use tch::{Device, Kind, Tensor};

use super::order::of_like_lengths;
use super::{Access, Batching, Order};
use crate::base::axes::{channels_first, channels_last};
use crate::base::device::sent;
use crate::base::Philox;
use crate::error::Result;
use crate::kind::DataShape;

/// Number of values that are scaled at a time, which avoids a second copy of the data.
const CHUNK: i64 = 1 << 22;

/// All samples, on the device.
pub struct Resident {
    shape: DataShape,
    // [n, ...stored]: uint8 in the user's range, or float32 in the network's range.
    samples: Tensor,
    order: Order,
    // Number of tokens of each sample, for texts.
    lengths: Option<Vec<i64>>,
    // Cached order of an epoch, on the device.
    rows: Option<(u64, Tensor)>,
}

impl Resident {
    /// Copies samples `[n, ...stored]`, uint8, float32 or float64 in the user's range, to the device. `classes` are the
    /// class indices for class-balanced order.
    pub fn new(
        shape: &DataShape,
        (samples, classes): (&Tensor, Option<&[i64]>),
        random: Philox,
        device: Device,
    ) -> Result<Self> {
        let samples = match samples.f_kind()? {
            Kind::Uint8 => samples.f_to_device(device)?,
            _ => encoded(shape, samples, device)?,
        };
        let len = samples.size().first().map_or(0, |&n| n as usize);
        let order = Order::new(random, len, Access::Anywhere);
        let lengths = match shape.language() {
            Some(_) => {
                let lengths = samples.f_ge(0.0)?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Int64)?;
                Some(Vec::<i64>::try_from(lengths)?)
            }
            None => None,
        };
        Ok(Resident {
            shape: shape.clone(),
            samples,
            order: match classes {
                Some(classes) => order.balanced(classes),
                None => order,
            },
            lengths,
            rows: None,
        })
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.samples.size().first().map_or(0, |&n| n as usize)
    }

    /// True if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Samples of a batch in the network's range, and their indices.
    pub fn batch(&mut self, batching: &Batching, (epoch, position): (u64, u64)) -> Result<(Tensor, Tensor)> {
        let all = match self.rows.take() {
            Some((of, all)) if of == epoch => all,
            _ => {
                let mut rows = self.order.rows(epoch, 0..self.len());
                if let Some(lengths) = &self.lengths {
                    of_like_lengths(&mut rows, lengths, batching.batch);
                }
                sent(&Tensor::f_from_slice(&rows)?, self.samples.device())?
            }
        };
        let places = batching.places(position);
        let rows = all.f_narrow(0, places.start as i64, places.len() as i64)?;
        self.rows = Some((epoch, all));
        Ok((self.encoded(&rows)?, rows))
    }

    /// The first `count` samples and their indices.
    pub fn first(&self, count: usize) -> Result<(Tensor, Tensor)> {
        let rows = Tensor::f_arange(count as i64, (Kind::Int64, self.samples.device()))?;
        Ok((self.encoded(&rows)?, rows))
    }

    fn encoded(&self, rows: &Tensor) -> Result<Tensor> {
        if let Some(batch) = self.shape.encode_bytes(&self.samples, rows)? {
            return Ok(batch);
        }
        let batch = self.samples.f_index_select(0, rows)?;
        if batch.f_kind()? == Kind::Uint8 {
            return self.shape.encode(&batch);
        }
        // Rows stay as they are.
        channels_first(&batch)
    }
}

// Converts samples to floats in the network's range, channels-last, on the device.
fn encoded(shape: &DataShape, samples: &Tensor, device: Device) -> Result<Tensor> {
    let size = samples.size();
    let n = size.first().copied().unwrap_or(0);
    let rows = (CHUNK * n / (samples.numel() as i64).max(1)).max(1);
    let out = Tensor::f_empty(&size[..], (Kind::Float, device))?;
    for start in (0..n).step_by(rows as usize) {
        let count = rows.min(n - start);
        let made = shape.encode(&samples.f_narrow(0, start, count)?.f_to_device(device)?)?;
        out.f_narrow(0, start, count)?.f_copy_(&channels_last(&made)?)?;
    }
    Ok(out)
}

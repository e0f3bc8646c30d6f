//! Training data resident on the device, as it came: uint8 stays uint8, and is scaled a batch at a time.

use tch::{Device, Kind, Tensor};

use super::{Access, Order, Plan};
use crate::base::{DataShape, Philox};
use crate::error::Result;

/// All samples, on the device.
pub struct Resident {
    shape: DataShape,
    // [n, ...stored]: uint8 in the user's range, or float32 in the network's.
    samples: Tensor,
    order: Order,
    // The order of an epoch, on the device.
    rows: Option<(u64, Tensor)>,
}

impl Resident {
    /// Places samples `[n, ...stored]`, uint8 or float32 in the user's range, on the device. `classes` are those that come
    /// equally often, if they are to.
    pub fn new(
        shape: &DataShape,
        (samples, classes): (&Tensor, Option<&[i64]>),
        random: Philox,
        device: Device,
    ) -> Result<Self> {
        let mut samples = samples.f_to_device(device)?;
        if samples.f_kind()? != Kind::Uint8 {
            samples = shape.encode(&samples)?;
            if samples.dim() == 4 {
                samples = samples.f_permute([0, 2, 3, 1])?;
            }
            samples = samples.f_contiguous()?;
        }
        let len = samples.size().first().map_or(0, |&n| n as usize);
        let order = Order::new(random, len, Access::Anywhere);
        Ok(Resident {
            shape: shape.clone(),
            samples,
            order: match classes {
                Some(classes) => order.balanced(classes),
                None => order,
            },
            rows: None,
        })
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.samples.size().first().map_or(0, |&n| n as usize)
    }

    /// Whether there is no sample at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples of a batch, as networks take them, and their numbers.
    pub fn batch(&mut self, plan: &Plan, (epoch, position): (u64, u64)) -> Result<(Tensor, Tensor)> {
        let all = match self.rows.take() {
            Some((of, all)) if of == epoch => all,
            _ => Tensor::f_from_slice(&self.order.rows(epoch, 0..self.len()))?.f_to_device(self.samples.device())?,
        };
        let places = plan.places(position);
        let rows = all.f_narrow(0, places.start as i64, places.len() as i64)?;
        self.rows = Some((epoch, all));
        Ok((self.encoded(&rows)?, rows))
    }

    /// The first samples, and their numbers.
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
        Ok(match batch.dim() {
            4 => batch.f_permute([0, 3, 1, 2])?,
            _ => batch,
        })
    }
}

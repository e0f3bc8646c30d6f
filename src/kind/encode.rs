//! Conversion between the user's values and the network's range.
//!
//! Arrays have the channels or columns last, `[n, ...stored]`, and are uint8, float32 or float64. Offset and scale are
//! applied in float64 wherever float32 would lose more than a thousandth of a deviation.
//!
//! A value beyond a range that is mapped to [-1, 1] counts as its nearest end.

use tch::{Device, Kind, Tensor};

use super::range::to_unit;
use super::ruler::TOLERANCE;
use super::DataShape;
use crate::base::axes::{channels_first, channels_last};
use crate::base::device::sent;
use crate::base::math::wide;
use crate::base::pool;
use crate::base::slice::{as_bytes, as_mut_slice, Shares};
use crate::error::Result;

/// Minimum number of bytes for each thread.
const LEAST: usize = 1 << 15;
/// Nats that a value loses for each unit of the network's range by which it lies outside: 100 for the width of the range.
const STEEP: f64 = 50.0;
/// Distance from which on the loss grows with the logarithm, so that the sum stays finite.
const FAR: f64 = 1e6;

impl DataShape {
    /// From stored values to the network's range; axes change to `[n, ...sample]`.
    ///
    /// # Shapes
    /// `x` is `[n, ...stored]`, uint8, float32 or float64. The result is float32, with the channels last in memory.
    pub fn encode(&self, x: &Tensor) -> Result<Tensor> {
        let kind = self.precision(x)?;
        let bytes = x.f_kind()? == Kind::Uint8;
        let x = x.f_to_kind(kind)?;
        // A copy if there is a range; else the scale makes one.
        let x = match self.span() {
            Some((low, high)) if !(bytes && holds_bytes(low, high)) => x.f_clamp(low, high)?,
            _ => x,
        };
        channels_first(&self.scale().encode(x)?.f_to_kind(Kind::Float)?)
    }

    /// The nearest samples within the fitted range in the network's range, `[n, ...sample]`, and what each loses in nats
    /// for its distance from there, `[n]`.
    ///
    /// The fitted range is that of [`DataShape::span`]; where columns are standardised, it reaches as far as the training
    /// data, and at least 10 deviations. A value d beyond it, in units of the network's range, loses 50 d nats (a Laplace
    /// tail), from a distance of 1e6 on 5e7 (1 + log(d / 1e6)). Samples within the range lose nothing.
    pub fn nearest(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let none = Tensor::f_zeros([x.size()[0]], (Kind::Float, x.device()))?;
        if x.f_kind()? == Kind::Uint8 && self.span().is_some_and(|(low, high)| holds_bytes(low, high)) {
            return Ok((self.encode(x)?, none));
        }
        let x = x.f_to_kind(self.precision(x)?)?;
        let (inside, beyond, unit) = match self.span() {
            Some((low, high)) => {
                let inside = x.f_clamp(low, high)?;
                (self.encode(&inside)?, x.f_sub(&inside)?, (high - low) / 2.0)
            }
            None => {
                let x = self.scale().encode(x)?;
                let reach = Tensor::f_from_slice(&self.scale().reach())?;
                let reach = sent(&reach.f_to_kind(x.f_kind()?)?, x.device())?;
                let inside = x.f_minimum(&reach)?.f_maximum(&reach.f_neg()?)?;
                (channels_first(&inside.f_to_kind(Kind::Float)?)?, x.f_sub(&inside)?, 1.0)
            }
        };
        let beyond = beyond.f_abs()?;
        if beyond.f_max()?.f_double_value(&[])? == 0.0 {
            return Ok((inside, none));
        }
        let beyond = beyond.f_to_kind(Kind::Double)?.f_div_scalar(unit)?.f_clamp_max(f64::MAX)?;
        let near = beyond.f_clamp_max(FAR)?;
        let far = beyond.f_div_scalar(FAR)?.f_clamp_min(1.0)?.f_log()?.f_mul_scalar(FAR)?;
        let loss = near.f_add(&far)?.f_flatten(1, -1)?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Double)?;
        Ok((inside, loss.f_mul_scalar(STEEP)?.f_to_kind(Kind::Float)?))
    }

    /// The value of these floats that lies farthest outside the range that is mapped to [-1, 1], if one lies outside by more
    /// than a thousandth of its width.
    pub fn outside(&self, x: &Tensor) -> Result<Option<f64>> {
        let Some((low, high)) = self.span() else { return Ok(None) };
        if x.f_kind()? == Kind::Uint8 {
            return Ok(None);
        }
        let (least, most) = x.f_aminmax(None, false)?;
        let (least, most) = (least.f_double_value(&[])?, most.f_double_value(&[])?);
        let farthest = if low - least > most - high { least } else { most };
        Ok(Some(farthest).filter(|x| (low - x).max(x - high) > TOLERANCE * (high - low)))
    }

    /// The same as [`DataShape::encode`] for some samples in bytes on the CPU, in one pass; `None` for anything else.
    ///
    /// # Shapes
    /// `x` is `[n, ...stored]`, `rows` `[b]`.
    pub fn encode_bytes(&self, x: &Tensor, rows: &Tensor) -> Result<Option<Tensor>> {
        let Some((low, high)) = self.span() else { return Ok(None) };
        if x.device() != Device::Cpu || x.f_kind()? != Kind::Uint8 || !holds_bytes(low, high) || self.scale().far() {
            return Ok(None);
        }
        let (scale, shift) = to_unit(low, high);
        let (mut size, rows) = (x.size(), Vec::<i64>::try_from(rows)?);
        let values = size[1..].iter().product::<i64>() as usize;
        size[0] = rows.len() as i64;
        let mut out = Tensor::f_empty(&size[..], (Kind::Float, Device::Cpu))?;
        let (bytes, all) = (as_bytes(x)?, Shares::new(as_mut_slice(&mut out)?));
        pool::run(pool::threads().min(1 + rows.len() * values / LEAST), &|worker| {
            for i in worker.share(rows.len()) {
                // SAFETY: workers' shares of the rows do not overlap.
                let out = unsafe { all.part(i * values..(i + 1) * values) };
                map(&bytes[rows[i] as usize * values..][..values], out, scale as f32, shift as f32);
            }
        })?;
        Ok(Some(channels_first(&out)?))
    }

    /// From the network's range back to stored values: the inverse of [`DataShape::encode`], of [`DataShape::kind`].
    pub fn decode(&self, x: &Tensor) -> Result<Tensor> {
        let kind = if self.double || self.scale().far() { Kind::Double } else { Kind::Float };
        let x = self.scale().decode(&channels_last(&x.f_to_kind(kind)?)?)?;
        Ok(x.f_to_kind(self.kind())?.f_contiguous()?)
    }

    /// What is added to a log density in the network's range to make it one in the user's units, in nats.
    pub fn log_volume(&self) -> f64 {
        let (volume, values) = self.scale().log_volume();
        volume * (self.sample().iter().product::<i64>() / values) as f64
    }

    // Type in which offset and scale are applied.
    fn precision(&self, x: &Tensor) -> Result<Kind> {
        let double = self.double || x.f_kind()? == Kind::Double || self.scale().far();
        Ok(if double { Kind::Double } else { Kind::Float })
    }
}

// Whether a byte always lies within the range.
fn holds_bytes(low: f64, high: f64) -> bool {
    low <= 0.0 && high >= 255.0
}

wide! {
    fn map(bytes: &[u8], out: &mut [f32], scale: f32, shift: f32) {
        out.iter_mut().zip(bytes).for_each(|(out, byte)| *out = f32::from(*byte) * scale + shift);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_survive_the_way_there_and_back() {
        let shape = DataShape::image([2, 3, 1], 0.0, 255.0);
        let x = Tensor::from_slice(&[0u8, 1, 127, 128, 254, 255]).view([1, 2, 3, 1]);
        let encoded = shape.encode(&x).unwrap();
        assert_eq!(encoded.size(), [1, 1, 2, 3]);
        assert_eq!(encoded.min().double_value(&[]), -1.0);
        assert_eq!(encoded.max().double_value(&[]), 1.0);
        assert!(shape.decode(&encoded).unwrap().round().to_kind(Kind::Uint8).equal(&x));
    }

    #[test]
    fn vectors_are_standardised_by_column_and_put_back() {
        let shape = DataShape::vector(vec![10.0, -1.0], vec![2.0, 0.5]);
        let x = Tensor::from_slice(&[12f32, -1.0, 8.0, 0.0]).view([2, 2]);
        let encoded = shape.encode(&x).unwrap();
        assert!(encoded.equal(&Tensor::from_slice(&[1f32, 0.0, -1.0, 2.0]).view([2, 2])));
        assert!(shape.decode(&encoded).unwrap().equal(&x));
    }

    #[test]
    fn offsets_are_taken_off_in_float64() {
        let x = Tensor::from_slice(&[1.7e9f64, 1.7e9 + 1.0]).view([2, 1]);
        let rows = DataShape {
            double: true,
            ..DataShape::vector(vec![1.7e9 + 0.5], vec![0.5])
        };
        let encoded = rows.encode(&x).unwrap();
        assert!(encoded.equal(&Tensor::from_slice(&[-1f32, 1.0]).view([2, 1])));
        assert!(rows.decode(&encoded).unwrap().equal(&x));
        let low = 3e5;
        let pictures = DataShape { double: true, ..DataShape::image([1, 1, 1], low, low + 0.02) };
        let x = Tensor::from_slice(&[low, low + 0.01, low + 0.02]).view([3, 1, 1, 1]);
        let encoded = pictures.encode(&x).unwrap();
        assert!(encoded.flatten(0, -1).allclose(&Tensor::from_slice(&[-1f32, 0.0, 1.0]), 1e-6, 1e-6, false));
        assert!((pictures.decode(&encoded).unwrap() - x).abs().max().double_value(&[]) < 1e-8);
    }

    #[test]
    fn values_beyond_the_range_count_as_its_ends_and_lose_by_their_distance() {
        let shape = DataShape::image([1, 2, 1], 0.0, 1.0);
        let x = Tensor::from_slice(&[0f32, 1.0, 0.5, 1.1, 0.5, 2.0, -1.0, 2.0]).view([4, 1, 2, 1]);
        let (inside, loss) = shape.nearest(&x).unwrap();
        assert!(inside.equal(&shape.encode(&x.clamp(0.0, 1.0)).unwrap()));
        assert!(loss.allclose(&Tensor::from_slice(&[0f32, 10.0, 100.0, 200.0]), 1e-4, 1e-4, false));
        let rows = DataShape::vector(vec![0.0], vec![2.0]);
        let x = Tensor::from_slice(&[20f32, 22.0, -2e7, -2e38]).view([4, 1]);
        let (inside, loss) = rows.nearest(&x).unwrap();
        assert!(inside.equal(&Tensor::from_slice(&[10f32, 10.0, -10.0, -10.0]).view([4, 1])));
        let loss = Vec::<f64>::try_from(loss.to_kind(Kind::Double)).unwrap();
        assert_eq!(&loss[..2], [0.0, 50.0]);
        assert!(loss[2] > 1e7 && loss[3] > loss[2] && loss[3].is_finite());
    }

    #[test]
    fn bounded_rows_lie_between_minus_one_and_one() {
        let mut shape = DataShape::vector(vec![9.0, 9.0], vec![7.0, 7.0]);
        if let super::super::Kind::Row(row) = &mut shape.of {
            row.scale.range = Some((0.0, 4.0));
        }
        assert_eq!(shape.span(), None);
        let shape = shape.bounded();
        assert_eq!(shape.span(), Some((0.0, 4.0)));
        let x = Tensor::from_slice(&[0f32, 1.0, 2.0, 5.0]).view([2, 2]);
        assert!(shape.encode(&x).unwrap().equal(&Tensor::from_slice(&[-1f32, -0.5, 0.0, 1.0]).view([2, 2])));
        assert!((shape.log_volume() + 2.0 * 2f64.ln()).abs() < 1e-12);
    }
}

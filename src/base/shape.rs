//! What the data dictates: sizes, and the way between the user's values and the network's own range.
//!
//! Images are mapped to [-1, 1] by one pair (low, high); vectors are standardised by column. Arrays come and go with
//! the channels last, `[n, height, width, channels]` or `[n, dim]`, as float32 or uint8.

use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use super::labels::Labels;
use super::math::wide;
use super::pool;
use super::slice::{as_bytes, as_mut_slice, Shares};
use crate::error::{Error, Result};

const MAX_SIDE: i64 = 65_536;
const MAX_VALUES: i64 = 1 << 31;
/// Bytes for which another thread pays.
const LEAST: usize = 1 << 15;

/// What the data dictates: its samples and its labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataShape {
    /// Sizes of one sample and the range of its values.
    #[serde(flatten)]
    pub values: Values,
    /// What each sample is labelled with.
    #[serde(default)]
    pub labels: Labels,
}

/// Sizes of one sample and the range of its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Values {
    /// Pictures.
    Image {
        /// Pixels from top to bottom.
        height: i64,
        /// Pixels from left to right.
        width: i64,
        /// 1 for grey, 3 for colour, any other number as well.
        channels: i64,
        /// The value that becomes -1.
        low: f64,
        /// The value that becomes 1.
        high: f64,
    },
    /// Rows of a table.
    Vector {
        /// What is subtracted from each column: its mean, or the middle of a range.
        mean: Vec<f64>,
        /// What each column is divided by: its standard deviation (1 where it is constant), or half of a range.
        deviation: Vec<f64>,
        /// The range of all columns together, where it is of use: 0..1, -1..1, or minimum and maximum.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<(f64, f64)>,
    },
}

/// What lies between an encoder and a decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Code {
    /// A row of so many values.
    Row(i64),
    /// A small picture of so many channels.
    Map(i64),
}

impl DataShape {
    /// Pictures without labels; `low` becomes -1, `high` becomes 1.
    pub fn image([height, width, channels]: [i64; 3], low: f64, high: f64) -> Self {
        let values = Values::Image { height, width, channels, low, high };
        DataShape { values, labels: Labels::None }
    }

    /// Rows without labels, standardised by column.
    pub fn vector(mean: Vec<f64>, deviation: Vec<f64>) -> Self {
        let values = Values::Vector { mean, deviation, range: None };
        DataShape { values, labels: Labels::None }
    }

    /// The same with all values in [-1, 1]: rows are mapped by their common range, pictures are so already.
    pub fn bounded(self) -> Self {
        let values = match self.values {
            Values::Vector { mean, range: Some((low, high)), .. } => Values::Vector {
                deviation: vec![(high - low) / 2.0; mean.len()],
                mean: vec![(low + high) / 2.0; mean.len()],
                range: Some((low, high)),
            },
            values => values,
        };
        DataShape { values, ..self }
    }

    /// So many samples side by side as one: pictures by their channels, rows and labels one after the other.
    pub fn packed(&self, count: i64) -> Self {
        let often = |values: &[f64]| values.repeat(count as usize);
        let values = match &self.values {
            Values::Image { height, width, channels, low, high } => Values::Image {
                height: *height,
                width: *width,
                channels: channels * count,
                low: *low,
                high: *high,
            },
            Values::Vector { mean, deviation, range } => Values::Vector {
                mean: often(mean),
                deviation: often(deviation),
                range: *range,
            },
        };
        let labels = match &self.labels {
            Labels::Classes { shares, balanced } => Labels::Classes { shares: often(shares), balanced: *balanced },
            Labels::Numbers { mean, deviation } => Labels::Numbers { mean: often(mean), deviation: often(deviation) },
            labels => labels.clone(),
        };
        DataShape { values, labels }
    }

    /// Whether the sizes and the range make sense.
    ///
    /// # Errors
    /// [`Error::Shape`] or [`Error::Parameter`] if they do not.
    pub fn check(&self) -> Result<()> {
        let spans = |low: f64, high: f64| low.is_finite() && high.is_finite() && low < high;
        let fits = match &self.values {
            Values::Image { low, high, .. } => spans(*low, *high),
            Values::Vector { mean, deviation, range } => {
                let finite = mean.iter().all(|x| x.is_finite()) && range.is_none_or(|(low, high)| spans(low, high));
                finite && mean.len() == deviation.len() && deviation.iter().all(|x| x.is_finite() && *x > 0.0)
            }
        };
        if !fits {
            return Err(Error::parameter("X", "expected a range of finite values", "another"));
        }
        // Three sides of at most 65,536 multiply without overflow.
        let sample = self.sample();
        let small = sample.iter().all(|side| (1..=MAX_SIDE).contains(side));
        if !small || sample.iter().product::<i64>() > MAX_VALUES {
            return Err(Error::Shape {
                name: "X".into(),
                expected: format!("sides from 1 to {MAX_SIDE} and at most 2^31 values a sample"),
                got: self.describe(),
            });
        }
        self.labels.check()
    }

    /// Shape of one sample as the networks see it: `[channels, height, width]` or `[dim]`.
    pub fn sample(&self) -> Vec<i64> {
        match &self.values {
            Values::Image { height, width, channels, .. } => vec![*channels, *height, *width],
            Values::Vector { mean, .. } => vec![mean.len() as i64],
        }
    }

    /// Shape of one sample as arrays hold it: `[height, width, channels]` or `[dim]`.
    pub fn stored(&self) -> Vec<i64> {
        match &self.values {
            Values::Image { height, width, channels, .. } => vec![*height, *width, *channels],
            Values::Vector { mean, .. } => vec![mean.len() as i64],
        }
    }

    /// The sizes in words, for messages: `(28, 28, 1)`.
    pub fn describe(&self) -> String {
        tuple(&self.stored())
    }

    /// From stored values to the network's range; images change to `[n, channels, height, width]`.
    ///
    /// # Shapes
    /// `x` is `[n, ...stored]`, uint8 or float32. The result is float32; images keep the channels last in memory.
    pub fn encode(&self, x: &Tensor) -> Result<Tensor> {
        match &self.values {
            Values::Image { low, high, .. } => {
                let (scale, shift) = to_unit(*low, *high);
                let mut x = x.f_to_kind(Kind::Float)?.f_mul_scalar(scale)?;
                let _ = x.f_add_scalar_(shift)?;
                Ok(x.f_permute([0, 3, 1, 2])?)
            }
            Values::Vector { .. } => {
                let (mean, deviation) = self.columns(x.device())?;
                let x = x.f_to_kind(Kind::Float)?.f_sub(&mean)?;
                Ok(x.f_div(&deviation)?)
            }
        }
    }

    /// The same for some rows of pictures in bytes on the CPU, in one pass; `None` for anything else.
    ///
    /// # Shapes
    /// `x` is `[n, ...stored]`, `rows` `[b]`.
    pub fn encode_bytes(&self, x: &Tensor, rows: &Tensor) -> Result<Option<Tensor>> {
        let Values::Image { low, high, .. } = &self.values else { return Ok(None) };
        if x.device() != Device::Cpu || x.f_kind()? != Kind::Uint8 {
            return Ok(None);
        }
        let (scale, shift) = to_unit(*low, *high);
        let (mut size, rows) = (x.size(), Vec::<i64>::try_from(rows)?);
        let values = size[1..].iter().product::<i64>() as usize;
        size[0] = rows.len() as i64;
        let mut out = Tensor::f_empty(&size[..], (Kind::Float, Device::Cpu))?;
        let (bytes, all) = (as_bytes(x)?, Shares::new(as_mut_slice(&mut out)?));
        pool::run(pool::threads().min(1 + rows.len() * values / LEAST), &|member| {
            for i in member.share(rows.len()) {
                // SAFETY: members' shares of the rows do not overlap.
                let out = unsafe { all.part(i * values..(i + 1) * values) };
                map(&bytes[rows[i] as usize * values..][..values], out, scale as f32, shift as f32);
            }
        })?;
        Ok(Some(out.f_permute([0, 3, 1, 2])?))
    }

    /// From the network's range back to stored values: the inverse of [`DataShape::encode`], in float32.
    pub fn decode(&self, x: &Tensor) -> Result<Tensor> {
        match &self.values {
            Values::Image { low, high, .. } => {
                let half = (high - low) / 2.0;
                let x = x.f_permute([0, 2, 3, 1])?.f_mul_scalar(half)?.f_add_scalar(low + half)?;
                Ok(x.f_clamp(*low, *high)?.f_contiguous()?)
            }
            Values::Vector { .. } => {
                let (mean, deviation) = self.columns(x.device())?;
                Ok(x.f_mul(&deviation)?.f_add(&mean)?.f_contiguous()?)
            }
        }
    }

    /// What is added to a log density in the network's range to make it one in the user's units, in nats.
    pub fn log_volume(&self) -> f64 {
        match &self.values {
            Values::Image { low, high, .. } => (2.0 / (high - low)).ln() * self.sample().iter().product::<i64>() as f64,
            Values::Vector { deviation, .. } => -deviation.iter().map(|x| x.ln()).sum::<f64>(),
        }
    }

    fn columns(&self, device: Device) -> Result<(Tensor, Tensor)> {
        let (mean, deviation) = match &self.values {
            Values::Vector { mean, deviation, .. } => (&mean[..], &deviation[..]),
            Values::Image { .. } => (&[][..], &[][..]),
        };
        let float = |values: &[f64]| -> Result<Tensor> {
            Ok(Tensor::f_from_slice(values)?.f_to_kind(Kind::Float)?.f_to_device(device)?)
        };
        Ok((float(mean)?, float(deviation)?))
    }
}

// Factor and summand that take a range to -1..1.
fn to_unit(low: f64, high: f64) -> (f64, f64) {
    let scale = 2.0 / (high - low);
    (scale, -1.0 - low * scale)
}

wide! {
    fn map(bytes: &[u8], out: &mut [f32], scale: f32, shift: f32) {
        out.iter_mut().zip(bytes).for_each(|(out, byte)| *out = f32::from(*byte) * scale + shift);
    }
}

/// Sizes as Python writes them: `(28, 28, 1)`, `(2,)`.
pub fn tuple(sizes: &[i64]) -> String {
    match sizes {
        [one] => format!("({one},)"),
        _ => {
            let sizes: Vec<String> = sizes.iter().map(i64::to_string).collect();
            format!("({})", sizes.join(", "))
        }
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
    fn bounded_rows_lie_between_minus_one_and_one() {
        let values = Values::Vector {
            mean: vec![9.0, 9.0],
            deviation: vec![7.0, 7.0],
            range: Some((0.0, 4.0)),
        };
        let shape = DataShape { values, labels: Labels::None }.bounded();
        let x = Tensor::from_slice(&[0f32, 1.0, 2.0, 4.0]).view([2, 2]);
        assert!(shape.encode(&x).unwrap().equal(&Tensor::from_slice(&[-1f32, -0.5, 0.0, 1.0]).view([2, 2])));
        assert!((shape.log_volume() + 2.0 * 2f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn sizes_read_as_python_writes_them() {
        assert_eq!(tuple(&[2]), "(2,)");
        assert_eq!(tuple(&[28, 28, 1]), "(28, 28, 1)");
    }
}

//! Statistics of training data, computed in float64 from some samples at a time.

use tch::{Kind, Tensor};

use super::DataKind;
use crate::error::Result;

/// Part of the width of a range by which values may lie outside it without a warning.
pub(super) const TOLERANCE: f64 = 1e-3;
/// Bytes that are converted to float64 at a time.
const CHUNK: usize = 1 << 22;

/// The user's type of numbers, which tells the range of their values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numbers {
    /// Booleans.
    Booleans,
    /// Floating-point numbers.
    Floats,
    /// Integers.
    Integers,
}

impl Numbers {
    /// The range of data whose values lie between these ends. That of booleans is 0..1; floats within a thousandth of 0..1 or
    /// -1..1 have that range.
    pub fn range(self, (low, high): (f64, f64)) -> (f64, f64) {
        if self == Numbers::Booleans {
            return (0.0, 1.0);
        }
        if self == Numbers::Floats && low >= -1.0 - 2.0 * TOLERANCE && high <= 1.0 + 2.0 * TOLERANCE {
            let unit = low >= -TOLERANCE && high <= 1.0 + TOLERANCE;
            return (if unit { 0.0 } else { -1.0 }, 1.0);
        }
        // If all values are equal: a range that float32 can represent at this magnitude.
        (low, if high > low { high } else { low + (low.abs() * 1e-3).max(1.0) })
    }
}

/// Minimum, maximum, mean and sum of squared differences from the mean, of all values together or of each column.
pub struct Ruler {
    // Columns, where each is measured.
    columns: Option<usize>,
    // True if bytes are measured.
    exact: bool,
    kind: Kind,
    count: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Ruler {
    /// Creates a ruler for the statistics that the scale of this kind needs.
    pub fn of(kind: &dyn DataKind) -> Self {
        let columns = kind.scale().columns();
        let width = columns.unwrap_or(1);
        Ruler {
            columns,
            exact: kind.scale().exact(),
            kind: Kind::Float,
            count: 0.0,
            mean: vec![0.0; width],
            squares: vec![0.0; width],
            low: vec![f64::INFINITY; width],
            high: vec![f64::NEG_INFINITY; width],
        }
    }

    /// Measures some samples `[n, ..., columns]`, uint8, float32 or float64. False if no others are needed: bytes have the
    /// range of their type.
    pub fn add(&mut self, part: &Tensor) -> Result<bool> {
        self.kind = part.f_kind()?;
        let Some(columns) = self.columns else {
            if self.kind == Kind::Uint8 && !self.exact {
                (self.low[0], self.high[0]) = (0.0, 255.0);
                return Ok(false);
            }
            let (low, high) = part.f_aminmax(None, false)?;
            self.low[0] = self.low[0].min(low.f_double_value(&[])?);
            self.high[0] = self.high[0].max(high.f_double_value(&[])?);
            return Ok(true);
        };
        let rows = part.f_reshape([-1, columns as i64])?;
        let (n, step) = (rows.size()[0], (CHUNK / (8 * columns)).max(1) as i64);
        let chunks = || (0..n).step_by(step as usize).map(|first| rows.f_narrow(0, first, step.min(n - first)));
        let mut mean = vec![0.0; columns];
        for chunk in chunks() {
            for row in floats(&chunk?)?.chunks_exact(columns) {
                for (i, &x) in row.iter().enumerate() {
                    mean[i] += x;
                    self.low[i] = self.low[i].min(x);
                    self.high[i] = self.high[i].max(x);
                }
            }
        }
        let n = n as f64;
        mean.iter_mut().for_each(|mean| *mean /= n);
        let mut squares = vec![0.0; columns];
        for chunk in chunks() {
            for row in floats(&chunk?)?.chunks_exact(columns) {
                for ((square, x), mean) in squares.iter_mut().zip(row).zip(&mean) {
                    *square += (x - mean) * (x - mean);
                }
            }
        }
        // Moments of two sets from those of each (Chan et al., 1982).
        let (share, both) = (n / (self.count + n), self.count * n / (self.count + n));
        for i in 0..columns {
            let away = mean[i] - self.mean[i];
            self.mean[i] += away * share;
            self.squares[i] = self.squares[i] + squares[i] / n * n + away * away * both;
        }
        self.count += n;
        Ok(true)
    }

    /// Minimum and maximum of all values.
    pub fn ends(&self) -> (f64, f64) {
        let low = self.low.iter().copied().fold(f64::INFINITY, f64::min);
        (low, self.high.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    /// Mean and standard deviation of each column; the deviation of a constant column is 1.
    pub fn moments(&self) -> (Vec<f64>, Vec<f64>) {
        // Rounding leaves a constant column with a deviation that is not quite zero.
        let least = if self.kind == Kind::Double { 1e-13 } else { 1e-7 };
        let deviations = self.squares.iter().zip(&self.mean).map(|(squares, mean)| {
            let deviation = (squares / self.count).sqrt();
            if deviation <= least * mean.abs().max(1e-30) {
                1.0
            } else {
                deviation
            }
        });
        (self.mean.clone(), deviations.collect())
    }

    /// Largest distance of a value from the mean of its column, in these deviations.
    pub fn reach(&self, deviation: &[f64]) -> Vec<f64> {
        let ends = self.low.iter().zip(&self.high).zip(self.mean.iter().zip(deviation));
        ends.map(|((low, high), (mean, deviation))| (high - mean).max(mean - low) / deviation).collect()
    }
}

fn floats(rows: &Tensor) -> Result<Vec<f64>> {
    Ok(Vec::<f64>::try_from(rows.f_to_kind(Kind::Double)?.f_flatten(0, -1)?)?)
}

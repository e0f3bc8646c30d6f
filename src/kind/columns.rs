//! A mean and a standard deviation for each column.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::scale::OFFSET;
use super::{Numbers, Ruler, Scale};
use crate::base::device::sent;
use crate::error::Result;

/// Deviations that are within reach in any case.
const REACH: f64 = 10.0;
/// Margin for rounding of the largest training value.
const MARGIN: f64 = 1.001;

/// A mean and a standard deviation for each column, or the middle and half of a common range.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Columns {
    /// What is subtracted from each column: its mean, or the middle of a range.
    pub mean: Vec<f64>,
    /// What each column is divided by: its standard deviation (1 where it is constant), or half of a range.
    pub deviation: Vec<f64>,
    /// The range of all columns together, if a likelihood may need it: 0..1, -1..1, or minimum and maximum.
    pub range: Option<(f64, f64)>,
    /// Largest distance of a training value from the mean, in deviations, for each column; empty if unknown.
    pub reach: Vec<f64>,
}

impl Scale for Columns {
    fn learn(&mut self, ruler: &Ruler, _: Numbers, said: Option<(f64, f64)>) {
        (self.mean, self.deviation) = ruler.moments();
        self.reach = ruler.reach(&self.deviation);
        self.range = Some(said.unwrap_or_else(|| Numbers::Floats.range(ruler.ends())));
    }

    fn of(channels: i64) -> Self {
        let columns = channels.max(0) as usize;
        Columns {
            mean: vec![0.0; columns],
            deviation: vec![1.0; columns],
            ..Columns::default()
        }
    }

    fn channels(&self) -> i64 {
        self.mean.len() as i64
    }

    fn columns(&self) -> Option<usize> {
        Some(self.mean.len())
    }

    fn fits(&self) -> bool {
        let spans = |low: f64, high: f64| low.is_finite() && high.is_finite() && low < high;
        let finite = self.mean.iter().all(|x| x.is_finite()) && self.range.is_none_or(|(low, high)| spans(low, high));
        let reaches = self.reach.is_empty() || self.reach.len() == self.mean.len();
        let positive = self.deviation.iter().all(|x| x.is_finite() && *x > 0.0);
        let whole = self.mean.len() == self.deviation.len();
        finite && reaches && self.reach.iter().all(|x| *x >= 0.0) && positive && whole
    }

    fn range(&self) -> Option<(f64, f64)> {
        self.range
    }

    fn span(&self) -> Option<(f64, f64)> {
        self.range.filter(|(low, high)| {
            let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
            self.mean.iter().all(|x| *x == middle) && self.deviation.iter().all(|x| *x == half)
        })
    }

    fn bound(&mut self) {
        if let Some((low, high)) = self.range {
            self.deviation = vec![(high - low) / 2.0; self.mean.len()];
            self.mean = vec![(low + high) / 2.0; self.mean.len()];
            self.reach = Vec::new();
        }
    }

    fn units(&self) -> (Vec<f64>, Vec<f64>) {
        (self.mean.clone(), self.deviation.clone())
    }

    fn far(&self) -> bool {
        far(&self.mean, &self.deviation)
    }

    fn encode(&self, x: Tensor) -> Result<Tensor> {
        let [mean, deviation] = self.rows(&x)?;
        let mut x = x.f_sub(&mean)?;
        let _ = x.f_div_(&deviation)?;
        Ok(x)
    }

    fn decode(&self, x: &Tensor) -> Result<Tensor> {
        let [mean, deviation] = self.rows(x)?;
        Ok(x.f_mul(&deviation)?.f_add(&mean)?)
    }

    fn reach(&self) -> Vec<f64> {
        match self.reach.is_empty() {
            true => vec![REACH; self.mean.len()],
            false => self.reach.iter().map(|reach| REACH.max(MARGIN * reach)).collect(),
        }
    }

    fn log_volume(&self) -> (f64, i64) {
        (-self.deviation.iter().map(|x| x.ln()).sum::<f64>(), self.mean.len() as i64)
    }

    fn repeat(&mut self, count: i64) {
        for values in [&mut self.mean, &mut self.deviation, &mut self.reach] {
            *values = values.repeat(count as usize);
        }
    }
}

impl Columns {
    // Mean and deviation of each column, of the type and on the device of `x`.
    fn rows(&self, x: &Tensor) -> Result<[Tensor; 2]> {
        let row = |values: &[f64]| -> Result<Tensor> {
            sent(&Tensor::f_from_slice(values)?.f_to_kind(x.f_kind()?)?, x.device())
        };
        Ok([row(&self.mean)?, row(&self.deviation)?])
    }
}

/// True if a column's mean is so many deviations from 0 that float32 cannot represent the differences.
pub(super) fn far(mean: &[f64], deviation: &[f64]) -> bool {
    mean.iter().zip(deviation).any(|(mean, deviation)| mean.abs() > OFFSET * deviation)
}

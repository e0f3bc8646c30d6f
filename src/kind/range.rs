//! One range for all values, mapped to [-1, 1].

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::scale::OFFSET;
use super::{Numbers, Ruler, Scale};
use crate::error::Result;
use crate::layer::{Activation, Function, Layer};

/// One range for all values: `low` becomes -1, `high` becomes 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// 1 for grey or density, 3 for colour, any other number as well.
    pub channels: i64,
    /// The value that becomes -1.
    pub low: f64,
    /// The value that becomes 1.
    pub high: f64,
}

/// Factor and summand that map a range to [-1, 1].
pub(super) fn to_unit(low: f64, high: f64) -> (f64, f64) {
    let scale = 2.0 / (high - low);
    (scale, -1.0 - low * scale)
}

impl Scale for Range {
    fn learn(&mut self, ruler: &Ruler, numbers: Numbers, said: Option<(f64, f64)>) {
        (self.low, self.high) = said.unwrap_or_else(|| numbers.range(ruler.ends()));
    }

    fn of(channels: i64) -> Self {
        Range { channels, low: 0.0, high: 255.0 }
    }

    fn channels(&self) -> i64 {
        self.channels
    }

    fn fits(&self) -> bool {
        self.low.is_finite() && self.high.is_finite() && self.low < self.high
    }

    fn range(&self) -> Option<(f64, f64)> {
        Some((self.low, self.high))
    }

    fn span(&self) -> Option<(f64, f64)> {
        self.range()
    }

    fn units(&self) -> (Vec<f64>, Vec<f64>) {
        (vec![self.low], vec![self.high - self.low])
    }

    fn far(&self) -> bool {
        self.low.abs().max(self.high.abs()) > OFFSET * (self.high - self.low)
    }

    fn encode(&self, mut x: Tensor) -> Result<Tensor> {
        if x.f_kind()? == Kind::Double {
            let _ = x.f_sub_scalar_((self.low + self.high) / 2.0)?;
            let _ = x.f_mul_scalar_(2.0 / (self.high - self.low))?;
        } else {
            let (scale, shift) = to_unit(self.low, self.high);
            let _ = x.f_mul_scalar_(scale)?;
            let _ = x.f_add_scalar_(shift)?;
        }
        Ok(x)
    }

    fn decode(&self, x: &Tensor) -> Result<Tensor> {
        let half = (self.high - self.low) / 2.0;
        Ok(x.f_mul_scalar(half)?.f_add_scalar(self.low + half)?.f_clamp(self.low, self.high)?)
    }

    fn log_volume(&self) -> (f64, i64) {
        ((2.0 / (self.high - self.low)).ln(), 1)
    }

    fn repeat(&mut self, count: i64) {
        self.channels *= count;
    }

    fn head(&self) -> Option<Layer> {
        Some(Activation { function: Function::Tanh }.into())
    }

    fn likelihood(&self) -> &'static str {
        // Most grey values are black or white.
        if self.channels == 1 {
            "bernoulli"
        } else {
            "gaussian"
        }
    }
}

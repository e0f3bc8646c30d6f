//! Codes of symbols, one-hot in the network's range.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Numbers, Ruler, Scale};
use crate::error::Result;
use crate::layer::{Layer, OneHot};

/// Maximum number of symbols: a code is one byte.
const MOST: i64 = 256;

/// Symbols, numbered from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Symbols {
    /// Number of symbols.
    pub symbols: i64,
}

impl Scale for Symbols {
    fn learn(&mut self, _: &Ruler, _: Numbers, said: Option<(f64, f64)>) {
        self.symbols = said.map_or(MOST, |(_, high)| high as i64 + 1);
    }

    fn of(_: i64) -> Self {
        Symbols::default()
    }

    fn channels(&self) -> i64 {
        self.symbols
    }

    fn fits(&self) -> bool {
        (2..=MOST).contains(&self.symbols)
    }

    fn range(&self) -> Option<(f64, f64)> {
        Some((0.0, self.symbols as f64 - 1.0))
    }

    fn span(&self) -> Option<(f64, f64)> {
        None
    }

    fn units(&self) -> (Vec<f64>, Vec<f64>) {
        (vec![0.0], vec![1.0])
    }

    fn far(&self) -> bool {
        false
    }

    // From codes `[n, ...sides]` to one-hot vectors `[n, ...sides, symbols]`.
    fn encode(&self, x: Tensor) -> Result<Tensor> {
        let codes = Tensor::f_arange(self.symbols, (x.f_kind()?, x.device()))?;
        Ok(x.f_unsqueeze(-1)?.f_eq_tensor(&codes)?.f_to_kind(Kind::Float)?)
    }

    // The code of the largest value of each vector.
    fn decode(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.f_argmax(-1, false)?.f_to_kind(x.f_kind()?)?)
    }

    fn reach(&self) -> Vec<f64> {
        vec![1.0; self.symbols as usize]
    }

    fn log_volume(&self) -> (f64, i64) {
        (0.0, 1)
    }

    fn repeat(&mut self, count: i64) {
        self.symbols *= count;
    }

    fn head(&self) -> Option<Layer> {
        Some(OneHot {}.into())
    }

    fn likelihood(&self) -> &'static str {
        "categorical"
    }

    fn one_hot(&self) -> bool {
        true
    }
}

//! Two values, mapped to -1 and 1.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Numbers, Range, Ruler, Scale};
use crate::error::Result;
use crate::layer::{self, Layer};

/// Two values, the ends of a range; results have no others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binary {
    /// The range between them, and the channels.
    #[serde(flatten)]
    pub range: Range,
}

impl Scale for Binary {
    fn learn(&mut self, ruler: &Ruler, numbers: Numbers, said: Option<(f64, f64)>) {
        let ends = Some(ruler.ends()).filter(|(low, high)| low < high && numbers != Numbers::Booleans);
        self.range.learn(ruler, numbers, said.or(ends));
    }

    fn of(channels: i64) -> Self {
        Binary { range: Range::of(channels) }
    }

    fn channels(&self) -> i64 {
        self.range.channels()
    }

    fn exact(&self) -> bool {
        true
    }

    fn fits(&self) -> bool {
        self.range.fits()
    }

    fn range(&self) -> Option<(f64, f64)> {
        self.range.range()
    }

    fn span(&self) -> Option<(f64, f64)> {
        self.range.span()
    }

    fn units(&self) -> (Vec<f64>, Vec<f64>) {
        self.range.units()
    }

    fn far(&self) -> bool {
        self.range.far()
    }

    fn encode(&self, x: Tensor) -> Result<Tensor> {
        self.range.encode(x)
    }

    // The nearest of the two.
    fn decode(&self, x: &Tensor) -> Result<Tensor> {
        let Range { low, high, .. } = self.range;
        let made = x.f_full_like(low)?;
        Ok(made.f_masked_fill(&x.f_gt(0.0)?, high)?)
    }

    fn log_volume(&self) -> (f64, i64) {
        self.range.log_volume()
    }

    fn repeat(&mut self, count: i64) {
        self.range.repeat(count);
    }

    fn head(&self) -> Option<Layer> {
        Some(layer::Binary {}.into())
    }

    fn likelihood(&self) -> &'static str {
        "bernoulli"
    }
}

#[cfg(test)]
mod tests {
    use tch::{Kind, Tensor};

    use crate::kind::{DataShape, Kind as OfData, Numbers, Ruler};

    #[test]
    fn two_values_become_the_ends_and_come_back() {
        let cases =
            [(0.0, 1.0, Kind::Uint8), (0.0, 100.0, Kind::Uint8), (0.0, 0.3, Kind::Float), (-7.0, 0.1, Kind::Double)];
        for (low, high, kind) in cases {
            let x = Tensor::from_slice(&[low, high, low, low, high, low, low, low, high, high, low, low]);
            let x = x.to_kind(kind).view([1, 1, 2, 3, 2]);
            let mut of = OfData::of("roll", &[1, 2, 3, 2]).unwrap();
            let mut ruler = Ruler::of(&*of);
            assert!(ruler.add(&x).unwrap());
            let numbers = if kind == Kind::Uint8 { Numbers::Integers } else { Numbers::Floats };
            of.scale_mut().learn(&ruler, numbers, None);
            let data = DataShape { double: kind == Kind::Double, ..DataShape::new(of) };
            data.check().unwrap();
            let encoded = data.encode(&x).unwrap();
            assert_eq!(encoded.size(), [1, 2, 1, 2, 3]);
            assert!((encoded.abs() - 1.0).abs().max().double_value(&[]) < 1e-6);
            assert!(data.decode(&(encoded * 0.2)).unwrap().to_kind(kind).equal(&x));
        }
    }

    #[test]
    fn silence_is_off() {
        let mut of = OfData::of("roll", &[1, 2, 3, 1]).unwrap();
        let mut ruler = Ruler::of(&*of);
        ruler.add(&Tensor::zeros([2, 1, 2, 3, 1], (Kind::Uint8, tch::Device::Cpu))).unwrap();
        of.scale_mut().learn(&ruler, Numbers::Booleans, None);
        assert_eq!(of.scale().range(), Some((0.0, 1.0)));
    }
}

//! Maps of tiles, as levels of games: each place has one of several symbols.

use serde::{Deserialize, Serialize};

use super::{DataKind, Scale, Symbols};
use crate::layer::{Layer, OneHot};

/// Maps of tiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tiles {
    /// Tiles from top to bottom.
    pub height: i64,
    /// Tiles from left to right.
    pub width: i64,
    /// The symbols.
    #[serde(flatten)]
    pub scale: Symbols,
}

impl Tiles {
    pub(super) fn of(stored: &[i64]) -> Self {
        let size = |axis: usize| stored.get(axis).copied().unwrap_or(0);
        Tiles { height: size(0), width: size(1), scale: Symbols::default() }
    }
}

impl DataKind for Tiles {
    fn stored(&self) -> Vec<i64> {
        vec![self.height, self.width]
    }

    fn sample(&self) -> Vec<i64> {
        vec![self.scale.symbols, self.height, self.width]
    }

    fn scale(&self) -> &dyn Scale {
        &self.scale
    }

    fn scale_mut(&mut self) -> &mut dyn Scale {
        &mut self.scale
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

    fn nouns(&self) -> [&'static str; 2] {
        ["maps", "tiles"]
    }

    fn smooth(&self) -> bool {
        true
    }

    fn pack(&mut self, count: i64) {
        self.scale.repeat(count);
    }
}

#[cfg(test)]
mod tests {
    use tch::{Kind, Tensor};

    use crate::kind::{DataShape, Kind as OfData, Numbers, Ruler};

    #[test]
    fn maps_become_one_hot_vectors_and_come_back() {
        let mut of = OfData::of("tiles", &[2, 3]).unwrap();
        let x = Tensor::from_slice(&[0u8, 2, 1, 1, 1, 0]).view([1, 2, 3]);
        let ruler = Ruler::of(&*of);
        of.scale_mut().learn(&ruler, Numbers::Integers, Some((0.0, 2.0)));
        let data = DataShape::new(of);
        data.check().unwrap();
        let encoded = data.encode(&x).unwrap();
        assert_eq!(encoded.size(), [1, 3, 2, 3]);
        assert!(encoded.sum_dim_intlist(1i64, false, Kind::Float).eq(1.0).all().int64_value(&[]) == 1);
        assert_eq!(encoded.double_value(&[0, 2, 0, 1]), 1.0);
        assert!(data.decode(&(encoded * 0.7)).unwrap().to_kind(Kind::Uint8).equal(&x));
        assert_eq!(data.packed(2).sample(), [6, 2, 3]);
    }
}

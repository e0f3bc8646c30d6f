//! Maps of tiles, as levels of games: each place has one of several symbols.

use super::sided::{Named, Sided};
use super::Symbols;

/// Maps of tiles, with sides `[height, width]`.
pub type Tiles = Sided<Symbols, 2>;

impl Named for Tiles {
    const NOUNS: [&'static str; 2] = ["maps", "tiles"];
    const SMOOTH: bool = true;
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

//! Gram matrices: means of products of two features.
//!
//! Source: Gatys et al., "Texture Synthesis Using Convolutional Neural Networks", 2015.

use tch::Tensor;

use super::{features, relative, Directions, Distance};
use crate::error::Result;
use crate::member;
use crate::style::feature::Map;

member! {
    "gram": "means of products of two features (Gatys et al., 2015)",
    pub struct Gram {}
}

impl Distance for Gram {
    fn kept(&self, style: &Map) -> Result<Map> {
        Ok(Map { values: matrix(style)?, window: 1 })
    }

    fn value(&self, map: &Map, kept: &Map, _: &mut Directions) -> Result<Tensor> {
        relative(&matrix(map)?, &kept.values)
    }

    fn random(&self, _: i64) -> bool {
        false
    }
}

fn matrix(map: &Map) -> Result<Tensor> {
    let features = features(map)?;
    let places = features.size()[1].max(1) as f64;
    Ok(features.f_matmul(&features.f_transpose(0, 1)?)?.f_div_scalar(places)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Philox;
    use tch::Device;

    // Features (1, 2) and (3, 0) at two places: products 1 + 9, 2 and 4, halved.
    #[test]
    fn the_matrix_has_means_of_products() {
        let map = Map {
            values: Tensor::from_slice(&[1f32, 3.0, 2.0, 0.0]).view([1, 2, 1, 2]),
            window: 1,
        };
        let kept = Gram {}.kept(&map).unwrap();
        assert!(kept.values.equal(&Tensor::from_slice(&[5f32, 1.0, 1.0, 2.0]).view([2, 2])));
        let mut directions = Directions {
            count: 1,
            random: Philox::new(0),
            step: 0,
            next: 0,
            device: Device::Cpu,
        };
        let none = Map { values: map.values.zeros_like(), window: 1 };
        let far = Gram {}.value(&none, &kept, &mut directions).unwrap().double_value(&[]);
        assert!((far - 1.0).abs() < 1e-5, "{far}");
        assert_eq!(Gram {}.value(&map, &kept, &mut directions).unwrap().double_value(&[]), 0.0);
    }
}

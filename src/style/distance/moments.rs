//! Mean and standard deviation of each feature; of patches, in random directions.
//!
//! Source: Li et al., "Demystifying Neural Style Transfer", 2017.

use tch::{Kind, Tensor};

use super::{features, projected, relative, Directions, Distance};
use crate::error::Result;
use crate::member;
use crate::style::feature::Map;

member! {
    "moments": "mean and standard deviation of each feature (Li et al., 2017)",
    pub struct Moments {}
}

/// Added to variances: the root of 0 has no finite gradient.
const LEAST: f64 = 1e-8;

impl Distance for Moments {
    fn kept(&self, style: &Map) -> Result<Map> {
        Ok(match self.random(style.window) {
            true => Map { values: style.values.shallow_clone(), window: style.window },
            false => Map { values: moments(&features(style)?)?, window: 1 },
        })
    }

    fn value(&self, map: &Map, kept: &Map, directions: &mut Directions) -> Result<Tensor> {
        if !self.random(map.window) {
            return relative(&moments(&features(map)?)?, &kept.values);
        }
        let filters = directions.draw(map)?;
        let style = moments(&tch::no_grad(|| projected(kept, &filters))?)?;
        relative(&moments(&projected(map, &filters)?)?, &style)
    }

    fn random(&self, window: i64) -> bool {
        window > 1
    }
}

// [2, features]
fn moments(features: &Tensor) -> Result<Tensor> {
    let mean = features.f_mean_dim([1i64].as_slice(), true, Kind::Float)?;
    let variance = features.f_sub(&mean)?.f_square()?.f_mean_dim([1i64].as_slice(), false, Kind::Float)?;
    Ok(Tensor::f_stack(&[mean.f_squeeze_dim(1)?, variance.f_add_scalar(LEAST)?.f_sqrt()?], 0)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_mean_and_deviation_and_have_a_gradient_where_all_is_flat() {
        let x = Tensor::from_slice(&[1f32, 3.0, 5.0, 5.0]).view([2, 2]).set_requires_grad(true);
        let made = moments(&x).unwrap();
        let expected = Tensor::from_slice(&[2f32, 5.0, 1.0, 1e-4]).view([2, 2]);
        assert!(made.allclose(&expected, 1e-5, 1e-6, false), "{made:?}");
        made.sum(Kind::Float).backward();
        assert!(x.grad().isfinite().all().int64_value(&[]) == 1);
    }
}

//! Sliced Wasserstein distance: sorted features in random directions, new ones at each step.
//!
//! Sources: Heitz et al., "A Sliced Wasserstein Loss for Neural Texture Synthesis", 2021; Elnekave and Weiss, "Generating
//! natural images with direct patch distributions matching", 2022.

use tch::Tensor;

use super::{projected, Directions, Distance, EPS};
use crate::error::Result;
use crate::member;
use crate::style::feature::Map;

member! {
    "sliced": "sorted features in random directions (Heitz et al., 2021)",
    pub struct Sliced {}
}

impl Distance for Sliced {
    fn kept(&self, style: &Map) -> Result<Map> {
        Ok(Map { values: style.values.shallow_clone(), window: style.window })
    }

    fn value(&self, map: &Map, kept: &Map, directions: &mut Directions) -> Result<Tensor> {
        let filters = directions.draw(map)?;
        let (mine, _) = projected(map, &filters)?.f_sort(1, false)?;
        let style = tch::no_grad(|| -> Result<Tensor> {
            let (style, _) = projected(kept, &filters)?.f_sort(1, false)?;
            quantiles(&style, mine.size()[1])
        })?;
        let size = style.f_var(false)?.f_add_scalar(EPS)?;
        Ok(mine.f_sub(&style)?.f_square()?.f_mean(None)?.f_div(&size)?)
    }

    fn random(&self, _: i64) -> bool {
        true
    }
}

// Sorted values [rows, any] at `places` evenly spaced quantiles.
fn quantiles(sorted: &Tensor, places: i64) -> Result<Tensor> {
    if sorted.size()[1] == places {
        return Ok(sorted.shallow_clone());
    }
    Ok(sorted.f_unsqueeze(0)?.f_upsample_linear1d([places], false, None)?.f_squeeze_dim(0)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Philox;
    use tch::{Device, Kind};

    fn value(mine: &Tensor, style: &Tensor, window: i64) -> f64 {
        let map = |values: &Tensor| Map { values: values.shallow_clone(), window };
        let mut directions = Directions {
            count: 16,
            random: Philox::new(3),
            step: 5,
            next: 0,
            device: Device::Cpu,
        };
        Sliced {}.value(&map(mine), &map(style), &mut directions).unwrap().double_value(&[])
    }

    #[test]
    fn the_order_of_places_does_not_count_and_patches_see_it() {
        tch::manual_seed(0);
        let x = Tensor::rand([1, 3, 8, 8], (Kind::Float, Device::Cpu));
        let turned = x.flip([2]).transpose(2, 3).contiguous();
        assert!(value(&turned, &x, 1) < 1e-10);
        assert!(value(&turned, &x, 3) > 1e-2);
        // A shift by one deviation costs its square.
        let one = Tensor::from_slice(&[-1f32, 1.0]).view([1, 1, 1, 2]);
        let shifted = value(&(&one + 1.0), &one, 1);
        assert!((shifted - 1.0).abs() < 1e-4, "{shifted}");
    }

    #[test]
    fn quantiles_of_another_number_of_places_keep_the_distribution() {
        let sorted = Tensor::from_slice(&[0f32, 1.0, 2.0, 3.0]).view([1, 4]);
        let made = quantiles(&sorted, 8).unwrap();
        let expected = [0f32, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0];
        assert!(made.allclose(&Tensor::from_slice(&expected).view([1, 8]), 1e-6, 1e-6, false));
    }
}

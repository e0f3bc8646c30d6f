//! Missing parts. In training, half of the holes are rectangles of a quarter to three quarters of the sides, and half are
//! one side of a straight cut through the picture (Pathak et al., "Context Encoders: Feature Learning by Inpainting", 2016).

use tch::{Kind, Tensor};

use super::{Corrupt, Random, Seen};
use crate::error::Result;
use crate::member;

member! {
    "mask": "fills in what is missing (Pathak et al., 2016)",
    pub struct Mask {}
}

/// Random numbers of a picture: kind of the hole, and for each axis the size and the place.
const NUMBERS: i64 = 5;

impl Corrupt for Mask {
    fn inputs(&self, channels: i64) -> i64 {
        channels + 1
    }

    fn random(&self, _: &[i64]) -> Random {
        Random::Uniform(vec![NUMBERS])
    }

    fn corrupt(&self, x: &Tensor, random: Option<&Tensor>) -> Result<Tensor> {
        let Some(random) = random else { return Ok(x.shallow_clone()) };
        let known = known(random, &x.size()[2..])?;
        Ok(Tensor::f_cat(&[x.f_mul(&known)?, known], 1)?)
    }

    fn seen(&self, left: &Tensor, channels: i64) -> Result<Seen> {
        let known = left.f_narrow(1, channels, 1)?;
        Ok(Seen {
            input: left.shallow_clone(),
            start: Some(left.f_narrow(1, 0, channels)?),
            known: Some(known),
        })
    }
}

// 1 outside the hole of each picture, else 0: [n, 1, height, width].
fn known(random: &Tensor, sides: &[i64]) -> Result<Tensor> {
    let number = |i: i64| -> Result<Tensor> { Ok(random.f_narrow(1, i, 1)?) };
    let (cut, which) = (number(0)?.f_lt(0.5)?, number(0)?.f_mul_scalar(8.0)?.f_floor()?);
    let mut inside: Option<Tensor> = None;
    for (axis, &side) in sides.iter().enumerate() {
        let (size, place) = (number(1 + 2 * axis as i64)?, number(2 + 2 * axis as i64)?);
        let side = side as f64;
        // A rectangle is a quarter to three quarters as long; at least one pixel.
        let length = size.f_mul_scalar(0.5)?.f_add_scalar(0.25)?.f_mul_scalar(side)?.f_round()?.f_clamp_min(1.0)?;
        let first = length.f_neg()?.f_add_scalar(side + 1.0)?.f_mul(&place)?.f_floor()?;
        let last = first.f_add(&length)?;
        // A cut takes a quarter to three quarters of one axis, from its beginning or its end, and all of the other axis.
        let along = which.f_remainder(2.0)?.f_eq(axis as f64)?;
        let ends = which.f_ge(2.0)?;
        let whole = Tensor::f_full_like(&length, side)?;
        let from = whole.f_sub(&length)?.f_mul(&ends.f_to_kind(Kind::Float)?)?;
        let to = from.f_add(&length)?;
        let nothing = from.f_zeros_like()?;
        let pick = |cut_here: &Tensor, otherwise: &Tensor, rectangle: &Tensor| -> Result<Tensor> {
            Ok(cut_here.f_where_self(&along, otherwise)?.f_where_self(&cut, rectangle)?)
        };
        let (from, to) = (pick(&from, &nothing, &first)?, pick(&to, &whole, &last)?);
        let places = Tensor::f_arange(side as i64, (Kind::Float, random.device()))?.f_unsqueeze(0)?;
        let within = places.f_ge_tensor(&from)?.f_logical_and(&places.f_lt_tensor(&to)?)?;
        inside = Some(match inside {
            None => within.f_unsqueeze(-1)?,
            Some(inside) => inside.f_logical_and(&within.f_unsqueeze(1)?)?,
        });
    }
    let inside = inside.unwrap_or_default();
    Ok(inside.f_logical_not()?.f_to_kind(Kind::Float)?.f_unsqueeze(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_rectangles_and_cuts_of_the_right_size() {
        let numbers: Vec<f32> =
            (0..200).flat_map(|i| (0..5).map(move |j| ((i * 7 + j * 31) % 97) as f32 / 97.0)).collect();
        let known = known(&Tensor::from_slice(&numbers).view([200, 5]), &[12, 8]).unwrap();
        let (mut cuts, mut rectangles) = (0, 0);
        for i in 0..200 {
            let hole: Tensor = known.get(i).get(0) * -1.0 + 1.0;
            let count = |axis: i64| hole.amax([axis].as_slice(), false).sum(Kind::Float).double_value(&[]);
            let (height, width) = (count(1), count(0));
            assert_eq!(hole.sum(Kind::Float).double_value(&[]), height * width);
            match (height == 12.0, width == 8.0) {
                (false, false) => rectangles += 1,
                _ => cuts += 1,
            }
            let fits = |length: f64, side: f64| length == side || (0.2 * side..=0.8 * side).contains(&length);
            assert!(fits(height, 12.0) && fits(width, 8.0), "{height} {width}");
        }
        assert!(cuts > 60 && rectangles > 60, "{cuts} {rectangles}");
    }

    #[test]
    fn what_is_known_is_kept() {
        let x = Tensor::from_slice(&[0.5f32; 48]).view([1, 1, 6, 8]);
        let random = Tensor::from_slice(&[0.9f32, 0.5, 0.5, 0.5, 0.5]).view([1, 5]);
        let left = Mask::USUAL.corrupt(&x, Some(&random)).unwrap();
        let seen = Mask::USUAL.seen(&left, 1).unwrap();
        let known = seen.known.unwrap();
        assert!(seen.start.unwrap().equal(&(&x * &known)));
        assert_eq!(known.sum(Kind::Float).double_value(&[]), 48.0 - 12.0);
    }
}

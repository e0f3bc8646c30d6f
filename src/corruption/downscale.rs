//! Fewer pixels: bicubic downscaling with antialiasing, as by Pillow (Keys, "Cubic Convolution Interpolation for Digital Image
//! Processing", 1981). The network sees the bicubic enlargement and learns what is missing (Kim et al., "Accurate Image
//! Super-Resolution Using Very Deep Convolutional Networks", 2016).

use tch::Tensor;

use super::{Corrupt, Seen};
use crate::error::{Error, Result};
use crate::kind::DataShape;
use crate::member;

member! {
    "downscale": "enlarges pictures by `factor` (Kim et al., 2016)",
    pub struct Downscale {
        /// Number by which the sides are divided.
        factor: i64 = 2,
    }
}

impl Corrupt for Downscale {
    fn factor(&self) -> i64 {
        self.factor
    }

    fn check(&self, data: &DataShape) -> Result<()> {
        let sides = &data.sample()[1..];
        match sides.iter().find(|side| *side % self.factor != 0) {
            None => Ok(()),
            Some(_) => Err(Error::Shape {
                name: "X".into(),
                expected: format!("sides that are multiples of factor={}", self.factor),
                got: data.describe() + "; crop them",
            }),
        }
    }

    fn corrupt(&self, x: &Tensor, _: Option<&Tensor>) -> Result<Tensor> {
        let sides: Vec<i64> = x.size()[2..].iter().map(|side| side / self.factor).collect();
        Ok(x.f_contiguous()?.f_internal_upsample_bicubic2d_aa(sides, false, None, None)?.f_clamp(-1.0, 1.0)?)
    }

    fn seen(&self, left: &Tensor, _: i64) -> Result<Seen> {
        let sides: Vec<i64> = left.size()[2..].iter().map(|side| side * self.factor).collect();
        let large = left.f_contiguous()?.f_internal_upsample_bicubic2d_aa(sides, false, None, None)?;
        Ok(Seen {
            input: large.shallow_clone(),
            start: Some(large),
            known: None,
        })
    }
}

//! No colours: the network sees the brightness and learns the difference of each channel from it (Zhang et al., "Colorful
//! Image Colorization", 2016).

use tch::Tensor;

use super::{brightness, Corrupt, Seen};
use crate::error::{Error, Result};
use crate::kind::DataShape;
use crate::member;

member! {
    "grey": "colours grey pictures (Zhang et al., 2016)",
    pub struct Grey {}
}

impl Corrupt for Grey {
    fn inputs(&self, _: i64) -> i64 {
        1
    }

    fn check(&self, data: &DataShape) -> Result<()> {
        match data.sample()[0] {
            1 => Err(Error::Shape {
                name: "X".into(),
                expected: "pictures with colours for corruption=\"grey\"".into(),
                got: data.describe(),
            }),
            _ => Ok(()),
        }
    }

    fn corrupt(&self, x: &Tensor, _: Option<&Tensor>) -> Result<Tensor> {
        brightness(x)
    }

    fn seen(&self, left: &Tensor, channels: i64) -> Result<Seen> {
        let size = left.size();
        let start = left.f_expand([size[0], channels, size[2], size[3]], false)?;
        Ok(Seen { input: left.shallow_clone(), start: Some(start), known: None })
    }
}

//! Edges alone: the magnitude of the gradient of the brightness (Sobel's operator), from black to white; the network learns
//! the picture (Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017).

use tch::Tensor;

use super::{brightness, Corrupt, Seen};
use crate::error::Result;
use crate::member;

member! {
    "edges": "draws pictures from their edges (Isola et al., 2017)",
    pub struct Edges {}
}

/// Magnitude that is white: a step of half the range.
const WHITE: f64 = 4.0;

impl Corrupt for Edges {
    fn inputs(&self, _: i64) -> i64 {
        1
    }

    fn corrupt(&self, x: &Tensor, _: Option<&Tensor>) -> Result<Tensor> {
        let grey = brightness(x)?.f_contiguous()?.f_replication_pad2d([1, 1, 1, 1])?;
        let across = difference(&smooth(&grey, 2)?, 3)?;
        let down = difference(&smooth(&grey, 3)?, 2)?;
        let size = across.f_square()?.f_add(&down.f_square()?)?.f_sqrt()?;
        Ok(size.f_mul_scalar(2.0 / WHITE)?.f_clamp_max(2.0)?.f_sub_scalar(1.0)?)
    }

    fn seen(&self, left: &Tensor, _: i64) -> Result<Seen> {
        Ok(Seen { input: left.shallow_clone(), start: None, known: None })
    }
}

// Values along an axis, without its ends: once, twice and once the neighbours before, itself and after.
fn smooth(x: &Tensor, axis: i64) -> Result<Tensor> {
    let inner = x.size()[axis as usize] - 2;
    let twice = x.f_narrow(axis, 1, inner)?.f_mul_scalar(2.0)?;
    Ok(x.f_narrow(axis, 0, inner)?.f_add(&twice)?.f_add(&x.f_narrow(axis, 2, inner)?)?)
}

// Differences of the neighbours of each value along an axis, without its ends.
fn difference(x: &Tensor, axis: i64) -> Result<Tensor> {
    let inner = x.size()[axis as usize] - 2;
    Ok(x.f_narrow(axis, 2, inner)?.f_sub(&x.f_narrow(axis, 0, inner)?)?)
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn a_step_is_an_edge_and_a_plain_is_not() {
        let x = Tensor::full([1, 1, 6, 6], -0.5, (Kind::Float, Device::Cpu));
        let _ = x.narrow(3, 3, 3).fill_(0.5);
        let edges = Edges::USUAL.corrupt(&x, None).unwrap();
        assert_eq!(edges.size(), [1, 1, 6, 6]);
        let row = Vec::<f32>::try_from(edges.get(0).get(0).get(2)).unwrap();
        assert_eq!(row, [-1.0, -1.0, 1.0, 1.0, -1.0, -1.0]);
    }
}

//! Edges alone: the magnitude of the gradient of the brightness (Sobel's operator), from black to white; the network learns
//! the picture (Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017).

use tch::{Kind, Tensor};

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
        let across = Tensor::f_from_slice(&[-1f32, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0])?.f_view([3, 3])?;
        let both = Tensor::f_stack(&[&across, &across.f_tr()?], 0)?.f_unsqueeze(1)?.f_to_device(x.device())?;
        let slopes = grey.f_conv2d(&both, None::<&Tensor>, [1, 1], [0, 0], [1, 1], 1)?;
        let size = slopes.f_square()?.f_sum_dim_intlist([1i64].as_slice(), true, Kind::Float)?.f_sqrt()?;
        Ok(size.f_mul_scalar(2.0 / WHITE)?.f_clamp_max(2.0)?.f_sub_scalar(1.0)?)
    }

    fn seen(&self, left: &Tensor, _: i64) -> Result<Seen> {
        Ok(Seen { input: left.shallow_clone(), start: None, known: None })
    }
}

#[cfg(test)]
mod tests {
    use tch::Device;

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

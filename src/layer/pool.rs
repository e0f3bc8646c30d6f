//! Average pooling that halves the resolution.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Means of two pixels along every axis. Odd sides are rounded up; means at the edge are over existing pixels only.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {}

impl Forward for Pool {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        let sides = input[1..].iter().map(|side| (side + 1) / 2);
        input[..1].iter().copied().chain(sides).collect()
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        // libtorch rejects windows that are larger than the image.
        let window: Vec<i64> = x.size()[2..].iter().map(|&side| side.min(2)).collect();
        let [stride, none] = [2, 0].map(|value| vec![value; window.len()]);
        Ok(match window.len() {
            1 => x.f_avg_pool1d(window, stride, none, true, false)?,
            2 => x.f_avg_pool2d(window, stride, none, true, false, None::<i64>)?,
            _ => x.f_avg_pool3d(window, stride, none, true, false, None::<i64>)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_at_the_end_of_an_odd_side_are_of_what_is_there() {
        let x = Tensor::from_slice(&[1f32, 3.0, 5.0, 3.0, 5.0, 7.0, 1.0, 2.0, 9.0]).view([1, 1, 3, 3]);
        let y = Pool {}.forward(x, &Parts::default()).unwrap();
        assert_eq!(y.size()[1..], Pool {}.output(&[1, 3, 3]));
        assert!(y.reshape([-1]).equal(&Tensor::from_slice(&[3f32, 6.0, 1.5, 9.0])));
    }
}

//! Maximum of several linear pieces (Goodfellow et al., "Maxout Networks", 2013).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Maps `[features * pieces]` to `[features]`: the maximum of each group of `pieces` consecutive values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maxout {
    /// Number of values per group.
    pub pieces: i64,
}

impl Forward for Maxout {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        vec![input[0] / self.pieces]
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let (n, features) = x.size2()?;
        Ok(x.f_reshape([n, features / self.pieces, self.pieces])?.f_max_dim(2, false)?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_each_group_is_left_and_alone_has_a_slope() {
        let x = Tensor::from_slice(&[1f32, 5.0, -2.0, -1.0, 0.0, -3.0]).view([1, 6]).set_requires_grad(true);
        let y = Maxout { pieces: 3 }.forward(x.shallow_clone(), &Parts::default()).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[5f32, 0.0]).view([1, 2])));
        let slope = Tensor::run_backward(&[y.sum(tch::Kind::Float)], &[&x], false, false);
        assert!(slope[0].equal(&Tensor::from_slice(&[0f32, 1.0, 0.0, 0.0, 1.0, 0.0]).view([1, 6])));
    }
}

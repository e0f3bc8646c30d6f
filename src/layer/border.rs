//! Padding with pixels of the picture itself.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Pads each side: circularly, so that a picture continues at the opposite edge, or by reflection. Sides must be larger
/// than `width`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Border {
    /// Pixels on each side.
    pub width: i64,
    /// True for circular padding, false for reflection.
    pub circular: bool,
}

impl Forward for Border {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        let sides = input[1..].iter().map(|side| side + 2 * self.width);
        input[..1].iter().copied().chain(sides).collect()
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let mode = if self.circular { "circular" } else { "reflect" };
        Ok(x.f_pad(vec![self.width; 2 * (x.dim() - 2)], mode, None)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circular_border_continues_at_the_other_edge_and_a_reflected_one_turns_back() {
        let x = Tensor::from_slice(&[1f32, 2.0, 3.0]).view([1, 1, 3]);
        for (circular, expected) in [(true, [3f32, 1.0, 2.0, 3.0, 1.0]), (false, [2.0, 1.0, 2.0, 3.0, 2.0])] {
            let border = Border { width: 1, circular };
            let y = border.forward(x.shallow_clone(), &Parts::default()).unwrap();
            assert_eq!(y.size()[1..], border.output(&[1, 3]));
            assert!(y.reshape([-1]).equal(&Tensor::from_slice(&expected)));
        }
    }
}

//! Translation of pictures of any size with the weights of a fitted model, in overlapping parts.

use std::f64::consts::PI;

use tch::{Kind, Tensor};

use super::finished;
use crate::corruption::{Corrupt, Seen};
use crate::error::Result;
use crate::net::Weighted;

/// Part of a side by which neighbouring parts overlap.
const OVERLAP: i64 = 4;
/// Number of parts that are translated at a time.
const CHUNK: i64 = 64;

/// A fitted generator.
pub struct Translator {
    pub(super) network: Weighted<'static>,
    pub(super) corruption: Option<Box<dyn Corrupt>>,
    /// Channels of the network's input and of its output.
    pub channels: [i64; 2],
    /// Sides of the pictures of the training.
    pub sides: Vec<i64>,
}

impl Translator {
    /// Corruption that the network undoes, if any.
    pub fn corruption(&self) -> Option<&dyn Corrupt> {
        self.corruption.as_deref()
    }

    /// Translates pictures of any sides: parts of the sides of the training, which overlap by a quarter, are blended. Smaller
    /// pictures are extended by reflection.
    ///
    /// # Shapes
    /// `left` is `[n, channels, ...]` in the network's range: pictures, or what a corruption leaves of them; the result is
    /// `[n, channels, height, width]`.
    pub fn translate(&self, left: &Tensor) -> Result<Tensor> {
        let seen = match &self.corruption {
            Some(corruption) => corruption.seen(left, self.channels[1])?,
            None => Seen { input: left.shallow_clone(), start: None, known: None },
        };
        let made = self.over(&seen.input)?;
        Ok(finished(made, &seen)?.f_clamp(-1.0, 1.0)?)
    }

    // Output of the network for inputs of any sides.
    fn over(&self, input: &Tensor) -> Result<Tensor> {
        let size = input.size();
        let (height, width) = (size[2], size[3]);
        if size[2..] == self.sides[..] {
            return self.pass(input);
        }
        let input = extended(&extended(input, 2, self.sides[0])?, 3, self.sides[1])?;
        let size = input.size();
        let (rows, columns) = (starts(size[2], self.sides[0]), starts(size[3], self.sides[1]));
        let window = window(self.sides[0])?.f_unsqueeze(1)?.f_mul(&window(self.sides[1])?.f_unsqueeze(0)?)?;
        let window = window.f_to_device(input.device())?;
        let options = (Kind::Float, input.device());
        let sum = Tensor::f_zeros([size[0], self.channels[1], size[2], size[3]], options)?;
        let weight = Tensor::f_zeros([size[2], size[3]], options)?;
        for &row in &rows {
            for &column in &columns {
                let at = |x: &Tensor, first: i64| -> Result<Tensor> {
                    Ok(x.f_narrow(first, row, self.sides[0])?.f_narrow(first + 1, column, self.sides[1])?)
                };
                let made = self.pass(&at(&input, 2)?)?.f_mul(&window)?;
                let _ = at(&sum, 2)?.f_add_(&made)?;
                let _ = at(&weight, 0)?.f_add_(&window)?;
            }
        }
        Ok(sum.f_div(&weight)?.f_narrow(2, 0, height)?.f_narrow(3, 0, width)?)
    }

    fn pass(&self, input: &Tensor) -> Result<Tensor> {
        let mut made = Vec::new();
        for start in (0..input.size()[0]).step_by(CHUNK as usize) {
            let count = CHUNK.min(input.size()[0] - start);
            made.push(self.network.forward(&input.f_narrow(0, start, count)?.f_contiguous()?)?);
        }
        Ok(Tensor::f_cat(&made, 0)?)
    }
}

// First places of parts of this length, which overlap and cover a side.
fn starts(side: i64, length: i64) -> Vec<i64> {
    let last = side - length;
    let step = (length - length / OVERLAP).max(1);
    let count = (last + step - 1) / step;
    (0..=count).map(|i| if count == 0 { 0 } else { (last * i + count / 2) / count }).collect()
}

// Weights of the places of a part: they rise from its ends to its middle.
fn window(length: i64) -> Result<Tensor> {
    let at = Tensor::f_arange(length, (Kind::Float, tch::Device::Cpu))?.f_add_scalar(0.5)?;
    Ok(at.f_mul_scalar(PI / length as f64)?.f_sin()?.f_square()?.f_add_scalar(1e-3)?)
}

// Extends an axis to this length by reflection.
fn extended(x: &Tensor, axis: i64, length: i64) -> Result<Tensor> {
    let mut x = x.shallow_clone();
    while x.size()[axis as usize] < length {
        let side = x.size()[axis as usize];
        let more = (length - side).min((side - 1).max(1));
        let first = (side - 1 - more).max(0);
        let mirrored = x.f_narrow(axis, first, more.min(side))?.f_flip([axis])?;
        x = Tensor::f_cat(&[&x, &mirrored], axis)?;
    }
    Ok(x)
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;
    use crate::base::{InitScheme, Philox};
    use crate::layer::{Chain, Conv};
    use crate::net::Network;

    // A network that triples each value.
    fn triples() -> Translator {
        let mut chain = Chain::new(&[1, 4, 6], InitScheme::FanIn);
        let (kernel, stride) = (vec![1, 1], vec![1, 1]);
        chain.push(
            "out",
            Conv {
                inputs: 1,
                outputs: 1,
                kernel,
                stride,
                padding: 0,
                bias: false,
            },
        );
        let network = Network::new(chain, &Philox::new(0), 0, Device::Cpu).unwrap();
        let fixed = network.fixed(&Tensor::from_slice(&[3f32]), network.buffers.flat()).unwrap();
        Translator {
            network: fixed,
            corruption: None,
            channels: [1, 1],
            sides: vec![4, 6],
        }
    }

    #[test]
    fn pictures_of_any_size_are_translated_without_a_seam() {
        for [height, width] in [[4, 6], [3, 2], [1, 1], [5, 6], [4, 17], [23, 9]] {
            let x = Tensor::arange(2 * height * width, (Kind::Float, Device::Cpu)).view([2, 1, height, width]) * 5e-4;
            let made = triples().translate(&x).unwrap();
            assert!(made.allclose(&(&x * 3.0), 1e-5, 1e-6, false), "{height} {width}");
        }
    }

    #[test]
    fn parts_cover_a_side_and_overlap() {
        assert_eq!(starts(4, 4), [0]);
        assert_eq!(starts(5, 4), [0, 1]);
        assert_eq!(starts(32, 12), [0, 7, 13, 20]);
    }

    #[test]
    fn small_pictures_are_mirrored() {
        let x = Tensor::from_slice(&[1f32, 2.0, 3.0]).view([1, 1, 1, 3]);
        let row = Vec::<f32>::try_from(extended(&x, 3, 7).unwrap().flatten(0, -1)).unwrap();
        assert_eq!(row, [1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0]);
    }
}

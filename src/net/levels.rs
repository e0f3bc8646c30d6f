//! Resolutions and channels of a convolutional network, from the sample's down.

use super::{unfit, Request};
use crate::base::DataShape;
use crate::error::Result;
use crate::layer::{Chain, Conv, Crop};

/// Largest side at which places attend to each other: each sample has a weight for each pair of them.
const ATTENDED: i64 = 64;
/// A sample this large on its longest side is not halved any more.
const SMALLEST: i64 = 7;

/// The levels of a network: each has half the sides of the one before, rounded up, and twice its channels.
pub(super) struct Levels<'a> {
    /// What the network is made for.
    pub request: &'a Request<'a>,
    /// Sides at each level, the sample's own first.
    pub sizes: Vec<Vec<i64>>,
    /// Convolutions or blocks at each level.
    pub depth: i64,
    base: i64,
    doublings: usize,
}

impl<'a> Levels<'a> {
    /// Sides are halved until the longest is at most 7, but at most `most` times; channels double at most `doublings` times.
    pub fn new(request: &'a Request<'a>, most: usize, doublings: usize) -> Self {
        Levels {
            request,
            sizes: halved(&request.data.sample()[1..], most),
            depth: request.spec.depth.unwrap_or(1),
            base: request.spec.base_channels.unwrap_or(32),
            doublings,
        }
    }

    /// The level with the smallest sides.
    pub fn last(&self) -> usize {
        self.sizes.len() - 1
    }

    /// Channels and sides of the smallest level.
    pub fn smallest(&self) -> Vec<i64> {
        [&[self.channels(self.last())], &self.sizes[self.last()][..]].concat()
    }

    /// Channels at a level; the sample's own has those of the first halving.
    pub fn channels(&self, level: usize) -> i64 {
        self.base << (level.max(1) - 1).min(self.doublings)
    }
}

/// Sides after each halving, rounded up, the sample's own first: until the longest is at most 7, but at most `most` times.
pub(super) fn halved(sides: &[i64], most: usize) -> Vec<Vec<i64>> {
    let mut sizes = vec![sides.to_vec()];
    while let Some(sides) = sizes.last().filter(|sides| sides.iter().any(|&side| side > SMALLEST)) {
        if sizes.len() > most {
            break;
        }
        sizes.push(sides.iter().map(|side| (side + 1) / 2).collect());
    }
    sizes
}

/// Checks that the data is of square pictures with sides that halving works on.
pub(super) fn check_square(net: &str, data: &DataShape) -> Result<()> {
    match data.sample()[..] {
        [_, height, width] if height == width && (8..=256).contains(&height) => Ok(()),
        _ => Err(unfit(net, "square images from 8 to 256 px", data, [8, 256])),
    }
}

/// Side of a picture.
pub(super) fn side(data: &DataShape) -> i64 {
    data.sample().get(1).copied().unwrap_or(1)
}

/// The sides at which both networks of a GAN have features whose places can attend to each other.
pub(super) fn attends(data: &DataShape) -> Vec<i64> {
    let sizes = halved(&data.sample()[1..], usize::MAX);
    sizes.into_iter().skip(1).map(|sides| sides[0]).filter(|&side| side <= ATTENDED).collect()
}

/// Cuts down what doubling has made too large.
pub(super) fn crop(chain: &mut Chain, name: &str, sides: &[i64]) {
    if chain.output()[1..] != *sides {
        let [height, width] = [sides[0], sides[1]];
        chain.push(format!("{name}.crop"), Crop { height, width });
    }
}

/// A convolution of single pixels.
pub(super) fn pixelwise(inputs: i64, outputs: i64) -> Conv {
    conv(inputs, outputs, 1, 1)
}

/// A convolution that keeps the size at stride 1 and halves it, rounding up, at stride 2.
pub(super) fn conv(inputs: i64, outputs: i64, kernel: i64, stride: i64) -> Conv {
    Conv {
        inputs,
        outputs,
        kernel,
        stride,
        padding: kernel / 2,
        bias: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_halve_rounding_up_until_at_most_7() {
        assert_eq!(halved(&[100, 33], 9), [[100, 33], [50, 17], [25, 9], [13, 5], [7, 3]]);
        assert_eq!(halved(&[28], 9), [[28], [14], [7]]);
        assert_eq!(halved(&[28], 1), [[28], [14]]);
    }
}

//! Resolutions and channels of a convolutional network, from the sample's down.

use super::{unfit, Request};
use crate::base::DataShape;
use crate::error::Result;
use crate::layer::{Chain, Crop};

/// A sample this large on its longest side is not halved any more.
const ENOUGH: i64 = 7;
/// Smallest side that can be halved to something.
const SMALLEST: i64 = 4;
/// Most places that attend to each other: each sample has a weight for each pair of them.
const ATTENDED: i64 = 64 * 64;

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

/// Sides after each halving, rounded up, the sample's own first: once, and on until the longest is at most 7, but at most `most`
/// times.
pub(super) fn halved(sides: &[i64], most: usize) -> Vec<Vec<i64>> {
    let mut sizes = vec![sides.to_vec()];
    while let Some(sides) = sizes.last().filter(|sides| sizes.len() < 2 || longest(sides) > ENOUGH) {
        if sizes.len() > most {
            break;
        }
        sizes.push(sides.iter().map(|side| (side + 1) / 2).collect());
    }
    sizes
}

fn longest(sides: &[i64]) -> i64 {
    sides.iter().copied().max().unwrap_or(1)
}

/// Checks that the sides of the data are those that halving works on.
pub(super) fn check(net: &str, data: &DataShape) -> Result<()> {
    let sides = &data.sample()[1..];
    let (what, largest, unit) = if sides.len() == 3 { ("volumes", 64, "voxels") } else { ("images", 256, "px") };
    match !sides.is_empty() && sides.iter().all(|side| (SMALLEST..=largest).contains(side)) {
        true => Ok(()),
        false => Err(unfit(net, &format!("{what} with sides from {SMALLEST} to {largest} {unit}"), data, largest)),
    }
}

/// Longest side of a sample.
pub(super) fn side(data: &DataShape) -> i64 {
    longest(&data.sample()[1..])
}

/// The channels at the first level if the user says nothing: what is usual for images, fewer for volumes, whose windows
/// are larger.
pub(super) fn base_channels(data: &DataShape, usual: i64) -> i64 {
    if data.sample().len() > 3 {
        usual.min(16)
    } else {
        usual
    }
}

/// The longest sides of the levels at which both networks of a GAN have features whose places can attend to each other.
pub(super) fn attends(data: &DataShape) -> Vec<i64> {
    let sizes = halved(&data.sample()[1..], usize::MAX).into_iter().skip(1);
    sizes
        .filter(|sides| sides.iter().product::<i64>() <= ATTENDED)
        .map(|sides| longest(&sides))
        .collect()
}

/// Cuts down what doubling has made too large.
pub(super) fn crop(chain: &mut Chain, name: &str, sides: &[i64]) {
    if chain.output()[1..] != *sides {
        chain.push(format!("{name}.crop"), Crop { sides: sides.to_vec() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_halve_rounding_up_until_the_longest_is_at_most_7() {
        assert_eq!(halved(&[100, 33], 9), [[100, 33], [50, 17], [25, 9], [13, 5], [7, 3]]);
        assert_eq!(halved(&[28], 9), [[28], [14], [7]]);
        assert_eq!(halved(&[28], 1), [[28], [14]]);
    }

    #[test]
    fn small_samples_are_halved_once() {
        assert_eq!(halved(&[4, 4], 9), [[4, 4], [2, 2]]);
        assert_eq!(halved(&[5, 7, 6], 9), [[5, 7, 6], [3, 4, 3]]);
        assert_eq!(halved(&[16, 1], 9), [[16, 1], [8, 1], [4, 1]]);
    }
}

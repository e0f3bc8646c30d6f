//! Resolutions and channels of a convolutional network, from the sample downwards.

use super::{unfit, Request};
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::{Chain, Crop};

/// Longest side at which halving stops.
const ENOUGH: i64 = 7;
/// Smallest side that is supported.
const SMALLEST: i64 = 4;
/// Maximum number of pixels for self-attention, which has a weight per pair of pixels.
const ATTENDED: i64 = 64 * 64;

/// The levels of a network: each has half the sides of the previous one, rounded up, and twice its channels.
pub(super) struct Levels<'a> {
    /// Specification of the network.
    pub request: &'a Request<'a>,
    /// Sides at each level, starting with the sample's.
    pub sizes: Vec<Vec<i64>>,
    /// Number of convolutions or blocks per level.
    pub depth: i64,
    base: i64,
    doublings: usize,
}

impl<'a> Levels<'a> {
    /// Halves the sides until the longest is at most 7, at most `most` times; channels double at most `doublings`
    /// times.
    pub fn new(request: &'a Request<'a>, most: usize, doublings: usize) -> Self {
        Levels {
            request,
            sizes: halved(&request.data.sample()[1..], most),
            depth: request.spec.depth.unwrap_or(1),
            base: request.spec.base_channels.unwrap_or(32),
            doublings,
        }
    }

    /// Index of the level with the smallest sides.
    pub fn last(&self) -> usize {
        self.sizes.len() - 1
    }

    /// Channels and sides of the smallest level.
    pub fn smallest(&self) -> Vec<i64> {
        [&[self.channels(self.last())], &self.sizes[self.last()][..]].concat()
    }

    /// Channels at a level; level 0, the sample's size, has those of level 1.
    pub fn channels(&self, level: usize) -> i64 {
        self.base << (level.max(1) - 1).min(self.doublings)
    }
}

/// Sides after each halving, rounded up, starting with the sample's own: at least one halving, until the longest is at
/// most 7, at most `most` halvings.
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

/// Checks that the sides of the data are supported.
pub(super) fn check(net: &str, data: &DataShape) -> Result<()> {
    let sides = &data.sample()[1..];
    let largest = if sides.len() == 3 { 64 } else { 256 };
    // Rows have no sides.
    let [what, unit] = if sides.is_empty() { ["images", "px"] } else { data.nouns() };
    match !sides.is_empty() && sides.iter().all(|side| (SMALLEST..=largest).contains(side)) {
        true => Ok(()),
        false => Err(unfit(net, &format!("{what} with sides from {SMALLEST} to {largest} {unit}"), data, largest)),
    }
}

/// Longest side of a sample.
pub(super) fn side(data: &DataShape) -> i64 {
    longest(&data.sample()[1..])
}

/// Default number of channels at the first level: the usual number for images, fewer for volumes, whose windows are
/// larger.
pub(super) fn base_channels(data: &DataShape, usual: i64) -> i64 {
    if data.sample().len() > 3 {
        usual.min(16)
    } else {
        usual
    }
}

/// Longest sides of the levels at which both networks of a GAN support self-attention.
pub(super) fn attends(data: &DataShape) -> Vec<i64> {
    let sizes = halved(&data.sample()[1..], usize::MAX).into_iter().skip(1);
    sizes
        .filter(|sides| sides.iter().product::<i64>() <= ATTENDED)
        .map(|sides| longest(&sides))
        .collect()
}

/// Crops the excess of upsampling.
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

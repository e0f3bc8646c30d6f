//! Corruptions of pictures that a network learns to undo, on the device of the pictures.

mod downscale;
mod edges;
mod grey;
mod mask;
mod noise;

use tch::Tensor;

use crate::error::Result;
use crate::kind::DataShape;
use crate::registry;
use crate::registry::Member;

/// Random numbers that a corruption requires.
#[derive(Clone, Debug, PartialEq)]
pub enum Random {
    /// None.
    Nothing,
    /// Uniform numbers in [0, 1) of this shape for each picture.
    Uniform(Vec<i64>),
    /// Standard normal numbers of this shape for each picture.
    Normal(Vec<i64>),
}

/// What a network sees of a corrupted picture.
pub struct Seen {
    /// Input of the network, `[n, inputs, ...sides]`.
    pub input: Tensor,
    /// What the network's output is added to, `[n, channels, ...sides]`; `None` for nothing.
    pub start: Option<Tensor>,
    /// 1 where the picture is known and kept, else 0, `[n, 1, ...sides]`; `None` if nothing is.
    pub known: Option<Tensor>,
}

/// A corruption. Pictures are in the network's range, `[n, channels, height, width]`.
pub trait Corrupt: Member {
    /// Channels of the network's input for pictures of this number of channels.
    fn inputs(&self, channels: i64) -> i64 {
        channels
    }

    /// Channels of what is left of a picture, as users have it; masks have one more.
    fn left(&self, channels: i64) -> i64 {
        self.inputs(channels)
    }

    /// Number by which the sides are divided.
    fn factor(&self) -> i64 {
        1
    }

    /// Checks settings and pictures.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] or [`crate::Error::Shape`].
    fn check(&self, data: &DataShape) -> Result<()> {
        let _ = data;
        Ok(())
    }

    /// Random numbers required for pictures of this shape.
    fn random(&self, sample: &[i64]) -> Random {
        let _ = sample;
        Random::Nothing
    }

    /// What is left of pictures: `[n, left, ...]`.
    fn corrupt(&self, x: &Tensor, random: Option<&Tensor>) -> Result<Tensor>;

    /// What a network sees of it; `channels` are those of the pictures.
    fn seen(&self, left: &Tensor, channels: i64) -> Result<Seen>;
}

registry! {
    /// All corruptions.
    pub static CORRUPTIONS: dyn Corrupt = "corruption" [
        mask::Mask, downscale::Downscale, grey::Grey, noise::Noise, edges::Edges,
    ];
}

/// Mean of the channels, `[n, 1, ...]`; of three or more channels that of red, green and blue weighted by their brightness
/// (ITU-R BT.601).
fn brightness(x: &Tensor) -> Result<Tensor> {
    let channels = x.size()[1];
    if channels < 3 {
        return Ok(x.f_mean_dim([1i64].as_slice(), true, tch::Kind::Float)?);
    }
    let part = |channel: i64, weight: f64| x.f_narrow(1, channel, 1)?.f_mul_scalar(weight);
    Ok(part(0, 0.299)?.f_add(&part(1, 0.587)?)?.f_add(&part(2, 0.114)?)?)
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn what_a_network_sees_has_the_declared_channels_and_the_sides_of_the_picture() {
        for member in CORRUPTIONS.members {
            for channels in [1, 3, 4] {
                let x = Tensor::arange(2 * channels * 12 * 8, (Kind::Float, Device::Cpu)) / (192.0 * channels as f64);
                let x = x.view([2, channels, 12, 8]) * 2.0 - 1.0;
                let random = match member.random(&x.size()[1..]) {
                    Random::Nothing => None,
                    Random::Uniform(shape) | Random::Normal(shape) => {
                        Some(Tensor::full([&[2], &shape[..]].concat(), 0.4, (Kind::Float, Device::Cpu)))
                    }
                };
                let left = member.corrupt(&x, random.as_ref()).unwrap();
                assert_eq!(left.size()[1], member.left(channels), "{}", member.name());
                assert_eq!(left.size()[2] * member.factor(), 12);
                let seen = member.seen(&left, channels).unwrap();
                assert_eq!(seen.input.size(), [2, member.inputs(channels), 12, 8]);
                if let Some(start) = seen.start {
                    assert_eq!(start.size(), x.size());
                }
            }
        }
    }
}

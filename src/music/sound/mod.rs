//! The sound of a piece.

mod drums;
mod font;
mod synth;
mod tones;

use super::Score;
use crate::error::{Error, Result};

/// Form of a sound.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Samples a second, 16,000 to 96,000.
    pub rate: u32,
    /// Two channels, else one.
    pub stereo: bool,
    /// Longest sound in seconds; the rest of the piece is left out.
    pub seconds: Option<f64>,
}

/// Seconds in which the last notes fade.
const TAIL: f64 = 0.5;
/// Longest sound in seconds.
const MOST: f64 = 3_600.0;
/// Largest value of a sound.
const PEAK: f32 = 0.9;

/// Samples of a piece, -1 to 1, `[n]`, or `[n, 2]` with channels left and right; the largest is 0.9 unless all are 0.
///
/// It lasts as long as the piece and half a second in which the last notes fade. Without the bytes of a soundfont (SF2), a
/// few waveforms with envelopes play the instruments, and noise and sweeps the percussion.
///
/// # Errors
/// [`Error::Parameter`] for another rate, [`Error::Data`] for more than an hour or a damaged soundfont.
pub fn sound(score: &Score, format: Format, font: Option<&[u8]>) -> Result<Vec<f32>> {
    if !(16_000..=96_000).contains(&format.rate) {
        return Err(Error::parameter("rate", "must be between 16000 and 96000 samples a second", format.rate));
    }
    let whole = score.seconds(score.length) + TAIL;
    let seconds = format.seconds.map_or(whole, |limit| limit.clamp(0.0, whole));
    if seconds > MOST + TAIL {
        let minutes = seconds / 60.0;
        return Err(Error::Data(format!(
            "the piece lasts {minutes:.0} minutes; at most an hour of sound is made, clip it"
        )));
    }
    let frames = (seconds * f64::from(format.rate)).round() as usize;
    let mut channels = match font {
        Some(font) => font::played(score, frames, format.rate, font)?,
        None => synth::played(score, frames, format.rate, format.stereo),
    };
    fade(&mut channels, format.rate);
    let mut samples: Vec<f32> = match (format.stereo, &channels[..]) {
        (true, [left, right]) => left.iter().zip(right).flat_map(|(&left, &right)| [left, right]).collect(),
        (false, [left, right]) => left.iter().zip(right).map(|(left, right)| left + right).collect(),
        _ => channels.pop().unwrap_or_default(),
    };
    let peak = samples.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
    if peak > 0.0 {
        samples.iter_mut().for_each(|sample| *sample *= PEAK / peak);
    }
    Ok(samples)
}

/// Fades the end, so that it does not click.
fn fade(channels: &mut [Vec<f32>], rate: u32) {
    let length = rate as usize / 50;
    for channel in channels {
        for (i, sample) in channel.iter_mut().rev().take(length).enumerate() {
            *sample *= i as f32 / length as f32;
        }
    }
}

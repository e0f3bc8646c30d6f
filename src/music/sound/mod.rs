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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::{Note, Track};

    fn score(notes: &[(u32, u32, u8)], program: u8, drums: bool) -> Score {
        let note = |&(start, length, pitch): &(u32, u32, u8)| Note { start, pitch, length, velocity: 90 };
        let track = Track {
            program,
            drums,
            notes: notes.iter().map(note).collect(),
            ..Track::default()
        };
        Score::new(2, 0, vec![track], vec![], vec![], vec![]).unwrap()
    }

    fn mono(score: &Score) -> Vec<f32> {
        sound(score, Format { rate: 22_050, stereo: false, seconds: None }, None).unwrap()
    }

    /// Strength of a frequency.
    fn strength(samples: &[f32], frequency: f64) -> f64 {
        let turn = |i: usize| std::f64::consts::TAU * frequency * i as f64 / 22_050.0;
        let sum = |part: fn(f64) -> f64| -> f64 {
            samples.iter().enumerate().map(|(i, &sample)| f64::from(sample) * part(turn(i))).sum()
        };
        sum(f64::sin).hypot(sum(f64::cos))
    }

    #[test]
    fn every_instrument_plays_its_pitch_without_clipping() {
        for program in 0..128 {
            let samples = mono(&score(&[(0, 4, 69)], program, false));
            assert_eq!(samples.len(), 22_050 * 3 / 2);
            let peak = samples.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
            assert!((peak - 0.9).abs() < 1e-4, "{program}");
            // Voices of an ensemble are a little beside the pitch.
            let beside = [0.996, 0.998, 1.0, 1.002, 1.004];
            let near = |frequency: f64| beside.map(|by| strength(&samples[2_000..22_000], by * frequency));
            let at = |frequency| near(frequency).into_iter().fold(0.0, f64::max);
            assert!(at(440.0) > at(880.0) && at(440.0) > 5.0 * at(415.3) && at(440.0) > 5.0 * at(466.2), "{program}");
        }
    }

    #[test]
    fn drums_sound_and_fade() {
        for pitch in 27..=87 {
            let samples = mono(&score(&[(0, 1, pitch), (1, 16, pitch)], 0, true));
            let power = |part: &[f32]| part.iter().map(|sample| sample * sample).sum::<f32>();
            assert!(power(&samples[..5_000]) > 1.0, "{pitch}");
            assert!(power(&samples[80_000..]) < 0.1 * power(&samples[..5_000]), "{pitch}");
        }
    }

    #[test]
    fn sounds_have_their_length_and_channels() {
        let piece = score(&[(0, 40, 60), (40, 40, 64)], 0, false);
        let format = |stereo, seconds| Format { rate: 44_100, stereo, seconds };
        assert_eq!(sound(&piece, format(true, None), None).unwrap().len(), 2 * (20 * 44_100 + 22_050));
        assert_eq!(sound(&piece, format(false, Some(3.0)), None).unwrap().len(), 3 * 44_100);
        let silent = Score::new(2, 4, vec![], vec![], vec![], vec![]).unwrap();
        assert!(mono(&silent).iter().all(|&sample| sample == 0.0));
    }

    #[test]
    fn what_cannot_sound_is_refused() {
        let piece = score(&[(0, 40, 60)], 0, false);
        let format = |rate| Format { rate, stereo: true, seconds: None };
        let wrong = sound(&piece, format(8_000), None).unwrap_err().to_string();
        assert_eq!(wrong, "rate: must be between 16000 and 96000 samples a second, got 8000");
        let wrong = sound(&piece, format(44_100), Some(b"RIFF\0\0\0\0sfbk")).unwrap_err().to_string();
        assert!(wrong.starts_with("soundfont: expected the bytes of an SF2 file"), "{wrong}");
        let long = score(&[(0, 4 * 7_300, 60)], 0, false);
        assert!(sound(&long, format(44_100), None).unwrap_err().to_string().contains("at most an hour"));
    }
}

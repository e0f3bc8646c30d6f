//! A synthesiser: additive waveforms with envelopes.

use std::collections::HashMap;
use std::f32::consts::{FRAC_PI_4, TAU};

use super::drums::struck;
use super::tones::{tone_of, Tone};
use crate::music::{Note, Score};

/// Samples of a waveform.
const SIZE: usize = 2048;

/// One channel, or left and right, of this number of samples.
pub fn played(score: &Score, frames: usize, rate: u32, stereo: bool) -> Vec<Vec<f32>> {
    let clock = score.clock();
    let frame = |tick: u32| (clock.seconds(tick) * f64::from(rate)) as usize;
    let mut channels = vec![vec![0.0; frames]; if stereo { 2 } else { 1 }];
    let sine: Vec<f32> = (0..SIZE).map(|i| (TAU * i as f32 / SIZE as f32).sin()).collect();
    let places = Places::of(score);
    let mut drums: HashMap<u8, Vec<f32>> = HashMap::new();
    let mut line = Vec::new();
    for (i, track) in score.tracks.iter().enumerate() {
        let tone = tone_of(track.program);
        let mut waves: HashMap<u8, Vec<f32>> = HashMap::new();
        let gains = places.gains(i, track.drums);
        for note in &track.notes {
            let begin = frame(note.start);
            if begin >= frames {
                break;
            }
            let loud = (f32::from(note.velocity) / 127.0).powf(1.5);
            let samples: &[f32] = if track.drums {
                drums.entry(note.pitch).or_insert_with(|| struck(note.pitch, rate as f32))
            } else {
                let wave = waves.entry(note.pitch).or_insert_with(|| waveform(&tone, note.pitch, rate as f32, &sine));
                let last = frame(note.end()).max(begin + 1);
                tone.play(wave, note, last - begin, rate as f32, &mut line);
                &line
            };
            for (channel, gain) in channels.iter_mut().zip(if stereo { gains } else { [1.0; 2] }) {
                let gain = gain * loud;
                channel[begin..].iter_mut().zip(samples).for_each(|(sum, sample)| *sum += gain * sample);
            }
        }
    }
    channels
}

/// Where the tracks stand between left and right: those with pitches from left to right, percussion in the middle.
struct Places {
    pitched: Vec<usize>,
}

impl Places {
    fn of(score: &Score) -> Self {
        let tracks = score.tracks.iter().enumerate();
        Places {
            pitched: tracks.filter(|(_, track)| !track.drums).map(|(i, _)| i).collect(),
        }
    }

    fn gains(&self, track: usize, drums: bool) -> [f32; 2] {
        let place = self.pitched.iter().position(|&i| i == track).unwrap_or(0) as f32;
        let most = self.pitched.len().saturating_sub(1) as f32;
        let side = if drums || most == 0.0 { 0.0 } else { 0.5 * (2.0 * place / most - 1.0) };
        let angle = FRAC_PI_4 * (1.0 + side);
        [angle.cos(), angle.sin()]
    }
}

fn frequency(pitch: u8) -> f32 {
    440.0 * ((f32::from(pitch) - 69.0) / 12.0).exp2()
}

/// A period of a tone without what lies above half of the rate, and its first sample again.
fn waveform(tone: &Tone, pitch: u8, rate: f32, sine: &[f32]) -> Vec<f32> {
    let most = (0.45 * rate / frequency(pitch)) as usize;
    let mut wave = vec![0.0; SIZE + 1];
    for (k, &amplitude) in tone.harmonics.iter().enumerate().take(most.max(1)) {
        // Harmonics that start together would add up to a click.
        let shift = k * k * SIZE / 7;
        wave.iter_mut()
            .enumerate()
            .for_each(|(i, sum)| *sum += amplitude * sine[((k + 1) * i + shift) % SIZE]);
    }
    let power: f32 = wave.iter().map(|sample| sample * sample).sum::<f32>() / SIZE as f32;
    wave.iter_mut().for_each(|sample| *sample *= 0.5 / power.max(1e-9).sqrt());
    wave
}

impl Tone {
    /// Writes a note of this number of samples, and its end behind them, to `line`.
    fn play(&self, wave: &[f32], note: &Note, held: usize, rate: f32, line: &mut Vec<f32>) {
        line.clear();
        line.resize(held + (self.release * rate) as usize, 0.0);
        let base = frequency(note.pitch) / rate * SIZE as f32;
        let detune = (self.spread / 2400.0).exp2();
        let steps: &[f32] = if self.spread > 0.0 { &[base * detune, base / detune] } else { &[base] };
        for (i, &step) in steps.iter().enumerate() {
            let mut phase = i as f32 * SIZE as f32 / 3.0;
            for sample in line.iter_mut() {
                let place = phase as usize % SIZE;
                let between = phase.fract();
                *sample += wave[place] + between * (wave[place + 1] - wave[place]);
                phase += step;
                if phase >= SIZE as f32 {
                    phase -= SIZE as f32;
                }
            }
        }
        let scale = 1.0 / (steps.len() as f32).sqrt();
        // High strings fade faster than low ones.
        let decay =
            if self.sustain == 0.0 { self.decay * ((60.0 - f32::from(note.pitch)) / 24.0).exp2() } else { self.decay };
        let fall = (-1.0 / (decay * rate)).exp();
        let rise = 1.0 / (self.attack * rate).max(1.0);
        let end = (-5.0 / (self.release * rate).max(1.0)).exp();
        let (mut up, mut rest, mut release) = (0.0f32, 1.0 - self.sustain, 1.0f32);
        for (i, sample) in line.iter_mut().enumerate() {
            if up < 1.0 {
                up = (up + rise).min(1.0);
            } else {
                rest *= fall;
            }
            if i >= held {
                release *= end;
            }
            *sample *= scale * up * (self.sustain + rest) * release;
        }
    }
}

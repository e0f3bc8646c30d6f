//! Percussion of General MIDI from noise and sine sweeps.

use std::f32::consts::TAU;

/// Parts of a stroke.
struct Stroke {
    /// Loudness of the noise, seconds in which it falls by a factor of e, and how much of its low part is left out.
    noise: (f32, f32, f32),
    /// Loudness of a sine, first and last frequency in hertz, and seconds in which it falls by a factor of e.
    sweep: (f32, f32, f32, f32),
}

fn stroke(pitch: u8) -> Stroke {
    let (noise, sweep) = match pitch {
        // Bass drums.
        35 | 36 => ((0.1, 0.01, 0.5), (1.4, 140.0, 48.0, 0.16)),
        // Side stick and claves.
        37 | 75..=77 => ((0.2, 0.008, 0.9), (0.5, 1800.0, 1700.0, 0.02)),
        // Snares.
        38 | 40 => ((0.7, 0.11, 0.6), (0.6, 220.0, 170.0, 0.07)),
        39 => ((0.8, 0.09, 0.8), (0.0, 1.0, 1.0, 0.1)),
        // Toms, low to high.
        41 | 43 | 45 | 47 | 48 | 50 => {
            let base = 80.0 * (f32::from(pitch - 41) / 8.0).exp2();
            ((0.1, 0.03, 0.6), (1.1, 1.5 * base, base, 0.2))
        }
        // Closed, pedal and open hi-hat, tambourine, maracas and shakers.
        42 | 44 | 54 | 69 | 70 | 82 => ((0.45, 0.035, 0.95), (0.0, 1.0, 1.0, 0.1)),
        46 => ((0.45, 0.25, 0.95), (0.0, 1.0, 1.0, 0.1)),
        // Cymbals.
        49 | 52 | 55 | 57 => ((0.6, 0.7, 0.9), (0.0, 1.0, 1.0, 0.1)),
        51 | 53 | 59 => ((0.25, 0.5, 0.95), (0.15, 3100.0, 3100.0, 0.3)),
        // Cowbell, agogos and triangles.
        56 | 67 | 68 => ((0.0, 0.1, 0.5), (0.6, 840.0, 830.0, 0.1)),
        80 | 81 => ((0.05, 0.2, 0.97), (0.4, 4200.0, 4200.0, 0.3)),
        // Hand drums and what else there is.
        _ => {
            let base = 150.0 * ((f32::from(pitch) - 60.0) / 24.0).exp2();
            ((0.15, 0.02, 0.7), (0.9, 1.3 * base, base, 0.12))
        }
    };
    Stroke { noise, sweep }
}

/// Samples of a stroke of a drum.
pub fn struck(pitch: u8, rate: f32) -> Vec<f32> {
    let Stroke { noise, sweep } = stroke(pitch);
    let seconds = 6.0 * if noise.0 > 0.0 { noise.1.max(sweep.3 * sweep.0.min(1.0)) } else { sweep.3 };
    let mut state = 0x9E37_79B9u32 ^ (u32::from(pitch) + 1).wrapping_mul(0x85EB_CA6B);
    let (mut low, mut phase) = (0.0f32, 0.0f32);
    let sample = |i: usize| {
        let time = i as f32 / rate;
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let white = state as f32 / (u32::MAX as f32) * 2.0 - 1.0;
        low += (1.0 - noise.2).max(0.02) * (white - low);
        let hiss = noise.0 * (white - low) * (-time / noise.1).exp();
        // The frequency falls faster than the loudness.
        let frequency = sweep.2 + (sweep.1 - sweep.2) * (-time / (0.25 * sweep.3)).exp();
        phase = (phase + frequency / rate).fract();
        hiss + sweep.0 * (TAU * phase).sin() * (-time / sweep.3).exp()
    };
    (0..(seconds * rate) as usize).map(sample).collect()
}

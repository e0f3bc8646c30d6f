//! Sines and cosines of values.

use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Appends sines and cosines of the values of a row, for frequencies that double.
pub struct Waves {
    /// Number of frequencies.
    pub octaves: usize,
    /// Values of a row of the input.
    pub features: usize,
}

impl Waves {
    fn width(&self) -> usize {
        (1 + 2 * self.octaves) * self.features
    }
}

// Sine and cosine of twice an angle.
fn doubled((sine, cosine): (f32, f32)) -> (f32, f32) {
    (2.0 * sine * cosine, 1.0 - 2.0 * sine * sine)
}

impl Op for Waves {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (features, width) = (self.features, self.width());
        for row in work.worker.share(work.count) {
            // SAFETY: threads' rows do not overlap.
            let y = unsafe { y.part(row * width..(row + 1) * width) };
            for (i, &x) in x[row * features..][..features].iter().enumerate() {
                y[i] = x;
                let mut wave = x.sin_cos();
                for octave in 0..self.octaves {
                    let first = (1 + 2 * octave) * features + i;
                    (y[first], y[first + features]) = wave;
                    wave = doubled(wave);
                }
            }
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x else { return };
        let (features, width) = (self.features, self.width());
        for row in work.worker.share(work.count) {
            let dy = &slopes.y[row * width..][..width];
            // SAFETY: threads' rows do not overlap.
            let dx = unsafe { dx.part(row * features..(row + 1) * features) };
            for (i, (dx, &x)) in dx.iter_mut().zip(&x[row * features..][..features]).enumerate() {
                let (mut wave, mut frequency) = (x.sin_cos(), 1.0);
                *dx = dy[i];
                for octave in 0..self.octaves {
                    let first = (1 + 2 * octave) * features + i;
                    *dx += frequency * (wave.1 * dy[first] - wave.0 * dy[first + features]);
                    (wave, frequency) = (doubled(wave), 2.0 * frequency);
                }
            }
        }
    }
}

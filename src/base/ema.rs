//! Exponential moving average of weights, with a half-life in samples.
//!
//! The half-life is ramped up with the number of samples (Karras et al., "Elucidating the Design Space of
//! Diffusion-Based Generative Models", 2022, in the published code), so that the average of a short run is not
//! dominated by the initial weights.

use tch::Tensor;

use super::{trace, Dial};
use crate::error::Result;

/// Maximum half-life as a fraction of the samples seen.
const RAMP: f64 = 0.05;

/// Moving average of one flat buffer.
#[derive(Debug)]
pub struct Ema {
    half_life: f64,
    /// The average, in the layout of the buffer.
    pub flat: Tensor,
}

impl Ema {
    /// Creates an average that starts at `flat`. `half_life` counts samples; 0 disables averaging.
    pub fn new(half_life: f64, flat: &Tensor) -> Result<Self> {
        // `detach_copy` alone keeps the graph, which the average would extend with every update.
        Ok(Ema { half_life, flat: flat.f_detach()?.f_detach_copy()? })
    }

    /// Weight of the new values after a batch of `batch` samples, with `seen` samples in total.
    pub fn fresh(&self, batch: u64, seen: u64) -> f64 {
        let half_life = self.half_life.min(RAMP * seen as f64);
        1.0 - 0.5f64.powf(batch as f64 / half_life.max(1e-8))
    }

    /// Updates the average with `flat`, weighted by `fresh`.
    pub fn update(&mut self, flat: &Tensor, fresh: &Dial) -> Result<()> {
        let _span = trace::span("average");
        fresh.approach(&mut self.flat, &flat.f_detach()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(ema: &mut Ema, value: f32, batch: u64, seen: u64) {
        let fresh = Dial::Number(ema.fresh(batch, seen));
        ema.update(&Tensor::from_slice(&[value]), &fresh).unwrap();
    }

    #[test]
    fn half_is_forgotten_after_the_half_life() {
        let mut ema = Ema::new(100.0, &Tensor::from_slice(&[1f32])).unwrap();
        for _ in 0..10 {
            update(&mut ema, 0.0, 10, 1_000_000);
        }
        assert!((ema.flat.double_value(&[0]) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn the_average_of_weights_in_training_carries_no_gradient() {
        let flat = Tensor::from_slice(&[1f32]).set_requires_grad(true);
        let mut ema = Ema::new(1.0, &flat).unwrap();
        ema.update(&flat, &Dial::Number(0.5)).unwrap();
        assert!(!ema.flat.requires_grad());
    }

    #[test]
    fn a_half_life_of_zero_disables_averaging() {
        let mut ema = Ema::new(0.0, &Tensor::from_slice(&[1f32])).unwrap();
        update(&mut ema, 3.0, 1, 1);
        assert_eq!(ema.flat.double_value(&[0]), 3.0);
    }

    #[test]
    fn a_short_run_forgets_its_start() {
        let mut ema = Ema::new(1e9, &Tensor::from_slice(&[1f32])).unwrap();
        for step in 1..=100 {
            update(&mut ema, 0.0, 64, step * 64);
        }
        assert!(ema.flat.double_value(&[0]) < 1e-3);
    }
}

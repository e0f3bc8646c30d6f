//! Moving average of weights, its memory given as a half-life in samples.
//!
//! The half-life is ramped with the samples seen (Karras et al., "Elucidating the Design Space of Diffusion-Based
//! Generative Models", 2022, in its published code), so that a short run is not mostly its initial weights.

use tch::Tensor;

use super::{trace, Dial};
use crate::error::Result;

/// The half-life never exceeds this share of the samples seen.
const RAMP: f64 = 0.05;

/// An average of one flat buffer.
#[derive(Debug)]
pub struct Ema {
    half_life: f64,
    /// The average, laid out as the buffer it follows.
    pub flat: Tensor,
}

impl Ema {
    /// Starts at `flat`. `half_life` counts samples; 0 keeps no memory at all.
    pub fn new(half_life: f64, flat: &Tensor) -> Result<Self> {
        // `detach_copy` alone keeps the graph, and the average would drag every update behind it.
        Ok(Ema { half_life, flat: flat.f_detach()?.f_detach_copy()? })
    }

    /// The part that new weights have after `batch` more samples, `seen` in all.
    pub fn fresh(&self, batch: u64, seen: u64) -> f64 {
        let half_life = self.half_life.min(RAMP * seen as f64);
        1.0 - 0.5f64.powf(batch as f64 / half_life.max(1e-8))
    }

    /// Takes in `flat`, of which `fresh` is the part.
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
    fn zero_keeps_no_memory() {
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

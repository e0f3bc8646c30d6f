//! Moving average of weights, its memory given as a half-life in samples.
//!
//! The half-life is ramped with the samples seen (Karras et al., "Elucidating the Design Space of Diffusion-Based
//! Generative Models", 2022, in its published code), so that a short run is not mostly its initial weights.

use tch::Tensor;

use super::trace;
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

    /// Takes in `flat` after `batch` more samples, `seen` in all.
    pub fn update(&mut self, flat: &Tensor, batch: u64, seen: u64) -> Result<()> {
        let _span = trace::span("average");
        let half_life = self.half_life.min(RAMP * seen as f64);
        let kept = 0.5f64.powf(batch as f64 / half_life.max(1e-8));
        let _ = self.flat.f_lerp_(&flat.f_detach()?, 1.0 - kept)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_is_forgotten_after_the_half_life() {
        let mut ema = Ema::new(100.0, &Tensor::from_slice(&[1f32])).unwrap();
        for _ in 0..10 {
            ema.update(&Tensor::from_slice(&[0f32]), 10, 1_000_000).unwrap();
        }
        assert!((ema.flat.double_value(&[0]) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn the_average_of_weights_in_training_carries_no_gradient() {
        let flat = Tensor::from_slice(&[1f32]).set_requires_grad(true);
        let mut ema = Ema::new(1.0, &flat).unwrap();
        ema.update(&flat, 1, 1).unwrap();
        assert!(!ema.flat.requires_grad());
    }

    #[test]
    fn zero_keeps_no_memory() {
        let mut ema = Ema::new(0.0, &Tensor::from_slice(&[1f32])).unwrap();
        ema.update(&Tensor::from_slice(&[3f32]), 1, 1).unwrap();
        assert_eq!(ema.flat.double_value(&[0]), 3.0);
    }

    #[test]
    fn a_short_run_forgets_its_start() {
        let mut ema = Ema::new(1e9, &Tensor::from_slice(&[1f32])).unwrap();
        for step in 1..=100 {
            ema.update(&Tensor::from_slice(&[0f32]), 64, step * 64).unwrap();
        }
        assert!(ema.flat.double_value(&[0]) < 1e-3);
    }
}

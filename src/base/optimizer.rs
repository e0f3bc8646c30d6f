//! Adam on one flat buffer (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015).

use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use super::math::wide;
use super::slice::{as_mut_slice, as_slice, Shares};
use super::{pool, trace, Dial};
use crate::error::Result;

/// Minimum number of values per thread.
const LEAST: usize = 1 << 16;

/// Settings of [`Adam`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdamSpec {
    /// Learning rate, above 0.
    pub lr: f64,
    /// Decay rates of the running means of gradients and squared gradients, in [0, 1).
    pub betas: (f64, f64),
    /// Added to the denominator.
    pub eps: f64,
}

impl AdamSpec {
    /// Step size of step `steps`, counted from 1, and the inverse divisor of the root of the squares; both correct the
    /// bias of the running means. `factor` scales the learning rate.
    pub fn rates(&self, steps: u64, factor: f64) -> [f64; 2] {
        let t = steps.min(i32::MAX as u64) as i32;
        let (beta1, beta2) = self.betas;
        [factor * self.lr / (1.0 - beta1.powi(t)), 1.0 / (1.0 - beta2.powi(t)).sqrt()]
    }
}

impl Default for AdamSpec {
    fn default() -> Self {
        AdamSpec { lr: 2e-4, betas: (0.5, 0.999), eps: 1e-8 }
    }
}

/// Optimiser state of one network.
#[derive(Debug)]
pub struct Adam {
    spec: AdamSpec,
    /// Running mean of gradients, `[len]`.
    pub mean: Tensor,
    /// Running mean of squared gradients, `[len]`.
    pub square: Tensor,
}

impl Adam {
    /// Creates the state for a flat buffer of `len` values.
    pub fn new(spec: AdamSpec, len: i64, device: Device) -> Result<Self> {
        Ok(Adam {
            spec,
            mean: Tensor::f_zeros([len], (Kind::Float, device))?,
            square: Tensor::f_zeros([len], (Kind::Float, device))?,
        })
    }

    /// Updates `flat` with `gradient`, both `[len]`, at the rates of this step ([`AdamSpec::rates`]).
    pub fn step(&mut self, flat: &Tensor, gradient: &Tensor, rates: &[Dial; 2]) -> Result<()> {
        let _span = trace::span("Adam");
        let (beta1, beta2) = self.spec.betas;
        let mut flat = flat.f_detach()?;
        if let (Device::Cpu, [Dial::Number(size), Dial::Number(root)]) = (flat.device(), rates) {
            let rate = Rate {
                // Subtracted in float64: in float32, 1 - 0.999 has a relative error of 1e-5.
                fresh1: (1.0 - beta1) as f32,
                fresh2: (1.0 - beta2) as f32,
                size: *size as f32,
                root: *root as f32,
                eps: self.spec.eps as f32,
            };
            let gradient = gradient.f_contiguous()?;
            let state = (as_mut_slice(&mut self.mean)?, as_mut_slice(&mut self.square)?);
            return rate.spread(as_mut_slice(&mut flat)?, as_slice(&gradient)?, state);
        }
        let [size, root] = rates;
        let _ = self.mean.f_lerp_(gradient, 1.0 - beta1)?;
        let _ = self.square.f_lerp_(&gradient.f_square()?, 1.0 - beta2)?;
        let mut scale = self.square.f_sqrt()?;
        root.scale(&mut scale)?;
        let _ = scale.f_add_scalar_(self.spec.eps)?;
        let mut way = self.mean.f_div(&scale)?;
        size.scale(&mut way)?;
        let _ = flat.f_sub_(&way)?;
        Ok(())
    }
}

/// Constants of one step.
#[derive(Clone, Copy)]
struct Rate {
    fresh1: f32,
    fresh2: f32,
    size: f32,
    root: f32,
    eps: f32,
}

impl Rate {
    // Splits large buffers among threads; values are independent, so the result does not depend on the number of
    // threads.
    fn spread(self, flat: &mut [f32], gradient: &[f32], (mean, square): (&mut [f32], &mut [f32])) -> Result<()> {
        let threads = pool::threads();
        let len = flat.len();
        let threads = threads.min(len / LEAST);
        if threads <= 1 {
            pass(self, flat, gradient, mean, square);
            return Ok(());
        }
        let [flat, mean, square] = [flat, mean, square].map(Shares::new);
        pool::run(threads, &|worker| {
            let range = worker.share(len);
            // SAFETY: the ranges of the threads do not overlap.
            let [flat, mean, square] = unsafe { [&flat, &mean, &square].map(|whole| whole.part(range.clone())) };
            pass(self, flat, &gradient[range], mean, square);
        })
    }
}

wide! {
    // One pass over memory; libtorch's operators need six.
    fn pass(rate: Rate, flat: &mut [f32], gradient: &[f32], mean: &mut [f32], square: &mut [f32]) {
        let values = flat.iter_mut().zip(gradient).zip(mean).zip(square);
        for (((x, &g), m), v) in values {
            *m += (g - *m) * rate.fresh1;
            *v += (g * g - *v) * rate.fresh2;
            *x -= rate.size * *m / (v.sqrt() * rate.root + rate.eps);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first() -> [Dial; 2] {
        AdamSpec::default().rates(1, 1.0).map(Dial::Number)
    }

    // Adam's first step is lr times the negative sign of the gradient.
    #[test]
    fn the_first_step_is_the_learning_rate() {
        let spec = AdamSpec { lr: 0.1, ..AdamSpec::default() };
        let flat = Tensor::from_slice(&[1f32, 1.0, 1.0]);
        let gradient = Tensor::from_slice(&[4f32, -0.25, 1e-3]);
        Adam::new(spec, 3, Device::Cpu)
            .unwrap()
            .step(&flat, &gradient, &spec.rates(1, 1.0).map(Dial::Number))
            .unwrap();
        for (i, expected) in [0.9, 1.1, 0.9].iter().enumerate() {
            assert!((flat.double_value(&[i as i64]) - expected).abs() < 1e-5);
        }
    }

    #[test]
    fn large_buffers_move_as_small_ones_do() {
        let len = 3 * LEAST as i64 + 5;
        let gradient = Tensor::arange(len, (Kind::Float, Device::Cpu)) - len / 2;
        let (whole, parts) = (gradient.ones_like(), gradient.ones_like());
        Adam::new(AdamSpec::default(), len, Device::Cpu).unwrap().step(&whole, &gradient, &first()).unwrap();
        for start in (0..len).step_by(1000) {
            let count = 1000.min(len - start);
            let mut adam = Adam::new(AdamSpec::default(), count, Device::Cpu).unwrap();
            adam.step(&parts.narrow(0, start, count), &gradient.narrow(0, start, count), &first()).unwrap();
        }
        assert!(whole.equal(&parts));
    }

    #[test]
    fn a_zero_gradient_moves_nothing() {
        let flat = Tensor::from_slice(&[1f32, 2.0]);
        let mut adam = Adam::new(AdamSpec::default(), 2, Device::Cpu).unwrap();
        adam.step(&flat, &Tensor::from_slice(&[0f32, 0.0]), &first()).unwrap();
        assert!(flat.equal(&Tensor::from_slice(&[1f32, 2.0])));
    }
}

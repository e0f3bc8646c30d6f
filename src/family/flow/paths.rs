//! Paths between noise and samples, with the weights of a fitted model.
//!
//! The network gives the velocity of a point at a time: at time 0 points are standard normal, at time 1 they are samples.

use std::f64::consts::PI;

use tch::{Kind, Tensor};

use crate::base::{Philox, Stream};
use crate::error::Result;
use crate::family::Ask;
use crate::net::Weighted;

/// Number of features of the time, cos(k pi t) for k = 0, 1, ...
pub const TIMES: i64 = 16;
/// Default numbers of steps of the solver: of rows, whose network is small and whose modes may be narrow, and of others.
const STEPS: [i64; 2] = [40, 10];
/// Times that each step of a completion is made, so that what is generated fits to what is known.
const REPEATS: u64 = 4;

// Times at which the steps of the solver begin and end, for samples like `x`.
fn times(ask: Ask, x: &Tensor) -> impl DoubleEndedIterator<Item = (f64, f64)> {
    let steps = ask.steps.unwrap_or(STEPS[usize::from(x.dim() > 2)]).max(1);
    let at = move |i: i64| i as f64 / steps as f64;
    (0..steps).map(move |i| (at(i), at(i + 1)))
}

/// Features of times `[n]`, `[n, TIMES]`.
pub fn features(times: &Tensor) -> Result<Tensor> {
    let waves = Tensor::f_arange(TIMES, (Kind::Float, times.device()))?.f_mul_scalar(PI)?;
    Ok(times.f_unsqueeze(1)?.f_mul(&waves)?.f_cos()?)
}

/// A fitted network of velocities.
pub struct Paths {
    network: Weighted<'static>,
    // Values of a label; 0 without labels.
    labels: i64,
}

impl Paths {
    /// Wraps a network that is given features of the time and labels of this width.
    pub fn new(network: Weighted<'static>, labels: i64) -> Self {
        Paths { network, labels }
    }

    /// Follows the paths of noise to samples by Heun's method.
    ///
    /// # Shapes
    /// `noise` and the result are `[n, ...sample]`, `labels` `[n, width]`.
    pub fn follow(&self, noise: &Tensor, labels: Option<&Tensor>, ask: Ask) -> Result<Tensor> {
        let mut x = noise.shallow_clone();
        for (from, to) in times(ask, noise) {
            x = self.stepped(&x, (from, to), labels, ask)?;
        }
        Ok(x)
    }

    /// Like [`Paths::follow`], but values with `known` 1, not 0, end at `x`: at each time they are replaced by the mixture of
    /// noise and `x` that the network was trained on. Each step is made several times, with new noise between them (Lugmayr et
    /// al., "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", 2022). Row i uses the random numbers of index
    /// `first + i`.
    pub fn complete(
        &self,
        (x, known): (&Tensor, &Tensor),
        labels: Option<&Tensor>,
        (random, first): (&Philox, u64),
        ask: Ask,
    ) -> Result<Tensor> {
        let unknown = known.f_neg()?.f_add_scalar(1.0)?;
        let mixed = |at: f64, made: &Tensor, noise: &Tensor| -> Result<Tensor> {
            let known_now = x.f_mul_scalar(at)?.f_add(&noise.f_mul_scalar(1.0 - at)?)?;
            Ok(known_now.f_mul(known)?.f_add(&made.f_mul(&unknown)?)?)
        };
        let noise = |number: u64| normal(random, number, first, x);
        let start = noise(0)?;
        let mut now = start.shallow_clone();
        let mut number = 1;
        for (from, to) in times(ask, x) {
            let repeats = if to < 1.0 { REPEATS } else { 1 };
            for repeat in 0..repeats {
                now = self.stepped(&mixed(from, &now, &start)?, (from, to), labels, ask)?;
                if repeat + 1 < repeats {
                    // Back to the earlier time: with as much noise in all as there is then.
                    let share = from / to;
                    let left = (1.0 - from).powi(2) - (share * (1.0 - to)).powi(2);
                    now = now.f_mul_scalar(share)?.f_add(&noise(number)?.f_mul_scalar(left.max(0.0).sqrt())?)?;
                    number += 1;
                }
            }
        }
        mixed(1.0, &now, &start)
    }

    /// Log density of samples in the network's range: that of the noise at the other end of their path, less the integral
    /// of the divergence of the velocity along it (Chen et al., "Neural Ordinary Differential Equations", 2018). The
    /// divergence is measured along `probes` (Hutchinson, 1990), and is exact if they are the axes.
    ///
    /// # Shapes
    /// `x` is `[n, ...sample]`, each of `probes` `[...sample]`, its square 1 in the mean or, of an axis, in the sum. The result is
    /// `[probes, n]`, to be averaged; along axes, to be summed.
    pub fn log_density(&self, x: &Tensor, labels: Option<&Tensor>, probes: &[Tensor], ask: Ask) -> Result<[Tensor; 2]> {
        let mut now = x.shallow_clone();
        let mut spread: Option<Tensor> = None;
        let ask = Ask { guidance: None, ..ask };
        for (to, from) in times(ask, x).rev() {
            let (slope, spread_here) = self.spread(&now, from, labels, probes)?;
            let ahead = now.f_sub(&slope.f_mul_scalar(from - to)?)?;
            let (other, spread_there) = self.spread(&ahead, to, labels, probes)?;
            let mean = spread_here.f_add(&spread_there)?.f_mul_scalar((from - to) / 2.0)?;
            spread = Some(match spread {
                Some(sum) => sum.f_add(&mean)?,
                None => mean,
            });
            now = now.f_sub(&slope.f_add(&other)?.f_mul_scalar((from - to) / 2.0)?)?;
        }
        let square = now.f_flatten(1, -1)?.f_square()?;
        let values = square.size()[1] as f64;
        let normal = square.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?;
        let normal = normal.f_mul_scalar(-0.5)?.f_add_scalar(-0.5 * values * (2.0 * PI).ln())?;
        Ok([normal, spread.unwrap_or_default()])
    }

    // One step of Heun's method.
    fn stepped(&self, x: &Tensor, (from, to): (f64, f64), labels: Option<&Tensor>, ask: Ask) -> Result<Tensor> {
        let guidance = ask.guidance.unwrap_or(1.0);
        let slope = self.velocity(x, from, labels, guidance)?;
        let ahead = x.f_add(&slope.f_mul_scalar(to - from)?)?;
        let other = self.velocity(&ahead, to, labels, guidance)?;
        Ok(x.f_add(&slope.f_add(&other)?.f_mul_scalar((to - from) / 2.0)?)?)
    }

    // Velocity at a time: without labels, plus `guidance` times the difference that labels make.
    fn velocity(&self, x: &Tensor, time: f64, labels: Option<&Tensor>, guidance: f64) -> Result<Tensor> {
        let told = self.told(x, time, labels)?;
        if labels.is_none() || guidance == 1.0 {
            return self.network.given(x, Some(&told));
        }
        let without = self.told(x, time, None)?;
        let both = self.network.given(&Tensor::f_cat(&[x, x], 0)?, Some(&Tensor::f_cat(&[told, without], 0)?))?;
        let both = both.f_chunk(2, 0)?;
        Ok(both[1].f_lerp(&both[0], guidance)?)
    }

    // What the network is given: features of the time, and labels; hidden labels are 0.
    fn told(&self, x: &Tensor, time: f64, labels: Option<&Tensor>) -> Result<Tensor> {
        let n = x.size()[0];
        let times = features(&Tensor::f_full([n], time, (Kind::Float, x.device()))?)?;
        match (self.labels, labels) {
            (0, _) => Ok(times),
            (_, Some(labels)) => Ok(Tensor::f_cat(&[&times, labels], 1)?),
            (width, None) => {
                let hidden = Tensor::f_zeros([n, width], (Kind::Float, x.device()))?;
                Ok(Tensor::f_cat(&[times, hidden], 1)?)
            }
        }
    }

    // Velocity, and its derivative along each probe [probes, n].
    fn spread(&self, x: &Tensor, time: f64, labels: Option<&Tensor>, probes: &[Tensor]) -> Result<(Tensor, Tensor)> {
        let told = self.told(x, time, labels)?;
        tch::with_grad(|| {
            let x = x.f_detach()?.f_set_requires_grad(true)?;
            let slope = self.network.given(&x, Some(&told))?;
            let mut along = Vec::with_capacity(probes.len());
            for (i, probe) in probes.iter().enumerate() {
                let total = slope.f_mul(probe)?.f_sum(Kind::Float)?;
                let back = Tensor::f_run_backward(&[&total], &[&x], i + 1 < probes.len(), false)?.swap_remove(0);
                let products = back.f_mul(probe)?.f_flatten(1, -1)?;
                along.push(products.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?);
            }
            Ok((slope.f_detach()?, Tensor::f_stack(&along, 0)?.f_detach()?))
        })
    }
}

// Standard normal numbers in the shape of `x`; row i has index first + i, and `number` tells several apart.
fn normal(random: &Philox, number: u64, first: u64, x: &Tensor) -> Result<Tensor> {
    let size = x.size();
    let values = size[1..].iter().product::<i64>() as usize;
    let mut all = vec![0f32; size[0] as usize * values];
    for (i, row) in all.chunks_mut(values).enumerate() {
        // The first noise is that of samples of the same seed.
        let (stream, index) = match number {
            0 => (Stream::Sample, first + i as u64),
            number => (Stream::Renoise, (first + i as u64) << 16 | number),
        };
        random.fill_normal(stream, index, row);
    }
    Ok(Tensor::f_from_slice(&all)?.f_view(&size[..])?.f_to_device(x.device())?)
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;
    use crate::base::InitScheme;
    use crate::layer::{Chain, Linear, Modulate};
    use crate::net::Network;

    // Velocity W x + b, times 1 + the label, in two dimensions.
    fn paths(weight: [f32; 4], bias: [f32; 2], labels: i64) -> Paths {
        let mut chain = Chain::new(&[2], InitScheme::FanIn);
        chain.push("linear", Linear { inputs: 2, outputs: 2 });
        chain.push("labels", Modulate { labels: TIMES + labels, features: 2 });
        let network = Network::new(chain, &Philox::new(0), 0, Device::Cpu).unwrap();
        let mut values = [&weight[..], &bias[..]].concat();
        let mut scale = vec![0f32; TIMES as usize];
        scale.extend(vec![1.0; labels as usize]);
        values.extend(scale.repeat(2));
        values.resize(network.params.len() as usize, 0.0);
        let fixed = network.fixed(&Tensor::from_slice(&values), network.buffers.flat()).unwrap();
        Paths::new(fixed, labels)
    }

    fn points() -> Tensor {
        Tensor::from_slice(&[0.3f32, -1.0, 2.0, 0.5]).view([2, 2])
    }

    fn many() -> Ask {
        Ask { steps: Some(60), ..Ask::default() }
    }

    #[test]
    fn paths_of_a_linear_velocity_grow_exponentially() {
        let found = paths([0.5, 0.0, 0.0, -1.0], [0.0, 0.0], 0).follow(&points(), None, many()).unwrap();
        let expected = points() * Tensor::from_slice(&[0.5f32.exp(), (-1f32).exp()]);
        assert!(found.allclose(&expected, 1e-3, 1e-4, false), "{found}");
    }

    #[test]
    fn log_densities_are_those_of_the_noise_moved_along() {
        // Samples are normal with deviations e^0.5 and e^-1.
        let axes = [[1f32, 0.0], [0.0, 1.0]].map(|axis| Tensor::from_slice(&axis));
        let [normal, spread] =
            paths([0.5, 0.0, 0.0, -1.0], [0.0, 0.0], 0).log_density(&points(), None, &axes, many()).unwrap();
        let found = normal - spread.sum_dim_intlist([0i64].as_slice(), false, Kind::Float);
        let scaled = points() / Tensor::from_slice(&[0.5f32.exp(), (-1f32).exp()]);
        let expected: Tensor =
            scaled.square().sum_dim_intlist([1i64].as_slice(), false, Kind::Float) * -0.5 - (2.0 * PI).ln() + 0.5;
        assert!(found.allclose(&expected, 1e-3, 1e-3, false), "{found} {expected}");
    }

    #[test]
    fn guidance_exaggerates_what_labels_change() {
        let model = paths([0.0; 4], [0.5, -1.0], 1);
        let label = Tensor::ones([2, 1], (Kind::Float, Device::Cpu));
        let moved = |guidance: f64| {
            let ask = Ask { guidance: Some(guidance), ..many() };
            model.follow(&points(), Some(&label), ask).unwrap() - points()
        };
        let along = Tensor::from_slice(&[0.5f32, -1.0]);
        for (guidance, times) in [(0.0, 1.0), (1.0, 2.0), (3.0, 4.0)] {
            assert!(moved(guidance).allclose(&(&along * times).expand_as(&points()), 1e-4, 1e-4, false), "{guidance}");
        }
    }

    #[test]
    fn what_is_known_is_kept_exactly_and_the_rest_depends_on_the_seed_and_the_row() {
        let model = paths([-0.5, 0.2, 0.1, -1.0], [0.1, 0.3], 0);
        let known = Tensor::from_slice(&[1f32, 0.0, 0.0, 0.0]).view([2, 2]);
        let made = |seed, first, rows: i64| {
            let (x, known) = (points().narrow(0, 2 - rows, rows), known.narrow(0, 2 - rows, rows));
            model.complete((&x, &known), None, (&Philox::new(seed), first), Ask::default()).unwrap()
        };
        let all = made(1, 0, 2);
        assert_eq!(all.double_value(&[0, 0]), points().double_value(&[0, 0]));
        assert!(made(1, 1, 1).allclose(&all.narrow(0, 1, 1), 1e-6, 1e-6, false));
        assert!(!made(2, 0, 2).allclose(&all, 1e-3, 1e-3, false));
        assert!(!all.allclose(&points(), 1e-3, 1e-3, false));
    }
}

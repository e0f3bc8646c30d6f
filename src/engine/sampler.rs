//! Sampling from a fitted run.

use tch::{Device, Kind, Tensor};

use super::TrainLoop;
use crate::base::{pool, Philox, Stream};
use crate::error::{Error, Result};
use crate::family::{Ask, Mapping};

/// Number of samples generated at a time; bounds the memory of activations.
const CHUNK: u64 = 256;
/// Maximum number of values per call, 4 TB of float32.
const MAX_VALUES: u64 = 1 << 40;

/// Maximum number of samples after which the sampler is cached for the next call; for more its memory is large, and
/// the time to create it is negligible.
const FEW: u64 = 64;

/// A sampler with the weights of a step, for this number of threads and way of sampling.
pub struct Ready {
    made_at: (u64, usize, Ask),
    function: Mapping,
}

impl TrainLoop {
    /// Draws `n` samples, `[n, ...stored]` float32 or float64 in the user's range, on the CPU.
    ///
    /// Without a seed the run's own stream continues; with a seed the stream of that seed is used. A conditional model
    /// takes one label per sample, as [`crate::base::Labels::encode`] does, or draws them.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `n` is 0 or too large, or the truncation is not above 0.
    pub fn sample(&mut self, n: u64, seed: Option<u64>, labels: Option<&Tensor>, ask: Ask) -> Result<Tensor> {
        if let Some(most) = ask.truncation.filter(|most| !(*most > 0.0 && most.is_finite())) {
            return Err(Error::parameter("truncation", "must be above 0 and finite", most));
        }
        let (random, first) = match seed {
            Some(seed) => (Philox::new(seed), 0),
            None => (self.random, self.progress.drawn),
        };
        let mut size = vec![n as i64];
        size.extend(self.data().stored());
        let values = n.saturating_mul(size[1..].iter().product::<i64>() as u64);
        if n == 0 || values > MAX_VALUES {
            let expected = if n == 0 { "must be at least 1" } else { "must fit into memory" };
            return Err(Error::parameter("n_samples", expected, n));
        }
        let out = Tensor::f_empty(size, (self.data().kind(), Device::Cpu))?;
        let _guard = (tch::no_grad_guard(), self.alone());
        let sampler = self.sampler(ask)?;
        let known = self.data().labels.clone();
        let labels = match (known.width(), labels) {
            (0, _) => None,
            (_, Some(labels)) => Some(known.encode(labels)?),
            (_, None) => Some(known.draw(&random, Stream::Label, first, n)?),
        };
        for start in (0..n).step_by(CHUNK as usize) {
            let count = CHUNK.min(n - start);
            let mut latents = drawn(&random, first + start, count, &sampler)?;
            if let Some(most) = ask.truncation {
                latents = truncated(&latents, most)?;
            }
            let given = labels.as_ref().map(|labels| labels.f_narrow(0, start as i64, count as i64)).transpose()?;
            let given = given.map(|labels| labels.f_to_device(self.device())).transpose()?;
            let made = self.made(&sampler, &latents, given.as_ref())?;
            out.f_narrow(0, start as i64, count as i64)?.f_copy_(&made)?;
        }
        if seed.is_none() {
            self.progress.drawn += n;
        }
        if n <= FEW {
            self.keep(sampler, ask);
        }
        Ok(out)
    }

    /// Claims the next `n` samples of the run's own stream; returns the number of the first.
    pub fn claim(&mut self, n: u64) -> u64 {
        let first = self.progress.drawn;
        self.progress.drawn += n;
        first
    }

    /// Latents `[n, latent_dim]` that [`TrainLoop::sample`] uses with this seed.
    pub fn starts(&mut self, n: u64, seed: u64) -> Result<Tensor> {
        let sampler = self.sampler(Ask::default())?;
        let latents = drawn(&Philox::new(seed), 0, n, &sampler);
        self.keep(sampler, Ask::default());
        latents
    }

    /// Samples `[n, ...stored]` from latents `[n, latent_dim]`. A conditional model takes one label per sample, or
    /// draws one for all, that of the first sample with this seed.
    ///
    /// # Errors
    /// [`Error::Shape`] if the latents have the wrong length.
    pub fn generate(&mut self, latents: &Tensor, seed: u64, labels: Option<&Tensor>) -> Result<Tensor> {
        let _guard = (tch::no_grad_guard(), self.alone());
        let sampler = self.sampler(Ask::default())?;
        let wanted = sampler.input.iter().product::<i64>();
        let (n, found) = latents.size2()?;
        if found != wanted {
            return Err(Error::Shape {
                name: "latents".into(),
                expected: format!("(n, {wanted})"),
                got: format!("({n}, {found})"),
            });
        }
        let known = self.data().labels.clone();
        let labels = match (known.width(), labels) {
            (0, _) => None,
            (_, Some(labels)) => Some(known.encode(labels)?),
            (_, None) => Some(known.draw(&Philox::new(seed), Stream::Label, 0, 1)?.f_expand([n, -1], false)?),
        };
        let mut made = Vec::new();
        for start in (0..n).step_by(CHUNK as usize) {
            let count = (CHUNK as i64).min(n - start);
            let given = labels.as_ref().map(|labels| labels.f_narrow(0, start, count)).transpose()?;
            let given = given.map(|labels| labels.f_to_device(self.device())).transpose()?;
            made.push(self.made(&sampler, &latents.f_narrow(0, start, count)?, given.as_ref())?);
        }
        self.keep(sampler, Ask::default());
        Ok(Tensor::f_cat(&made, 0)?.f_to_device(Device::Cpu)?)
    }

    fn made(&self, sampler: &Mapping, latents: &Tensor, labels: Option<&Tensor>) -> Result<Tensor> {
        self.data().decode(&(sampler.call)(&latents.f_to_device(self.device())?, labels)?)
    }

    // The sampler with the current weights, cached if possible.
    fn sampler(&mut self, ask: Ask) -> Result<Mapping> {
        let now = (self.progress.step, pool::threads(), ask);
        match self.sampler.take().filter(|ready| ready.made_at == now) {
            Some(ready) => Ok(ready.function),
            None => self.step.sampler(ask),
        }
    }

    fn keep(&mut self, function: Mapping, ask: Ask) {
        let made_at = (self.progress.step, pool::threads(), ask);
        self.sampler = Some(Ready { made_at, function });
    }
}

// Latents [n, latent_dim]; row i is at index first + i of the stream.
pub(super) fn drawn(random: &Philox, first: u64, n: u64, sampler: &Mapping) -> Result<Tensor> {
    let latent_dim = sampler.input.iter().product::<i64>() as usize;
    let mut latents = vec![0f32; n as usize * latent_dim];
    for (i, row) in latents.chunks_mut(latent_dim).enumerate() {
        random.fill_normal(Stream::Sample, first + i as u64, row);
    }
    Ok(Tensor::f_from_slice(&latents)?.f_view([n as i64, latent_dim as i64])?)
}

// Monotonic map of standard normal numbers to the normal distribution truncated to [-most, most].
fn truncated(x: &Tensor, most: f64) -> Result<Tensor> {
    let root = std::f64::consts::SQRT_2;
    let bound = Tensor::from(most / root).f_erf()?;
    let share = x.f_to_kind(Kind::Double)?.f_div_scalar(root)?.f_erf()?.f_mul(&bound)?;
    // If rounding gives a cumulative probability of 1, the bound is returned.
    let bounded = share.f_erfinv()?.f_mul_scalar(root)?.f_clamp(-most, most)?;
    Ok(bounded.f_to_kind(Kind::Float)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncated_latents_stay_between_the_bounds_in_their_order() {
        let x = Tensor::from_slice(&[-40f32, -1.0, 0.0, 1.0, 40.0]);
        let near = |found: Tensor, wanted: [f32; 5]| found.allclose(&Tensor::from_slice(&wanted), 1e-3, 1e-3, false);
        assert!(near(truncated(&x, 0.5).unwrap(), [-0.5, -0.3337, 0.0, 0.3337, 0.5]));
        assert!(near(truncated(&x, 50.0).unwrap(), [-50.0, -1.0, 0.0, 1.0, 50.0]));
    }
}

//! Completion and density of samples by the paths of a fitted flow.

use tch::{Device, Kind, Tensor};

use super::TrainLoop;
use crate::base::axes::channels_first;
use crate::base::device::sent;
use crate::base::{Philox, Stream};
use crate::error::{Error, Result};
use crate::family::{Ask, Paths};

/// Number of samples that are processed at a time; bounds the memory of activations.
const CHUNK: i64 = 128;

impl TrainLoop {
    /// Completes samples `[n, ...stored]` in the user's range, where values of the same shape `known` are 1, not 0. Without
    /// labels, a conditional model completes them without. Without a seed the run's own stream continues.
    ///
    /// # Errors
    /// [`Error::Shape`] if the shapes differ.
    pub fn complete(
        &mut self,
        (x, known): (&Tensor, &Tensor),
        seed: Option<u64>,
        labels: Option<&Tensor>,
        ask: Ask,
    ) -> Result<Tensor> {
        let n = x.size()[0];
        let (random, first) = match seed {
            Some(seed) => (Philox::new(seed), 0),
            None => {
                let first = self.claim(n as u64);
                (self.random, first)
            }
        };
        let _guard = (tch::no_grad_guard(), self.alone());
        let paths = self.known_paths()?;
        let target = self.data().encode(x)?;
        let known = known.f_to_kind(Kind::Float)?;
        // Symbols have no axis of channels.
        let known = match known.dim() == target.dim() {
            true => channels_first(&known)?,
            false => known.f_unsqueeze(1)?,
        };
        let known = known.f_expand_as(&target)?;
        let made = self.in_parts(&target, labels, |target, labels, start| {
            let known = sent(&known.f_narrow(0, start, target.size()[0])?, self.device())?;
            let made = paths.complete((target, &known), labels, (&random, first + start as u64), ask)?;
            self.data().decode(&made)
        })?;
        Ok(made)
    }

    /// Log densities of samples `[n, ...stored]` in nats and in the user's units, and their standard errors: `[n, 2]`. The
    /// divergence is measured along `draws` random directions, or along all axes if there are no more. A sample outside the
    /// fitted range has the density of the nearest one within it, minus a penalty that grows with its distance.
    ///
    /// # Errors
    /// [`Error::Internal`] if the family has no paths.
    pub fn densities(&self, x: &Tensor, labels: Option<&Tensor>, draws: i64, ask: Ask) -> Result<Tensor> {
        let _guard = tch::no_grad_guard();
        let (paths, data) = (self.known_paths()?, self.data());
        let sample = data.sample();
        let (target, beyond) = data.nearest(x)?;
        let values = sample.iter().product::<i64>();
        let exact = values <= draws;
        let probes = (0..if exact { values } else { draws })
            .map(|i| probe(i, &sample, exact).and_then(|probe| sent(&probe, self.device())))
            .collect::<Result<Vec<_>>>()?;
        let volume = data.log_volume();
        let found = self.in_parts(&target, labels, |target, labels, _| {
            let [normal, spread] = paths.log_density(target, labels, &probes, ask)?;
            let (density, error) = match exact {
                true => (normal.f_sub(&spread.f_sum_dim_intlist([0i64].as_slice(), false, Kind::Float)?)?, None),
                false => {
                    let density = normal.f_sub(&spread.f_mean_dim([0i64].as_slice(), false, Kind::Float)?)?;
                    let spread = (draws > 1).then(|| spread.f_std_dim([0i64].as_slice(), true, false)).transpose()?;
                    (density, spread.map(|spread| spread.f_mul_scalar((draws as f64).powf(-0.5))).transpose()?)
                }
            };
            let error = match error {
                Some(error) => error,
                None => density.f_full_like(if exact { 0.0 } else { f64::NAN })?,
            };
            Ok(Tensor::f_stack(&[density.f_add_scalar(volume)?, error], 1)?)
        })?;
        let _ = found.f_select(1, 0)?.f_sub_(&beyond)?;
        Ok(found)
    }

    fn known_paths(&self) -> Result<Paths> {
        self.step().paths()?.ok_or_else(|| Error::Internal("a family without paths".into()))
    }

    // Applies `f` to parts of the samples and their labels on the device, with the index of the first.
    fn in_parts(
        &self,
        x: &Tensor,
        labels: Option<&Tensor>,
        f: impl Fn(&Tensor, Option<&Tensor>, i64) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let labels = labels.map(|labels| self.data().labels.encode(labels)).transpose()?;
        let mut made = Vec::new();
        for start in (0..x.size()[0]).step_by(CHUNK as usize) {
            let count = CHUNK.min(x.size()[0] - start);
            let some = |x: &Tensor| sent(&x.f_narrow(0, start, count)?, self.device());
            made.push(f(&some(x)?, labels.as_ref().map(some).transpose()?.as_ref(), start)?.f_to_device(Device::Cpu)?);
        }
        Ok(Tensor::f_cat(&made, 0)?)
    }
}

// An axis, or a direction of random signs.
fn probe(i: i64, sample: &[i64], axis: bool) -> Result<Tensor> {
    let mut values = vec![0f32; sample.iter().product::<i64>() as usize];
    if axis {
        values[i as usize] = 1.0;
    } else {
        Philox::new(0).fill_uniform(Stream::Probe, i as u64, &mut values);
        values.iter_mut().for_each(|value| *value = if *value < 0.5 { -1.0 } else { 1.0 });
    }
    Ok(Tensor::f_from_slice(&values)?.f_view(sample)?)
}

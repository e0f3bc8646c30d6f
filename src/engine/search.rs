//! Search for the latents whose samples are nearest to given ones, by gradient descent through a fixed network (Zhu et al.,
//! "Generative Visual Manipulation on the Natural Image Manifold", 2016).

use std::f64::consts::PI;
use std::time::Instant;

use tch::{Device, Kind, Tensor};

use super::sampler::drawn;
use super::TrainLoop;
use crate::base::axes::{channels_first, tuple};
use crate::base::device::sent;
use crate::base::{Adam, AdamSpec, Dial, Philox};
use crate::error::{Error, Result};
use crate::family::Mapping;

/// Number of samples from which this variance is estimated.
const EXAMPLES: u64 = 256;
/// Learning rate at the start; it falls to 0 along a cosine.
const ADAM: AdamSpec = AdamSpec { lr: 0.1, betas: (0.9, 0.999), eps: 1e-8 };
/// Number of latents that are moved at the same time; bounds the memory of activations.
const CHUNK: i64 = 128;

/// What is searched for, and where.
pub struct Wanted {
    /// Samples `[n, ...stored]` in the user's range.
    pub x: Tensor,
    /// Their labels, as [`crate::kind::Labels::encode`] takes them; `None` for a model without labels.
    pub labels: Option<Tensor>,
    /// Weight of each value `[n, ...stored]`, at least 0 and for each sample not all 0; `None` weighs all equally.
    pub weights: Option<Tensor>,
    /// Latents from which the search of each sample starts, `[n, starts, latent_dim]`.
    pub starts: Tensor,
    /// Weight of the mean squared latent beside the mean squared error, at least 0 (Bora et al., "Compressed Sensing using
    /// Generative Models", 2017): the negative log density of a standard normal distribution, up to scale. It is relative
    /// to the variance of samples, because the error of a generator whose samples are alike is small.
    pub prior: f64,
}

/// A search in progress. It has its own copy of the weights, so that training may continue.
pub struct Search {
    function: Mapping,
    // Weight of the mean squared latent.
    prior: f64,
    parts: Vec<Part>,
    steps: u64,
    // Index of the current part, and number of its steps.
    at: (usize, u64),
}

// Some of the samples, repeated for each start.
struct Part {
    // [b, ...sample], and their weights.
    target: Tensor,
    weights: Option<Tensor>,
    labels: Option<Tensor>,
    starts: i64,
    // [b, latent_dim]
    latents: Tensor,
    // The latents with the smallest loss so far, and this loss [b].
    best: Tensor,
    loss: Tensor,
    adam: Adam,
}

impl TrainLoop {
    /// Prepares a search of `steps` steps in the latents of the part called `name`.
    ///
    /// # Errors
    /// [`Error::Shape`] if starts, labels or weights do not fit, [`Error::Parameter`] for weights below 0 or all 0, and for
    /// a weight of the prior below 0.
    pub fn search(&self, name: &str, wanted: Wanted, steps: u64) -> Result<Search> {
        let function = self.step().function(name)?;
        let data = self.data();
        let target = data.encode(&wanted.x)?;
        let (n, size) = (target.size()[0], wanted.starts.size());
        let latent_dim = function.input.iter().product::<i64>();
        if size.len() != 3 || size[0] != n || size[1] < 1 || size[2] != latent_dim {
            return Err(shape("starts", &format!("({n}, starts, {latent_dim})"), &wanted.starts));
        }
        if !(wanted.prior >= 0.0 && wanted.prior.is_finite()) {
            return Err(Error::parameter("prior", "must be finite and at least 0", wanted.prior));
        }
        let labels = wanted.labels.map(|labels| data.labels.encode(&labels)).transpose()?;
        if let Some(labels) = labels.as_ref().filter(|labels| labels.size() != [n, data.labels.width()]) {
            return Err(shape("y", &tuple(&[n, data.labels.width()]), labels));
        }
        let weights = wanted.weights.map(|weights| weighted(&weights, &wanted.x, &target)).transpose()?;
        let (starts, at_a_time) = (size[1], (CHUNK / size[1]).max(1));
        let mut parts = Vec::new();
        for first in (0..n).step_by(at_a_time as usize) {
            let count = at_a_time.min(n - first);
            let some = |x: &Tensor| -> Result<Tensor> {
                let rows = x.f_narrow(0, first, count)?.f_repeat_interleave_self_int(starts, 0, None)?;
                sent(&rows, self.device())
            };
            let latents = wanted.starts.f_narrow(0, first, count)?.f_reshape([-1, latent_dim])?;
            let latents = sent(&latents, self.device())?.f_detach_copy()?;
            parts.push(Part {
                target: some(&target)?,
                weights: weights.as_ref().map(some).transpose()?,
                labels: labels.as_ref().map(some).transpose()?,
                starts,
                best: latents.f_detach_copy()?,
                loss: Tensor::f_full([count * starts], f64::INFINITY, (Kind::Float, self.device()))?,
                adam: Adam::new(ADAM, latents.numel() as i64, self.device())?,
                latents,
            });
        }
        let prior = wanted.prior * self.variance(&function, labels.as_ref())?;
        Ok(Search { function, prior, parts, steps, at: (0, 0) })
    }

    // Variance of samples of the function with some of these labels in the network's range, a mean over their values.
    fn variance(&self, function: &Mapping, labels: Option<&Tensor>) -> Result<f64> {
        let _guard = (tch::no_grad_guard(), self.alone());
        let latents = drawn(&Philox::new(0), 0, EXAMPLES, function)?;
        let size = [&[EXAMPLES as i64], &function.input[..]].concat();
        let labels = labels.map(|labels| -> Result<Tensor> {
            let rows = Tensor::f_arange(EXAMPLES as i64, (Kind::Int64, labels.device()))?;
            sent(&labels.f_index_select(0, &rows.f_remainder(labels.size()[0])?)?, self.device())
        });
        let made = (function.call)(&sent(&latents.f_view(&size[..])?, self.device())?, labels.transpose()?.as_ref())?;
        Ok(made.f_var_dim([0i64].as_slice(), false, false)?.f_mean(None)?.f_double_value(&[])?)
    }
}

impl Search {
    /// Searches until the end, or until the clock passes `until`; true at the end.
    pub fn advance(&mut self, until: Instant) -> Result<bool> {
        while let Some(part) = self.parts.get_mut(self.at.0) {
            let slope = part.look(&self.function, self.prior)?;
            if self.at.1 == self.steps {
                self.at = (self.at.0 + 1, 0);
            } else {
                self.at.1 += 1;
                let factor = (1.0 + (PI * (self.at.1 - 1) as f64 / self.steps as f64).cos()) / 2.0;
                let rates = ADAM.rates(self.at.1, factor).map(Dial::Number);
                part.adam.step(&part.latents.f_view([-1])?, &slope.f_reshape([-1])?, &rates)?;
            }
            if Instant::now() >= until {
                break;
            }
        }
        Ok(self.at.0 == self.parts.len())
    }

    /// The best latents of each sample, `[n, latent_dim]`.
    pub fn latents(&self) -> Result<Tensor> {
        let best = self.parts.iter().map(Part::chosen).collect::<Result<Vec<_>>>()?;
        Ok(Tensor::f_cat(&best, 0)?.f_to_device(Device::Cpu)?)
    }
}

impl Part {
    // Keeps the latents that are better than before; returns the gradient of the loss, [b, latent_dim].
    fn look(&mut self, function: &Mapping, prior: f64) -> Result<Tensor> {
        let (loss, slope) = self.slope(function, prior)?;
        let better = loss.f_lt_tensor(&self.loss)?;
        self.best = self.latents.f_where_self(&better.f_unsqueeze(1)?, &self.best)?;
        self.loss = loss.f_minimum(&self.loss)?;
        Ok(slope)
    }

    // Loss of each row [b], and the gradient of their sum. A row does not depend on others, so its gradient is that of its
    // own loss.
    fn slope(&self, function: &Mapping, prior: f64) -> Result<(Tensor, Tensor)> {
        let latents = self.latents.f_detach_copy()?.f_set_requires_grad(true)?;
        let size = [&[latents.size()[0]], &function.input[..]].concat();
        let made = (function.call)(&latents.f_view(&size[..])?, self.labels.as_ref())?;
        let square = made.f_sub(&self.target)?.f_square()?.f_flatten(1, -1)?;
        let error = match &self.weights {
            Some(weights) => square.f_mul(weights)?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?,
            None => square.f_mean_dim([1i64].as_slice(), false, Kind::Float)?,
        };
        let prior = latents.f_square()?.f_mean_dim([1i64].as_slice(), false, Kind::Float)?.f_mul_scalar(prior)?;
        let loss = error.f_add(&prior)?;
        let total = loss.f_sum(Kind::Float)?;
        let slope = Tensor::f_run_backward(&[&total], &[&latents], false, false)?.swap_remove(0);
        Ok((loss.f_detach()?, slope))
    }

    // The best of the starts of each sample.
    fn chosen(&self) -> Result<Tensor> {
        let place = self.loss.f_view([-1, self.starts])?.f_argmin(1, true)?;
        let first = Tensor::f_arange_start_step(0, self.loss.size()[0], self.starts, (Kind::Int64, place.device()))?;
        Ok(self.best.f_index_select(0, &place.f_view([-1])?.f_add(&first)?)?)
    }
}

// Weights [n, values] of the values of samples in the network's range, whose sum for each sample is 1.
fn weighted(weights: &Tensor, x: &Tensor, target: &Tensor) -> Result<Tensor> {
    if weights.size() != x.size() {
        return Err(shape("weights", &tuple(&x.size()), weights));
    }
    let weights = weights.f_to_kind(Kind::Float)?;
    // Symbols have no axis of channels.
    let weights = match weights.dim() == target.dim() {
        true => channels_first(&weights)?,
        false => weights.f_unsqueeze(1)?,
    };
    let weights = weights.f_expand_as(target)?.f_flatten(1, -1)?;
    let total = weights.f_sum_dim_intlist([1i64].as_slice(), true, Kind::Float)?;
    let (least, smallest) = (weights.f_min()?.f_double_value(&[])?, total.f_min()?.f_double_value(&[])?);
    if !(least >= 0.0 && smallest > 0.0) {
        let expected = "must be at least 0, and not all 0 for a sample";
        return Err(Error::parameter("weights", expected, if least < 0.0 { least } else { smallest }));
    }
    Ok(weights.f_div(&total)?)
}

fn shape(name: &str, expected: &str, got: &Tensor) -> Error {
    Error::Shape {
        name: name.into(),
        expected: expected.into(),
        got: tuple(&got.size()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::InitScheme;
    use crate::layer::Chain;

    const KIND: (Kind, Device) = (Kind::Float, Device::Cpu);
    const PRIOR: f64 = 1e-3;

    // Two latents to three values; the labels are added to all of them.
    fn curved() -> Mapping {
        let weight = Tensor::from_slice(&[0.8f32, -0.3, 0.1, 1.2, -0.7, 0.5]).view([2, 3]);
        Mapping {
            chain: Chain::new(&[2], InitScheme::FanIn),
            input: vec![2],
            output: vec![3],
            call: Box::new(move |z, labels| {
                let made = z.f_matmul(&weight)?.f_tanh()?;
                Ok(labels.map_or(made.shallow_clone(), |labels| &made + labels))
            }),
        }
    }

    fn part(target: Tensor, weights: Option<Tensor>, latents: Tensor, starts: i64) -> Part {
        Part {
            loss: Tensor::full([latents.size()[0]], f64::INFINITY, KIND),
            adam: Adam::new(ADAM, latents.numel() as i64, Device::Cpu).unwrap(),
            best: latents.copy(),
            labels: None,
            target,
            weights,
            starts,
            latents,
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let function = curved();
        let target = Tensor::from_slice(&[0.2f32, -0.4, 0.9, 0.0, 0.5, -0.5]).view([2, 3]);
        let weights = Tensor::from_slice(&[0.5f32, 0.0, 0.5, 0.2, 0.2, 0.6]).view([2, 3]);
        let latents = Tensor::from_slice(&[0.3f32, -1.1, 0.9, 0.4]).view([2, 2]);
        for weights in [None, Some(weights)] {
            let at = |latents: &Tensor| part(target.copy(), weights.as_ref().map(Tensor::copy), latents.copy(), 1);
            let loss = |latents: &Tensor| at(latents).slope(&function, PRIOR).unwrap().0.to_kind(Kind::Double);
            let (_, slope) = at(&latents).slope(&function, PRIOR).unwrap();
            for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let moved = |by: f64| {
                    let latents = latents.copy();
                    let _ = latents.get(row).narrow(0, column, 1).g_add_scalar_(by);
                    loss(&latents).double_value(&[row])
                };
                let found = slope.double_value(&[row, column]);
                assert!((found - (moved(1e-2) - moved(-1e-2)) / 2e-2).abs() < 2e-4, "{row} {column}");
            }
        }
    }

    #[test]
    fn the_search_finds_latents_and_keeps_the_best_start() {
        let function = curved();
        let wanted = Tensor::from_slice(&[0.5f32, -0.8, -0.2, 0.6]).view([2, 2]);
        let target = (function.call)(&wanted, None).unwrap().repeat_interleave_self_int(3, 0, None);
        let starts = Tensor::from_slice(&[9f32, -9.0, 0.1, 0.1, 0.0, 0.0]).view([3, 2]).repeat([2, 1]);
        let mut search = Search {
            parts: vec![part(target, None, starts, 3)],
            steps: 300,
            at: (0, 0),
            prior: PRIOR,
            function,
        };
        while !search.advance(Instant::now()).unwrap() {}
        let found = search.latents().unwrap();
        assert_eq!(found.size(), [2, 2]);
        // The prior draws latents to 0.
        assert!((&found - &wanted).abs().max().double_value(&[]) < 0.05, "{found}");
        assert!(found.square().sum(Kind::Float).double_value(&[]) < wanted.square().sum(Kind::Float).double_value(&[]));
    }

    #[test]
    fn values_without_weight_do_not_count() {
        let function = curved();
        let target = Tensor::from_slice(&[0.2f32, -0.4, 0.9]).view([1, 3]);
        let x = Tensor::zeros([1, 3], KIND);
        let weights = weighted(&Tensor::from_slice(&[2f32, 0.0, 6.0]).view([1, 3]), &x, &target).unwrap();
        assert!(weights.equal(&Tensor::from_slice(&[0.25f32, 0.0, 0.75]).view([1, 3])));
        let latents = Tensor::from_slice(&[0.3f32, -1.1]).view([1, 2]);
        let slope =
            |target: Tensor| part(target, Some(weights.copy()), latents.copy(), 1).slope(&function, PRIOR).unwrap();
        let other = slope(Tensor::from_slice(&[0.2f32, 7.0, 0.9]).view([1, 3]));
        let (loss, gradient) = slope(target);
        assert!(loss.equal(&other.0) && gradient.equal(&other.1));
    }

    #[test]
    fn weights_of_symbols_count_for_all_their_channels() {
        let (x, target) = (Tensor::zeros([1, 1, 2], KIND), Tensor::zeros([1, 3, 1, 2], KIND));
        let weights = weighted(&Tensor::from_slice(&[1f32, 3.0]).view([1, 1, 2]), &x, &target).unwrap();
        let expected = Tensor::from_slice(&[1f32, 3.0, 1.0, 3.0, 1.0, 3.0]).view([1, 6]) / 12.0;
        assert!(weights.allclose(&expected, 1e-6, 1e-7, false));
        let refused =
            |values: [f32; 2]| weighted(&Tensor::from_slice(&values).view([1, 1, 2]), &x, &target).unwrap_err();
        assert_eq!(refused([-1.0, 3.0]).to_string(), "weights: must be at least 0, and not all 0 for a sample, got -1");
        assert!(refused([0.0, 0.0]).to_string().ends_with("got 0"));
        let message = weighted(&Tensor::zeros([1, 2], KIND), &x, &target).unwrap_err().to_string();
        assert_eq!(message, "weights: expected (1, 1, 2), got (1, 2)");
    }
}

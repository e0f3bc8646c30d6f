//! The trained parts of a family: networks and parameters outside networks, with their optimisers, moving averages and
//! the processes that train them together.

use std::sync::Arc;

use tch::Tensor;

use super::Stored;
use crate::base::{Adam, AdamSpec, Dial, Ema, ParamStore, Ranks, Tape};
use crate::error::Result;
use crate::net::Network;

/// Parameters and running statistics that belong to no network.
pub struct Own {
    /// Trained parameters.
    pub params: ParamStore,
    /// Running statistics.
    pub buffers: ParamStore,
}

/// Which tensors of a part have a moving average, and its half-life in samples.
#[derive(Clone, Copy)]
pub enum Average {
    /// None.
    Off,
    /// The weights.
    Weights(f64),
    /// The weights and the running statistics.
    All(f64),
}

/// How a part is trained.
#[derive(Clone, Copy)]
pub struct Training {
    /// Settings of the optimiser.
    pub adam: AdamSpec,
    /// Moving averages.
    pub average: Average,
    /// Gradients are clipped to this norm, if any.
    pub max_grad_norm: Option<f64>,
}

/// What is trained: networks first, then parameters outside networks.
#[derive(Default)]
pub struct Trained {
    names: Vec<&'static str>,
    /// Networks, in the order in which they were added.
    pub networks: Vec<Network>,
    /// Parameters outside networks.
    pub own: Vec<Own>,
    /// The processes that train together.
    pub ranks: Arc<Ranks>,
}

/// An optimiser and the moving averages for each part.
#[derive(Default)]
pub struct Optimisers(Vec<Optimiser>);

struct Optimiser {
    adam: Adam,
    weights: Option<Ema>,
    buffers: Option<Ema>,
    max_grad_norm: Option<f64>,
}

/// Trained parts and optimisers: separate fields, so that an optimiser can step while a network is bound.
#[derive(Default)]
pub struct Team {
    /// What is trained.
    pub parts: Trained,
    /// Their optimisers and moving averages.
    pub optimisers: Optimisers,
}

impl Trained {
    // Name, weights and running statistics of every part.
    fn stores(&self) -> impl Iterator<Item = (&'static str, &ParamStore, &ParamStore)> {
        let networks = self.networks.iter().map(|network| (&network.params, &network.buffers));
        let stores = networks.chain(self.own.iter().map(|own| (&own.params, &own.buffers)));
        self.names.iter().zip(stores).map(|(name, (params, buffers))| (*name, params, buffers))
    }
}

impl Optimisers {
    /// Makes a step that decreases `loss` for each of the parts `chosen`; only gradients of their weights are computed.
    pub fn descend(
        &mut self,
        (parts, chosen): (&Trained, &[usize]),
        (tape, loss): (&Tape, &Tensor),
        rates: &[Dial; 2],
    ) -> Result<()> {
        let stores: Vec<_> = parts.stores().map(|(_, params, _)| params).collect();
        let chosen: Vec<usize> = chosen.iter().copied().filter(|&i| !stores[i].is_empty()).collect();
        let leaves: Vec<&Tensor> = chosen.iter().map(|&i| stores[i].flat()).collect();
        for (&i, seen) in chosen.iter().zip(tape.gradients(loss, &leaves)?) {
            let gradient = match parts.networks.get(i) {
                Some(network) => network.gradient(Some(seen))?,
                None => Some(seen).filter(Tensor::defined),
            };
            // There is no gradient if the loss does not depend on this part.
            if let Some(mut gradient) = gradient {
                parts.ranks.average(&gradient)?;
                if let Some(most) = self.0[i].max_grad_norm {
                    clip(&mut gradient, most)?;
                }
                self.0[i].adam.step(stores[i].flat(), &gradient, rates)?;
            }
        }
        Ok(())
    }

    /// Updates the moving averages; `fresh` is the weight of the current values.
    pub fn follow(&mut self, parts: &Trained, fresh: &Dial) -> Result<()> {
        for ((_, params, buffers), optimiser) in parts.stores().zip(&mut self.0) {
            for (average, store) in [(&mut optimiser.weights, params), (&mut optimiser.buffers, buffers)] {
                if let Some(average) = average.as_mut().filter(|_| !store.is_empty()) {
                    average.update(store.flat(), fresh)?;
                }
            }
        }
        Ok(())
    }
}

impl Team {
    /// Adds a network; all networks are added before other parts.
    pub fn add(&mut self, name: &'static str, network: Network, training: Training) -> Result<()> {
        self.optimisers.0.push(Optimiser::new((&network.params, &network.buffers), training)?);
        self.parts.names.push(name);
        self.parts.networks.push(network);
        Ok(())
    }

    /// Adds parameters outside networks.
    pub fn add_own(&mut self, name: &'static str, own: Own, training: Training) -> Result<()> {
        self.optimisers.0.push(Optimiser::new((&own.params, &own.buffers), training)?);
        self.parts.names.push(name);
        self.parts.own.push(own);
        Ok(())
    }

    /// Weight of the new values in the first part's average after a batch of `batch` samples; 1 without averages.
    pub fn fresh(&self, batch: u64, seen: u64) -> f64 {
        let average = self.optimisers.0.first().and_then(|optimiser| optimiser.weights.as_ref());
        average.map_or(1.0, |average| average.fresh(batch, seen))
    }

    /// Weights and running statistics used for results, a pair for each part: moving averages if there are any, else
    /// the current values.
    pub fn fitted(&self) -> Vec<[&Tensor; 2]> {
        fn chosen<'a>(average: &'a Option<Ema>, store: &'a ParamStore) -> &'a Tensor {
            average.as_ref().map_or(store.flat(), |average| &average.flat)
        }
        let parts = self.parts.stores().zip(&self.optimisers.0);
        parts
            .map(|((_, params, buffers), optimiser)| {
                [chosen(&optimiser.weights, params), chosen(&optimiser.buffers, buffers)]
            })
            .collect()
    }

    /// The networks, by name.
    pub fn networks(&self) -> Vec<(&'static str, &Network)> {
        self.parts.names.iter().copied().zip(&self.parts.networks).collect()
    }

    /// Number of trained values of each part that has any.
    pub fn sizes(&self) -> Vec<(&'static str, i64)> {
        let sizes = self.parts.stores().map(|(name, params, _)| (name, params.len()));
        sizes.filter(|(_, size)| *size > 0).collect()
    }

    /// Norm of the running mean of the gradients of each part that is trained, as Adam keeps it. Waits for the device.
    pub fn gradients(&self) -> Result<Vec<(&'static str, f64)>> {
        let parts = self.parts.stores().zip(&self.optimisers.0).filter(|((_, params, _), _)| !params.is_empty());
        parts
            .map(|((name, _, _), optimiser)| Ok((name, optimiser.adam.mean.f_norm()?.f_double_value(&[])?)))
            .collect()
    }

    /// All tensors that training changes; they share memory with the parts.
    pub fn state(&self) -> Vec<Stored<'_>> {
        let mut state = Vec::new();
        for ((name, params, buffers), optimiser) in self.parts.stores().zip(&self.optimisers.0) {
            state.push(Stored::named(name, params, params.flat()));
            state.push(Stored::named(name, buffers, buffers.flat()));
            state.push(Stored::plain(format!("adam.{name}.mean"), &optimiser.adam.mean));
            state.push(Stored::plain(format!("adam.{name}.square"), &optimiser.adam.square));
            for (average, store) in [(&optimiser.weights, params), (&optimiser.buffers, buffers)] {
                state.extend(average.iter().map(|it| Stored::named(format!("average.{name}"), store, &it.flat)));
            }
        }
        state
    }
}

impl Optimiser {
    fn new((params, buffers): (&ParamStore, &ParamStore), training: Training) -> Result<Self> {
        let (weights, statistics) = match training.average {
            Average::Off => (None, None),
            Average::Weights(half_life) => (Some(half_life), None),
            Average::All(half_life) => (Some(half_life), Some(half_life)),
        };
        let average = |half_life: Option<f64>, store: &ParamStore| {
            half_life.map(|half_life| Ema::new(half_life, store.flat())).transpose()
        };
        Ok(Optimiser {
            adam: Adam::new(training.adam, params.len(), params.flat().device())?,
            weights: average(weights, params)?,
            buffers: average(statistics, buffers)?,
            max_grad_norm: training.max_grad_norm,
        })
    }
}

// Clips the gradient to this norm (Pascanu et al., "On the Difficulty of Training Recurrent Neural Networks", 2013).
fn clip(gradient: &mut Tensor, most: f64) -> Result<()> {
    let length = gradient.f_norm()?;
    let part = length.f_add_scalar(1e-6)?.f_reciprocal()?.f_mul_scalar(most)?.f_clamp_max(1.0)?;
    let _ = gradient.f_mul_(&part)?;
    Ok(())
}

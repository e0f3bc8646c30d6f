//! Families of models, a folder each: the settings of a family and its optimisation step. A step never waits for the device and
//! knows nothing of epochs, checkpoints or Python.

pub mod autoencoder;
mod checks;
mod coder;
mod function;
pub mod gan;
mod inputs;
mod spec;

use std::sync::Arc;

use tch::{Kind, Tensor};

pub use checks::smoothing as check_smoothing;
pub use coder::{Coder, Draws};
pub use function::Function;
pub use inputs::Inputs;
pub use spec::Spec;

use crate::base::{DataShape, ParamStore, Ranks, Scalars};
use crate::data::Batch;
use crate::error::Result;
use crate::net::Network;

/// Where in a run a step is.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Steps done before this one.
    pub step: u64,
    /// Samples seen, those of this step's batch included.
    pub samples: u64,
    /// Samples of this step's batch, those of other processes included.
    pub batch: u64,
    /// Passes through the data before this step, parts of one included.
    pub epochs: f64,
    /// How many times the loss that [`Step::watched`] names has stopped falling.
    pub plateaus: u32,
}

/// A flat tensor that belongs to a run's state.
pub struct Stored<'a> {
    /// Where it is in a checkpoint: a prefix for named parts, else the name itself.
    pub name: String,
    /// The names and shapes of its parts; `None` for a plain vector.
    pub parts: Option<&'a ParamStore>,
    /// The live tensor, `[len]`.
    pub flat: Tensor,
}

impl<'a> Stored<'a> {
    /// A tensor saved part by part.
    pub fn named(name: impl Into<String>, parts: &'a ParamStore, flat: &Tensor) -> Self {
        Stored {
            name: name.into(),
            parts: Some(parts),
            flat: flat.shallow_clone(),
        }
    }

    /// A tensor saved as it is.
    pub fn plain(name: impl Into<String>, flat: &Tensor) -> Self {
        Stored { name: name.into(), parts: None, flat: flat.shallow_clone() }
    }
}

/// One optimisation step, and the state it moves.
pub trait Step: Send {
    /// Names of what [`Step::step`] adds to the scalars.
    fn columns(&self) -> Vec<&'static str>;

    /// What the step at this moment takes from outside, its random numbers and rates not yet on the device.
    fn inputs(&self, batch: Batch, moment: Moment) -> Result<Inputs>;

    /// Moves every network once.
    fn step(&mut self, inputs: &Inputs, moment: Moment, scalars: &mut Scalars) -> Result<()>;

    /// The column whose plateaus it wants to know of, if any.
    fn watched(&self) -> Option<&'static str> {
        None
    }

    /// Which of its kinds the step at this moment is: all of a kind do the same to other inputs.
    fn variant(&self, _moment: Moment) -> u64 {
        0
    }

    /// What only libtorch can do, if the step does it.
    fn needs_torch(&self) -> Option<String> {
        None
    }

    /// What makes steps of a kind differ in more than their inputs, if anything does.
    fn changes(&self) -> Option<&'static str> {
        None
    }

    /// Names of what [`Step::measures`] finds.
    fn measure_columns(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Numbers of a whole epoch, taken at its end over one fixed part of the data. Waits for the device.
    fn measures(&self, _batch: &Batch, _moment: Moment) -> Result<Vec<f64>> {
        Ok(Vec::new())
    }

    /// Everything that training changes, live.
    fn state(&self) -> Vec<Stored<'_>>;

    /// Standard normal numbers `[b, latent_dim]` that step number `step` draws for a batch of `b`, `[k, b, latent_dim]`
    /// where it draws several times.
    fn latents(&self, step: u64, b: u64) -> Result<Tensor>;

    /// Part of the model by its name, with the weights that results are made with. Every family has a `generator`, from
    /// standard normal numbers to samples in the network's range.
    ///
    /// # Errors
    /// [`crate::Error::UnknownName`] if it has no such part.
    fn function(&self, name: &str) -> Result<Function>;

    /// Encoding, decoding and scoring with the weights used for results, if the family does it; `data` is what it was fitted
    /// on.
    fn coder<'a>(&'a self, _data: &'a DataShape) -> Result<Option<Box<dyn Coder + 'a>>> {
        Ok(None)
    }

    /// Its networks, by name.
    fn networks(&self) -> Vec<(&'static str, &Network)>;

    /// The same, to be changed.
    fn networks_mut(&mut self) -> Vec<&mut Network>;

    /// Samples that it takes together, of which a batch holds a whole number.
    fn group(&self) -> u64 {
        1
    }

    /// Trains with other processes from here on: takes its part of noise as of batches, and averages gradients. Running
    /// statistics of batch norm are its own until somebody averages the state.
    fn set_ranks(&mut self, ranks: Arc<Ranks>);

    /// Goes on with other step sizes, another size of batches and another length of schedules, taken from settings that are
    /// otherwise its own.
    fn retune(&mut self, spec: &Spec);

    /// Number of trained values of each of its parts.
    fn sizes(&self) -> Vec<(&'static str, i64)> {
        let networks = self.networks().into_iter();
        networks.map(|(name, network)| (name, network.params.len())).collect()
    }
}

/// -1 and 1, each 1 with the probability that a value in the network's range stands for; `uniform` is of the same shape.
pub fn binary(x: &Tensor, uniform: &Tensor) -> Result<Tensor> {
    let white = x.f_add_scalar(1.0)?.f_mul_scalar(0.5)?.f_gt_tensor(uniform)?;
    Ok(white.f_to_kind(Kind::Float)?.f_mul_scalar(2.0)?.f_add_scalar(-1.0)?)
}

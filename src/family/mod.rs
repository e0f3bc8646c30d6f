//! Families of models, one folder each: settings and optimisation step. A step never waits for the device and is
//! independent of epochs, checkpoints and Python.

mod ask;
mod attention;
pub mod autoencoder;
mod checks;
mod coder;
mod drawn;
pub mod flow;
pub mod gan;
mod inputs;
mod mapping;
pub mod sequence;
mod spec;
mod team;
pub mod translation;

use tch::{Device, Kind, Tensor};

pub use ask::Ask;
pub use checks::smoothing as check_smoothing;
pub use coder::{Coder, Draws};
pub use drawn::Drawn;
pub use flow::Paths;
pub use inputs::Inputs;
pub use mapping::Mapping;
pub use sequence::Writer;
pub use spec::{Settings, Spec};
pub use team::Team;
pub use translation::Translator;

use crate::base::{ParamStore, Scalars};
use crate::data::Batch;
use crate::error::Result;
use crate::kind::DataShape;

/// Position of a step in a run.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Number of previous steps.
    pub step: u64,
    /// Samples seen, including this step's batch.
    pub samples: u64,
    /// Samples in this step's batch, over all processes.
    pub batch: u64,
    /// Number of epochs before this step, including the fraction of the current one.
    pub epochs: f64,
    /// Number of times that the loss [`Columns::watched`] has stopped falling.
    pub plateaus: u32,
}

/// A flat tensor of a run's state.
pub struct Stored<'a> {
    /// Name in a checkpoint: a prefix for named parts, else the name itself.
    pub name: String,
    /// Names and shapes of its parts; `None` for a plain vector.
    pub parts: Option<&'a ParamStore>,
    /// The live tensor, `[len]`.
    pub flat: Tensor,
}

impl<'a> Stored<'a> {
    /// Creates an entry that is saved part by part.
    pub fn named(name: impl Into<String>, parts: &'a ParamStore, flat: &Tensor) -> Self {
        Stored {
            name: name.into(),
            parts: Some(parts),
            flat: flat.shallow_clone(),
        }
    }

    /// Creates an entry that is saved as one tensor.
    pub fn plain(name: impl Into<String>, flat: &Tensor) -> Self {
        Stored { name: name.into(), parts: None, flat: flat.shallow_clone() }
    }
}

/// Columns of the history that a family fills.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Scalars that [`Family::step`] adds.
    pub step: Vec<&'static str>,
    /// Results of [`Family::measures`].
    pub measures: Vec<&'static str>,
    /// The column whose plateaus are counted in [`Moment::plateaus`], if any.
    pub watched: Option<&'static str>,
}

/// A family of models: its networks, and one optimisation step.
pub trait Family: Send {
    /// Columns that it fills, the same throughout training.
    fn columns(&self) -> &Columns;

    /// Inputs of the step at this moment, with random numbers and rates not yet on the device.
    fn inputs(&self, batch: Batch, moment: Moment) -> Result<Inputs>;

    /// Updates every network once.
    fn step(&mut self, inputs: &Inputs, moment: Moment, scalars: &mut Scalars) -> Result<()>;

    /// Kind of the step at this moment: steps of one kind differ in their inputs only.
    fn variant(&self, _moment: Moment) -> u64 {
        0
    }

    /// Reason why only libtorch, without CUDA graphs, can compute the steps on this device; `None` if there is none.
    fn needs_torch(&self, device: Device) -> Option<String>;

    /// A new training begins, perhaps on other data, with the next step.
    fn renew(&mut self) {}

    /// Metrics of an epoch, computed at its end on a fixed part of the data. Waits for the device.
    fn measures(&mut self, _batch: &Batch, _moment: Moment) -> Result<Vec<f64>> {
        Ok(Vec::new())
    }

    /// All tensors that training changes; they share memory with the model.
    fn state(&self) -> Vec<Stored<'_>> {
        self.team().state()
    }

    /// Standard normal numbers `[b, latent_dim]` that step `step` draws for a batch of `b`, `[k, b, latent_dim]` for
    /// several draws.
    fn latents(&self, step: u64, b: u64) -> Result<Tensor>;

    /// A part of the model by name, with the weights used for results.
    ///
    /// # Errors
    /// [`crate::Error::UnknownName`] for an unknown part.
    fn function(&self, name: &str) -> Result<Mapping>;

    /// The function from standard normal numbers to samples in the network's range, with the weights used for results.
    fn sampler(&self, ask: Ask) -> Result<Mapping>;

    /// Encoding, decoding and scoring with the weights used for results, if supported; `data` is the shape of the
    /// training data.
    fn coder<'a>(&'a self, _data: &'a DataShape) -> Result<Option<Box<dyn Coder + 'a>>> {
        Ok(None)
    }

    /// Paths between noise and samples with the weights used for results, if supported.
    fn paths(&self) -> Result<Option<Paths>> {
        Ok(None)
    }

    /// Translation of pictures with the weights used for results, if supported; `back` is the other way.
    fn translator(&self, _back: bool) -> Result<Option<Translator>> {
        Ok(None)
    }

    /// Scoring and writing of documents with the weights used for results, if supported.
    fn writer(&self) -> Result<Option<Writer>> {
        Ok(None)
    }

    /// The trained parts, with their optimisers and averages.
    fn team(&self) -> &Team;

    /// Mutable access to [`Family::team`].
    fn team_mut(&mut self) -> &mut Team;

    /// Number of samples that are processed together, and the setting that determines it. The batch size is a multiple
    /// of this number.
    fn group(&self) -> (u64, &'static str) {
        (1, "")
    }

    /// Changes the learning rates, the batch size and the length of schedules to those of `spec`, whose other settings
    /// are the same as before.
    fn retune(&mut self, spec: &Spec);
}

/// Draws -1 or 1 for each value `v` of `x`, in the network's range; the probability of 1 is `(v + 1) / 2`. `uniform`
/// holds uniform random numbers of the same shape.
pub fn binary(x: &Tensor, uniform: &Tensor) -> Result<Tensor> {
    let white = x.f_add_scalar(1.0)?.f_mul_scalar(0.5)?.f_gt_tensor(uniform)?;
    Ok(white.f_to_kind(Kind::Float)?.f_mul_scalar(2.0)?.f_add_scalar(-1.0)?)
}

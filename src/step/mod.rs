//! One optimisation step per family of models. A step never waits for the device and knows nothing of epochs,
//! checkpoints or Python.

mod adversarial;
mod gan_spec;

use tch::Tensor;

pub use adversarial::Adversarial;
pub use gan_spec::{GanOptions, GanSpec};

use crate::base::{ParamStore, Scalars};
use crate::error::Result;
use crate::net::Bound;

/// Where in a run a step is.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Steps done before this one.
    pub step: u64,
    /// Samples seen, those of this step's batch included.
    pub samples: u64,
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
    fn columns(&self) -> &'static [&'static str];

    /// Moves every network once.
    ///
    /// # Shapes
    /// `batch` is `[b, ...sample]` in the network's range.
    fn step(&mut self, batch: &Tensor, moment: Moment, scalars: &mut Scalars) -> Result<()>;

    /// Everything that training changes, live.
    fn state(&self) -> Vec<Stored<'_>>;

    /// Length of a latent.
    fn latent_dim(&self) -> i64;

    /// Latents `[b, latent_dim]` that step number `step` draws for a batch of `b`.
    fn latents(&self, step: u64, b: u64) -> Result<Tensor>;

    /// A network by its name in checkpoints, ready to be used rather than trained, with the weights it has now.
    fn network(&self, name: &str) -> Result<Bound<'_>>;

    /// The descriptions of its networks, by name.
    fn networks(&self) -> Vec<(&'static str, &crate::net::Network)>;
}

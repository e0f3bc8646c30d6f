//! Terms of the discriminator's loss that need the discriminator itself and its inputs, not only scores.

mod dragan;
mod gradient;
mod lecam;
mod max_gradient;
mod r1;
mod r2;
mod slope;
mod weight_clip;

use tch::Tensor;

use crate::error::Result;
use crate::registry::{Member, Registry};

/// Random numbers that a penalty takes, uniform in [0, 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// None.
    Nothing,
    /// One for each sample.
    PerSample,
    /// One for each value of a sample.
    PerValue,
}

/// What a penalty looks at.
pub struct Subject<'a> {
    /// The discriminator in training: scores `[n]`, differentiable twice with respect to weights and samples.
    pub critic: &'a dyn Fn(&Tensor) -> Result<Tensor>,
    /// Real samples, as the discriminator takes them.
    pub real: &'a Tensor,
    /// As many generated ones, without a way back to the generator.
    pub fake: &'a Tensor,
    /// Scores of both, `[n]`, as the loss is made of them.
    pub scores: [&'a Tensor; 2],
    /// Running means of the scores of real and of generated samples, `[2]`.
    pub anchors: &'a Tensor,
    /// The random numbers asked for, `[n, 1, ...]` or like a batch.
    pub noise: Option<&'a Tensor>,
}

/// A term that is added to the discriminator's loss, or a bound on its weights.
pub trait Penalty: Member + Sync {
    /// The term, 0-d, to be weighted; `None` for a bound on weights.
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>>;

    /// The usual weight.
    fn weight(&self) -> f64;

    /// Random numbers it takes.
    fn noise(&self) -> Noise {
        Noise::Nothing
    }

    /// Whether it needs the slope of the discriminator at each sample on its own. Batch norm mixes samples, and only
    /// libtorch differentiates twice.
    fn slopes(&self) -> bool {
        true
    }

    /// Whether its weight is a bound on each of the discriminator's weights after a step.
    fn clips(&self) -> bool {
        false
    }
}

/// All penalties.
pub static PENALTIES: Registry<dyn Penalty> = Registry {
    what: "penalty",
    members: &[
        &gradient::Gradient,
        &r1::R1,
        &r2::R2,
        &dragan::Dragan,
        &max_gradient::MaxGradient,
        &lecam::Lecam,
        &weight_clip::WeightClip,
    ],
};

//! Terms of a loss that need a network and its inputs, not only scores.

mod consistency;
mod dragan;
mod feature_matching;
mod gradient;
mod lecam;
mod max_gradient;
mod mode_seeking;
mod path_length;
mod r1;
mod r2;
mod slope;
mod weight_clip;

use tch::Tensor;

use crate::base::Ranks;
use crate::error::Result;
use crate::registry::{Listed, Member, Registry};

/// Random numbers that a penalty takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Noise {
    /// None.
    Nothing,
    /// As many for each sample, uniform in [0, 1).
    Uniform(Vec<i64>),
    /// As many for each sample, of the standard normal distribution.
    Normal(Vec<i64>),
}

/// Whose loss a penalty is a term of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    /// The discriminator's.
    Discriminator,
    /// The generator's.
    Generator,
}

/// A network in training: differentiable twice with respect to weights and input, unless the processor's executor runs it.
pub type Network<'a> = &'a dyn Fn(&Tensor) -> Result<Tensor>;

/// What a penalty looks at.
pub struct Subject<'a> {
    /// The discriminator: scores `[n]` of samples.
    pub critic: Network<'a>,
    /// The same up to its last layer with weights: `[n, ...]`.
    pub features: Network<'a>,
    /// The generator, with the labels of this batch: samples for latents.
    pub generator: Network<'a>,
    /// Real samples, as the discriminator takes them.
    pub real: &'a Tensor,
    /// As many generated ones; with a way back to the generator only where it is the generator's turn.
    pub fake: &'a Tensor,
    /// The same as the generator made them, before noise and packing.
    pub made: &'a Tensor,
    /// What they were made of, `[n, latent_dim]`.
    pub latents: &'a Tensor,
    /// Scores of both, `[n]`, as the discriminator's loss is made of them.
    pub scores: [&'a Tensor; 2],
    /// What the penalty keeps from step to step, [`Penalty::memory`] values that begin at 0.
    pub memory: &'a Tensor,
    /// The random numbers asked for, `[n, ...]`.
    pub noise: Option<&'a Tensor>,
    /// Whether slopes below the bound are left alone.
    pub one_sided: bool,
    /// The processes, each of which has as many samples; losses are averaged over them.
    pub ranks: &'a Ranks,
}

/// A term that is added to a network's loss, or a bound on the discriminator's weights.
pub trait Penalty: Member + Sync {
    /// The term, 0-d, to be weighted; `None` for a bound on weights.
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>>;

    /// The usual weight.
    fn weight(&self) -> f64;

    /// Whose loss it is a term of.
    fn side(&self) -> Side {
        Side::Discriminator
    }

    /// Random numbers it takes for samples of this shape.
    fn noise(&self, _sample: &[i64]) -> Noise {
        Noise::Nothing
    }

    /// Values that it keeps.
    fn memory(&self) -> i64 {
        0
    }

    /// Whether it needs the slope of the discriminator at each sample on its own, where batch norm mixes samples.
    fn slopes(&self) -> bool {
        false
    }

    /// Whether only libtorch can find it: slopes are differentiated once more, and only libtorch stops before the last layer.
    fn torch(&self) -> bool {
        self.slopes()
    }

    /// Whether it can leave alone slopes below its bound.
    fn sided(&self) -> bool {
        false
    }

    /// Samples without which a batch has no such term.
    fn samples(&self) -> i64 {
        1
    }

    /// Whether its weight is a bound on each of the discriminator's weights after a step.
    fn clips(&self) -> bool {
        false
    }
}

impl Listed for dyn Penalty {
    fn registry() -> &'static Registry<Self> {
        &PENALTIES
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
        &consistency::Consistency,
        &path_length::PathLength,
        &feature_matching::FeatureMatching,
        &mode_seeking::ModeSeeking,
        &weight_clip::WeightClip,
    ],
};

//! Penalties: loss terms that depend on a network and its inputs, not only on scores.

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
use crate::registry;
use crate::registry::Member;

/// Random numbers that a penalty requires.
#[derive(Clone, Debug, PartialEq)]
pub enum Draws {
    /// None.
    Nothing,
    /// Uniform numbers in [0, 1) of this shape for each sample.
    Uniform(Vec<i64>),
    /// Standard normal numbers of this shape for each sample.
    Normal(Vec<i64>),
}

/// Network whose loss a penalty is added to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    /// The discriminator.
    Discriminator,
    /// The generator.
    Generator,
}

/// A network in training: twice differentiable with respect to weights and input, unless the native executor runs it.
pub type Forward<'a> = &'a dyn Fn(&Tensor) -> Result<Tensor>;

/// Inputs of a penalty.
pub struct Subject<'a> {
    /// The discriminator: scores `[n]` of samples.
    pub critic: Forward<'a>,
    /// The gradient of each sample's score with respect to the sample, `[n, ...]`: differentiable with respect to the
    /// weights.
    pub slopes: Forward<'a>,
    /// The discriminator without its last layer with weights: `[n, ...]`.
    pub features: Forward<'a>,
    /// The generator with the labels of this batch: maps latents to samples.
    pub generator: Forward<'a>,
    /// Real samples as passed to the discriminator.
    pub real: &'a Tensor,
    /// An equal number of generated samples; connected to the generator's graph only in the generator step.
    pub fake: &'a Tensor,
    /// Generated samples before noise and packing.
    pub made: &'a Tensor,
    /// Latents of the generated samples, `[n, latent_dim]`.
    pub latents: &'a Tensor,
    /// Scores of both, `[n]`, as used in the discriminator's loss.
    pub scores: [&'a Tensor; 2],
    /// State of the penalty between steps, [`Penalty::memory`] values, initially 0.
    pub memory: &'a Tensor,
    /// The requested random numbers, `[n, ...]`.
    pub noise: Option<&'a Tensor>,
    /// The processes, with equal numbers of samples each; losses are averaged over them.
    pub ranks: &'a Ranks,
}

/// A term of a network's loss, or a bound on the discriminator's weights.
pub trait Penalty: Member {
    /// The unweighted term, 0-d; `None` for a bound on weights.
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>>;

    /// Default weight.
    fn weight(&self) -> f64;

    /// Network whose loss the term is added to.
    fn side(&self) -> Side {
        Side::Discriminator
    }

    /// Random numbers required for samples of this shape.
    fn noise(&self, _sample: &[i64]) -> Draws {
        Draws::Nothing
    }

    /// Number of state values.
    fn memory(&self) -> i64 {
        0
    }

    /// True if the penalty uses per-sample gradients of the discriminator, which batch norm mixes.
    fn slopes(&self) -> bool {
        false
    }

    /// True if only libtorch can compute the penalty: it needs second derivatives of the generator, or features before the
    /// last layer.
    fn torch(&self) -> bool {
        false
    }

    /// Minimum number of samples in a batch.
    fn samples(&self) -> i64 {
        1
    }

    /// True if the weight is a bound on the absolute values of the discriminator's weights, applied after each step.
    fn clips(&self) -> bool {
        false
    }
}

registry! {
    /// All penalties.
    pub static PENALTIES: dyn Penalty = "penalty" [
        gradient::Gradient,
        r1::R1,
        r2::R2,
        dragan::Dragan,
        max_gradient::MaxGradient,
        lecam::Lecam,
        consistency::Consistency,
        path_length::PathLength,
        feature_matching::FeatureMatching,
        mode_seeking::ModeSeeking,
        weight_clip::WeightClip,
    ];
}

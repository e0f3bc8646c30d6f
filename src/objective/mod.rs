//! Adversarial losses. They see scores and nothing else: shape `[n]`, any real number, higher = more real.

mod hinge;
mod least_squares;
mod minimax;
mod non_saturating;
mod relativistic;
mod smooth;
mod wasserstein;

use tch::Tensor;

use crate::error::Result;
use crate::registry::{Listed, Member, Registry};

/// A pair of losses. Both are minimised, each by its own network: they are never added up, because the sum of a game's
/// two losses has no meaning as a goal (in `minimax` it is constant in the fake scores).
pub trait Objective: Member + Sync {
    /// What the discriminator minimises, 0-d.
    ///
    /// # Shapes
    /// Scores of real and of generated samples, `[n]` and `[m]`. `smoothing` is how far the target of real ones falls short,
    /// where the objective [`Objective::smooths`].
    fn discriminator_loss(&self, real: &Tensor, fake: &Tensor, smoothing: f64) -> Result<Tensor>;

    /// What the generator minimises, 0-d. `real` holds scores only where the objective [`Objective::pairs`] them.
    fn generator_loss(&self, real: &Tensor, fake: &Tensor) -> Result<Tensor>;

    /// Whether the generator's loss compares its samples with as many real ones.
    fn pairs(&self) -> bool {
        false
    }

    /// Whether it has a target for scores of real samples that can fall short (Salimans et al., "Improved Techniques for
    /// Training GANs", 2016, section 3.4).
    fn smooths(&self) -> bool {
        false
    }

    /// The penalty that it does not work without, where the user names none.
    fn penalty(&self) -> Option<&'static str> {
        None
    }

    /// Steps of the discriminator for one of the generator, where the user says nothing.
    fn n_critic(&self) -> i64 {
        1
    }
}

impl Listed for dyn Objective {
    fn registry() -> &'static Registry<Self> {
        &OBJECTIVES
    }
}

/// All objectives.
pub static OBJECTIVES: Registry<dyn Objective> = Registry {
    what: "objective",
    members: &[
        &non_saturating::NonSaturating,
        &minimax::Minimax,
        &least_squares::LeastSquares,
        &hinge::Hinge,
        &wasserstein::Wasserstein,
        &relativistic::Relativistic,
    ],
};

// The example of CONTRIBUTING.md.
#[cfg(test)]
#[path = "../../tests/examples/total_variation.rs"]
mod example;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_an_objective() {
        let members: &[&dyn Objective] = &[&hinge::Hinge, &example::TotalVariation];
        let registry = Registry { what: "objective", members };
        let found = registry.get("total_variation").unwrap();
        let (real, fake) = (Tensor::from_slice(&[0.5f64, 1.0]), Tensor::from_slice(&[-0.25f64]));
        let losses = [found.discriminator_loss(&real, &fake, 0.0), found.generator_loss(&real, &fake)];
        let [discriminator, generator] = losses.map(|loss| loss.unwrap().double_value(&[]));
        let wanted = ((-0.25f64).tanh() - (0.5f64.tanh() + 1f64.tanh()) / 2.0) / 2.0;
        assert!((discriminator - wanted).abs() < 1e-12);
        assert!((generator - 0.25f64.tanh() / 2.0).abs() < 1e-12);
    }
}

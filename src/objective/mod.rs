//! Adversarial losses: functions of scores of shape `[n]`, any real number, higher = more real.

mod hinge;
mod least_squares;
mod minimax;
mod non_saturating;
mod relativistic;
mod smooth;
mod softplus_ipm;
mod wasserstein;

use tch::Tensor;

use crate::error::Result;
use crate::registry;
use crate::registry::Member;

/// A pair of losses. Each is minimised by its own network; they are never summed, because the sum is not a meaningful
/// objective (in `minimax` it is constant in the fake scores).
pub trait Objective: Member {
    /// Loss of the discriminator, 0-d.
    ///
    /// # Shapes
    /// `real` and `fake` are scores of real and generated samples, `[n]` and `[m]`. `smoothing` is the amount by which
    /// the target of real samples is lowered, if the objective [`Objective::smooths`].
    fn discriminator_loss(&self, real: &Tensor, fake: &Tensor, smoothing: f64) -> Result<Tensor>;

    /// Loss of the generator, 0-d. `real` holds scores only if the objective [`Objective::pairs`] them.
    fn generator_loss(&self, real: &Tensor, fake: &Tensor) -> Result<Tensor>;

    /// True if the generator's loss compares its samples with an equal number of real ones.
    fn pairs(&self) -> bool {
        false
    }

    /// True if the objective supports label smoothing of real samples (Salimans et al., "Improved Techniques for
    /// Training GANs", 2016, section 3.4).
    fn smooths(&self) -> bool {
        false
    }

    /// Default penalty, for objectives that require one.
    fn penalty(&self) -> Option<&'static str> {
        None
    }

    /// Default number of discriminator steps per generator step.
    fn n_critic(&self) -> i64 {
        1
    }
}

registry! {
    /// All objectives.
    pub static OBJECTIVES: dyn Objective = "objective" [
        non_saturating::NonSaturating,
        minimax::Minimax,
        least_squares::LeastSquares,
        hinge::Hinge,
        wasserstein::Wasserstein,
        relativistic::Relativistic,
        softplus_ipm::SoftplusIpm,
    ];
}

// The example in CONTRIBUTING.md.
#[cfg(test)]
#[path = "../../tests/examples/total_variation.rs"]
mod example;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Registry;

    #[test]
    fn the_example_is_an_objective() {
        let members: &[&dyn Objective] = &[&hinge::Hinge::USUAL, &example::TotalVariation::USUAL];
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

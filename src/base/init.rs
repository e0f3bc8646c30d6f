//! Initial weights, drawn from the run's random stream.

use serde::{Deserialize, Serialize};

use super::param::{ParamSpec, Role};
use super::random::{Philox, Stream};

/// Initialisation scheme of a network's weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InitScheme {
    /// Weights N(0, 0.02), scales N(1, 0.02), the rest 0 (Radford et al., "Unsupervised Representation Learning with
    /// Deep Convolutional Generative Adversarial Networks", 2016).
    Dcgan,
    /// Weights and biases uniform in +-1/sqrt(fan_in), scales 1 (LeCun et al., "Efficient BackProp", 1998; as in
    /// `torch.nn.Linear`).
    FanIn,
}

impl InitScheme {
    /// Fills `out` with the initial values of one parameter, in its stored order.
    ///
    /// `index` is the parameter's index within the run, so that no two parameters share random numbers.
    pub fn fill(self, spec: &ParamSpec, random: &Philox, index: u64, out: &mut [f32]) {
        match (self, spec.role) {
            (InitScheme::Dcgan, Role::Weight) => normal(random, index, out, 0.0, 0.02),
            (InitScheme::Dcgan, Role::Scale) => normal(random, index, out, 1.0, 0.02),
            (InitScheme::FanIn, Role::Weight | Role::Bias) => {
                let bound = 1.0 / (spec.fan_in.max(1) as f32).sqrt();
                random.fill_uniform(Stream::Init, index, out);
                out.iter_mut().for_each(|x| *x = (2.0 * *x - 1.0) * bound);
            }
            (InitScheme::FanIn, Role::Scale) => out.fill(1.0),
            (_, Role::Bias | Role::Shift) => out.fill(0.0),
        }
    }
}

fn normal(random: &Philox, index: u64, out: &mut [f32], mean: f32, deviation: f32) {
    random.fill_normal(Stream::Init, index, out);
    out.iter_mut().for_each(|x| *x = mean + deviation * *x);
}

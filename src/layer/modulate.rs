//! Channels scaled and shifted by a function of the labels: after a batch norm, conditional batch normalisation (de
//! Vries et al., "Modulating early visual processing by language", 2017), else feature-wise linear modulation (Perez et
//! al., "FiLM: Visual Reasoning with a General Conditioning Layer", 2018).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::given::{everywhere, fitting};
use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// `x (1 + S y) + T y`, per channel, for labels `y`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modulate {
    /// Number of label values.
    pub labels: i64,
    /// Channels, or features of a vector.
    pub features: i64,
}

impl Forward for Modulate {
    fn parameters(&self) -> Vec<ParamSpec> {
        let matrix = |name| ParamSpec::new(name, &[self.features, self.labels], Role::Weight, self.labels);
        vec![matrix("scale.weight"), matrix("shift.weight")]
    }

    fn given(&self) -> Option<i64> {
        Some(self.labels)
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let labels = fitting(parts.given, [x.size()[0], self.labels])?;
        let of = |weight: &Tensor| everywhere(&labels.f_linear(weight, None::<&Tensor>)?, &x);
        let (scale, shift) = (of(&parts.parameters[0])?, of(&parts.parameters[1])?);
        Ok(x.f_mul(&scale.f_add_scalar(1.0)?)?.f_add(&shift)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sample_has_its_own_scale_and_shift() {
        let matrix = |values: &[f32]| Tensor::from_slice(values).view([1, 2]);
        let y = Tensor::from_slice(&[1f32, 0.0, 0.0, 1.0]).view([2, 2]);
        let parameters = [matrix(&[1.0, -1.0]), matrix(&[10.0, 20.0])];
        let parts = Parts { parameters: &parameters, given: Some(&y), ..Parts::default() };
        let x = Tensor::from_slice(&[3f32, 4.0, 5.0, 6.0]).view([2, 1, 1, 2]);
        let made = Modulate { labels: 2, features: 1 }.forward(x, &parts).unwrap();
        assert!(made.reshape([-1]).equal(&Tensor::from_slice(&[16f32, 18.0, 20.0, 20.0])));
    }
}

//! A learnt vector of the labels concatenated to a network's input (Mirza and Osindero, "Conditional Generative
//! Adversarial Nets", 2014, who embed labels in a separate layer).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::given::{fitting, join, joined};
use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Appends `W y`: to rows as columns, to images as constant channels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    /// Number of label values.
    pub labels: i64,
    /// Length of the vector.
    pub features: i64,
}

impl Forward for Embedding {
    fn parameters(&self) -> Vec<ParamSpec> {
        vec![ParamSpec::new("weight", &[self.features, self.labels], Role::Weight, self.labels)]
    }

    fn given(&self) -> Option<i64> {
        Some(self.labels)
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        joined(input, self.features)
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let labels = fitting(parts.given, [x.size()[0], self.labels])?;
        join(&x, &labels.f_linear(&parts.parameters[0], None::<&Tensor>)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_gets_the_vector_of_its_sample() {
        let weight = Tensor::from_slice(&[1f32, 2.0, 3.0, 4.0]).view([2, 2]);
        let y = Tensor::from_slice(&[1f32, 0.0, 0.0, 1.0]).view([2, 2]);
        let parts = Parts { parameters: &[weight], given: Some(&y), ..Parts::default() };
        let layer = Embedding { labels: 2, features: 2 };
        let x = Tensor::zeros([2, 1, 1, 2], tch::kind::FLOAT_CPU);
        let made = layer.forward(x, &parts).unwrap();
        assert_eq!(made.size()[1..], layer.output(&[1, 1, 2]));
        let expected = Tensor::from_slice(&[0f32, 0.0, 1.0, 1.0, 3.0, 3.0, 0.0, 0.0, 2.0, 2.0, 4.0, 4.0]);
        assert!(made.reshape([-1]).equal(&expected));
    }
}

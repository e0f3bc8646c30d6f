//! Compatibility of a sample and its labels (Miyato and Koyama, "cGANs with Projection Discriminator", 2018): the dot
//! product of its features and a learnt vector of the labels.
//!
//! The paper's discriminator adds it to a linear layer's score of the features; this sum is a [`super::Residual`], so
//! that each of the two matrices can have its own spectral norm.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::given::fitting;
use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// `x . V y`: maps features `[inputs]` to `[1]`, for labels `y`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Projection {
    /// Features of the input.
    pub inputs: i64,
    /// Number of label values.
    pub labels: i64,
}

impl Forward for Projection {
    fn parameters(&self) -> Vec<ParamSpec> {
        vec![ParamSpec::new("weight", &[self.inputs, self.labels], Role::Weight, self.labels)]
    }

    fn given(&self) -> Option<i64> {
        Some(self.labels)
    }

    fn output(&self, _: &[i64]) -> Vec<i64> {
        vec![1]
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let labels = fitting(parts.given, [x.size()[0], self.labels])?;
        let wanted = labels.f_linear(&parts.parameters[0], None::<&Tensor>)?;
        Ok(x.f_mul(&wanted)?.f_sum_dim_intlist([1i64].as_slice(), true, None::<Kind>)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_multiplied_by_the_vector_of_the_label() {
        let weight = Tensor::from_slice(&[1f32, 2.0, 3.0, 4.0]).view([2, 2]);
        let y = Tensor::from_slice(&[1f32, 0.0, 0.0, 1.0]).view([2, 2]);
        let parts = Parts { parameters: &[weight], given: Some(&y), ..Parts::default() };
        let x = Tensor::from_slice(&[1f32, 10.0, 1.0, 10.0]).view([2, 2]);
        let made = Projection { inputs: 2, labels: 2 }.forward(x, &parts).unwrap();
        assert!(made.equal(&Tensor::from_slice(&[31f32, 42.0]).view([2, 1])));
    }
}

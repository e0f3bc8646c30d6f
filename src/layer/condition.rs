//! Labels joined to what a network works on (Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::base::shape::tuple;
use crate::error::{Error, Result};

/// Appends the labels: to a row as they are, to a picture as channels of one value each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Values of a label.
    pub labels: i64,
}

impl Forward for Condition {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        let mut shape = input.to_vec();
        if let Some(features) = shape.first_mut() {
            *features += self.labels;
        }
        shape
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let size = x.size();
        let fits = |labels: &&Tensor| labels.size() == [size[0], self.labels];
        let Some(labels) = parts.labels.filter(fits) else {
            return Err(Error::Shape {
                name: "y".into(),
                expected: format!("labels {}", tuple(&[size[0], self.labels])),
                got: parts.labels.map_or("none".into(), |labels| tuple(&labels.size())),
            });
        };
        let mut wide = vec![size[0], self.labels];
        wide.resize(size.len(), 1);
        let labels = labels.f_view(&wide[..])?;
        wide[2..].copy_from_slice(&size[2..]);
        Ok(Tensor::f_cat(&[&x, &labels.f_expand(&wide[..], false)?], 1)?)
    }
}

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

impl Condition {
    /// The labels, if they are those of `count` samples.
    ///
    /// # Errors
    /// [`Error::Shape`] if they are missing or of another shape.
    pub fn fitting<'a>(&self, count: i64, labels: Option<&'a Tensor>) -> Result<&'a Tensor> {
        labels.filter(|labels| labels.size() == [count, self.labels]).ok_or_else(|| Error::Shape {
            name: "y".into(),
            expected: format!("labels {}", tuple(&[count, self.labels])),
            got: labels.map_or("none".into(), |labels| tuple(&labels.size())),
        })
    }
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
        let labels = self.fitting(size[0], parts.labels)?;
        let mut wide = vec![size[0], self.labels];
        wide.resize(size.len(), 1);
        let labels = labels.f_view(&wide[..])?;
        wide[2..].copy_from_slice(&size[2..]);
        Ok(Tensor::f_cat(&[&x, &labels.f_expand(&wide[..], false)?], 1)?)
    }
}

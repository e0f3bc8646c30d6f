//! Labels concatenated to a network's input or features (Mirza and Osindero, "Conditional Generative Adversarial Nets",
//! 2014).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::given::{fitting, join, joined};
use super::{Forward, Parts};
use crate::error::Result;

/// Appends the labels: to rows as columns, to images as constant channels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Number of label values.
    pub labels: i64,
}

impl Forward for Condition {
    fn given(&self) -> Option<i64> {
        Some(self.labels)
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        joined(input, self.labels)
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        join(&x, fitting(parts.given, [x.size()[0], self.labels])?)
    }
}

//! Learnt vectors of places, added to those of the tokens (Radford et al., "Language Models are Unsupervised Multitask
//! Learners", 2019).

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::given::fitting;
use super::{Forward, Parts};
use crate::base::axes::channels_first;
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Adds a vector to each place of a sequence, `[features, places]`. Places are counted from the start of their document.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Positions {
    /// Number of places.
    pub places: i64,
    /// Length of a vector.
    pub features: i64,
}

impl Forward for Positions {
    fn parameters(&self) -> Vec<ParamSpec> {
        vec![ParamSpec::new("weight", &[self.places, self.features], Role::Weight, self.features)]
    }

    fn given(&self) -> Option<i64> {
        Some(self.places)
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let starts = fitting(parts.given, [x.size()[0], self.places])?;
        let places = Tensor::f_arange(self.places, (Kind::Float, x.device()))?.f_sub(starts)?;
        let vectors = Tensor::f_embedding(&parts.parameters[0], &places.f_to_kind(Kind::Int64)?, -1, false, false)?;
        Ok(x.f_add(&channels_first(&vectors)?)?)
    }
}

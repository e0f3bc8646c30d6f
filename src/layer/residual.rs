//! A block that adds to its input (He et al., "Deep Residual Learning for Image Recognition", 2016).
//!
//! What is added is scaled by one learnt number that starts at 0, so that deep networks train without normalisation
//! (Bachlechner et al., "ReZero is All You Need", 2021; De and Smith, "Batch Normalization Biases Residual Blocks", 2020).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::chain::{collect, output, run, Named};
use super::{Forward, Layer, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// `shortcut(x) + scale body(x)`; both must make the same shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// What is added.
    pub body: Vec<Named>,
    /// What it is added to; the input itself where empty.
    pub shortcut: Vec<Named>,
}

impl Residual {
    fn collect(&self, of: impl Fn(&Layer) -> Vec<ParamSpec>) -> Vec<ParamSpec> {
        let mut specs = collect(&self.body, &of);
        specs.extend(collect(&self.shortcut, &of));
        specs
    }
}

impl Forward for Residual {
    fn parameters(&self) -> Vec<ParamSpec> {
        let mut specs = vec![ParamSpec::new("scale", &[1], Role::Shift, 1)];
        specs.extend(self.collect(|layer| layer.parameters()));
        specs
    }

    fn buffers(&self) -> Vec<ParamSpec> {
        self.collect(|layer| layer.buffers())
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        output(&self.body, input)
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let (scale, rest) = parts.parameters.split_at(1);
        let (body, shortcut) = rest.split_at(collect(&self.body, |layer| layer.parameters()).len());
        let buffers = parts.buffers.split_at(collect(&self.body, |layer| layer.buffers()).len());
        // An activation works in place, and must not change what the shortcut reads.
        let in_place = matches!(self.body.first(), Some(Named { layer: Layer::Activation(_), .. }));
        let input = if in_place { x.f_mul_scalar(1.0)? } else { x.shallow_clone() };
        let added = run(&self.body, input, &Parts { parameters: body, buffers: buffers.0, ..*parts })?;
        let kept = run(&self.shortcut, x, &Parts { parameters: shortcut, buffers: buffers.1, ..*parts })?;
        Ok(kept.f_add(&added.f_mul(&scale[0])?)?)
    }
}

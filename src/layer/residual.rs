//! Residual block (He et al., "Deep Residual Learning for Image Recognition", 2016).
//!
//! The body can be scaled by a learnt scalar that starts at 0, so that deep networks train without normalisation
//! (Bachlechner et al., "ReZero is All You Need", 2021; De and Smith, "Batch Normalization Biases Residual Blocks",
//! 2020).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::chain::{collect, given, noise, output, run, Named};
use super::{Forward, Layer, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// `shortcut(x) + scale body(x)`, or without the scale; both branches must have the same output shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// Residual branch.
    pub body: Vec<Named>,
    /// Shortcut branch; empty for the identity.
    pub shortcut: Vec<Named>,
    /// True if the residual branch has a learnt scale.
    pub scaled: bool,
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
        let scale = self.scaled.then(|| ParamSpec::new("scale", &[1], Role::Shift, 1));
        let mut specs: Vec<ParamSpec> = scale.into_iter().collect();
        specs.extend(self.collect(|layer| layer.parameters()));
        specs
    }

    fn buffers(&self) -> Vec<ParamSpec> {
        self.collect(|layer| layer.buffers())
    }

    fn given(&self) -> Option<i64> {
        given(&self.body).or_else(|| given(&self.shortcut))
    }

    fn noise(&self) -> Vec<Vec<i64>> {
        [noise(&self.body), noise(&self.shortcut)].concat()
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        output(&self.body, input)
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let (scale, rest) = parts.parameters.split_at(usize::from(self.scaled));
        let parameters = rest.split_at(collect(&self.body, |layer| layer.parameters()).len());
        let buffers = parts.buffers.split_at(collect(&self.body, |layer| layer.buffers()).len());
        let noise = parts.noise.split_at(noise(&self.body).len().min(parts.noise.len()));
        let body = Parts {
            parameters: parameters.0,
            buffers: buffers.0,
            noise: noise.0,
            ..*parts
        };
        let shortcut = Parts {
            parameters: parameters.1,
            buffers: buffers.1,
            noise: noise.1,
            ..*parts
        };
        // An activation works in place and must not change the input of the shortcut; a noise layer before it may
        // return the input itself.
        let first = self.body.iter().map(|named| &named.layer).find(|layer| !matches!(layer, Layer::Noise(_)));
        let input = match first {
            Some(Layer::Activation(_)) => x.f_mul_scalar(1.0)?,
            _ => x.shallow_clone(),
        };
        let added = run(&self.body, input, &body)?;
        let kept = run(&self.shortcut, x, &shortcut)?;
        Ok(match scale {
            [scale] => kept.f_add(&added.f_mul(scale)?)?,
            _ => kept.f_add(&added)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Activation, Condition, Function, Noise};

    // x below 0, 2 x above, without noise and scale.
    fn block(scaled: bool) -> Residual {
        let (shape, function) = (vec![2], Function::Relu);
        let noise = Noise { shape, deviation: 1.0 };
        let body = vec![Named::new("noise", noise), Named::new("act", Activation { function })];
        Residual { body, shortcut: vec![], scaled }
    }

    #[test]
    fn a_body_without_a_scale_is_added_as_it_is() {
        let x = || Tensor::from_slice(&[-1f32, 3.0]).view([1, 2]);
        let y = block(false).forward(x(), &Parts::default()).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[-1f32, 6.0]).view([1, 2])));
        let half = [Tensor::from_slice(&[0.5f32])];
        let y = block(true).forward(x(), &Parts { parameters: &half, ..Parts::default() }).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[-1f32, 4.5]).view([1, 2])));
    }

    #[test]
    fn labels_and_noise_reach_the_layers_within() {
        let both = Residual { shortcut: block(false).body, ..block(false) };
        let [first, second] = [[2f32, 0.0], [0.0, -3.0]].map(|noise| Tensor::from_slice(&noise).view([1, 2]));
        let parts = Parts { noise: &[first, second], training: true, ..Parts::default() };
        let y = both.forward(Tensor::from_slice(&[-1f32, 3.0]).view([1, 2]), &parts).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[1f32, 3.0]).view([1, 2])));
        assert_eq!((both.given(), both.noise()), (None, vec![vec![2]; 2]));
        let conditioned = Residual {
            body: vec![Named::new("labels", Condition { labels: 3 })],
            ..both
        };
        assert_eq!(conditioned.given(), Some(3));
    }
}

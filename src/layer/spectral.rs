//! Spectral normalisation (Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018): a layer
//! whose weight is divided by its largest singular value, which bounds its Lipschitz constant by 1.
//!
//! The singular value is estimated by one power iteration per step, starting from the vectors of the previous step,
//! which are stored in checkpoints. As in the paper, a kernel is treated as the matrix `[out, in height width]`.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Forward, Layer, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Avoids division by zero in normalised vectors.
pub const EPS: f64 = 1e-12;

/// A layer whose first parameter is a weight with the output as its first axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spectral {
    /// The wrapped layer.
    pub inner: Box<Layer>,
}

impl Spectral {
    /// Wraps `layer`.
    pub fn new(layer: impl Into<Layer>) -> Self {
        Spectral { inner: Box::new(layer.into()) }
    }
}

impl Forward for Spectral {
    fn parameters(&self) -> Vec<ParamSpec> {
        self.inner.parameters()
    }

    fn buffers(&self) -> Vec<ParamSpec> {
        let mut specs = self.inner.buffers();
        if let Some(weight) = self.inner.parameters().first() {
            let outputs = weight.shape.first().copied().unwrap_or(1);
            specs.push(ParamSpec::new("left", &[outputs], Role::Scale, 1));
            specs.push(ParamSpec::new("right", &[weight.len() / outputs.max(1)], Role::Scale, 1));
        }
        specs
    }

    fn given(&self) -> Option<i64> {
        self.inner.given()
    }

    fn noise(&self) -> Vec<Vec<i64>> {
        self.inner.noise()
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        self.inner.output(input)
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let (own, vectors) = parts.buffers.split_at(self.inner.buffers().len());
        let ([weight, ..], [left, right]) = (parts.parameters, vectors) else {
            return self.inner.forward(x, parts);
        };
        let matrix = weight.f_reshape([weight.size()[0], -1])?;
        let (u, v) = match parts.training {
            true => tch::no_grad(|| iterated(&matrix, left, right))?,
            false => (left.shallow_clone(), right.shallow_clone()),
        };
        let largest = u.f_dot(&matrix.f_mv(&v)?)?;
        let mut parameters: Vec<Tensor> = parts.parameters.iter().map(Tensor::shallow_clone).collect();
        parameters[0] = weight.f_div(&largest)?;
        self.inner.forward(x, &Parts { parameters: &parameters, buffers: own, ..*parts })
    }
}

// Updates both vectors by one power iteration; returns copies, because autograd keeps references.
fn iterated(matrix: &Tensor, left: &Tensor, right: &Tensor) -> Result<(Tensor, Tensor)> {
    let u = unit(&matrix.f_mv(right)?)?;
    let v = unit(&matrix.f_transpose(0, 1)?.f_mv(&u)?)?;
    // Hidden from autograd, which would count it as a change of all running statistics of the network: they share one
    // buffer.
    left.f_data()?.f_copy_(&u)?;
    right.f_data()?.f_copy_(&v)?;
    Ok((u, v))
}

fn unit(vector: &Tensor) -> Result<Tensor> {
    let length = vector.f_square()?.f_sum(Kind::Float)?.f_sqrt()?.f_clamp_min(EPS)?;
    Ok(vector.f_div(&length)?)
}

//! A network's description: named layers, one after the other.
//!
//! It is what architectures build, checkpoints store, and executors run.

use serde::{Deserialize, Serialize};

use tch::Tensor;

use super::{Layer, Parts};
use crate::base::{InitScheme, ParamSpec};
use crate::error::Result;

/// A layer and its name within the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Named {
    /// Prefix of its parameters' names: `block1.conv`.
    pub name: String,
    /// The layer.
    #[serde(flatten)]
    pub layer: Layer,
}

/// Layers from the input on. Shapes leave out the batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// Shape of the input.
    pub input: Vec<i64>,
    /// How the weights start.
    pub init: InitScheme,
    /// The layers.
    pub layers: Vec<Named>,
}

impl Chain {
    /// A chain without layers: the identity.
    pub fn new(input: &[i64], init: InitScheme) -> Self {
        Chain { input: input.into(), init, layers: Vec::new() }
    }

    /// Appends a layer.
    pub fn push(&mut self, name: impl Into<String>, layer: impl Into<Layer>) -> &mut Self {
        self.layers.push(Named { name: name.into(), layer: layer.into() });
        self
    }

    /// Shape of the output.
    pub fn output(&self) -> Vec<i64> {
        output(&self.layers, &self.input)
    }

    /// All parameters, with full names.
    pub fn parameters(&self) -> Vec<ParamSpec> {
        collect(&self.layers, |layer| layer.parameters())
    }

    /// TEMP
    pub fn noise(&self) -> Vec<Vec<i64>> {
        Vec::new()
    }

    /// All running statistics, with full names.
    pub fn buffers(&self) -> Vec<ParamSpec> {
        collect(&self.layers, |layer| layer.buffers())
    }
}

/// Shape of what layers make of an input of this shape.
pub fn output(layers: &[Named], input: &[i64]) -> Vec<i64> {
    layers.iter().fold(input.into(), |shape, named| named.layer.output(&shape))
}

/// What layers declare, with the layers' names before their own.
pub fn collect(layers: &[Named], of: impl Fn(&Layer) -> Vec<ParamSpec>) -> Vec<ParamSpec> {
    let mut specs = Vec::new();
    for named in layers {
        specs.extend(of(&named.layer).into_iter().map(|mut spec| {
            spec.name = format!("{}.{}", named.name, spec.name);
            spec
        }));
    }
    specs
}

/// Layers applied one after the other, each with its own share of the parts.
pub fn run(layers: &[Named], mut x: Tensor, parts: &Parts) -> Result<Tensor> {
    let (mut parameters, mut buffers) = (parts.parameters, parts.buffers);
    for named in layers {
        let (own, rest) = parameters.split_at(named.layer.parameters().len());
        let (own_buffers, rest_buffers) = buffers.split_at(named.layer.buffers().len());
        x = named.layer.forward(x, &Parts { parameters: own, buffers: own_buffers, ..*parts })?;
        (parameters, buffers) = (rest, rest_buffers);
    }
    Ok(x)
}

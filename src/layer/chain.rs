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

impl Named {
    /// A layer under this name.
    pub fn new(name: impl Into<String>, layer: impl Into<Layer>) -> Self {
        Named { name: name.into(), layer: layer.into() }
    }
}

impl Chain {
    /// A chain without layers: the identity.
    pub fn new(input: &[i64], init: InitScheme) -> Self {
        Chain { input: input.into(), init, layers: Vec::new() }
    }

    /// Appends a layer.
    pub fn push(&mut self, name: impl Into<String>, layer: impl Into<Layer>) -> &mut Self {
        self.layers.push(Named::new(name, layer));
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

    /// All running statistics, with full names.
    pub fn buffers(&self) -> Vec<ParamSpec> {
        collect(&self.layers, |layer| layer.buffers())
    }

    /// Values of the label that it wants with each sample, if it wants one.
    pub fn labels(&self) -> Option<i64> {
        labels(&self.layers)
    }

    /// Shapes, for one sample, of the standard normal numbers that it can be given in training.
    pub fn noise(&self) -> Vec<Vec<i64>> {
        noise(&self.layers)
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

/// Values of the label that layers want; those that want one want the same.
pub fn labels(layers: &[Named]) -> Option<i64> {
    layers.iter().find_map(|named| named.layer.labels())
}

/// Shapes of the random numbers that layers can be given.
pub fn noise(layers: &[Named]) -> Vec<Vec<i64>> {
    layers.iter().flat_map(|named| named.layer.noise()).collect()
}

/// Layers applied one after the other, each with its own share of the parts.
pub fn run(layers: &[Named], mut x: Tensor, parts: &Parts) -> Result<Tensor> {
    let (mut parameters, mut buffers, mut noise) = (parts.parameters, parts.buffers, parts.noise);
    for named in layers {
        let (own, rest) = parameters.split_at(named.layer.parameters().len());
        let (own_buffers, rest_buffers) = buffers.split_at(named.layer.buffers().len());
        // None for all where there is none.
        let (own_noise, rest_noise) = noise.split_at(named.layer.noise().len().min(noise.len()));
        let own = Parts {
            parameters: own,
            buffers: own_buffers,
            noise: own_noise,
            ..*parts
        };
        x = named.layer.forward(x, &own)?;
        (parameters, buffers, noise) = (rest, rest_buffers, rest_noise);
    }
    Ok(x)
}

//! Description of a network: a sequence of named layers.
//!
//! Built by architectures, stored in checkpoints, and run by executors.

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

/// Layers in order. Shapes exclude the batch axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// Shape of the input.
    pub input: Vec<i64>,
    /// Initialisation scheme.
    pub init: InitScheme,
    /// The layers.
    pub layers: Vec<Named>,
}

impl Named {
    /// Creates a named layer.
    pub fn new(name: impl Into<String>, layer: impl Into<Layer>) -> Self {
        Named { name: name.into(), layer: layer.into() }
    }
}

impl Chain {
    /// Creates a chain without layers: the identity.
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

    /// Number of values per sample that the network requires beside its input, if any.
    pub fn given(&self) -> Option<i64> {
        given(&self.layers)
    }

    /// Shapes, per sample, of the standard normal noise that the network accepts in training.
    pub fn noise(&self) -> Vec<Vec<i64>> {
        noise(&self.layers)
    }
}

/// Shape of the output of `layers` for an input of this shape.
pub fn output(layers: &[Named], input: &[i64]) -> Vec<i64> {
    layers.iter().fold(input.into(), |shape, named| named.layer.output(&shape))
}

/// Parameters or buffers of all layers, prefixed with the layers' names.
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

/// Number of values per sample that the layers require beside their input; equal for all of them.
pub fn given(layers: &[Named]) -> Option<i64> {
    layers.iter().find_map(|named| named.layer.given())
}

/// Shapes of the noise that the layers accept.
pub fn noise(layers: &[Named]) -> Vec<Vec<i64>> {
    layers.iter().flat_map(|named| named.layer.noise()).collect()
}

/// Applies layers in sequence, each with its own slice of the parts.
pub fn run(layers: &[Named], mut x: Tensor, parts: &Parts) -> Result<Tensor> {
    let (mut parameters, mut buffers, mut noise) = (parts.parameters, parts.buffers, parts.noise);
    for named in layers {
        let (own, rest) = parameters.split_at(named.layer.parameters().len());
        let (own_buffers, rest_buffers) = buffers.split_at(named.layer.buffers().len());
        // Without noise, the slices are empty.
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

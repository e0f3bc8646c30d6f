//! A network's description: named layers, one after the other.
//!
//! It is what architectures build, checkpoints store, and executors run.

use serde::{Deserialize, Serialize};

use super::Layer;
use crate::base::{InitScheme, ParamSpec};

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
        let shape = self.input.clone();
        self.layers.iter().fold(shape, |shape, named| named.layer.output(&shape))
    }

    /// All parameters, with full names.
    pub fn parameters(&self) -> Vec<ParamSpec> {
        self.collect(|layer| layer.parameters())
    }

    /// All running statistics, with full names.
    pub fn buffers(&self) -> Vec<ParamSpec> {
        self.collect(|layer| layer.buffers())
    }

    fn collect(&self, of: impl Fn(&Layer) -> Vec<ParamSpec>) -> Vec<ParamSpec> {
        let mut specs = Vec::new();
        for named in &self.layers {
            specs.extend(of(&named.layer).into_iter().map(|mut spec| {
                spec.name = format!("{}.{}", named.name, spec.name);
                spec
            }));
        }
        specs
    }
}

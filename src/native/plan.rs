//! From a network's description to what is done in which order.

use super::permute::Permute;
use super::Op;
use crate::base::ParamSpec;
use crate::layer::{Activation, Chain, Layer};

/// One thing to do.
pub struct Node {
    /// What.
    pub op: Box<dyn Op>,
    /// What is then done to each value.
    pub activation: Option<Activation>,
    /// Where its parameters lie in the network's flat buffer.
    pub weights: std::ops::Range<usize>,
    /// Where its running statistics lie in the network's flat buffer of them.
    pub buffers: std::ops::Range<usize>,
    /// Values of a sample before it.
    pub inputs: usize,
    /// Values of a sample after it.
    pub outputs: usize,
}

/// What is done, in its order.
pub struct Plan {
    /// The first reads the network's input, each other what the one before it made.
    pub nodes: Vec<Node>,
    /// Shape of a sample of the input, as the network's description has it.
    pub input: Vec<i64>,
    /// Shape of a sample of the output.
    pub output: Vec<i64>,
    /// Values of a label, 0 without labels.
    pub labels: usize,
}

impl Plan {
    /// The plan for a description.
    ///
    /// # Errors
    /// The name of the first layer that this executor does not have.
    pub fn new(chain: &Chain) -> Result<Plan, String> {
        let mut plan = Plan {
            nodes: Vec::new(),
            input: chain.input.clone(),
            output: chain.output(),
            labels: 0,
        };
        let (mut shape, mut first, mut first_buffer) = (chain.input.clone(), 0, 0);
        for named in &chain.layers {
            let after = named.layer.output(&shape);
            let weights = first..first + values(&named.layer.parameters());
            let buffers = first_buffer..first_buffer + values(&named.layer.buffers());
            (first, first_buffer) = (weights.end, buffers.end);
            if let Layer::Condition(condition) = &named.layer {
                plan.labels = condition.labels as usize;
            }
            let open = plan.nodes.last_mut().filter(|node| node.activation.is_none());
            match (&named.layer, open) {
                (Layer::Activation(activation), Some(node)) if activation.works_in_place() => {
                    node.activation = Some(*activation);
                }
                (layer, _) if nothing(layer, &shape, &after) => {}
                (layer, _) => {
                    let op = op(layer, &shape).ok_or_else(|| named.name.clone())?;
                    let (inputs, outputs) = (size(&shape), size(&after));
                    plan.nodes.push(Node { op, activation: None, weights, buffers, inputs, outputs });
                }
            }
            shape = after;
        }
        match plan.nodes.is_empty() {
            true => Err("no layer".into()),
            false => Ok(plan),
        }
    }

    /// Values of a sample at the widest place.
    pub fn widest(&self) -> usize {
        self.nodes.iter().map(|node| node.inputs.max(node.outputs)).max().unwrap_or(0)
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.nodes.iter().map(|node| node.weights.end).max().unwrap_or(0)
    }
}

// Whether the values lie the same before and after.
fn nothing(layer: &Layer, before: &[i64], after: &[i64]) -> bool {
    let picture = if matches!(layer, Layer::Flatten(_)) { before } else { after };
    matches!(layer, Layer::Flatten(_) | Layer::Unflatten(_)) && (picture.len() < 3 || one(picture))
}

fn values(specs: &[ParamSpec]) -> usize {
    specs.iter().map(|spec| spec.len() as usize).sum()
}

fn size(shape: &[i64]) -> usize {
    shape.iter().product::<i64>() as usize
}

fn one(picture: &[i64]) -> bool {
    picture[0] == 1 || picture[1..].iter().product::<i64>() == 1
}

fn op(layer: &Layer, shape: &[i64]) -> Option<Box<dyn Op>> {
    let permute = |picture: &[i64], to_picture| {
        let (channels, pixels) = (picture[0] as usize, picture[1..].iter().product::<i64>() as usize);
        Box::new(Permute { channels, pixels, to_picture })
    };
    Some(match layer {
        Layer::Linear(linear) => Box::new(*linear),
        Layer::Condition(condition) if shape.len() == 1 => Box::new(*condition),
        Layer::Centre(centre) if shape.len() < 3 || one(shape) => Box::new(centre.clone()),
        Layer::Flatten(_) => permute(shape, false),
        Layer::Unflatten(unflatten) => permute(&unflatten.shape, true),
        _ => return None,
    })
}

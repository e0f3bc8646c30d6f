//! From a network's description to what is done in which order, and doing it.

use std::ops::Range;

use super::op::op;
use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::base::{trace, ParamSpec};
use crate::layer::chain::{output, Named};
use crate::layer::{Activation, Chain, Layer};

/// One thing to do.
pub struct Node {
    /// What the layer is called, and the values of a sample before and after it.
    pub name: String,
    /// What.
    pub op: Box<dyn Op>,
    /// What is then done to each value.
    pub activation: Option<Activation>,
    /// Where its parameters lie in the network's flat buffer.
    pub weights: Range<usize>,
    /// Where its running statistics lie in the network's flat buffer of them.
    pub buffers: Range<usize>,
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
}

impl Plan {
    /// The plan for a description.
    ///
    /// # Errors
    /// The name of the first layer that this executor does not have.
    pub fn new(chain: &Chain) -> Result<Plan, String> {
        Plan::of(&chain.layers, &chain.input)
    }

    /// The plan for some layers of one.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn of(layers: &[Named], input: &[i64]) -> Result<Plan, String> {
        let mut nodes: Vec<Node> = Vec::new();
        let (mut shape, mut first, mut first_buffer) = (input.to_vec(), 0, 0);
        for named in layers {
            let after = named.layer.output(&shape);
            let weights = first..first + values(&named.layer.parameters());
            let buffers = first_buffer..first_buffer + values(&named.layer.buffers());
            (first, first_buffer) = (weights.end, buffers.end);
            let open = nodes.last_mut().filter(|node| node.activation.is_none());
            match (&named.layer, open) {
                (Layer::Activation(activation), Some(node)) if activation.works_in_place() => {
                    node.activation = Some(*activation);
                }
                (layer, _) if nothing(layer, &shape, &after) => {}
                (layer, _) => {
                    let join = |inner: String| match inner.is_empty() {
                        true => named.name.clone(),
                        false => format!("{}.{inner}", named.name),
                    };
                    let op = op(layer, &shape).map_err(join)?;
                    let (inputs, outputs) = (size(&shape), size(&after));
                    let name = format!("{} ({inputs} to {outputs})", named.name);
                    nodes.push(Node {
                        name,
                        op,
                        activation: None,
                        weights,
                        buffers,
                        inputs,
                        outputs,
                    });
                }
            }
            shape = after;
        }
        match nodes.is_empty() {
            true => Err("no layer".into()),
            false => Ok(Plan { nodes, input: input.into(), output: output(layers, input) }),
        }
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.nodes.iter().map(|node| node.weights.end).max().unwrap_or(0)
    }

    /// Number of running statistics.
    pub fn buffers(&self) -> usize {
        self.nodes.iter().map(|node| node.buffers.end).max().unwrap_or(0)
    }

    /// Values that the way forward keeps for the way back: what each node keeps and what it made, the last one's left out.
    pub fn kept(&self, count: usize) -> usize {
        let own: usize = self.nodes.iter().map(|node| node.op.kept(count)).sum();
        let made = self.nodes.iter().map(|node| node.outputs);
        own + count * made.take(self.nodes.len() - 1).sum::<usize>()
    }

    /// Values that either way works in.
    pub fn scratch(&self, count: usize, threads: usize) -> usize {
        let ops = self.nodes.iter().map(|node| node.op.scratch(count, threads));
        2 * count * self.widest() + ops.max().unwrap_or(0)
    }

    fn widest(&self) -> usize {
        self.nodes.iter().map(|node| node.inputs.max(node.outputs)).max().unwrap_or(0)
    }

    // For the gradient of what a node made and of what it was made from, and for the nodes.
    fn places<'a>(&self, work: &Work<'a>) -> ([Shares<'a>; 2], Shares<'a>) {
        let size = work.count * self.widest();
        let halves = [0..size, size..2 * size].map(|half| work.scratch.narrow(half));
        (halves, work.scratch.narrow(2 * size..work.scratch.len()))
    }

    /// The way through; `y` is whole when all threads are back.
    pub fn forward(&self, work: &Work, x: &[f32], y: &Shares) {
        let (_, scratch) = self.places(work);
        let mut first = 0;
        let mut take = |len: usize| {
            first += len;
            work.kept.narrow(first - len..first)
        };
        let mut x = x;
        for (i, node) in self.nodes.iter().enumerate() {
            let _span = trace::span(&node.name);
            let kept = take(node.op.kept(work.count));
            let last = i + 1 == self.nodes.len();
            let made = if last { y.narrow(0..y.len()) } else { take(work.count * node.outputs) };
            let work = Work {
                weights: &work.weights[node.weights.clone()],
                buffers: &work.buffers.narrow(node.buffers.clone()),
                kept: &kept,
                scratch: &scratch,
                ..*work
            };
            node.op.forward(&work, x, &made, node.activation.as_ref());
            if !last {
                work.member.wait();
                // SAFETY: all threads have written their part, and write to it no more.
                x = unsafe { made.whole() };
            }
        }
    }

    /// The way back from where `x` had become `y`; what is found is whole when all threads are back.
    pub fn backward(&self, work: &Work, (x, y): (&[f32], &[f32]), slopes: &Slopes) {
        let (halves, scratch) = self.places(work);
        let (mut end, mut made) = (self.kept(work.count), y);
        // Nobody asks for the gradients of nodes before it, and of its input.
        let first = match slopes.x {
            Some(_) => 0,
            None => self.nodes.iter().position(|node| !node.weights.is_empty()).unwrap_or(self.nodes.len()),
        };
        for (i, node) in self.nodes.iter().enumerate().skip(first).rev() {
            let _span = trace::span(&node.name);
            let last = i + 1 == self.nodes.len();
            let (here, before) = (&halves[i % 2], &halves[(i + 1) % 2]);
            let size = work.count * node.outputs;
            if let Some(activation) = &node.activation {
                let own = work.member.share(size);
                // SAFETY: threads' shares do not overlap.
                let dy = unsafe { here.part(own.clone()) };
                if last {
                    dy.copy_from_slice(&slopes.y[own.clone()]);
                }
                activation.scale(&made[own], dy);
                work.member.wait();
            }
            let kept = node.op.kept(work.count);
            let kept = work.kept.narrow(end - kept..end);
            end -= kept.len();
            if i > 0 {
                let inputs = work.count * node.inputs;
                // SAFETY: what the way forward has kept; nobody writes to it.
                made = unsafe { work.kept.narrow(end - inputs..end).whole() };
                end -= inputs;
            }
            let dx = before.narrow(0..work.count * node.inputs);
            let weights = slopes.weights.map(|(all, add)| (all.narrow(node.weights.clone()), add));
            let inner = Slopes {
                y: match last && node.activation.is_none() {
                    true => slopes.y,
                    // SAFETY: all threads have written their part, and write to it no more until the next barrier.
                    false => unsafe { here.narrow(0..size).whole() },
                },
                x: if i > first { Some(&dx) } else { slopes.x },
                weights: weights.as_ref().map(|(weights, add)| (weights, *add)),
            };
            let work = Work {
                weights: &work.weights[node.weights.clone()],
                buffers: &Shares::new(&mut []),
                kept: &kept,
                scratch: &scratch,
                ..*work
            };
            node.op.backward(&work, if i > 0 { made } else { x }, &inner);
            if i > first {
                work.member.wait();
            }
        }
    }
}

// Whether the values lie the same before and after.
fn nothing(layer: &Layer, before: &[i64], after: &[i64]) -> bool {
    let picture = if matches!(layer, Layer::Flatten(_)) { before } else { after };
    matches!(layer, Layer::Flatten(_) | Layer::Unflatten(_)) && (picture.len() < 2 || one(picture))
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

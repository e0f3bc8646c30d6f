//! Execution plan of a network: its operations in order, and both passes through them.

use std::ops::Range;

use super::op::op;
use super::{Op, Point, Slopes, Work};
use crate::base::slice::Shares;
use crate::base::{trace, ParamSpec};
use crate::layer::chain::{output, Named};
use crate::layer::{Activation, Chain, Layer};

/// One operation.
pub struct Node {
    /// Name of the layer and the sizes of a sample before and after it.
    pub name: String,
    /// Operation.
    pub op: Box<dyn Op>,
    /// Activation applied to the result, if any.
    pub activation: Option<Activation>,
    /// Range of its parameters in the network's flat buffer.
    pub weights: Range<usize>,
    /// Range of its running statistics in their flat buffer.
    pub buffers: Range<usize>,
    /// Range of its noise in the network's.
    pub noise: Range<usize>,
    /// Values per sample of the input.
    pub inputs: usize,
    /// Values per sample of the output.
    pub outputs: usize,
}

impl Node {
    // Multiplies the results, which other threads complete, by the derivative of the activation at the results `y`.
    fn slope(&self, work: &Work, y: &[f32], made: &Shares) {
        if let Some(activation) = &self.activation {
            work.worker.wait();
            let own = work.worker.share(made.len());
            // SAFETY: threads' shares do not overlap.
            activation.scale(&y[own.clone()], unsafe { made.part(own) });
        }
    }
}

/// The operations of a network.
pub struct Plan {
    /// Operations in order; the first reads the network's input, each other the output of its predecessor.
    pub nodes: Vec<Node>,
    /// Shape of an input sample in the network's description.
    pub input: Vec<i64>,
    /// Shape of an output sample.
    pub output: Vec<i64>,
}

impl Plan {
    /// Names of the convolutions that compute fewer products than their definition has, for `count` samples.
    pub fn fewer(&self, count: usize) -> Vec<String> {
        let inside = |node: &Node| {
            let layer = node.name.split(' ').next().unwrap_or_default().to_owned();
            let names = node.op.fewer(count).into_iter();
            names.map(move |name| if name.is_empty() { layer.clone() } else { format!("{layer}.{name}") })
        };
        self.nodes.iter().flat_map(inside).collect()
    }

    /// Name of the first layer that has no linearisation, see [`Op::bends`]; None if all have one.
    pub fn bends(&self) -> Option<String> {
        let bends = |node: &Node| node.op.bends() || node.activation.is_some_and(|activation| activation.bends());
        let layer = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
        self.nodes.iter().find(|node| bends(node)).map(|node| layer(&node.name))
    }

    /// Creates the plan of a network.
    ///
    /// # Errors
    /// Name of the first layer that is not supported.
    pub fn new(chain: &Chain) -> Result<Plan, String> {
        Plan::of(&chain.layers, &chain.input)
    }

    /// Creates the plan of a sequence of layers.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn of(layers: &[Named], input: &[i64]) -> Result<Plan, String> {
        let mut nodes: Vec<Node> = Vec::new();
        let (mut shape, mut first, mut first_buffer, mut first_noise) = (input.to_vec(), 0, 0, 0);
        for named in layers {
            let after = named.layer.output(&shape);
            let weights = first..first + values(&named.layer.parameters());
            let buffers = first_buffer..first_buffer + values(&named.layer.buffers());
            let noise = first_noise..first_noise + named.layer.noise().len();
            (first, first_buffer, first_noise) = (weights.end, buffers.end, noise.end);
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
                        noise,
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

    /// Number of layers' noises.
    pub fn noise(&self) -> usize {
        self.nodes.iter().map(|node| node.noise.end).max().unwrap_or(0)
    }

    /// Number of values kept from the forward pass: each node's own and its output, except the last node's output.
    pub fn kept(&self, count: usize) -> usize {
        let own: usize = self.nodes.iter().map(|node| node.op.kept(count)).sum();
        let made = self.nodes.iter().map(|node| node.outputs);
        own + count * made.take(self.nodes.len() - 1).sum::<usize>()
    }

    /// Number of values of [`Work::curves`].
    pub fn curves(&self, count: usize) -> usize {
        self.nodes.iter().map(|node| node.op.curves(count, node.inputs)).sum()
    }

    /// Number of working values of both passes.
    pub fn scratch(&self, count: usize, threads: usize) -> usize {
        let ops = self.nodes.iter().map(|node| node.op.scratch(count, threads));
        2 * count * self.widest() + ops.max().unwrap_or(0)
    }

    fn widest(&self) -> usize {
        self.nodes.iter().map(|node| node.inputs.max(node.outputs)).max().unwrap_or(0)
    }

    // Splits the scratch memory into the gradients of a node's output and input, and the nodes' own.
    fn places<'a>(&self, work: &Work<'a>) -> ([Shares<'a>; 2], Shares<'a>) {
        let size = work.count * self.widest();
        let halves = [0..size, size..2 * size].map(|half| work.scratch.narrow(half));
        (halves, work.scratch.narrow(2 * size..work.scratch.len()))
    }

    /// Forward pass; `y` is complete when all threads have returned. With [`Work::at`], of the linearisation.
    pub fn forward(&self, work: &Work, x: &[f32], y: &Shares) {
        let (_, scratch) = self.places(work);
        let mut first = 0;
        let mut take = |len: usize| {
            first += len;
            first - len..first
        };
        let (mut x, mut at) = (x, work.at);
        for (i, node) in self.nodes.iter().enumerate() {
            let _span = trace::span(&node.name);
            let last = i + 1 == self.nodes.len();
            let own = take(node.op.kept(work.room));
            let place = take(if last { 0 } else { work.room * node.outputs });
            let kept = work.kept.narrow(own.clone());
            let made = match last {
                true => y.narrow(0..work.count * node.outputs),
                false => work.kept.narrow(place.clone()).narrow(work.rows(node.outputs)),
            };
            let before = work.at.map(|at| at.kept.narrow(own));
            // SAFETY: kept by an earlier pass; nothing writes to it.
            let result = work.at.map(|at| if last { at.y } else { unsafe { at.kept.narrow(place).whole() } });
            let point = at.zip(before.as_ref()).zip(result).map(|((at, kept), y)| Point { x: at.x, y, kept });
            let work = Work {
                weights: &work.weights[node.weights.clone()],
                buffers: &work.buffers.narrow(node.buffers.clone()),
                noise: work.noise.get(node.noise.clone()).unwrap_or_default(),
                kept: &kept,
                scratch: &scratch,
                at: point,
                ..*work
            };
            match point {
                None => node.op.forward(&work, x, &made, node.activation.as_ref()),
                Some(point) => {
                    node.op.forward(&work, x, &made, None);
                    node.slope(&work, point.y, &made);
                }
            }
            if !last {
                work.worker.wait();
                // SAFETY: all threads have written their parts and write no more.
                x = unsafe { made.whole() };
                at = at.zip(result).map(|(at, x)| Point { x, ..at });
            }
        }
    }

    /// Rearranges parameters for faster forward passes, see [`Op::settle`].
    pub fn settle(&mut self, weights: &mut [f32]) {
        self.nodes.iter_mut().for_each(|node| node.op.settle(&mut weights[node.weights.clone()]));
    }

    /// Replaces what is kept of each sample, see [`Op::reorder`].
    pub fn reorder(&self, kept: &mut [f32], from: &[usize]) {
        let mut rest = kept;
        for node in &self.nodes {
            let (own, others) = rest.split_at_mut(node.op.kept(from.len()));
            node.op.reorder(own, from);
            // Outputs are not read by later places.
            let made = (from.len() * node.outputs).min(others.len());
            rest = &mut others[made..];
        }
    }

    /// Backward pass, for a forward pass from `x` to `y`; gradients are complete when all threads have returned. With
    /// [`Work::at`], of the linearisation.
    pub fn backward(&self, work: &Work, (x, y): (&[f32], &[f32]), slopes: &Slopes) {
        let (halves, scratch) = self.places(work);
        let (mut end, mut made) = (self.kept(work.count), y);
        let mut end_of_curves = self.curves(work.count);
        // Results at the point of the linearisation, from which derivatives of activations are computed.
        let mut bend = work.at.map_or(y, |at| at.y);
        // Gradients of earlier nodes and of the input are not needed.
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
                let own = work.worker.share(size);
                // SAFETY: threads' shares do not overlap.
                let dy = unsafe { here.part(own.clone()) };
                if last {
                    dy.copy_from_slice(&slopes.y[own.clone()]);
                }
                activation.scale(&bend[own], dy);
                work.worker.wait();
            }
            let mut take = |len: usize| {
                end -= len;
                end..end + len
            };
            let own = take(node.op.kept(work.count));
            let place = take(if i > 0 { work.count * node.inputs } else { 0 });
            let kept = work.kept.narrow(own.clone());
            let y = bend;
            if i > 0 {
                // SAFETY: kept by forward passes; nothing writes to it.
                unsafe {
                    made = work.kept.narrow(place.clone()).whole();
                    bend = work.at.map_or(made, |at| at.kept.narrow(place).whole());
                }
            }
            let point = work.at.map(|at| at.kept.narrow(own));
            let begin = end_of_curves - node.op.curves(work.count, node.inputs);
            let curves = work.curves.map(|curves| curves.narrow(begin..end_of_curves));
            end_of_curves = begin;
            let dx = before.narrow(0..work.count * node.inputs);
            let weights = slopes.weights.map(|(all, add)| (all.narrow(node.weights.clone()), add));
            let inner = Slopes {
                y: match last && node.activation.is_none() {
                    true => slopes.y,
                    // SAFETY: all threads have written their parts and write no more until the next barrier.
                    false => unsafe { here.narrow(0..size).whole() },
                },
                x: if i > first { Some(&dx) } else { slopes.x },
                weights: weights.as_ref().map(|(weights, add)| (weights, *add)),
            };
            let work = Work {
                weights: &work.weights[node.weights.clone()],
                buffers: &Shares::new(&mut []),
                noise: work.noise.get(node.noise.clone()).unwrap_or_default(),
                kept: &kept,
                scratch: &scratch,
                at: work.at.zip(point.as_ref()).map(|(at, kept)| Point { x: if i > 0 { bend } else { at.x }, y, kept }),
                curves: curves.as_ref(),
                ..*work
            };
            node.op.backward(&work, if i > 0 { made } else { x }, &inner);
            if i > first {
                work.worker.wait();
            }
        }
    }
}

// True if a layer changes neither values nor memory layout, so that it needs no operation.
fn nothing(layer: &Layer, before: &[i64], after: &[i64]) -> bool {
    let picture = if matches!(layer, Layer::Flatten(_)) { before } else { after };
    matches!(layer, Layer::Flatten(_) | Layer::Unflatten(_)) && (picture.len() < 2 || one(picture))
}

/// Number of values of parameters.
pub fn values(specs: &[ParamSpec]) -> usize {
    specs.iter().map(|spec| spec.len() as usize).sum()
}

fn size(shape: &[i64]) -> usize {
    shape.iter().product::<i64>() as usize
}

fn one(picture: &[i64]) -> bool {
    picture[0] == 1 || picture[1..].iter().product::<i64>() == 1
}

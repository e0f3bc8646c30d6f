//! Features of a convolutional network with fixed weights.

use tch::Tensor;

use super::{coloured, Features, Map, Maps};
use crate::base::InitScheme;
use crate::error::Result;
use crate::layer::{chain, Activation, Border, Chain, Conv, Function, Parts, Pool};

/// Parts of a network in order; the output of each is a map.
pub struct Net {
    // With reflected and with circular borders, and the number of parameters of each part.
    parts: [Vec<Chain>; 2],
    counts: Vec<usize>,
    parameters: Vec<Tensor>,
    // Number of halvings.
    halved: u32,
}

/// A convolution whose output has the sides of its input, and its ReLU. Those of a part follow each other, and a part
/// begins, or is halved before its last convolution, as it says.
#[derive(Clone, Copy)]
pub enum Step {
    /// Channels of input and output, and side of the kernel.
    Conv(i64, i64, i64),
    /// Means of two by two pixels.
    Halve,
}

impl Net {
    /// The network of these parts, with its weights and biases in turn.
    pub fn new(parts: &[&[Step]], parameters: Vec<Tensor>) -> Self {
        let made = [false, true].map(|circular| parts.iter().map(|steps| part(steps, circular)).collect::<Vec<_>>());
        let counts = made[0].iter().map(|chain| chain.parameters().len()).collect();
        let halved = parts.iter().flat_map(|steps| steps.iter()).filter(|step| matches!(step, Step::Halve)).count();
        Net { parts: made, counts, parameters, halved: halved as u32 }
    }

    /// Shapes of the parameters of these parts.
    pub fn shapes(parts: &[&[Step]]) -> Vec<Vec<i64>> {
        let chains = parts.iter().map(|steps| part(steps, false));
        chains.flat_map(|chain| chain.parameters()).map(|spec| spec.shape).collect()
    }
}

fn part(steps: &[Step], circular: bool) -> Chain {
    let mut chain = Chain::new(&[], InitScheme::FanIn);
    for (number, step) in steps.iter().enumerate() {
        match *step {
            Step::Halve => chain.push(format!("pool{number}"), Pool {}),
            Step::Conv(inputs, outputs, side) => {
                let (kernel, stride) = (vec![side; 2], vec![1; 2]);
                chain.push(format!("border{number}"), Border { width: side / 2, circular });
                let conv = Conv { inputs, outputs, kernel, stride, padding: 0, bias: true };
                chain.push(format!("conv{number}"), conv);
                chain.push(format!("relu{number}"), Activation { function: Function::Relu })
            }
        };
    }
    chain
}

impl Features for Net {
    fn maps(&self, x: &Tensor, circular: bool) -> Result<Maps> {
        let (mut x, mut rest) = (coloured(x)?, &self.parameters[..]);
        let mut style = Vec::new();
        for (part, count) in self.parts[usize::from(circular)].iter().zip(&self.counts) {
            let (own, others) = rest.split_at(*count);
            x = chain::run(&part.layers, x, &Parts { parameters: own, ..Parts::default() })?;
            style.push(Map { values: x.shallow_clone(), window: 1 });
            rest = others;
        }
        Ok(Maps { style, content: x })
    }

    // The last map has at least two by two pixels.
    fn least(&self) -> i64 {
        let widest = self.parts[0].iter().flat_map(|chain| chain.parameters()).map(|spec| spec.shape);
        let widest = widest.filter(|shape| shape.len() == 4).map(|shape| shape[3] / 2 + 1).max().unwrap_or(1);
        widest.max(2) << self.halved
    }

    // Padded input, output, and the gradients of both, of each convolution.
    fn bytes(&self, _: i64) -> f64 {
        let (mut total, mut share) = (0.0, 1.0);
        for named in self.parts[0].iter().flat_map(|chain| &chain.layers) {
            if let crate::layer::Layer::Conv(conv) = &named.layer {
                total += share * 4.0 * 2.0 * (conv.inputs + conv.outputs) as f64;
            } else if let crate::layer::Layer::Pool(_) = &named.layer {
                share /= 4.0;
            }
        }
        total
    }
}

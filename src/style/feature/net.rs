//! Features of a convolutional network with fixed weights.

use tch::{Kind, Tensor};

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
    // Largest distance in pixels from which a map sees a border.
    reach: i64,
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
        let (mut halved, mut reach) = (0, 0);
        for step in parts.iter().flat_map(|steps| steps.iter()) {
            match step {
                Step::Halve => halved += 1,
                Step::Conv(_, _, side) => reach += (side / 2) << halved,
            }
        }
        Net { parts: made, counts, parameters, halved, reach }
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

impl Net {
    fn run(&self, mut x: Tensor, circular: bool) -> Result<Vec<Tensor>> {
        let (mut maps, mut rest) = (Vec::new(), &self.parameters[..]);
        for (part, count) in self.parts[usize::from(circular)].iter().zip(&self.counts) {
            let (own, others) = rest.split_at(*count);
            x = chain::run(&part.layers, x, &Parts { parameters: own, ..Parts::default() })?;
            maps.push(x.shallow_clone());
            rest = others;
        }
        Ok(maps)
    }

    // Maps of a circular picture whose sides cannot be halved often enough: it is continued until no map sees a border,
    // and the maps are cut.
    fn continued(&self, x: Tensor) -> Result<Vec<Tensor>> {
        let (size, unit) = (x.size(), 1i64 << self.halved);
        let up = |side: i64| (side + unit - 1) / unit * unit;
        let margin = up(self.reach);
        let mut wide = x;
        for axis in [2, 3] {
            let end = up(size[axis]) + margin;
            let places = Tensor::f_arange_start(-margin, end, (Kind::Int64, wide.device()))?.f_remainder(size[axis])?;
            wide = wide.f_index_select(axis as i64, &places)?;
        }
        let (whole, mut maps) = (wide.size(), self.run(wide, false)?);
        for map in &mut maps {
            let factor = whole[2] / map.size()[2];
            for axis in [2, 3] {
                let side = (size[axis] + factor - 1) / factor;
                *map = map.f_narrow(axis as i64, margin / factor, side)?;
            }
        }
        Ok(maps)
    }
}

impl Features for Net {
    fn maps(&self, x: &Tensor, circular: bool) -> Result<Maps> {
        let x = coloured(x)?;
        let whole = x.size()[2..].iter().all(|side| side % (1 << self.halved) == 0);
        let maps = match circular && !whole {
            true => self.continued(x)?,
            false => self.run(x, circular)?,
        };
        let content = maps[maps.len() - 1].shallow_clone();
        Ok(Maps {
            style: maps.into_iter().map(|values| Map { values, window: 1 }).collect(),
            content,
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    // Copies side by side, whose sides can be halved, show what the maps of an endless picture are.
    #[test]
    fn circular_pictures_of_any_sides_have_the_maps_of_an_endless_one() {
        let parts: [&[Step]; 3] =
            [&[Step::Conv(3, 4, 5)], &[Step::Halve, Step::Conv(4, 4, 3)], &[Step::Halve, Step::Conv(4, 5, 5)]];
        tch::manual_seed(0);
        let options = (Kind::Float, Device::Cpu);
        let parameters = Net::shapes(&parts).iter().map(|shape| Tensor::randn(&shape[..], options)).collect();
        let net = Net::new(&parts, parameters);
        for [height, width] in [[12, 16], [13, 16], [11, 14]] {
            let x = Tensor::rand([1, 3, height, width], options);
            let endless = net.run(x.repeat([1, 1, 4, 4]), true).unwrap();
            for (level, (map, endless)) in net.maps(&x, true).unwrap().style.iter().zip(&endless).enumerate() {
                let [h, w] = [height, width].map(|side| (side + (1 << level) - 1) >> level);
                let expected = endless.narrow(2, 0, h).narrow(3, 0, w);
                assert!(map.values.allclose(&expected, 1e-4, 1e-4, false), "{height} x {width}, map {level}");
            }
        }
    }
}

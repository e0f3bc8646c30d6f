//! Discriminator of patches (Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017): a score
//! for each of many overlapping parts of a picture.

use super::levels::Levels;
use super::{NetSpec, Norm, Request};
use crate::base::InitScheme;
use crate::kind::DataShape;
use crate::layer::{Activation, Chain, Flatten, Function};

/// Halvings of the sides: a score depends on 34 pixels a side.
const HALVINGS: usize = 2;
/// Number of times that channels double.
const DOUBLINGS: usize = 3;

/// Network from pictures, with these channels first at half the resolution, to scores of their parts, `[parts]`.
pub fn patches(data: &DataShape, base_channels: i64) -> Chain {
    let spec = NetSpec {
        base_channels: Some(base_channels),
        norm: Norm::Instance,
        ..NetSpec::default()
    };
    let request = Request { spec: &spec, data };
    let levels = Levels::new(&request, HALVINGS, DOUBLINGS);
    let mut chain = Chain::new(&data.sample(), InitScheme::FanIn);
    for level in 1..levels.sizes.len() {
        let (inputs, outputs) = (chain.output()[0], levels.channels(level));
        chain.push(format!("block{level}.conv"), request.conv(inputs, outputs, 3, 2));
        // As in the paper, the first layer has no norm.
        match level {
            1 => {
                chain.push("block1.act", Activation { function: Function::LeakyRelu });
            }
            _ => request.activate(&mut chain, &format!("block{level}"), Function::LeakyRelu),
        }
    }
    let inputs = chain.output()[0];
    chain.push("last.conv", request.conv(inputs, 2 * inputs, 3, 1));
    request.activate(&mut chain, "last", Function::LeakyRelu);
    chain.push("out", request.conv(2 * inputs, 1, 3, 1));
    chain.push("parts", Flatten {});
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_a_score() {
        assert_eq!(patches(&DataShape::image([32, 20, 3], 0.0, 1.0), 4).output(), [8 * 5]);
        assert_eq!(patches(&DataShape::image([5, 4, 1], 0.0, 1.0), 4).output(), [3 * 2]);
    }
}

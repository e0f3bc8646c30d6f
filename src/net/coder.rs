//! Common parts of convolutional encoders and decoders: between the smallest level and the code.

use super::levels::{base_channels, crop, side, Levels};
use super::{Defaults, NetSpec, Request};
use crate::base::{Code, InitScheme};
use crate::kind::DataShape;
use crate::layer::{Chain, ConvTranspose, Flatten, Unflatten};

/// Number of halvings for a code that is a feature map.
const MAP_LEVELS: usize = 2;
/// Number of times that channels double.
const DOUBLINGS: usize = 2;

/// Defaults of convolutional encoders and decoders.
pub(super) fn defaults(data: &DataShape) -> Defaults {
    Defaults {
        latent_dim: if side(data) > 32 { 64 } else { 20 },
        net: NetSpec {
            base_channels: Some(base_channels(data, 32)),
            depth: Some(1),
            hidden: Some(vec![256]),
            ..NetSpec::default()
        },
        lr: 1e-3,
    }
}

/// The levels above a code.
pub(super) fn levels<'a>(request: &'a Request, code: Code) -> Levels<'a> {
    Levels::new(request, if matches!(code, Code::Map(_)) { MAP_LEVELS } else { usize::MAX }, DOUBLINGS)
}

/// Appends upsampling from the size of `level + 1` to that of `level`.
pub(super) fn enlarge(levels: &Levels, chain: &mut Chain, name: &str, (level, outputs): (usize, i64)) {
    let up = ConvTranspose {
        inputs: levels.channels(level + 1),
        outputs,
        kernel: vec![4; levels.request.axes()],
        stride: vec![2; levels.request.axes()],
        padding: 1,
        bias: true,
    };
    chain.push(if name == "out" { name.to_owned() } else { format!("{name}.conv") }, up);
    crop(chain, name, &levels.sizes[level]);
}

/// Appends layers from the smallest level to the code.
pub(super) fn encode(levels: &Levels, chain: &mut Chain, code: Code) {
    let request = levels.request;
    match code {
        Code::Map(outputs) => {
            request.join_labels(chain);
            chain.push("out", request.conv(chain.output()[0], outputs, 1, 1));
        }
        Code::Row(outputs) => {
            chain.push("flatten", Flatten {});
            request.join_labels(chain);
            dense(request, chain, request.spec.hidden.iter().flatten().copied());
            request.linear(chain, "out", outputs);
        }
    }
}

/// Creates a chain from the code to the smallest level.
pub(super) fn decode(levels: &Levels, code: Code) -> Chain {
    let (request, smallest) = (levels.request, levels.smallest());
    match code {
        Code::Map(inputs) => {
            let mut chain = Chain::new(&[&[inputs], &smallest[1..]].concat(), InitScheme::FanIn);
            request.join_labels(&mut chain);
            chain.push("in", request.conv(chain.output()[0], smallest[0], 3, 1));
            request.activate(&mut chain, "in", request.function());
            chain
        }
        Code::Row(inputs) => {
            let mut chain = Chain::new(&[inputs], InitScheme::FanIn);
            request.join_labels(&mut chain);
            let widths = request.spec.hidden.iter().flatten().rev().copied();
            dense(request, &mut chain, widths.chain([smallest.iter().product()]));
            chain.push("in", Unflatten { shape: smallest });
            chain
        }
    }
}

/// Appends fully connected layers, each with an activation.
fn dense(request: &Request, chain: &mut Chain, widths: impl IntoIterator<Item = i64>) {
    for (i, width) in widths.into_iter().enumerate() {
        let name = format!("dense{}", i + 1);
        request.linear(chain, format!("{name}.linear"), width);
        request.activate(chain, &name, request.function());
    }
}

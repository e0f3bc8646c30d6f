//! Convolutional generator and discriminator for images of any size (Radford et al., "Unsupervised Representation
//! Learning with Deep Convolutional Generative Adversarial Networks", 2016).
//!
//! The sides are halved, rounding up, until the longest is at most 7 (64-32-16-8-4, 28-14-7); channels double at each
//! halving, up to eight times the base. For odd sides, the generator crops after upsampling and the discriminator pads.
//! At 64 px and 64 base channels the layers equal those of the usual DCGAN (PyTorch's example); 128 gives the widths of
//! the paper's figure 1, whose kernels are 5x5 instead of 4x4. `depth` beyond 1 adds 3x3 blocks at each inner
//! resolution, which the paper does not have.

use super::levels::{self, attends, check, crop, side, Levels};
use super::{missing, Defaults, Down, Net, NetSpec, Norm, Pair, Request, Up};
use crate::base::InitScheme;
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::{Activation, Chain, Conv, ConvTranspose, Flatten, Function, Pad, Unflatten};
use crate::member;
use crate::registry::Member;

/// Number of times that channels double.
const DOUBLINGS: usize = 3;

member! {
    "dcgan": "convolutional, for images with sides from 4 to 256 px and volumes up to 64 (Radford et al., 2016)",
    pub struct Dcgan {}
}

impl Net for Dcgan {
    fn pairs(&self) -> &'static [Pair] {
        &[Pair::Gan]
    }

    fn defaults(&self, _: Pair, data: &DataShape) -> Defaults {
        // Small images have few resolutions, so each gets two convolutions.
        let (base_channels, depth, latent_dim, lr) = match side(data) {
            ..=16 => (16, 2, 32, 5e-4),
            17..=32 => (32, 1, 100, 2e-4),
            _ => (64, 1, 100, 2e-4),
        };
        Defaults {
            latent_dim,
            net: NetSpec {
                base_channels: Some(levels::base_channels(data, base_channels)),
                depth: Some(depth),
                norm: Norm::Batch,
                ..NetSpec::default()
            },
            lr,
        }
    }

    fn check(&self, _: Pair, data: &DataShape) -> Result<()> {
        check(self.name(), data)
    }

    fn attends(&self, data: &DataShape) -> Vec<i64> {
        attends(data)
    }

    fn up(&self, request: &Request, from: Up) -> Result<Chain> {
        let Up::Latent(latent_dim) = from else { return Err(missing(self.name(), from.pair())) };
        let levels = Levels::new(request, usize::MAX, DOUBLINGS);
        let mut chain = Chain::new(&[latent_dim], InitScheme::Dcgan);
        request.join_labels(&mut chain);
        let mut inputs = chain.output()[0];
        let shape = [&[inputs], &vec![1; request.axes()][..]].concat();
        chain.push("latent", Unflatten { shape });
        for level in (0..levels.sizes.len()).rev() {
            let first = level == levels.last();
            let outputs = if level == 0 { request.colours() } else { levels.channels(level) };
            let name = match level {
                0 => "out".into(),
                _ => format!("block{}", levels.sizes.len() - level),
            };
            let conv = ConvTranspose {
                inputs,
                outputs,
                kernel: if first { levels.sizes[level].clone() } else { vec![4; request.axes()] },
                stride: vec![if first { 1 } else { 2 }; request.axes()],
                padding: if first { 0 } else { 1 },
                bias: request.bias(),
            };
            chain.push(if level == 0 { name.clone() } else { format!("{name}.conv") }, conv);
            crop(&mut chain, &name, &levels.sizes[level]);
            if level > 0 {
                request.activate(&mut chain, &name, Function::Relu);
                deepen(&levels, &mut chain, &name, Function::Relu);
            }
            inputs = outputs;
        }
        request.head(&mut chain);
        Ok(chain)
    }

    fn down(&self, request: &Request, to: Down) -> Result<Chain> {
        let Down::Scores = to else { return Err(missing(self.name(), to.pair())) };
        let levels = Levels::new(request, usize::MAX, DOUBLINGS);
        let mut chain = Chain::new(&request.data.sample(), InitScheme::Dcgan);
        for level in 1..levels.sizes.len() {
            let name = format!("block{level}");
            if level == levels.last() {
                request.join_deviation(&mut chain);
                request.join_labels(&mut chain);
            }
            let sides: Vec<i64> = levels.sizes[level].iter().map(|side| 2 * side).collect();
            if sides != levels.sizes[level - 1] {
                chain.push(format!("{name}.pad"), Pad { sides });
            }
            let kernel = vec![4; request.axes()];
            conv(request, &mut chain, format!("{name}.conv"), (levels.channels(level), kernel, [2, 1]));
            if level == 1 {
                let function = Function::LeakyRelu;
                chain.push(format!("{name}.act"), Activation { function });
            } else {
                request.activate(&mut chain, &name, Function::LeakyRelu);
            }
            deepen(&levels, &mut chain, &name, Function::LeakyRelu);
        }
        if request.projects() {
            chain.push("flatten", Flatten {});
            request.score(&mut chain);
        } else {
            let kernel = levels.sizes[levels.last()].clone();
            conv(request, &mut chain, "out", (request.scores(), kernel, [1, 0]));
            chain.push("flatten", Flatten {});
        }
        Ok(chain)
    }
}

// Appends blocks that keep the size, and attention if the level has it.
fn deepen(levels: &Levels, chain: &mut Chain, name: &str, function: Function) {
    for i in 2..=levels.depth {
        let name = format!("{name}.deep{i}");
        let window = (chain.output()[0], vec![3; levels.request.axes()], [1, 1]);
        conv(levels.request, chain, format!("{name}.conv"), window);
        levels.request.activate(chain, &name, function);
    }
    levels.request.attend(chain, name);
}

// Output channels, kernel, and stride and padding.
type Window = (i64, Vec<i64>, [i64; 2]);

fn conv(request: &Request, chain: &mut Chain, name: impl Into<String>, window: Window) {
    let ((outputs, kernel, [stride, padding]), inputs, bias) = (window, chain.output()[0], request.bias());
    let stride = vec![stride; request.axes()];
    let conv = Conv { inputs, outputs, kernel, stride, padding, bias };
    chain.push(name, request.weight(conv));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Code;

    fn image(side: i64, channels: i64) -> DataShape {
        DataShape::image([side, side, channels], 0.0, 255.0)
    }

    fn spec(base: i64, depth: i64) -> NetSpec {
        NetSpec {
            base_channels: Some(base),
            depth: Some(depth),
            norm: Norm::Batch,
            ..NetSpec::default()
        }
    }

    fn pair(spec: &NetSpec, data: &DataShape) -> [Chain; 2] {
        let request = Request { spec, data };
        [Dcgan::USUAL.up(&request, Up::Latent(100)).unwrap(), Dcgan::USUAL.down(&request, Down::Scores).unwrap()]
    }

    #[test]
    fn at_64_px_it_is_the_usual_dcgan() {
        let kernels = |chain: Chain| -> Vec<Vec<i64>> {
            let specs = chain.parameters().into_iter();
            specs.map(|spec| spec.shape).filter(|shape| shape.len() == 4).collect()
        };
        let [generator, discriminator] = pair(&spec(64, 1), &image(64, 3)).map(kernels);
        assert_eq!(generator, [[100, 512, 4, 4], [512, 256, 4, 4], [256, 128, 4, 4], [128, 64, 4, 4], [64, 3, 4, 4]]);
        assert_eq!(discriminator, [[64, 3, 4, 4], [128, 64, 4, 4], [256, 128, 4, 4], [512, 256, 4, 4], [1, 512, 4, 4]]);
    }

    #[test]
    fn depth_adds_blocks_at_each_inner_resolution() {
        let convs = |depth| {
            let [_, chain] = pair(&spec(4, depth), &image(32, 1));
            chain.layers.iter().filter(|named| named.name.ends_with("conv")).count()
        };
        assert_eq!((convs(1), convs(3)), (3, 9));
    }

    #[test]
    fn a_code_is_refused_with_the_architectures_that_make_one() {
        let (spec, data) = (spec(4, 1), image(32, 1));
        let refused = Dcgan::USUAL.down(&Request { spec: &spec, data: &data }, Down::Code(Code::Row(2))).unwrap_err();
        let names: Vec<String> = Pair::Autoencoder.nets().map(|net| format!("\"{}\"", net.name())).collect();
        let expected = format!("expected one of {} for an encoder and a decoder", names.join(", "));
        assert_eq!(refused.to_string(), format!("net: {expected}, got \"dcgan\""));
    }
}

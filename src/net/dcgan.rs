//! Convolutional generator and discriminator for square pictures (Radford et al., "Unsupervised Representation Learning
//! with Deep Convolutional Generative Adversarial Networks", 2016).
//!
//! The side is halved, rounding up, until it is at most 7 (64-32-16-8-4, 28-14-7); channels double on the way, up to
//! eight times the base. Where a side is odd, the generator crops what doubling made and the discriminator pads. At
//! 64 px and 64 base channels this is, layer by layer, the usual DCGAN (PyTorch's example); 128 gives the widths of the
//! paper's figure 1, whose kernels are 5x5 where these are 4x4. `depth` beyond 1 adds 3x3 blocks at each inner
//! resolution, which the paper has not.

use super::gan::{attends, check, side, sides, Gan};
use super::{Defaults, Net, NetSpec, Norm};
use crate::base::{DataShape, InitScheme};
use crate::error::Result;
use crate::layer::{Activation, Chain, Conv, ConvTranspose, Crop, Flatten, Function, Pad, Unflatten};
use crate::registry::Member;

/// The `dcgan` architecture.
pub struct Dcgan;

impl Member for Dcgan {
    fn name(&self) -> &'static str {
        "dcgan"
    }

    fn describe(&self) -> &'static str {
        "convolutional, for square images from 8 to 256 px (Radford et al., 2016)"
    }
}

impl Net for Dcgan {
    fn defaults(&self, data: &DataShape) -> Defaults {
        // Small pictures leave few resolutions to put layers at, so each gets two.
        let (base_channels, depth, latent_dim, lr) = match side(data) {
            ..=16 => (16, 2, 32, 5e-4),
            17..=32 => (32, 1, 100, 2e-4),
            _ => (64, 1, 100, 2e-4),
        };
        Defaults {
            net: NetSpec {
                latent_dim,
                base_channels: Some(base_channels),
                depth: Some(depth),
                norm: Norm::Batch,
                ..NetSpec::default()
            },
            lr,
        }
    }

    fn check(&self, data: &DataShape) -> Result<()> {
        check(self.name(), data)
    }

    fn attends(&self, data: &DataShape) -> Vec<i64> {
        attends(data)
    }

    fn generator(&self, spec: &NetSpec, data: &DataShape) -> Chain {
        let plan = Plan::new(spec, data);
        let mut chain = plan.gan.latents(InitScheme::Dcgan);
        let mut inputs = chain.output()[0];
        let shape = vec![inputs, 1, 1];
        chain.push("latent", Unflatten { shape });
        for level in (0..plan.sides.len()).rev() {
            let first = level + 1 == plan.sides.len();
            let outputs = if level == 0 { plan.colours } else { plan.channels(level) };
            let name = match level {
                0 => "out".into(),
                _ => format!("block{}", plan.sides.len() - level),
            };
            let conv = ConvTranspose {
                inputs,
                outputs,
                kernel: if first { plan.sides[level] } else { 4 },
                stride: if first { 1 } else { 2 },
                padding: if first { 0 } else { 1 },
                bias: plan.bias(),
            };
            chain.push(if level == 0 { name.clone() } else { format!("{name}.conv") }, conv);
            if !first && 2 * plan.sides[level + 1] != plan.sides[level] {
                let [height, width] = [plan.sides[level]; 2];
                chain.push(format!("{name}.crop"), Crop { height, width });
            }
            if level > 0 {
                plan.gan.activate(&mut chain, &name, Function::Relu);
                plan.deepen(&mut chain, &name, Function::Relu);
            }
            inputs = outputs;
        }
        let function = Function::Tanh;
        chain.push("out.act", Activation { function });
        chain
    }

    fn discriminator(&self, spec: &NetSpec, data: &DataShape) -> Chain {
        let plan = Plan::new(spec, data);
        let mut chain = Chain::new(&data.sample(), InitScheme::Dcgan);
        for level in 1..plan.sides.len() {
            let name = format!("block{level}");
            let outputs = plan.channels(level);
            if level + 1 == plan.sides.len() {
                plan.gan.join_deviation(&mut chain);
                plan.gan.join_labels(&mut chain);
            }
            if plan.sides[level - 1] % 2 == 1 {
                let size = plan.sides[level - 1] + 1;
                chain.push(format!("{name}.pad"), Pad { size });
            }
            plan.conv(&mut chain, format!("{name}.conv"), outputs, [4, 2, 1]);
            if level == 1 {
                let function = Function::LeakyRelu;
                chain.push(format!("{name}.act"), Activation { function });
            } else {
                plan.gan.activate(&mut chain, &name, Function::LeakyRelu);
            }
            plan.deepen(&mut chain, &name, Function::LeakyRelu);
        }
        if plan.gan.projects() {
            chain.push("flatten", Flatten {});
            plan.gan.score(&mut chain);
        } else {
            let smallest = plan.sides.last().copied().unwrap_or(1);
            plan.conv(&mut chain, "out", plan.gan.outputs(), [smallest, 1, 0]);
            chain.push("flatten", Flatten {});
        }
        chain
    }
}

/// Resolutions and channels of a network.
struct Plan<'a> {
    gan: Gan<'a>,
    // From the picture's side down to at most 7.
    sides: Vec<i64>,
    colours: i64,
    base: i64,
    depth: i64,
}

impl<'a> Plan<'a> {
    fn new(spec: &'a NetSpec, data: &DataShape) -> Self {
        Plan {
            gan: Gan::new(spec, data),
            sides: sides(data),
            colours: data.sample()[0],
            base: spec.base_channels.unwrap_or(64),
            depth: spec.depth.unwrap_or(1),
        }
    }

    // Channels after `level` halvings, from 1.
    fn channels(&self, level: usize) -> i64 {
        self.base << (level - 1).min(3)
    }

    // More blocks of the same size, and attention if it is theirs.
    fn deepen(&self, chain: &mut Chain, name: &str, function: Function) {
        for i in 2..=self.depth {
            let name = format!("{name}.deep{i}");
            self.conv(chain, format!("{name}.conv"), chain.output()[0], [3, 1, 1]);
            self.gan.activate(chain, &name, function);
        }
        self.gan.attend(chain, name);
    }

    fn conv(&self, chain: &mut Chain, name: impl Into<String>, outputs: i64, [kernel, stride, padding]: [i64; 3]) {
        let (inputs, bias) = (chain.output()[0], self.bias());
        let conv = Conv { inputs, outputs, kernel, stride, padding, bias };
        chain.push(name, self.gan.weight(conv));
    }

    // A norm shifts what it has normalised.
    fn bias(&self) -> bool {
        self.gan.spec.norm == Norm::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(side: i64, channels: i64) -> DataShape {
        DataShape::image([side, side, channels], 0.0, 255.0)
    }

    fn spec(base: i64, depth: i64) -> NetSpec {
        NetSpec {
            latent_dim: 100,
            base_channels: Some(base),
            depth: Some(depth),
            norm: Norm::Batch,
            ..NetSpec::default()
        }
    }

    #[test]
    fn at_64_px_it_is_the_usual_dcgan() {
        let kernels = |chain: Chain| -> Vec<Vec<i64>> {
            let specs = chain.parameters().into_iter();
            specs.map(|spec| spec.shape).filter(|shape| shape.len() == 4).collect()
        };
        assert_eq!(
            kernels(Dcgan.generator(&spec(64, 1), &image(64, 3))),
            [[100, 512, 4, 4], [512, 256, 4, 4], [256, 128, 4, 4], [128, 64, 4, 4], [64, 3, 4, 4]]
        );
        assert_eq!(
            kernels(Dcgan.discriminator(&spec(64, 1), &image(64, 3))),
            [[64, 3, 4, 4], [128, 64, 4, 4], [256, 128, 4, 4], [512, 256, 4, 4], [1, 512, 4, 4]]
        );
    }

    #[test]
    fn sides_halve_rounding_up_until_at_most_7() {
        assert_eq!(Plan::new(&spec(1, 1), &image(100, 1)).sides.clone(), [100, 50, 25, 13, 7]);
        assert_eq!(Plan::new(&spec(1, 1), &image(28, 1)).sides, [28, 14, 7]);
    }

    #[test]
    fn depth_adds_blocks_at_each_inner_resolution() {
        let convs = |depth| {
            let chain = Dcgan.discriminator(&spec(4, depth), &image(32, 1));
            chain.layers.iter().filter(|named| named.name.ends_with("conv")).count()
        };
        assert_eq!((convs(1), convs(3)), (3, 9));
    }
}

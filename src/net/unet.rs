//! U-Net (Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015; with residual blocks
//! and conditioning as in Ho et al., "Denoising Diffusion Probabilistic Models", 2020), for samples of any sides.
//!
//! Each level has half the sides of the one above, rounded up, and twice its channels, up to four times. What a level makes
//! on the way down is joined to what comes up from below; excess of upsampling is cropped. Blocks have a learnt scale that
//! starts at 0. Time and labels scale and shift the channels within each block. With patches, strided convolutions come
//! first, and the first level works at a fraction of the resolution.

use super::levels::{self, attends, check, side, Levels};
use super::{Conditioning, Defaults, Net, NetSpec, Norm, Pair, Request};
use crate::base::InitScheme;
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::chain::Named;
use crate::layer::{Activation, Chain, ConvTranspose, Crop, Residual, Skip};
use crate::member;
use crate::registry::Member;

/// Number of times that channels double.
const DOUBLINGS: usize = 2;

member! {
    "unet": "U-Net, for images with sides from 4 to 256 px, series and volumes up to 64 (Ronneberger et al., 2015)",
    pub struct Unet {}
}

impl Net for Unet {
    fn pairs(&self) -> &'static [Pair] {
        &[Pair::Map]
    }

    fn defaults(&self, _: Pair, data: &DataShape) -> Defaults {
        // Small samples are seen at their resolution.
        let patch = match side(data) {
            0..=12 => 1,
            13..=64 => 2,
            _ => 4,
        };
        Defaults {
            latent_dim: data.sample().iter().product(),
            net: NetSpec {
                base_channels: Some(levels::base_channels(data, 32)),
                depth: Some(1),
                patch: Some(patch),
                norm: Norm::Group,
                conditioning: Conditioning::Modulation,
                attention: attends(data).last().copied(),
                ..NetSpec::default()
            },
            lr: 2e-3,
        }
    }

    fn check(&self, _: Pair, data: &DataShape) -> Result<()> {
        check(self.name(), data)
    }

    fn attends(&self, data: &DataShape) -> Vec<i64> {
        attends(data)
    }

    fn across(&self, request: &Request, outputs: i64) -> Result<Chain> {
        let levels = Levels::new(request, usize::MAX, DOUBLINGS);
        let first = (request.spec.patch.unwrap_or(1).max(1).ilog2() as usize).min(levels.last());
        let unet = Hourglass { request, levels, first };
        let mut chain = Chain::new(&request.data.sample(), InitScheme::FanIn);
        let inputs = chain.output()[0];
        match first {
            0 => chain.push("in", request.conv(inputs, unet.channels(0), 3, 1)),
            _ => chain.push("in", request.conv(inputs, unet.channels(first), 3, 2)),
        };
        for i in 2..=first {
            let channels = unet.channels(first);
            chain.push(format!("in{i}"), request.conv(channels, channels, 3, 2));
        }
        unet.level(&mut chain, first);
        request.activate(&mut chain, "last", request.function());
        for i in (1..first).rev() {
            unet.enlarge(&mut chain, &format!("out{}", i + 1), (i, unet.channels(first)));
        }
        match first {
            0 => {
                let inputs = chain.output()[0];
                chain.push("out", request.conv(inputs, outputs, 3, 1));
            }
            _ => unet.enlarge(&mut chain, "out", (0, outputs)),
        }
        Ok(chain)
    }
}

// The levels of a network, of which the first ones are left out.
struct Hourglass<'a> {
    request: &'a Request<'a>,
    levels: Levels<'a>,
    first: usize,
}

impl Hourglass<'_> {
    fn channels(&self, level: usize) -> i64 {
        self.request.spec.base_channels.unwrap_or(32) << (level - self.first).min(DOUBLINGS)
    }

    // Appends the blocks of a level, and what is below them.
    fn level(&self, chain: &mut Chain, level: usize) {
        let (request, channels) = (self.request, self.channels(level));
        for i in 1..=self.levels.depth {
            self.block(chain, &format!("down{level}.{i}"), channels);
        }
        request.attend(chain, &format!("level{level}"));
        if level == self.levels.last() {
            self.block(chain, &format!("middle{level}"), channels);
            return;
        }
        let mut below = Chain::new(&chain.output(), chain.init);
        below.push("down", request.conv(channels, self.channels(level + 1), 3, 2));
        self.level(&mut below, level + 1);
        request.activate(&mut below, "up", request.function());
        self.enlarge(&mut below, "up", (level, channels));
        chain.push(format!("level{}", level + 1), Skip { body: below.layers });
        for i in 1..=self.levels.depth {
            self.block(chain, &format!("up{level}.{i}"), channels);
        }
    }

    // Appends upsampling to the sides of a level.
    fn enlarge(&self, chain: &mut Chain, name: &str, (level, outputs): (usize, i64)) {
        let axes = self.request.axes();
        let inputs = chain.output()[0];
        let up = ConvTranspose {
            inputs,
            outputs,
            kernel: vec![4; axes],
            stride: vec![2; axes],
            padding: 1,
            bias: true,
        };
        chain.push(name, up);
        let sides = &self.levels.sizes[level];
        if chain.output()[1..] != sides[..] {
            chain.push(format!("{name}.crop"), Crop { sides: sides.clone() });
        }
    }

    // Appends a residual block.
    fn block(&self, chain: &mut Chain, name: &str, outputs: i64) {
        let request = self.request;
        let inputs = chain.output()[0];
        let mut body = Chain::new(&chain.output(), chain.init);
        request.spec.norm.push(&mut body, "first", inputs);
        body.push("first.act", Activation { function: request.function() });
        body.push("first.conv", request.conv(inputs, outputs, 3, 1));
        request.activate(&mut body, "second", request.function());
        body.push("second.conv", request.conv(outputs, outputs, 3, 1));
        let shortcut = match inputs == outputs {
            true => Vec::new(),
            false => vec![Named::new("shortcut", request.conv(inputs, outputs, 1, 1))],
        };
        chain.push(name, Residual { body: body.layers, shortcut, scaled: true });
    }
}

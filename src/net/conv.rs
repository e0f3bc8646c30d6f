//! Convolutional encoder and decoder for images of any size (similar to the networks of Higgins et al., "beta-VAE",
//! 2017).
//!
//! Encoder: 3x3 convolutions of stride 2 until the longer side is at most 7 (28-14-7), with channels doubling up to
//! four times the base, then dense layers. Decoder: the reverse, with 4x4 transposed convolutions; excess pixels are
//! cropped. `depth` beyond 1 adds 3x3 convolutions at each inner resolution. Without normalisation, so that bounds on
//! the likelihood are equal in training and evaluation. A code that is a feature map has a quarter of the resolution.

use super::coder::{decode, defaults, encode, enlarge, levels};
use super::levels::{check, Levels};
use super::{missing, Defaults, Down, Net, Pair, Request, Up};
use crate::base::InitScheme;
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::Chain;
use crate::member;
use crate::registry::Member;

member! {
    "conv": "convolutional, for images with sides from 4 to 256 px and volumes up to 64 (Higgins et al., 2017)",
    pub struct ConvNet {}
}

impl Net for ConvNet {
    fn pairs(&self) -> &'static [Pair] {
        &[Pair::Autoencoder]
    }

    fn defaults(&self, _: Pair, data: &DataShape) -> Defaults {
        defaults(data)
    }

    fn check(&self, _: Pair, data: &DataShape) -> Result<()> {
        check(self.name(), data)
    }

    fn down(&self, request: &Request, to: Down) -> Result<Chain> {
        let Down::Code(code) = to else { return Err(missing(self.name(), to.pair())) };
        let levels = levels(request, code);
        let mut chain = Chain::new(&request.data.sample(), InitScheme::FanIn);
        request.centre(&mut chain);
        for level in 1..levels.sizes.len() {
            let name = format!("block{level}");
            chain.push(format!("{name}.conv"), request.conv(chain.output()[0], levels.channels(level), 3, 2));
            request.activate(&mut chain, &name, request.function());
            deepen(&levels, &mut chain, &name);
        }
        encode(&levels, &mut chain, code);
        Ok(chain)
    }

    fn up(&self, request: &Request, from: Up) -> Result<Chain> {
        let Up::Code { code, outputs } = from else { return Err(missing(self.name(), from.pair())) };
        let levels = levels(request, code);
        let mut chain = decode(&levels, code);
        for level in (1..levels.last()).rev() {
            let name = format!("block{}", levels.last() - level);
            enlarge(&levels, &mut chain, &name, (level, levels.channels(level)));
            request.activate(&mut chain, &name, request.function());
            deepen(&levels, &mut chain, &name);
        }
        enlarge(&levels, &mut chain, "out", (0, outputs * request.colours()));
        Ok(chain)
    }
}

fn deepen(levels: &Levels, chain: &mut Chain, name: &str) {
    for i in 2..=levels.depth {
        let (name, channels) = (format!("{name}.deep{}", i - 1), chain.output()[0]);
        chain.push(format!("{name}.conv"), levels.request.conv(channels, channels, 3, 1));
        levels.request.activate(chain, &name, levels.request.function());
    }
}

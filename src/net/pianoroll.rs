//! Generator and discriminator for piano rolls, with bars, steps and pitches as sides and tracks as channels (similar to
//! Dong and Yang, "Convolutional Generative Adversarial Networks with Binary Neurons for Polyphonic Music Generation",
//! 2018, after Dong et al., "MuseGAN", 2018).
//!
//! Windows follow the meaning of the sides and do not overlap, so any sides fit: the generator crops, the discriminator
//! pads. The discriminator reduces octaves of 12 pitches and beats of 4 steps, in both orders side by side, whose results
//! are added; then the octaves of each beat to one pixel, beats by fours until at most 7 are left, and bars last. The
//! generator is its mirror image. Rolls without bars, images of steps and pitches, are one bar.

use super::levels::crop;
use super::{missing, unfit, Defaults, Down, Net, NetSpec, Norm, Pair, Request, Up};
use crate::base::InitScheme;
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::chain::Named;
use crate::layer::{Chain, Conv, ConvTranspose, Flatten, Function, Linear, Pad, Residual, Unflatten};
use crate::member;
use crate::registry::Member;

/// Pitches of an octave.
const OCTAVE: i64 = 12;
/// Steps that are reduced to one at a time.
const BEAT: i64 = 4;
/// Number of beats and of bars that are reduced together.
const ENOUGH: i64 = 7;
/// Longest side that is supported.
const LONGEST: i64 = 256;
/// Default channels at the size of a roll.
const CHANNELS: i64 = 32;
/// Number of times that channels double.
const DOUBLINGS: usize = 3;

member! {
    "pianoroll": "convolutions over bars, beats and octaves, for piano rolls with sides up to 256 (Dong and Yang, 2018)",
    pub struct Pianoroll {}
}

impl Net for Pianoroll {
    fn pairs(&self) -> &'static [Pair] {
        &[Pair::Gan]
    }

    fn defaults(&self, _: Pair, _: &DataShape) -> Defaults {
        Defaults {
            latent_dim: 128,
            net: NetSpec {
                base_channels: Some(CHANNELS),
                norm: Norm::Batch,
                ..NetSpec::default()
            },
            lr: 2e-4,
        }
    }

    // As in the paper: its discriminator is regularised by a penalty.
    fn discriminator_norm(&self, _: &DataShape) -> Norm {
        Norm::None
    }

    fn check(&self, _: Pair, data: &DataShape) -> Result<()> {
        let sides = &data.sample()[1..];
        match (2..=3).contains(&sides.len()) && sides.iter().all(|side| (1..=LONGEST).contains(side)) {
            true => Ok(()),
            false => {
                let expected = format!("rolls (n, bars, steps, pitches) with sides from 1 to {LONGEST}");
                Err(unfit(self.name(), &expected, data, LONGEST))
            }
        }
    }

    fn up(&self, request: &Request, from: Up) -> Result<Chain> {
        let Up::Latent(latent_dim) = from else { return Err(missing(self.name(), from.pair())) };
        let rolls = Rolls::new(request);
        let mut chain = Chain::new(&[latent_dim], InitScheme::FanIn);
        request.join_labels(&mut chain);
        let shape = [vec![rolls.channels(rolls.stages.len() + 1)], vec![1; request.axes()]].concat();
        let (inputs, outputs) = (chain.output()[0], shape[0]);
        chain.push("in", Linear { inputs, outputs });
        chain.push("in.shape", Unflatten { shape });
        request.activate(&mut chain, "in", Function::Relu);
        for (i, stage) in rolls.stages.iter().enumerate().rev() {
            let name = format!("block{}", rolls.stages.len() - i);
            up(request, &mut chain, &name, (rolls.channels(i + 1), &stage.window));
            crop(&mut chain, &name, &stage.sides);
            request.activate(&mut chain, &name, Function::Relu);
        }
        let [inner, outer] = [1, 0].map(|level| rolls.channels(level));
        let stream = |windows: [&[i64]; 2]| {
            let mut stream = Chain::new(&chain.output(), chain.init);
            up(request, &mut stream, "first", (inner, windows[0]));
            request.activate(&mut stream, "first", Function::Relu);
            up(request, &mut stream, "second", (outer, windows[1]));
            stream.layers
        };
        let streams = rolls.streams(stream);
        chain.push("streams", streams);
        crop(&mut chain, "streams", &request.data.sample()[1..]);
        request.activate(&mut chain, "streams", Function::Relu);
        chain.push("out", request.conv(outer, request.colours(), 1, 1));
        request.head(&mut chain);
        Ok(chain)
    }

    fn down(&self, request: &Request, to: Down) -> Result<Chain> {
        let Down::Scores = to else { return Err(missing(self.name(), to.pair())) };
        let rolls = Rolls::new(request);
        let mut chain = Chain::new(&request.data.sample(), InitScheme::FanIn);
        let [inner, outer] = [1, 0].map(|level| rolls.channels(level));
        pad(&mut chain, "streams", &rolls.both());
        let stream = |windows: [&[i64]; 2]| {
            let mut stream = Chain::new(&chain.output(), chain.init);
            down(request, &mut stream, "first", (outer, windows[0]));
            request.activate(&mut stream, "first", Function::LeakyRelu);
            down(request, &mut stream, "second", (inner, windows[1]));
            stream.layers
        };
        let streams = rolls.streams(stream);
        chain.push("streams", streams);
        request.activate(&mut chain, "streams", Function::LeakyRelu);
        for (i, stage) in rolls.stages.iter().enumerate() {
            let name = format!("block{}", i + 1);
            if i + 1 == rolls.stages.len() {
                request.join_deviation(&mut chain);
                request.join_labels(&mut chain);
            }
            pad(&mut chain, &name, &stage.window);
            down(request, &mut chain, &name, (rolls.channels(i + 2), &stage.window));
            request.activate(&mut chain, &name, Function::LeakyRelu);
        }
        chain.push("flatten", Flatten {});
        request.score(&mut chain);
        Ok(chain)
    }
}

// A reduction by a window.
struct Stage {
    // Sides that it reduces.
    sides: Vec<i64>,
    window: Vec<i64>,
}

// The reductions of a roll, from the largest sides to one pixel.
struct Rolls {
    base: i64,
    octave: Vec<i64>,
    beat: Vec<i64>,
    // After octaves and beats.
    stages: Vec<Stage>,
}

impl Rolls {
    fn new(request: &Request) -> Self {
        let mut sides = request.data.sample()[1..].to_vec();
        let (pitch, step) = (sides.len() - 1, sides.len() - 2);
        let window = |sides: &[i64], axis: usize, most: i64| {
            let mut window = vec![1; sides.len()];
            window[axis] = most.min(sides[axis]);
            window
        };
        let (octave, beat) = (window(&sides, pitch, OCTAVE), window(&sides, step, BEAT));
        sides = reduced(&reduced(&sides, &octave), &beat);
        let mut stages = Vec::new();
        let mut reduce = |sides: &mut Vec<i64>, window: Vec<i64>| {
            let fewer = reduced(sides, &window);
            stages.push(Stage { sides: std::mem::replace(sides, fewer), window });
        };
        let octaves = window(&sides, pitch, LONGEST);
        reduce(&mut sides, octaves);
        while let Some(axis) = (0..pitch).rev().find(|&axis| sides[axis] > ENOUGH) {
            let some = window(&sides, axis, BEAT);
            reduce(&mut sides, some);
        }
        let all = sides.clone();
        reduce(&mut sides, all);
        let base = request.spec.base_channels.unwrap_or(CHANNELS);
        Rolls { base, octave, beat, stages }
    }

    // Channels of the roll's size, and after each reduction.
    fn channels(&self, level: usize) -> i64 {
        self.base << level.min(DOUBLINGS)
    }

    // Window of a beat of an octave.
    fn both(&self) -> Vec<i64> {
        self.octave.iter().zip(&self.beat).map(|(octave, beat)| octave * beat).collect()
    }

    // The sum of a stream by octaves, then beats, and of one by beats, then octaves.
    fn streams(&self, stream: impl Fn([&[i64]; 2]) -> Vec<Named>) -> Residual {
        Residual {
            body: stream([&self.octave, &self.beat]),
            shortcut: stream([&self.beat, &self.octave]),
            scaled: false,
        }
    }
}

// Sides after a reduction, rounded up.
fn reduced(sides: &[i64], window: &[i64]) -> Vec<i64> {
    sides.iter().zip(window).map(|(side, window)| (side + window - 1) / window).collect()
}

// Pads to whole windows.
fn pad(chain: &mut Chain, name: &str, window: &[i64]) {
    let before = chain.output();
    let sides: Vec<i64> =
        before[1..].iter().zip(window).map(|(side, window)| (side + window - 1) / window * window).collect();
    if before[1..] != sides {
        chain.push(format!("{name}.pad"), Pad { sides });
    }
}

fn down(request: &Request, chain: &mut Chain, name: &str, (outputs, window): (i64, &[i64])) {
    let (inputs, kernel, stride, bias) = (chain.output()[0], window.to_vec(), window.to_vec(), request.bias());
    let conv = Conv { inputs, outputs, kernel, stride, padding: 0, bias };
    chain.push(format!("{name}.conv"), request.weight(conv));
}

fn up(request: &Request, chain: &mut Chain, name: &str, (outputs, window): (i64, &[i64])) {
    let (inputs, kernel, stride, bias) = (chain.output()[0], window.to_vec(), window.to_vec(), request.bias());
    chain.push(format!("{name}.conv"), ConvTranspose { inputs, outputs, kernel, stride, padding: 0, bias });
}

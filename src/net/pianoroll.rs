//! Generator and discriminator for piano rolls, with bars, steps and pitches as sides and tracks as channels (similar to
//! Dong and Yang, "Convolutional Generative Adversarial Networks with Binary Neurons for Polyphonic Music Generation",
//! 2018, after Dong et al., "MuseGAN", 2018).
//!
//! Windows follow the meaning of the sides and do not overlap, so any sides fit: the generator crops, the discriminator
//! pads. The discriminator reduces octaves of 12 pitches, all octaves, and beats of 4 steps, in two streams that are added:
//! pitches first (chords), or beats first (rhythms). Then beats are reduced by fours until at most 7 are left, and bars
//! last. The generator is its mirror image. Rolls without bars, images of steps and pitches, are one bar.

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
const CHANNELS: i64 = 16;
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
        let shape = [vec![rolls.after(rolls.stages.len())], vec![1; request.axes()]].concat();
        let (inputs, outputs) = (chain.output()[0], shape[0]);
        chain.push("in", Linear { inputs, outputs });
        chain.push("in.shape", Unflatten { shape });
        request.activate(&mut chain, "in", Function::Relu);
        for (i, stage) in rolls.stages.iter().enumerate().rev() {
            let name = format!("block{}", rolls.stages.len() - i);
            up(request, &mut chain, &name, (rolls.after(i), &stage.window));
            crop(&mut chain, &name, &stage.sides);
            request.activate(&mut chain, &name, Function::Relu);
        }
        let streams = rolls.streams(|order, windows| {
            let mut stream = Chain::new(&chain.output(), chain.init);
            for (level, window) in windows.iter().enumerate().rev() {
                let name = format!("{order}.up{}", windows.len() - level);
                up(request, &mut stream, &name, (rolls.channels(level), window));
                if level > 0 {
                    request.activate(&mut stream, &name, Function::Relu);
                }
            }
            stream.layers
        });
        chain.push("streams", streams);
        crop(&mut chain, "streams", &request.data.sample()[1..]);
        request.activate(&mut chain, "streams", Function::Relu);
        chain.push("out", request.conv(rolls.channels(0), request.colours(), 1, 1));
        request.head(&mut chain);
        Ok(chain)
    }

    fn down(&self, request: &Request, to: Down) -> Result<Chain> {
        let Down::Scores = to else { return Err(missing(self.name(), to.pair())) };
        let rolls = Rolls::new(request);
        let mut chain = Chain::new(&request.data.sample(), InitScheme::FanIn);
        pad(&mut chain, "streams", &rolls.both());
        let streams = rolls.streams(|order, windows| {
            let mut stream = Chain::new(&chain.output(), chain.init);
            for (level, window) in windows.iter().enumerate() {
                let name = format!("{order}.down{}", level + 1);
                down(request, &mut stream, &name, (rolls.channels(level), window));
                if level + 1 < windows.len() {
                    request.activate(&mut stream, &name, Function::LeakyRelu);
                }
            }
            stream.layers
        });
        chain.push("streams", streams);
        request.activate(&mut chain, "streams", Function::LeakyRelu);
        for (i, stage) in rolls.stages.iter().enumerate() {
            let name = format!("block{}", i + 1);
            if i + 1 == rolls.stages.len() {
                request.join_deviation(&mut chain);
                request.join_labels(&mut chain);
            }
            pad(&mut chain, &name, &stage.window);
            down(request, &mut chain, &name, (rolls.after(i + 1), &stage.window));
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
    octaves: Vec<i64>,
    beat: Vec<i64>,
    // After pitches and beats.
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
        let octaves = window(&sides, pitch, LONGEST);
        sides = reduced(&sides, &octaves);
        let mut stages = Vec::new();
        while let Some(axis) = (0..pitch).rev().find(|&axis| sides[axis] > ENOUGH) {
            let window = window(&sides, axis, BEAT);
            let fewer = reduced(&sides, &window);
            stages.push(Stage { sides: std::mem::replace(&mut sides, fewer), window });
        }
        stages.push(Stage { window: sides.clone(), sides });
        let base = request.spec.base_channels.unwrap_or(CHANNELS);
        Rolls { base, octave, octaves, beat, stages }
    }

    // Channels of the roll's size, and after each reduction.
    fn channels(&self, level: usize) -> i64 {
        self.base << level.min(DOUBLINGS)
    }

    // Channels of the features after stage `i`, or before the first.
    fn after(&self, stages: usize) -> i64 {
        self.channels(2 + stages)
    }

    // Window of a beat of all pitches.
    fn both(&self) -> Vec<i64> {
        let windows = self.octave.iter().zip(&self.octaves).zip(&self.beat);
        windows.map(|((octave, octaves), beat)| octave * octaves * beat).collect()
    }

    // The sum of a stream that reduces pitches before beats, and of one that reduces beats before pitches.
    fn streams(&self, stream: impl Fn(&str, [&[i64]; 3]) -> Vec<Named>) -> Residual {
        Residual {
            body: stream("pitches_first", [&self.octave, &self.octaves, &self.beat]),
            shortcut: stream("beats_first", [&self.beat, &self.octave, &self.octaves]),
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

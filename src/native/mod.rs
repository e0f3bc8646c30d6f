//! The native executor: forward and backward passes of a described network on the CPU, on several threads.
//!
//! All threads process the layers together and split the work within each layer; nothing is allocated or dispatched in
//! between. Images are channels-last.

mod activation;
mod attend;
mod batch_norm;
mod binary;
mod cell;
mod centre;
mod channels;
mod compare;
mod condition;
mod conv;
mod conv_transpose;
mod corner;
mod cross_attention;
mod documents;
mod dropout;
mod embedding;
mod encoder_decoder;
mod executor;
mod gate;
mod gemm;
mod group_norm;
mod label_vectors;
mod layer_norm;
mod lookup;
mod maxout;
mod minibatch_deviation;
mod mkl;
mod modulate;
mod noise;
mod one_hot;
mod op;
mod panels;
mod partial;
mod permute;
mod plan;
mod pool;
mod positions;
mod product;
mod projection;
mod recurrent;
mod recurrent_step;
mod residual;
mod resize;
mod rms_norm;
mod self_attention;
mod self_attention_step;
mod skip;
mod softmax;
mod spectral;
mod stepwise;
mod sum;
mod surprise;
mod tied;
mod walk;
mod waves;
mod windows;
mod winograd;

pub use executor::{Executor, Pass, Wanted};
pub use plan::Plan;
pub use surprise::surprise;
pub use walk::{Sources, Walk};

use std::ops::Range;

use crate::base::pool::Worker;
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Depth, height and width of an image; leading sides are 1 if there are fewer axes.
pub type Sides = [usize; 3];

/// Arguments of a layer's passes.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The calling thread, one of several that call the layer at the same time; each processes a part.
    pub worker: Worker<'a>,
    /// Number of samples.
    pub count: usize,
    /// Number of samples that there is room for in what is kept: as many, or more of a walk that some have left, or whose
    /// threads compute samples of their own.
    pub room: usize,
    /// Number of the first sample in what is kept.
    pub first: usize,
    /// Parameters of the layer, in the layout of the flat buffer.
    pub weights: &'a [f32],
    /// Running statistics of the layer; empty in the backward pass.
    pub buffers: &'a Shares<'a>,
    /// What the network is given beside the samples, see [`crate::layer::Parts::given`]; empty for nothing.
    pub given: &'a [f32],
    /// What a decoder sees of its encoder; empty for nothing.
    pub memory: Memory<'a>,
    /// Noise of the layer, each in the memory layout of the samples, see [`crate::layer::Parts::noise`]; empty for none.
    pub noise: &'a [&'a [f32]],
    /// True in training: statistics are those of the batch and update the running statistics.
    pub training: bool,
    /// Point at which the layers are linearised: a pass is that of the derivative along its input, so that constant terms
    /// count as 0. None in other passes.
    pub at: Option<Point<'a>>,
    /// Gradients of the layer's input that come from the change of its derivative, [`Op::curves`] in number: written by
    /// backward passes with a point, added by others.
    pub curves: Option<&'a Shares<'a>>,
    /// Place of a sequence that is computed, where a network computes one at a time; else 0.
    pub place: usize,
    /// Values kept from the forward pass for the backward pass, [`Op::kept`] in number.
    pub kept: &'a Shares<'a>,
    /// Uninitialised working memory: [`Op::scratch`] values, for all threads together.
    pub scratch: &'a Shares<'a>,
}

impl<'a> Work<'a> {
    /// The layer's weights from `first` on, which are constant terms: none in a linearisation.
    pub fn biases(&self, first: usize) -> &'a [f32] {
        match self.at {
            Some(_) => &[],
            None => &self.weights[first..],
        }
    }

    /// The samples' range in what is kept of all samples, `size` values each.
    pub fn rows(&self, size: usize) -> Range<usize> {
        self.first * size..(self.first + self.count) * size
    }
}

/// A layer's part of the forward pass at a point where the layers are linearised.
#[derive(Clone, Copy)]
pub struct Point<'a> {
    /// Input.
    pub x: &'a [f32],
    /// Output; empty if nothing depends on it.
    pub y: &'a [f32],
    /// Values that the layer kept.
    pub kept: &'a Shares<'a>,
}

/// What a decoder sees of its encoder, see [`crate::layer::Memory`].
#[derive(Clone, Copy, Default)]
pub struct Memory<'a> {
    /// Keys and values, `[count, sources, width]`.
    pub states: &'a [f32],
    /// Values of a place of the sources.
    pub width: usize,
    /// For each place of the sources, the first place of its document.
    pub starts: &'a [f32],
    /// For each place of the sequences, the first place of its source.
    pub seen: &'a [f32],
    /// Gradient of the states, in a backward pass. Layers overwrite the columns that they read.
    pub slopes: Option<&'a Shares<'a>>,
}

/// Gradients of a layer's backward pass.
#[derive(Clone, Copy)]
pub struct Slopes<'a> {
    /// Gradient of the output.
    pub y: &'a [f32],
    /// Gradient of the input, to be overwritten, if wanted.
    pub x: Option<&'a Shares<'a>>,
    /// Gradient of the layer's parameters, if wanted, and true if it is to be added to the existing values.
    pub weights: Option<(&'a Shares<'a>, bool)>,
}

/// A layer of this executor.
///
/// Threads write disjoint parts of the results, which are read only after all threads have finished.
pub trait Op: Send + Sync {
    /// Number of values that a forward pass of `count` samples keeps for the backward pass.
    fn kept(&self, count: usize) -> usize {
        let _ = count;
        0
    }

    /// Number of working values for `count` samples on `threads` threads.
    fn scratch(&self, count: usize, threads: usize) -> usize {
        let _ = (count, threads);
        0
    }

    /// Replaces what is kept of each sample by what is kept of the sample `from`, for samples that are computed a place at a
    /// time.
    fn reorder(&self, kept: &mut [f32], from: &[usize]) {
        reorder(kept, from);
    }

    /// Rearranges parameters that will not change any more so that forward passes are faster.
    fn settle(&mut self, weights: &mut [f32]) {
        let _ = weights;
    }

    /// Names of the convolutions in it that compute fewer products than their definition has, for `count` samples; its own
    /// name is empty.
    fn fewer(&self, count: usize) -> Vec<String> {
        let _ = count;
        Vec::new()
    }

    /// Number of values of [`Work::curves`] for `count` samples of `inputs` values: as many, if the derivative changes with
    /// the input.
    fn curves(&self, count: usize, inputs: usize) -> usize {
        let _ = (count, inputs);
        0
    }

    /// True if the layer has no passes with [`Work::at`].
    fn bends(&self) -> bool {
        true
    }

    /// Computes `y` and applies `then` to each value.
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>);

    /// Computes the wanted gradients from the gradient of `y`.
    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes);
}

/// Replaces each of several rows of the same length by the row `from`.
fn reorder(rows: &mut [f32], from: &[usize]) {
    let size = rows.len() / from.len().max(1);
    let moved = || from.iter().enumerate().filter(|(to, from)| to != *from);
    let copies: Vec<f32> = moved().flat_map(|(_, from)| rows[from * size..][..size].to_vec()).collect();
    for ((to, _), row) in moved().zip(copies.chunks(size.max(1))) {
        rows[to * size..][..size].copy_from_slice(row);
    }
}

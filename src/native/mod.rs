//! The CPU executor of a described network: forward and backward on plain memory, on several threads.
//!
//! All threads go through the layers together and share the work within each; nothing is allocated or dispatched on the
//! way. Pictures lie with the channels last.

mod activation;
mod batch_norm;
mod centre;
mod compare;
mod condition;
mod conv;
mod conv_transpose;
mod corner;
mod executor;
mod gemm;
mod mkl;
mod op;
mod parts;
mod permute;
mod plan;
mod product;
mod residual;
mod resize;
mod windows;

pub use executor::{Executor, Pass, Wanted};
pub use plan::Plan;

use crate::base::pool::Member;
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Depth, height and width of a picture; the first are 1 where there are fewer axes.
pub type Sides = [usize; 3];

/// What a layer works with.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The thread, one of several that call the layer at the same time; each does a part.
    pub member: Member<'a>,
    /// Samples.
    pub count: usize,
    /// The layer's own parameters, as the flat buffer holds them.
    pub weights: &'a [f32],
    /// The layer's own running statistics; empty on the way back.
    pub buffers: &'a Shares<'a>,
    /// Labels of the samples, where the network was given some.
    pub labels: &'a [f32],
    /// What the layer keeps from its way forward for its way back: [`Op::kept`] values.
    pub kept: &'a Shares<'a>,
    /// Memory to work in, with anything in it: [`Op::scratch`] values for all threads together.
    pub scratch: &'a Shares<'a>,
}

/// Where the way back through a layer starts, and what it leaves.
pub struct Slopes<'a> {
    /// Gradient of the output.
    pub y: &'a [f32],
    /// Gradient of the input, to be overwritten, where it is wanted.
    pub x: Option<&'a Shares<'a>>,
    /// Gradient of the layer's parameters, where it is wanted, and whether it is added to what is there.
    pub weights: Option<(&'a Shares<'a>, bool)>,
}

/// A layer as this executor runs it.
///
/// Threads write different parts of what they make, and nobody reads them before all are done.
pub trait Op: Send + Sync {
    /// Values that the way forward of so many samples keeps for the way back.
    fn kept(&self, count: usize) -> usize {
        let _ = count;
        0
    }

    /// Values that either way works in, for so many samples on so many threads.
    fn scratch(&self, count: usize, threads: usize) -> usize {
        let _ = (count, threads);
        0
    }

    /// Fills `y`, and does to each value what is then to be done.
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>);

    /// From the gradient of `y` to what is wanted.
    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes);
}

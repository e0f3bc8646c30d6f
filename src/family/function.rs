//! Part of a fitted model as a plain function from tensors to tensors.

use tch::Tensor;

use crate::error::Result;
use crate::layer::Chain;

/// What a function does with its input and, where the model knows labels, with labels `[n, width]`.
pub type Call = dyn Fn(&Tensor, Option<&Tensor>) -> Result<Tensor> + Send;

/// A network with the weights that results are made with, and what belongs to it.
pub struct Function {
    /// The network's description.
    pub chain: Chain,
    /// Shape of the input, without the batch.
    pub input: Vec<i64>,
    /// Shape of the output, without the batch.
    pub output: Vec<i64>,
    /// What it does.
    pub call: Box<Call>,
}

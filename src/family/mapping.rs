//! Part of a fitted model as a function from tensors to tensors.

use tch::Tensor;

use crate::error::Result;
use crate::layer::Chain;

/// Maps an input and, for a conditional model, labels `[n, width]`, to the output.
pub type Call = dyn Fn(&Tensor, Option<&Tensor>) -> Result<Tensor> + Send;

/// A network with the weights used for results, and its shapes.
pub struct Mapping {
    /// The network's description.
    pub chain: Chain,
    /// Shape of the input without the batch axis.
    pub input: Vec<i64>,
    /// Shape of the output without the batch axis.
    pub output: Vec<i64>,
    /// The function.
    pub call: Box<Call>,
}

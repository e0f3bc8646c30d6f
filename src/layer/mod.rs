//! Building blocks of networks, one file each. A layer is a value: it can be stored, compared and read by any executor;
//! running it is one of the things that can be done with it.

mod activation;
pub mod batch_norm;
mod centre;
pub mod chain;
mod condition;
mod conv;
mod conv_transpose;
mod crop;
mod flatten;
mod group_norm;
mod linear;
mod pad;
mod residual;
mod resize;
mod spectral;
mod unflatten;

use serde::{Deserialize, Serialize};
use tch::Tensor;

pub use activation::{Activation, Function, SLOPE};
pub use batch_norm::BatchNorm;
pub use centre::Centre;
pub use chain::Chain;
pub use condition::Condition;
pub use conv::Conv;
pub use conv_transpose::ConvTranspose;
pub use crop::Crop;
pub use flatten::Flatten;
pub use group_norm::GroupNorm;
pub use linear::Linear;
pub use pad::Pad;
pub use residual::Residual;
pub use resize::Resize;
pub use spectral::Spectral;
pub use unflatten::Unflatten;

use crate::base::ParamSpec;
use crate::error::Result;

/// The tensors that one layer works with.
pub struct Parts<'a> {
    /// Its parameters, in the order of [`Forward::parameters`].
    pub parameters: &'a [Tensor],
    /// Its running statistics, in the order of [`Forward::buffers`].
    pub buffers: &'a [Tensor],
    /// Labels `[n, width]`, where the network was given some.
    pub labels: Option<&'a Tensor>,
    /// Whether statistics come from the batch, and are remembered.
    pub training: bool,
}

/// What a layer has and does. Shapes leave out the batch: `[features]` or `[channels, height, width]`.
pub trait Forward {
    /// Parameters, with names local to the layer.
    fn parameters(&self) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Running statistics: role `Scale` starts at 1, others at 0.
    fn buffers(&self) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Shape of the output for an input of this shape.
    fn output(&self, input: &[i64]) -> Vec<i64>;

    /// The output, differentiable twice. Takes the input by value, so that it may be changed in place where nobody needs it.
    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor>;
}

macro_rules! layers {
    ($($name:ident),* $(,)?) => {
        /// One layer of a network's description.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "layer", rename_all = "snake_case", deny_unknown_fields)]
        pub enum Layer {
            $(#[allow(missing_docs)] $name($name)),*
        }

        impl std::ops::Deref for Layer {
            type Target = dyn Forward;
            fn deref(&self) -> &Self::Target {
                match self {
                    $(Layer::$name(layer) => layer),*
                }
            }
        }

        $(impl From<$name> for Layer {
            fn from(layer: $name) -> Self {
                Layer::$name(layer)
            }
        })*
    };
}

layers!(
    Activation,
    BatchNorm,
    Centre,
    Condition,
    Conv,
    ConvTranspose,
    Crop,
    Flatten,
    GroupNorm,
    Linear,
    Pad,
    Residual,
    Resize,
    Spectral,
    Unflatten,
);

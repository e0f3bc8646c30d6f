//! Layers, the building blocks of networks, one file each. A layer is a value: it can be stored, compared and read by
//! any executor.

mod activation;
mod attend;
pub mod batch_norm;
mod binary;
mod border;
mod centre;
pub mod chain;
mod condition;
mod conv;
mod conv_transpose;
mod crop;
mod cross_attention;
mod dropout;
mod embedding;
mod encoder_decoder;
mod flatten;
mod gate;
pub mod given;
pub mod group_norm;
mod layer_norm;
mod linear;
mod lookup;
mod maxout;
mod memory;
pub mod minibatch_deviation;
mod modulate;
mod noise;
mod one_hot;
mod pad;
mod pool;
mod positions;
mod projection;
mod recurrent;
mod residual;
mod resize;
mod rms_norm;
mod self_attention;
mod sequence_decoder;
mod sequence_encoder;
mod skip;
pub mod spectral;
mod stack;
mod sum;
mod tied;
mod unflatten;
mod waves;

use serde::{Deserialize, Serialize};
use tch::Tensor;

pub use activation::{Activation, AnyFunction, Function, SLOPE};
pub use attend::Attend;
pub use batch_norm::BatchNorm;
pub use binary::Binary;
pub use border::Border;
pub use centre::Centre;
pub use chain::Chain;
pub use condition::Condition;
pub use conv::Conv;
pub use conv_transpose::ConvTranspose;
pub use crop::Crop;
pub use cross_attention::CrossAttention;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use encoder_decoder::EncoderDecoder;
pub use flatten::Flatten;
pub use gate::Gate;
pub use group_norm::GroupNorm;
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use lookup::Lookup;
pub use maxout::Maxout;
pub use memory::{Memory, SourceWeights};
pub use minibatch_deviation::MinibatchDeviation;
pub use modulate::Modulate;
pub use noise::Noise;
pub use one_hot::OneHot;
pub use pad::Pad;
pub use pool::Pool;
pub use positions::Positions;
pub use projection::Projection;
pub use recurrent::{Cell, Recurrent};
pub use residual::Residual;
pub use resize::Resize;
pub use rms_norm::RmsNorm;
pub use self_attention::SelfAttention;
pub use sequence_decoder::SequenceDecoder;
pub use sequence_encoder::SequenceEncoder;
pub use skip::Skip;
pub use spectral::Spectral;
pub use stack::Stack;
pub use sum::Sum;
pub use tied::Tied;
pub use unflatten::Unflatten;
pub use waves::Waves;

use crate::base::ParamSpec;
use crate::error::Result;

/// Tensors of one layer.
#[derive(Clone, Copy, Default)]
pub struct Parts<'a> {
    /// Parameters, in the order of [`Forward::parameters`].
    pub parameters: &'a [Tensor],
    /// Running statistics, in the order of [`Forward::buffers`].
    pub buffers: &'a [Tensor],
    /// What the network is given beside its input, `[n, width]`: labels, or for each place of a sequence the first place of
    /// its document.
    pub given: Option<&'a Tensor>,
    /// What a decoder sees of its encoder.
    pub memory: Option<&'a Memory>,
    /// Collects the weights with which places see their sources, if wanted.
    pub weights: Option<&'a SourceWeights>,
    /// Standard normal noise, `[n, ...]` each, in the order of [`Forward::noise`]; empty for no noise.
    pub noise: &'a [Tensor],
    /// The token before each place of a text, `[n, places]`, for layers that write one.
    pub before: Option<&'a Tensor>,
    /// True in training: statistics are computed from the batch and update the running statistics.
    pub training: bool,
}

/// Declarations and computation of a layer. Shapes exclude the batch axis: `[features]` or `[channels, ...sides]`.
pub trait Forward {
    /// Parameters, with names local to the layer.
    fn parameters(&self) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Running statistics: initially 1 for role `Scale`, else 0.
    fn buffers(&self) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Number of values per sample that the layer requires beside its input, if any.
    fn given(&self) -> Option<i64> {
        None
    }

    /// Shapes, per sample, of the standard normal noise that the layer accepts in training.
    fn noise(&self) -> Vec<Vec<i64>> {
        Vec::new()
    }

    /// Shape of the output for an input of this shape.
    fn output(&self, input: &[i64]) -> Vec<i64>;

    /// Computes the output, twice differentiable. Takes the input by value, so that it may be modified in place if it
    /// is not used elsewhere.
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
    Attend,
    BatchNorm,
    Binary,
    Border,
    Centre,
    Condition,
    Conv,
    ConvTranspose,
    Crop,
    CrossAttention,
    Dropout,
    Embedding,
    EncoderDecoder,
    Flatten,
    Gate,
    GroupNorm,
    LayerNorm,
    Linear,
    Lookup,
    Maxout,
    MinibatchDeviation,
    Modulate,
    Noise,
    OneHot,
    Pad,
    Pool,
    Positions,
    Projection,
    Recurrent,
    Residual,
    Resize,
    RmsNorm,
    SelfAttention,
    SequenceDecoder,
    SequenceEncoder,
    Skip,
    Spectral,
    Sum,
    Tied,
    Unflatten,
    Waves,
);

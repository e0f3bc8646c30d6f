//! How values are mapped to the network's range.

use tch::Tensor;

use super::{Numbers, Ruler};
use crate::error::Result;
use crate::layer::Layer;

/// Offsets of more than this many widths or deviations are subtracted in float64: float32 has 24 bits.
pub(super) const OFFSET: f64 = 1024.0;

/// The mapping of values to the network's range. Tensors have the columns last, and are float32 or float64.
pub trait Scale {
    /// Learns the scale from measured training data; `said` is the range given by the user.
    fn learn(&mut self, ruler: &Ruler, numbers: Numbers, said: Option<(f64, f64)>);

    /// The scale, before it is learnt, of samples with this number of channels, features or columns.
    fn of(channels: i64) -> Self
    where
        Self: Sized;

    /// Number of channels, features or columns in the network.
    fn channels(&self) -> i64;

    /// Number of columns, if each is measured separately.
    fn columns(&self) -> Option<usize> {
        None
    }

    /// True if bytes have the range of their values, not that of their type.
    fn exact(&self) -> bool {
        false
    }

    /// True if its numbers are valid.
    fn fits(&self) -> bool;

    /// The range of all values together, where it is known.
    fn range(&self) -> Option<(f64, f64)>;

    /// The range (low, high) that is mapped to [-1, 1]; `None` if each column is standardised.
    fn span(&self) -> Option<(f64, f64)>;

    /// Maps all values by the common range to [-1, 1].
    fn bound(&mut self) {}

    /// What is subtracted from values, and what they are divided by, to bring them to a common scale: a value for each
    /// column, or one for all.
    fn units(&self) -> (Vec<f64>, Vec<f64>);

    /// True if values lie so far from 0 that float32 cannot represent the differences.
    fn far(&self) -> bool;

    /// To the network's range, of the same type. Takes its input by value, which it changes.
    fn encode(&self, x: Tensor) -> Result<Tensor>;

    /// From the network's range, of the same type.
    fn decode(&self, x: &Tensor) -> Result<Tensor>;

    /// Largest absolute value of each column in the network's range that counts as within the range of the training data;
    /// for columns that are standardised.
    fn reach(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Logarithm of the factor from a density per value of the user's to one of the network's, summed over the columns, and
    /// the number of values that share it.
    fn log_volume(&self) -> (f64, i64);

    /// Repeats the channels: `count` samples side by side are one.
    fn repeat(&mut self, count: i64);

    /// Layer at the end of a generator, whose output is in the network's range; `None` for any real value.
    fn head(&self) -> Option<Layer> {
        None
    }

    /// Name of the usual likelihood.
    fn likelihood(&self) -> &'static str {
        "gaussian"
    }

    /// True if values are symbols, which have no order.
    fn symbolic(&self) -> bool {
        self.one_hot()
    }

    /// True if the channels of a network's sample are one-hot vectors.
    fn one_hot(&self) -> bool {
        false
    }
}

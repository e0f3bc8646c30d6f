//! Feed-forward layers at each place of a sequence.

use serde::{Deserialize, Serialize};

use crate::choices;
use crate::layer::chain::Named as Layered;
use crate::layer::{Activation, Function, Gate};
use crate::settings::Named;

/// Width of the inner layer, in widths of the network; of two thirds where gates double it.
const INNER: i64 = 4;
/// The inner width of gated layers is a multiple of it.
const STEP: i64 = 16;

/// What stands between the two products of a feed-forward layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feed {
    /// [`Function::SquaredRelu`]
    #[default]
    SquaredRelu,
    /// [`Function::Relu`]
    Relu,
    /// [`Function::Silu`]
    Silu,
    /// [`Function::Gelu`]
    Gelu,
    /// [`Function::GeluTanh`]
    GeluTanh,
    /// Gates (Shazeer, "GLU Variants Improve Transformer", 2020).
    Swiglu,
}

choices! {
    /// What stands between the two products of a feed-forward layer.
    pub AnyFeed: Feed [SquaredRelu, Relu, Silu, Gelu, GeluTanh, Swiglu];
}

impl Named for Feed {
    fn name(self) -> &'static str {
        self.function().map_or("swiglu", Function::name)
    }
}

impl Feed {
    /// The element-wise function; `None` for gates.
    fn function(self) -> Option<Function> {
        match self {
            Feed::SquaredRelu => Some(Function::SquaredRelu),
            Feed::Relu => Some(Function::Relu),
            Feed::Silu => Some(Function::Silu),
            Feed::Gelu => Some(Function::Gelu),
            Feed::GeluTanh => Some(Function::GeluTanh),
            Feed::Swiglu => None,
        }
    }

    /// Usual inner width of a network of this width: gates have three products in place of two, with as many weights in all.
    pub fn inner(self, width: i64) -> i64 {
        match self.function() {
            Some(_) => INNER * width,
            None => (2 * INNER * width / 3 + STEP - 1) / STEP * STEP,
        }
    }

    /// Outputs of the first product for this inner width.
    pub(super) fn outputs(self, inner: i64) -> i64 {
        match self.function() {
            Some(_) => inner,
            None => 2 * inner,
        }
    }

    /// The layer between the products.
    pub(super) fn layer(self) -> Layered {
        match self.function() {
            Some(function) => Layered::new("act", Activation { function }),
            None => Layered::new("gate", Gate {}),
        }
    }
}

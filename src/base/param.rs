//! One parameter of a network, as a layer declares it.

/// What a parameter is for; with an [`super::InitScheme`] it decides the initial values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// A matrix or a kernel.
    Weight,
    /// Added to a layer's output.
    Bias,
    /// Multiplies normalised values.
    Scale,
    /// Added to normalised values.
    Shift,
}

/// One parameter as a layer declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSpec {
    /// Name within the network: `block1.conv.weight`.
    pub name: String,
    /// Shape in torch's own order, `[out, in, ...sides]` for a kernel.
    pub shape: Vec<i64>,
    /// What it is for.
    pub role: Role,
    /// How many inputs one output is made of.
    pub fan_in: i64,
}

impl ParamSpec {
    /// A parameter with its role and fan-in.
    pub fn new(name: &str, shape: &[i64], role: Role, fan_in: i64) -> Self {
        ParamSpec { name: name.into(), shape: shape.into(), role, fan_in }
    }

    /// Number of values.
    pub fn len(&self) -> i64 {
        self.shape.iter().product()
    }

    /// Whether it holds no value at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    // True for the weights of a convolution, which lie in memory with the channels last.
    pub(super) fn is_kernel(&self) -> bool {
        self.role == Role::Weight && self.shape.len() > 2
    }

    // [a, b, ...sides] of a kernel lies in memory as [a, ...sides, b].
    pub(super) fn stored_shape(&self) -> Vec<i64> {
        let mut shape = self.shape.clone();
        if self.is_kernel() {
            shape[1..].rotate_left(1);
        }
        shape
    }
}

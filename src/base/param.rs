//! Declaration of one parameter of a network.

/// Role of a parameter; determines the initial values together with [`super::InitScheme`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// Matrix or convolution kernel.
    Weight,
    /// Bias of a layer's output.
    Bias,
    /// Scale of normalised values.
    Scale,
    /// Shift of normalised values.
    Shift,
}

/// Declaration of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSpec {
    /// Name within the network: `block1.conv.weight`.
    pub name: String,
    /// Shape in PyTorch's axis order, `[out, in, ...sides]` for a kernel.
    pub shape: Vec<i64>,
    /// Role.
    pub role: Role,
    /// Number of inputs per output.
    pub fan_in: i64,
}

impl ParamSpec {
    /// Creates a declaration.
    pub fn new(name: &str, shape: &[i64], role: Role, fan_in: i64) -> Self {
        ParamSpec { name: name.into(), shape: shape.into(), role, fan_in }
    }

    /// Number of values.
    pub fn len(&self) -> i64 {
        self.shape.iter().product()
    }

    /// True if the parameter has no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    // True for the weights of a convolution, which are stored channels-last.
    pub(super) fn is_kernel(&self) -> bool {
        self.role == Role::Weight && self.shape.len() > 2
    }

    // [a, b, ...sides] of a kernel is stored as [a, ...sides, b].
    pub(super) fn stored_shape(&self) -> Vec<i64> {
        let mut shape = self.shape.clone();
        if self.is_kernel() {
            shape[1..].rotate_left(1);
        }
        shape
    }
}

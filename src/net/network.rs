//! A description with its parameters: what an architecture becomes when it is to run on libtorch.

use tch::{Device, Tensor};

use crate::base::shape::tuple;
use crate::base::{ParamStore, Philox};
use crate::error::{Error, Result};
use crate::layer::{chain, Chain, Parts};

/// A network with its own weights and running statistics.
pub struct Network {
    /// Its description.
    pub chain: Chain,
    /// Its weights.
    pub params: ParamStore,
    /// Its running statistics.
    pub buffers: ParamStore,
}

impl Network {
    /// Initialised from the run's stream; `first` numbers its first parameter within the run.
    pub fn new(chain: Chain, random: &Philox, first: u64, device: Device) -> Result<Self> {
        Ok(Network {
            params: ParamStore::new(chain.parameters(), chain.init, random, first, device)?,
            buffers: ParamStore::constants(chain.buffers(), device)?,
            chain,
        })
    }

    /// In training, with gradients to its weights.
    pub fn leaf(&self) -> Result<Bound<'_>> {
        self.bind(self.params.flat(), self.buffers.flat(), true)
    }

    /// In training, without gradients to its weights.
    pub fn frozen(&self) -> Result<Bound<'_>> {
        self.bind(&self.params.flat().f_detach()?, self.buffers.flat(), true)
    }

    /// With any weights of the same layout.
    ///
    /// # Shapes
    /// `params` and `buffers` are flat, as [`ParamStore::flat`].
    pub fn bind(&self, params: &Tensor, buffers: &Tensor, training: bool) -> Result<Bound<'_>> {
        Ok(Bound {
            chain: std::borrow::Cow::Borrowed(&self.chain),
            parameters: self.params.views(params)?,
            buffers: self.buffers.views(buffers)?,
            training,
        })
    }
}

/// A description bound to weights: a function from tensor to tensor.
pub struct Bound<'a> {
    chain: std::borrow::Cow<'a, Chain>,
    parameters: Vec<Tensor>,
    buffers: Vec<Tensor>,
    training: bool,
}

impl Bound<'_> {
    /// The output for a batch without labels, as [`Bound::given`].
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.given(x, None)
    }

    /// The output for a batch and its labels.
    ///
    /// # Shapes
    /// `[n, ...input]` and `[n, width]` to `[n, ...output]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the input is not of the description's shape, or labels are missing.
    pub fn given(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<Tensor> {
        let size = x.size();
        if size.is_empty() || size[1..] != self.chain.input[..] {
            let sizes: Vec<String> = self.chain.input.iter().map(i64::to_string).collect();
            return Err(Error::Shape {
                name: "input".into(),
                expected: format!("(n, {})", sizes.join(", ")),
                got: tuple(&size),
            });
        }
        let (parameters, buffers) = (&self.parameters[..], &self.buffers[..]);
        let parts = Parts { parameters, buffers, labels, training: self.training };
        chain::run(&self.chain.layers, x.shallow_clone(), &parts)
    }

    /// The same with a description of its own, so that it outlives the network.
    pub fn into_owned(self) -> Bound<'static> {
        Bound {
            chain: std::borrow::Cow::Owned(self.chain.into_owned()),
            ..self
        }
    }

    /// The description.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }
}

//! A description with its parameters: what an architecture becomes when it is to run on libtorch.

use std::borrow::Cow;
use std::sync::Arc;

use tch::{Device, Kind, Tensor};

use super::fold::{fold, folded};
use crate::base::shape::tuple;
use crate::base::{pool, trace, ParamStore, Philox, Role, Tape};
use crate::error::{Error, Result};
use crate::layer::given::fitting;
use crate::layer::{chain, Chain, Parts};
use crate::native::{Executor, Plan, Wanted};

/// A network with its own weights and running statistics.
pub struct Network {
    /// Its description.
    pub chain: Chain,
    /// Its weights.
    pub params: ParamStore,
    /// Its running statistics.
    pub buffers: ParamStore,
    native: Option<Arc<Executor>>,
}

impl Network {
    /// Initialised from the run's stream; `first` numbers its first parameter within the run.
    pub fn new(chain: Chain, random: &Philox, first: u64, device: Device) -> Result<Self> {
        Ok(Network {
            params: ParamStore::new(chain.parameters(), chain.init, random, first, device)?,
            buffers: ParamStore::constants(chain.buffers(), device)?,
            native: None,
            chain,
        })
    }

    /// Where the data has its mean, `[...input]` in the network's range: what is taken off its input from here on.
    pub fn centre(&self, mean: &Tensor) -> Result<()> {
        let views = self.buffers.views(self.buffers.flat())?;
        for (spec, view) in self.buffers.specs().iter().zip(views) {
            if spec.name == "centre.mean" {
                view.f_detach()?.f_copy_(&mean.f_reshape(&spec.shape[..])?)?;
            }
        }
        Ok(())
    }

    /// Where its last layer starts: biases that make it answer `mean`, `[channels, ...]`, to whatever comes; where there is
    /// one bias a channel, the channel's mean.
    pub fn start_at(&self, mean: &Tensor) -> Result<()> {
        let Some(spec) = self.params.specs().last().filter(|spec| spec.role == Role::Bias) else {
            return Ok(());
        };
        let (channels, values) = (mean.size()[0], mean.numel() as i64);
        let start = match spec.len() {
            len if len == values => mean.f_reshape([-1])?,
            len if len == channels => {
                mean.f_reshape([channels, -1])?.f_mean_dim([1i64].as_slice(), false, Kind::Float)?
            }
            _ => return Ok(()),
        };
        let first = self.params.len() - spec.len();
        self.params.flat().f_detach()?.f_narrow(0, first, spec.len())?.f_copy_(&start)?;
        Ok(())
    }

    /// Trains on this processor without libtorch from here on, on so many threads; `None` for libtorch.
    ///
    /// # Errors
    /// [`Error::Torch`] if there is no memory.
    pub fn run_on(&mut self, threads: Option<usize>) -> Result<()> {
        self.native = match (threads, Plan::new(&self.chain)) {
            (Some(threads), Ok(plan)) => Some(Arc::new(Executor::new(plan, threads)?)),
            _ => None,
        };
        Ok(())
    }

    /// Whether it trains without libtorch.
    pub fn is_native(&self) -> bool {
        self.native.is_some()
    }

    /// The first layer that only libtorch has, if any.
    pub fn needs_torch(&self) -> Option<String> {
        Plan::new(&self.chain).err()
    }

    /// In training, with gradients to its weights. What autograd does not see goes on the tape.
    pub fn leaf<'a>(&'a self, tape: &'a Tape) -> Result<Bound<'a>> {
        self.train(self.params.flat(), tape, true)
    }

    /// In training, without gradients to its weights.
    pub fn frozen<'a>(&'a self, tape: &'a Tape) -> Result<Bound<'a>> {
        self.train(&self.params.flat().f_detach()?, tape, false)
    }

    fn train<'a>(&'a self, flat: &Tensor, tape: &'a Tape, weights: bool) -> Result<Bound<'a>> {
        let Some(executor) = &self.native else {
            return self.bind(flat, self.buffers.flat(), true);
        };
        let how = How::Native {
            executor: executor.clone(),
            flat: flat.f_detach()?,
            statistics: self.buffers.flat().shallow_clone(),
            tape,
            weights,
        };
        Ok(Bound { chain: Cow::Borrowed(&self.chain), how, training: true })
    }

    /// The gradient with respect to its weights, from what [`Tape::gradients`] gave for them.
    pub fn gradient(&self, seen: Option<Tensor>) -> Result<Option<Tensor>> {
        let seen = seen.filter(Tensor::defined);
        let native = self.native.as_ref().and_then(|executor| executor.gradient());
        Ok(match (seen, native) {
            (Some(seen), Some(native)) => Some(seen.f_add(&native)?),
            (seen, native) => seen.or(native),
        })
    }

    /// With any weights of the same layout.
    ///
    /// # Shapes
    /// `params` and `buffers` are flat, as [`ParamStore::flat`].
    pub fn bind(&self, params: &Tensor, buffers: &Tensor, training: bool) -> Result<Bound<'_>> {
        let how = How::Graph {
            parameters: self.params.views(params)?,
            buffers: self.buffers.views(buffers)?,
            fast: None,
        };
        Ok(Bound { chain: Cow::Borrowed(&self.chain), how, training })
    }

    /// Whether it is evaluated without libtorch where it is on this processor and no gradient is wanted.
    pub fn evaluates_natively(&self) -> bool {
        self.params.flat().device() == Device::Cpu && folded(&self.chain).is_some_and(|chain| Plan::new(&chain).is_ok())
    }

    /// In evaluation, with copies of weights of the same layout, so that it outlives the network.
    ///
    /// # Shapes
    /// As [`Network::bind`].
    pub fn fixed(&self, params: &Tensor, buffers: &Tensor) -> Result<Bound<'static>> {
        let copy = |tensor: &Tensor| -> Result<Tensor> { Ok(tensor.f_detach()?.f_detach_copy()?) };
        let (params, buffers) = (copy(params)?, copy(buffers)?);
        let (parameters, buffers) = (self.params.views(&params)?, self.buffers.views(&buffers)?);
        let small = match params.device() == Device::Cpu {
            true => fold(&self.chain, &parameters, &buffers)?,
            false => None,
        };
        let plan = small.and_then(|small| Some((Plan::new(&small.chain).ok()?, small)));
        let fast = match plan {
            Some((plan, small)) => Some(Box::new(Fast {
                executor: Executor::new(plan, pool::threads())?,
                flat: small.params,
                statistics: small.buffers,
            })),
            None => None,
        };
        let how = How::Graph { parameters, buffers, fast };
        Ok(Bound { chain: Cow::Owned(self.chain.clone()), how, training: false })
    }
}

/// A description bound to weights: a function from tensor to tensor.
pub struct Bound<'a> {
    chain: Cow<'a, Chain>,
    how: How<'a>,
    training: bool,
}

// Who runs the layers.
enum How<'a> {
    // libtorch, on views of the weights; the executor of the processor where no gradient is wanted.
    Graph { parameters: Vec<Tensor>, buffers: Vec<Tensor>, fast: Option<Box<Fast>> },
    // The executor of the processor, which notes its way back.
    Native { executor: Arc<Executor>, flat: Tensor, statistics: Tensor, tape: &'a Tape, weights: bool },
}

struct Fast {
    executor: Executor,
    flat: Tensor,
    statistics: Tensor,
}

impl Bound<'_> {
    /// The output for a batch without labels, as [`Bound::given`].
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.given(x, None)
    }

    /// The output for a batch and its labels, without noise, as [`Bound::with`].
    pub fn given(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<Tensor> {
        self.with(x, labels, &[])
    }

    /// The output for a batch, its labels, and random numbers of the standard normal distribution.
    ///
    /// # Shapes
    /// `[n, ...input]`, `[n, width]`, and `[n, ...]` for each of [`Chain::noise`], or none; to `[n, ...output]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the input is not of the description's shape, or labels are missing.
    pub fn with(&self, x: &Tensor, labels: Option<&Tensor>, noise: &[Tensor]) -> Result<Tensor> {
        let size = x.size();
        if size.is_empty() || size[1..] != self.chain.input[..] {
            let sizes: Vec<String> = self.chain.input.iter().map(i64::to_string).collect();
            return Err(Error::Shape {
                name: "input".into(),
                expected: format!("(n, {})", sizes.join(", ")),
                got: tuple(&size),
            });
        }
        if let Some(width) = self.chain.labels() {
            fitting(labels, [size[0], width])?;
        }
        match &self.how {
            // An empty batch has no memory to work on.
            How::Graph { fast: Some(fast), .. } if size[0] > 0 && !x.requires_grad() => {
                let pass = fast.executor.forward((&fast.flat, &fast.statistics), x, labels)?;
                fast.executor.result(&pass)
            }
            How::Graph { parameters, buffers, .. } => {
                let training = self.training;
                let parts = Parts { parameters, buffers, labels, noise, training };
                chain::run(&self.chain.layers, x.shallow_clone(), &parts)
            }
            How::Native { executor, flat, statistics, tape, weights } => {
                let wanted = Wanted { weights: *weights, input: x.requires_grad() };
                let span = trace::span("forward");
                let pass = executor.forward((flat, statistics), x, labels)?;
                let y = executor.result(&pass)?;
                drop(span);
                if !wanted.weights && !wanted.input {
                    return Ok(y);
                }
                let (executor, flat) = (executor.clone(), flat.shallow_clone());
                let back = move |slope: &Tensor| {
                    let _span = trace::span("backward");
                    executor.backward(&flat, pass, slope, wanted)
                };
                tape.record(x, &y, back)
            }
        }
    }

    /// What its last layer with weights works on, in a network that libtorch runs.
    ///
    /// # Shapes
    /// As [`Bound::given`], to `[n, ...]`.
    pub fn features(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<Tensor> {
        let How::Graph { parameters, buffers, .. } = &self.how else {
            return Err(Error::Internal("features of a network that libtorch does not run".into()));
        };
        let layers = &self.chain.layers;
        let last = layers.iter().rposition(|named| !named.layer.parameters().is_empty()).unwrap_or(layers.len());
        let parts = Parts {
            parameters,
            buffers,
            labels,
            training: self.training,
            ..Parts::default()
        };
        chain::run(&layers[..last], x.shallow_clone(), &parts)
    }

    /// The description.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }
}

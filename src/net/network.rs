//! A network: its description with parameters, bound to an executor.

use std::borrow::Cow;
use std::sync::Arc;

use tch::{Device, Kind, Tensor};

use super::fold::{fold, folded};
use crate::base::axes::tuple;
use crate::base::{pool, trace, ParamStore, Philox, Role, Tape};
use crate::error::{Error, Result};
use crate::layer::chain::Named;
use crate::layer::given::fitting;
use crate::layer::{chain, Chain, Forward, Layer, Parts, SourceWeights};
use crate::native::{Executor, Plan, Wanted};

/// A network with weights and running statistics.
pub struct Network {
    /// Description.
    pub chain: Chain,
    /// Weights.
    pub params: ParamStore,
    /// Running statistics.
    pub buffers: ParamStore,
    native: Option<Arc<Executor>>,
}

impl Network {
    /// Creates a network with initial weights; `first` is the index of its first parameter within the run.
    pub fn new(chain: Chain, random: &Philox, first: u64, device: Device) -> Result<Self> {
        Ok(Network {
            params: ParamStore::new(chain.parameters(), chain.init, random, first, device)?,
            buffers: ParamStore::constants(chain.buffers(), device)?,
            native: None,
            chain,
        })
    }

    /// Sets the mean of the data, `[...input]` in the network's range, which the network subtracts from its input.
    pub fn centre(&self, mean: &Tensor) -> Result<()> {
        let views = self.buffers.views(self.buffers.flat())?;
        for (spec, view) in self.buffers.specs().iter().zip(views) {
            if spec.name == "centre.mean" {
                view.f_detach()?.f_copy_(&mean.f_reshape(&spec.shape[..])?)?;
            }
        }
        Ok(())
    }

    /// Initialises the biases of the last layer so that the output is `mean`, `[channels, ...]`, for any input; with
    /// one bias per channel, the channel's mean.
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

    /// Selects the native executor with this number of threads for training; `None` selects libtorch.
    ///
    /// # Errors
    /// [`Error::Torch`] if memory cannot be allocated.
    pub fn run_on(&mut self, threads: Option<usize>) -> Result<()> {
        self.native = match (threads, Plan::new(&self.chain)) {
            (Some(threads), Ok(plan)) => Some(Arc::new(Executor::new(plan, threads)?)),
            _ => None,
        };
        Ok(())
    }

    /// True if training uses the native executor.
    pub fn is_native(&self) -> bool {
        self.native.is_some()
    }

    /// Names of the convolutions for which the native executor computes fewer products than their definition has, for
    /// `count` samples.
    pub fn fewer(&self, count: usize) -> Vec<String> {
        self.native.as_ref().map_or_else(Vec::new, |executor| executor.fewer(count))
    }

    /// Name of the first layer that the native executor does not support, if any.
    pub fn needs_torch(&self) -> Option<String> {
        Plan::new(&self.chain).err()
    }

    /// Name of the first layer without a native second derivative, see [`Weighted::slopes`]; None if all have one.
    pub fn bends(&self) -> Option<String> {
        match Plan::new(&self.chain) {
            Ok(plan) => plan.bends(),
            Err(layer) => Some(layer),
        }
    }

    /// Binds the network for training, with gradients of its weights. Operations hidden from autograd are recorded on
    /// the tape.
    pub fn leaf<'a>(&'a self, tape: &'a Tape) -> Result<Weighted<'a>> {
        self.train(self.params.flat(), tape, true)
    }

    /// Binds the network for training, without gradients of its weights.
    pub fn frozen<'a>(&'a self, tape: &'a Tape) -> Result<Weighted<'a>> {
        self.train(&self.params.flat().f_detach()?, tape, false)
    }

    fn train<'a>(&'a self, flat: &Tensor, tape: &'a Tape, weights: bool) -> Result<Weighted<'a>> {
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
        Ok(Weighted { chain: Cow::Borrowed(&self.chain), how, training: true })
    }

    /// Gradient with respect to the weights, given what [`Tape::gradients`] returned for them.
    pub fn gradient(&self, seen: Option<Tensor>) -> Result<Option<Tensor>> {
        let seen = seen.filter(Tensor::defined);
        let native = self.native.as_ref().and_then(|executor| executor.gradient());
        Ok(match (seen, native) {
            (Some(seen), Some(native)) => Some(seen.f_add(&native)?),
            (seen, native) => seen.or(native),
        })
    }

    /// Binds the network to other weights of the same layout.
    ///
    /// # Shapes
    /// `params` and `buffers` are flat, as [`ParamStore::flat`].
    pub fn bind(&self, params: &Tensor, buffers: &Tensor, training: bool) -> Result<Weighted<'_>> {
        let how = How::Graph {
            parameters: self.params.views(params)?,
            buffers: self.buffers.views(buffers)?,
            fast: None,
        };
        Ok(Weighted { chain: Cow::Borrowed(&self.chain), how, training })
    }

    /// True if the native executor evaluates the network on the CPU when no gradient is required.
    pub fn evaluates_natively(&self) -> bool {
        self.params.flat().device() == Device::Cpu && Plan::new(&folded(&self.chain)).is_ok()
    }

    /// The network for evaluation on the CPU, without layers that only act in training, and a copy of its weights.
    ///
    /// # Errors
    /// [`Error::Internal`] if statistics remain.
    pub fn evaluated(&self, params: &Tensor, buffers: &Tensor) -> Result<(Chain, Tensor)> {
        let copy =
            |tensor: &Tensor| -> Result<Tensor> { Ok(tensor.f_detach()?.f_to_device(Device::Cpu)?.f_detach_copy()?) };
        let (params, buffers) = (copy(params)?, copy(buffers)?);
        let small = fold(&self.chain, &self.params.views(&params)?, &self.buffers.views(&buffers)?)?;
        match small.buffers.numel() {
            0 => Ok((small.chain, small.params)),
            _ => Err(Error::Internal("running statistics in a network that is evaluated without".into())),
        }
    }

    /// Binds the network for evaluation to copies of the weights, so that the result outlives the network.
    ///
    /// # Shapes
    /// See [`Network::bind`].
    pub fn fixed(&self, params: &Tensor, buffers: &Tensor) -> Result<Weighted<'static>> {
        let copy = |tensor: &Tensor| -> Result<Tensor> { Ok(tensor.f_detach()?.f_detach_copy()?) };
        let (params, buffers) = (copy(params)?, copy(buffers)?);
        let (parameters, buffers) = (self.params.views(&params)?, self.buffers.views(&buffers)?);
        let small = match params.device() == Device::Cpu {
            true => Some(fold(&self.chain, &parameters, &buffers)?),
            false => None,
        };
        let plan = small.and_then(|small| Some((Plan::new(&small.chain).ok()?, small)));
        let fast = match plan {
            Some((plan, small)) => Some(Box::new(Fast {
                executor: Executor::evaluating(plan, pool::threads())?,
                flat: small.params,
                statistics: small.buffers,
            })),
            None => None,
        };
        let how = How::Graph { parameters, buffers, fast };
        Ok(Weighted { chain: Cow::Owned(self.chain.clone()), how, training: false })
    }
}

/// A network bound to weights: a function from tensor to tensor.
pub struct Weighted<'a> {
    chain: Cow<'a, Chain>,
    how: How<'a>,
    training: bool,
}

// Executor of the layers.
enum How<'a> {
    // libtorch on views of the weights; the native executor if no gradient is required.
    Graph { parameters: Vec<Tensor>, buffers: Vec<Tensor>, fast: Option<Box<Fast>> },
    // The native executor, which records its backward function.
    Native { executor: Arc<Executor>, flat: Tensor, statistics: Tensor, tape: &'a Tape, weights: bool },
}

// True if a gradient of the result with respect to samples or labels may be required.
fn differentiates(x: &Tensor, labels: Option<&Tensor>) -> bool {
    x.requires_grad() || labels.is_some_and(Tensor::requires_grad)
}

struct Fast {
    executor: Executor,
    flat: Tensor,
    statistics: Tensor,
}

impl Weighted<'_> {
    /// Output for a batch without labels, see [`Weighted::given`].
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.given(x, None)
    }

    /// Output for a batch and its labels, without noise, see [`Weighted::with`].
    pub fn given(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<Tensor> {
        self.with(x, labels, &[])
    }

    /// Output for a batch, its labels, and standard normal noise.
    ///
    /// # Shapes
    /// Maps `[n, ...input]`, labels `[n, width]`, and `[n, ...]` for each of [`Chain::noise`] (or none) to `[n,
    /// ...output]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the input does not have the network's shape, or labels are missing.
    pub fn with(&self, x: &Tensor, labels: Option<&Tensor>, noise: &[Tensor]) -> Result<Tensor> {
        self.check(x, labels)?;
        match &self.how {
            // The native executor does not support empty batches.
            How::Graph { fast: Some(fast), .. } if x.size()[0] > 0 && !differentiates(x, labels) => {
                let pass = fast.executor.forward((&fast.flat, &fast.statistics), x, labels, &[])?;
                fast.executor.result(&pass)
            }
            How::Graph { parameters, buffers, .. } => {
                let training = self.training;
                let parts = Parts {
                    parameters,
                    buffers,
                    given: labels,
                    noise,
                    training,
                    ..Parts::default()
                };
                chain::run(&self.chain.layers, x.shallow_clone(), &parts)
            }
            How::Native { executor, flat, statistics, tape, weights } => {
                let wanted = Wanted { weights: *weights, input: x.requires_grad() };
                let span = trace::span("forward");
                let mut pass = executor.forward((flat, statistics), x, labels, noise)?;
                let y = executor.result(&pass)?;
                drop(span);
                if !wanted.weights && !wanted.input {
                    return Ok(y);
                }
                let (executor, flat) = (executor.clone(), flat.shallow_clone());
                let back = move |slope: &Tensor| {
                    let _span = trace::span("backward");
                    executor.backward(&flat, &mut pass, slope, wanted)
                };
                tape.record(x, &y, back)
            }
        }
    }

    /// Gradient of the outputs, weighted by `slope`, with respect to the samples; differentiable with respect to the weights.
    ///
    /// # Shapes
    /// `x` and the result are `[n, ...input]`, `slope` is `[n, ...output]`.
    ///
    /// # Errors
    /// As [`Weighted::with`].
    pub fn slopes(&self, x: &Tensor, labels: Option<&Tensor>, slope: &Tensor) -> Result<Tensor> {
        let How::Native { executor, flat, statistics, tape, weights } = &self.how else {
            let x = x.f_detach()?.f_set_requires_grad(true)?;
            let total = self.given(&x, labels)?.f_mul(slope)?.f_sum(Kind::Float)?;
            return Ok(Tensor::f_run_backward(&[&total], &[&x], true, true)?.swap_remove(0));
        };
        self.check(x, labels)?;
        let _span = trace::span("slopes");
        let mut pass = executor.forward((flat, statistics), x, labels, &[])?;
        let found = executor.backward(flat, &mut pass, slope, Wanted { weights: false, input: true })?;
        let found = found.ok_or_else(|| Error::Internal("no gradient of the input".into()))?;
        if !weights {
            return Ok(found);
        }
        let (executor, flat, slope) = (executor.clone(), flat.shallow_clone(), slope.shallow_clone());
        let back = move |along: &Tensor| {
            let _span = trace::span("slopes backward");
            executor.again(&flat, &mut pass, &slope, along).map(|()| None)
        };
        tape.record(&Tensor::new(), &found, back)
    }

    // Checks the shapes of a batch and its labels.
    fn check(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<()> {
        let size = x.size();
        if size.is_empty() || size[1..] != self.chain.input[..] {
            let sizes: Vec<String> = self.chain.input.iter().map(i64::to_string).collect();
            return Err(Error::Shape {
                name: "input".into(),
                expected: format!("(n, {})", sizes.join(", ")),
                got: tuple(&size),
            });
        }
        if let Some(width) = self.chain.given() {
            fitting(labels, [size[0], width])?;
        }
        Ok(())
    }

    /// Input of the last layer with weights; runs on libtorch.
    ///
    /// # Shapes
    /// As [`Weighted::given`], to `[n, ...]`.
    pub fn features(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<Tensor> {
        let (parameters, buffers) = self.views()?;
        let layers = &self.chain.layers;
        let last = layers.iter().rposition(|named| !named.layer.parameters().is_empty()).unwrap_or(layers.len());
        let parts = Parts {
            parameters,
            buffers,
            given: labels,
            training: self.training,
            ..Parts::default()
        };
        chain::run(&layers[..last], x.shallow_clone(), &parts)
    }

    /// Output of the first layer with weights that sees the input, if the layer is linear; runs on libtorch.
    ///
    /// # Shapes
    /// As [`Weighted::given`], to `[n, ...]`.
    pub fn first(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<Option<Tensor>> {
        let (parameters, buffers) = self.views()?;
        let layers = &self.chain.layers;
        // An embedding of labels has weights and passes its input on.
        let own = |named: &Named| !named.layer.parameters().is_empty() && named.layer.given().is_none();
        let Some(place) = layers.iter().position(own) else { return Ok(None) };
        if !matches!(layers[place].layer, Layer::Linear(_) | Layer::Conv(_) | Layer::ConvTranspose(_)) {
            return Ok(None);
        }
        let parts = Parts { parameters, buffers, given: labels, ..Parts::default() };
        chain::run(&layers[..=place], x.shallow_clone(), &parts).map(Some)
    }

    /// Weights with which places see their sources, `[n, heads, places, sources]` of each layer; runs on libtorch.
    ///
    /// # Shapes
    /// As [`Weighted::given`].
    pub fn source_weights(&self, x: &Tensor, given: Option<&Tensor>) -> Result<Vec<Tensor>> {
        let How::Graph { parameters, buffers, .. } = &self.how else {
            return Err(Error::Internal("weights in a network that libtorch does not run".into()));
        };
        let weights = SourceWeights::default();
        let parts = Parts {
            parameters,
            buffers,
            given,
            weights: Some(&weights),
            ..Parts::default()
        };
        drop(chain::run(&self.chain.layers, x.shallow_clone(), &parts)?);
        Ok(weights.0.into_inner())
    }

    /// Output of a network that writes texts, with the token before each place `[n, places]`; runs on libtorch.
    ///
    /// # Shapes
    /// As [`Weighted::given`], to `[n, outputs, places]`.
    pub fn following(&self, x: &Tensor, labels: Option<&Tensor>, before: &Tensor) -> Result<Tensor> {
        let (parameters, buffers) = self.views()?;
        let parts = Parts {
            parameters,
            buffers,
            given: labels,
            before: Some(before),
            training: self.training,
            ..Parts::default()
        };
        chain::run(&self.chain.layers, x.shallow_clone(), &parts)
    }

    /// Texts that a network writes token by token, `[n, places]`, negative after their ends; `None` if it writes none. Runs
    /// on libtorch.
    pub fn written(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<Option<Tensor>> {
        let Some((Named { layer: Layer::SequenceDecoder(last), .. }, first)) = self.chain.layers.split_last() else {
            return Ok(None);
        };
        let (parameters, buffers) = self.views()?;
        let of_last = parameters.len() - last.parameters().len();
        let parts = Parts { parameters, buffers, given: labels, ..Parts::default() };
        let x = chain::run(first, x.shallow_clone(), &parts)?;
        last.write(&x, &Parts { parameters: &parameters[of_last..], ..parts }).map(Some)
    }

    // Parameters and running statistics, on libtorch.
    fn views(&self) -> Result<(&[Tensor], &[Tensor])> {
        match &self.how {
            How::Graph { parameters, buffers, .. } => Ok((parameters, buffers)),
            How::Native { .. } => Err(Error::Internal("a network that libtorch does not run".into())),
        }
    }

    /// Description.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }
}

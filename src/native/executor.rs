//! Runs a plan: memory is allocated once, and the batch is split among threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tch::{Device, Kind, Tensor};

use super::{Memory, Plan, Point, Slopes, Work};
use crate::base::axes::{channels_first, channels_last};
use crate::base::memory::zeros;
use crate::base::pool;
use crate::base::slice::{as_mut_slice, as_slice, Shares};
use crate::error::{Error, Result};

/// Maximum number of passes whose memory is kept for reuse.
const KEPT: usize = 8;

/// A plan with its memory.
pub struct Executor {
    pub(super) plan: Plan,
    pub(super) threads: usize,
    training: bool,
    pub(super) memory: Mutex<Working>,
    // Memory of finished passes.
    free: Free,
}

pub(super) struct Working {
    // Scratch memory of the layers.
    pub(super) scratch: Vec<f32>,
    // Gradients of the parameters.
    gradient: Tensor,
    // True if the gradient belongs to the current step.
    begun: bool,
}

type Free = Arc<Mutex<Vec<Kept>>>;

// Values that the layers keep from a forward pass of this many samples for the backward pass.
#[derive(Default)]
struct Kept {
    count: usize,
    values: Vec<f32>,
}

/// State of a forward pass for its backward pass. Its memory is reused after it is dropped.
pub struct Pass {
    kept: Kept,
    free: Free,
    x: Tensor,
    given: Option<Tensor>,
    // Each in the memory layout of the layer's samples.
    noise: Vec<Tensor>,
    // Output of the last node, [count, outputs].
    y: Tensor,
}

// A forward pass whose backward pass is computed; the point, if it is one of the linearisation; see [`Work::curves`].
struct Linearised<'a> {
    pass: &'a mut Pass,
    point: Option<&'a Pass>,
    curves: Shares<'a>,
}

impl Pass {
    fn read(&self) -> Shares<'_> {
        // SAFETY: passes only read what another pass kept.
        unsafe { Shares::read(&self.kept.values) }
    }

    // The point of a linearisation, given what [`Pass::read`] returned.
    fn point<'a>(&'a self, kept: &'a Shares<'a>) -> Result<Point<'a>> {
        Ok(Point { x: as_slice(&self.x)?, y: as_slice(&self.y)?, kept })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut free = locked(&self.free);
        if free.len() < KEPT {
            free.push(std::mem::take(&mut self.kept));
        }
    }
}

/// Gradients that a backward pass computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Gradient of the parameters.
    pub weights: bool,
    /// Gradient of the input.
    pub input: bool,
}

impl Executor {
    /// Creates an executor for training; memory is allocated at first use and kept.
    pub fn new(plan: Plan, threads: usize) -> Result<Self> {
        Executor::of(plan, threads, true)
    }

    /// Creates an executor for evaluation, with the running statistics instead of those of the batch.
    pub fn evaluating(plan: Plan, threads: usize) -> Result<Self> {
        Executor::of(plan, threads, false)
    }

    fn of(plan: Plan, threads: usize, training: bool) -> Result<Self> {
        let memory = Working { scratch: Vec::new(), gradient: Tensor::new(), begun: false };
        Ok(Executor {
            plan,
            threads: threads.max(1),
            training,
            memory: Mutex::new(memory),
            free: Free::default(),
        })
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Forward pass; in training, updates the running statistics.
    ///
    /// # Shapes
    /// `weights` and `buffers` are the network's flat buffers, `x` is `[n, ...input]`, `given` is `[n, width]`, `noise` is `[n,
    /// ...]` for each layer with noise, or empty. All are float32, on the CPU.
    pub fn forward(
        &self,
        (weights, buffers): (&Tensor, &Tensor),
        x: &Tensor,
        given: Option<&Tensor>,
        noise: &[Tensor],
    ) -> Result<Pass> {
        let x = lined_up(x, &self.plan.input)?;
        let count = x.size()[0] as usize;
        let outputs: i64 = self.plan.output.iter().product();
        let mut pass = Pass {
            kept: self.kept(count),
            free: self.free.clone(),
            x,
            given: given.map(|given| given.f_contiguous()).transpose()?,
            noise: noise.iter().map(|noise| lined_up(noise, &noise.size()[1..])).collect::<Result<_>>()?,
            y: Tensor::f_empty([count as i64, outputs], (Kind::Float, Device::Cpu))?,
        };
        let mut buffers = buffers.shallow_clone();
        self.ahead(weights, &Shares::new(values_mut(&mut buffers)?), &mut pass, None)?;
        Ok(pass)
    }

    // Forward pass, into what a new pass keeps; of the linearisation at a point, if one is given.
    fn ahead(&self, weights: &Tensor, buffers: &Shares, pass: &mut Pass, point: Option<&Pass>) -> Result<()> {
        let Pass { kept, x, y, given, noise, .. } = pass;
        let count = kept.count;
        let (weights, x) = (values(weights)?, as_slice(x)?);
        let (given, noise) = (given_of(given)?, noise_of(noise)?);
        let before = point.map(Pass::read);
        let at = point.zip(before.as_ref()).map(|(point, kept)| point.point(kept)).transpose()?;
        let (kept, y) = (Shares::new(&mut kept.values), Shares::new(as_mut_slice(y)?));
        let mut memory = locked(&self.memory);
        let scratch = self.scratch(&mut memory.scratch, count);
        pool::run(self.threads.min(count), &|worker| {
            let work = Work {
                worker,
                count,
                room: count,
                first: 0,
                weights,
                buffers,
                given,
                memory: Memory::default(),
                noise: &noise,
                training: self.training,
                at,
                curves: None,
                place: 0,
                kept: &kept,
                scratch: &scratch,
            };
            self.plan.forward(&work, x, &y);
        })
    }

    /// See [`Plan::fewer`].
    pub fn fewer(&self, count: usize) -> Vec<String> {
        self.plan.fewer(count)
    }

    /// Output of a pass, `[n, ...output]`.
    pub fn result(&self, pass: &Pass) -> Result<Tensor> {
        as_picture(&pass.y, &self.plan.output)
    }

    /// Backward pass, given the gradient of the output, `[n, ...output]`: returns the gradient of the input, if wanted.
    /// The gradient of the parameters, if wanted, is added to the result of [`Executor::gradient`]. Some layers overwrite what
    /// they kept, so that there is one backward pass of a forward pass, except of layers that do not bend.
    pub fn backward(
        &self,
        weights: &Tensor,
        pass: &mut Pass,
        slope: &Tensor,
        wanted: Wanted,
    ) -> Result<Option<Tensor>> {
        let curves = Shares::new(&mut []);
        self.back(weights, Linearised { pass, point: None, curves }, slope, wanted)
    }

    /// Backward pass of the gradient of the input that [`Executor::backward`] found from `slope`, given the gradient of a loss
    /// with respect to it, `along`. The gradient of the parameters is added to the result of [`Executor::gradient`].
    ///
    /// The sum of the products of that gradient and `along` is the derivative of the output, weighted by `slope`, along
    /// `along` (Pearlmutter, "Fast Exact Multiplication by the Hessian", 1994): a forward pass of the linearised layers, of
    /// which a backward pass gives the gradient of the weights at a fixed point. Where weights also move the point of a
    /// layer whose derivative changes, see [`super::Op::curves`], a backward pass of the layers themselves adds that.
    ///
    /// # Shapes
    /// `along` is `[n, ...input]`.
    ///
    /// # Errors
    /// [`Error::Internal`] if a layer has no linearisation.
    pub fn again(&self, weights: &Tensor, pass: &mut Pass, slope: &Tensor, along: &Tensor) -> Result<()> {
        if let Some(layer) = self.plan.bends() {
            return Err(Error::Internal(format!("no linearisation of layer {layer}")));
        }
        let count = pass.kept.count;
        let mut tangent = Pass {
            kept: self.kept(count),
            free: self.free.clone(),
            x: lined_up(along, &self.plan.input)?,
            given: pass.given.as_ref().map(Tensor::shallow_clone),
            noise: Vec::new(),
            y: pass.y.f_empty_like()?,
        };
        self.ahead(weights, &Shares::new(&mut []), &mut tangent, Some(pass))?;
        let mut curves: Vec<f32> = zeros(self.plan.curves(count));
        let wanted = Wanted { weights: true, input: false };
        let linearised = Linearised {
            pass: &mut tangent,
            point: Some(pass),
            curves: Shares::new(&mut curves),
        };
        self.back(weights, linearised, slope, wanted)?;
        if !curves.is_empty() {
            let itself = Linearised { pass, point: None, curves: Shares::new(&mut curves) };
            self.back(weights, itself, &slope.f_zeros_like()?, wanted)?;
        }
        Ok(())
    }

    // Backward pass; of the linearisation at a point, if one is given.
    fn back(&self, weights: &Tensor, of: Linearised, slope: &Tensor, wanted: Wanted) -> Result<Option<Tensor>> {
        let Linearised { pass, point, curves } = of;
        let curves = (!curves.is_empty()).then_some(&curves);
        let slope = lined_up(slope, &self.plan.output)?;
        let count = pass.kept.count;
        let inputs: i64 = self.plan.input.iter().product();
        let mut dx = match wanted.input {
            true => Some(Tensor::f_empty([count as i64, inputs], (Kind::Float, Device::Cpu))?),
            false => None,
        };
        let mut memory = locked(&self.memory);
        let Working { scratch, gradient, begun } = &mut *memory;
        if wanted.weights && !gradient.defined() {
            *gradient = Tensor::f_zeros([self.plan.parameters() as i64], (Kind::Float, Device::Cpu))?;
        }
        let add = *begun;
        let of_weights = match wanted.weights {
            true => Some(Shares::new(values_mut(gradient)?)),
            false => None,
        };
        let of_input = dx.as_mut().map(as_mut_slice).transpose()?.map(Shares::new);
        let slopes = Slopes {
            y: as_slice(&slope)?,
            x: of_input.as_ref(),
            weights: of_weights.as_ref().map(|all| (all, add)),
        };
        let Pass { kept, x, y, given, noise, .. } = pass;
        let ends = (as_slice(x)?, as_slice(y)?);
        let kept = Shares::new(&mut kept.values);
        let before = point.map(Pass::read);
        let at = point.zip(before.as_ref()).map(|(point, kept)| point.point(kept)).transpose()?;
        let (weights, given, noise) = (values(weights)?, given_of(given)?, noise_of(noise)?);
        let (scratch, buffers) = (self.scratch(scratch, count), Shares::new(&mut []));
        pool::run(self.threads.min(count), &|worker| {
            let work = Work {
                worker,
                count,
                room: count,
                first: 0,
                weights,
                buffers: &buffers,
                given,
                memory: Memory::default(),
                noise: &noise,
                training: self.training,
                at,
                curves,
                place: 0,
                kept: &kept,
                scratch: &scratch,
            };
            self.plan.backward(&work, ends, &slopes);
        })?;
        *begun |= wanted.weights;
        dx.map(|dx| as_picture(&dx, &self.plan.input)).transpose()
    }

    /// Gradient of the parameters, summed over the backward passes since the last call, `[parameters]`; `None` if there
    /// were none. The next backward pass overwrites its memory.
    pub fn gradient(&self) -> Option<Tensor> {
        let mut memory = locked(&self.memory);
        std::mem::take(&mut memory.begun).then(|| memory.gradient.shallow_clone())
    }

    fn scratch<'a>(&self, memory: &'a mut Vec<f32>, count: usize) -> Shares<'a> {
        enough(memory, self.plan.scratch(count, self.threads.min(count)))
    }

    fn kept(&self, count: usize) -> Kept {
        let mut free = locked(&self.free);
        if let Some(at) = free.iter().position(|kept| kept.count == count) {
            return free.swap_remove(at);
        }
        // The batch size has changed: free the memory of other sizes.
        if free.len() == KEPT {
            free.clear();
        }
        Kept { count, values: zeros(self.plan.kept(count)) }
    }
}

fn given_of(given: &Option<Tensor>) -> Result<&[f32]> {
    Ok(given.as_ref().map(as_slice).transpose()?.unwrap_or_default())
}

fn noise_of(noise: &[Tensor]) -> Result<Vec<&[f32]>> {
    noise.iter().map(as_slice).collect()
}

/// So many values of a memory, which grows if it is too small.
pub fn enough(memory: &mut Vec<f32>, size: usize) -> Shares<'_> {
    if memory.len() < size {
        *memory = zeros(size);
    }
    Shares::new(&mut memory[..size])
}

/// The value behind a lock; a thread that failed does not matter.
pub fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

// Values of a flat buffer, which is empty for networks without parameters or running statistics.
fn values(tensor: &Tensor) -> Result<&[f32]> {
    if tensor.numel() == 0 {
        return Ok(&[]);
    }
    as_slice(tensor)
}

fn values_mut(tensor: &mut Tensor) -> Result<&mut [f32]> {
    if tensor.numel() == 0 {
        return Ok(&mut []);
    }
    as_mut_slice(tensor)
}

// Makes samples contiguous and detached; images become channels-last.
fn lined_up(x: &Tensor, shape: &[i64]) -> Result<Tensor> {
    let x = if shape.len() > 1 { channels_last(x)? } else { x.shallow_clone() };
    Ok(x.f_detach()?.f_contiguous()?)
}

fn as_picture(x: &Tensor, shape: &[i64]) -> Result<Tensor> {
    let [channels, sides @ ..] = shape else { return Ok(x.shallow_clone()) };
    if sides.is_empty() {
        return Ok(x.shallow_clone());
    }
    channels_first(&x.f_view(&[&x.size()[..1], sides, &[*channels]].concat()[..])?)
}

//! Runs a plan: memory is allocated once, and the batch is split among threads.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tch::{Device, Kind, Tensor};

use super::{reorder, Memory, Plan, Slopes, Work};
use crate::base::axes::{channels_first, channels_last};
use crate::base::memory::zeros;
use crate::base::pool;
use crate::base::slice::{as_mut_slice, as_slice, Shares};
use crate::error::Result;

/// Maximum number of passes whose memory is kept for reuse.
const KEPT: usize = 8;

/// A plan with its memory.
pub struct Executor {
    plan: Plan,
    threads: usize,
    memory: Mutex<Working>,
    // Memory of finished passes.
    free: Free,
}

struct Working {
    // Scratch memory of the layers.
    scratch: Vec<f32>,
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

impl Drop for Pass {
    fn drop(&mut self) {
        let mut free = locked(&self.free);
        if free.len() < KEPT {
            free.push(std::mem::take(&mut self.kept));
        }
    }
}

/// State of sequences that are computed a place at a time.
pub struct Walk {
    count: usize,
    // Sequences that there is memory for.
    room: usize,
    // What layers keep of the places before.
    kept: Vec<f32>,
    sources: Sources,
}

/// What a decoder sees of the source of each sequence, see [`Memory`].
#[derive(Default)]
pub struct Sources {
    /// Keys and values, `[count, sources, width]`.
    pub states: Vec<f32>,
    /// Values of a place.
    pub width: usize,
    /// First place of the document of each place, `[count, sources]`.
    pub starts: Vec<f32>,
    /// First place of the source that each sequence sees, `[count]`.
    pub seen: Vec<f32>,
}

impl Sources {
    // What some of the sequences see, of all that there is room for.
    fn of(&self, sequences: &Range<usize>, room: usize) -> Memory<'_> {
        let part = |size: usize| sequences.start * size / room.max(1)..sequences.end * size / room.max(1);
        Memory {
            states: &self.states[part(self.states.len())],
            width: self.width,
            starts: &self.starts[part(self.starts.len())],
            seen: &self.seen[part(self.seen.len())],
            slopes: None,
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
    /// Creates an executor; memory is allocated at first use and kept.
    pub fn new(plan: Plan, threads: usize) -> Result<Self> {
        let memory = Working { scratch: Vec::new(), gradient: Tensor::new(), begun: false };
        Ok(Executor {
            plan,
            threads: threads.max(1),
            memory: Mutex::new(memory),
            free: Free::default(),
        })
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Forward pass in training; updates the running statistics.
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
        let threads = self.threads.min(count);
        let (weights, x) = (values(weights)?, as_slice(&pass.x)?);
        let given = pass.given.as_ref().map(as_slice).transpose()?.unwrap_or_default();
        let noise: Vec<&[f32]> = pass.noise.iter().map(as_slice).collect::<Result<_>>()?;
        let mut buffers = buffers.shallow_clone();
        let buffers = Shares::new(values_mut(&mut buffers)?);
        let (kept, y) = (Shares::new(&mut pass.kept.values), Shares::new(as_mut_slice(&mut pass.y)?));
        let mut memory = locked(&self.memory);
        let scratch = self.scratch(&mut memory.scratch, count);
        pool::run(threads, &|worker| {
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
                place: 0,
                kept: &kept,
                scratch: &scratch,
            };
            self.plan.forward(&work, x, &y);
        })?;
        Ok(pass)
    }

    /// Number of values that a walk keeps of a sequence.
    pub fn kept_of_one(&self) -> usize {
        self.plan.kept(1)
    }

    /// Creates the state of `count` sequences and what they see of their sources, for [`Executor::step`] of a network with one
    /// place.
    pub fn walk(&self, count: usize, sources: Sources) -> Walk {
        Walk {
            count,
            room: count,
            kept: zeros(self.plan.kept(count)),
            sources,
        }
    }

    /// Continues each sequence of a walk from the places of the sequence `from`, which has the same source.
    pub fn reorder(&self, walk: &mut Walk, from: &[usize]) {
        self.plan.reorder(&mut walk.kept, from);
    }

    /// Removes a sequence from a walk; the last one takes its number.
    pub fn remove(&self, walk: &mut Walk, sequence: usize) {
        let Some(last) = walk.count.checked_sub(1) else { return };
        let mut from: Vec<usize> = (0..walk.room).collect();
        from[sequence] = last;
        self.plan.reorder(&mut walk.kept, &from);
        let Sources { states, starts, seen, .. } = &mut walk.sources;
        [states, starts, seen].into_iter().for_each(|values| reorder(values, &from));
        walk.count = last;
    }

    /// See [`Plan::fewer`].
    pub fn fewer(&self, count: usize) -> Vec<String> {
        self.plan.fewer(count)
    }

    /// Computes one place of each sequence of a walk: its outputs `y`, from its inputs `x` and from what layers kept of the
    /// places before. Place 0 starts new sequences.
    ///
    /// # Shapes
    /// `weights` is the network's flat buffer, `x` is `[count, ...input]`, `y` is `[count, ...output]`.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if a thread fails.
    pub fn step(&self, weights: &[f32], (walk, place): (&mut Walk, usize), x: &[f32], y: &mut [f32]) -> Result<()> {
        let Walk { count, room, kept, sources } = walk;
        let (count, room) = (*count, *room);
        let (inputs, outputs) = (x.len() / count.max(1), y.len() / count.max(1));
        let (kept, y, buffers) = (Shares::new(kept), Shares::new(y), Shares::new(&mut []));
        let mut working = locked(&self.memory);
        let threads = self.threads.min(count);
        // A place is short: each thread computes sequences of its own and waits for no other.
        let most = count.div_ceil(threads.max(1));
        let size = self.plan.scratch(most, 1);
        let scratch = enough(&mut working.scratch, threads * size);
        pool::run(threads, &|worker| {
            let own = worker.share(count);
            let work = Work {
                worker: worker.alone(),
                count: own.len(),
                room,
                first: own.start,
                weights,
                buffers: &buffers,
                given: &[],
                memory: sources.of(&own, room),
                noise: &[],
                place,
                kept: &kept,
                scratch: &scratch.narrow(worker.index * size..(worker.index + 1) * size),
            };
            let of = |size: usize| own.start * size..own.end * size;
            self.plan.forward(&work, &x[of(inputs)], &y.narrow(of(outputs)));
        })
    }

    /// Output of a pass, `[n, ...output]`.
    pub fn result(&self, pass: &Pass) -> Result<Tensor> {
        as_picture(&pass.y, &self.plan.output)
    }

    /// Backward pass, given the gradient of the output, `[n, ...output]`: returns the gradient of the input, if wanted.
    /// The gradient of the parameters, if wanted, is added to the result of [`Executor::gradient`].
    pub fn backward(&self, weights: &Tensor, mut pass: Pass, slope: &Tensor, wanted: Wanted) -> Result<Option<Tensor>> {
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
        let ends = (as_slice(&pass.x)?, as_slice(&pass.y)?);
        let (weights, kept) = (values(weights)?, Shares::new(&mut pass.kept.values));
        let given = pass.given.as_ref().map(as_slice).transpose()?.unwrap_or_default();
        let noise: Vec<&[f32]> = pass.noise.iter().map(as_slice).collect::<Result<_>>()?;
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

// So many values of a memory, which grows if it is too small.
fn enough(memory: &mut Vec<f32>, size: usize) -> Shares<'_> {
    if memory.len() < size {
        *memory = zeros(size);
    }
    Shares::new(&mut memory[..size])
}

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
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

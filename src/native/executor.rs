//! Runs a plan: memory is taken once, the batch is shared among threads.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tch::{Device, Kind, Tensor};

use super::{Plan, Slopes, Work};
use crate::base::pool::{self, Member};
use crate::base::slice::{as_mut_slice, as_slice, Shares};
use crate::error::Result;

/// Passes whose memory is kept for the next.
const KEPT: usize = 8;

/// A plan with its memory.
pub struct Executor {
    plan: Plan,
    threads: usize,
    memory: Mutex<Memory>,
}

struct Memory {
    // What passes that are over left.
    free: Vec<Values>,
    // Gradients of what a node made, and of what it was made from.
    here: Vec<f32>,
    before: Vec<f32>,
    // Gradients of the parameters.
    gradient: Tensor,
    // Whether that is of this step.
    begun: bool,
}

// What each node made, the last one left out, for so many samples.
struct Values {
    count: usize,
    values: Vec<Vec<f32>>,
}

/// One way through the network, with what the way back needs.
pub struct Pass {
    inner: Values,
    x: Tensor,
    labels: Option<Tensor>,
    // What the last node made, [count, outputs].
    y: Tensor,
}

/// What a way back is to find.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// The gradient of the parameters.
    pub weights: bool,
    /// The gradient of the input.
    pub input: bool,
}

impl Executor {
    /// Memory is taken when it is needed, and kept.
    pub fn new(plan: Plan, threads: usize) -> Result<Self> {
        let memory = Memory {
            free: Vec::new(),
            here: Vec::new(),
            before: Vec::new(),
            gradient: Tensor::new(),
            begun: false,
        };
        Ok(Executor { plan, threads: threads.max(1), memory: Mutex::new(memory) })
    }

    /// Threads that share a batch.
    pub fn threads(&self) -> usize {
        self.threads
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way through the network.
    ///
    /// # Shapes
    /// `weights` and `buffers` are the network's flat buffers, `x` `[n, ...input]`, `labels` `[n, width]`. All float32, on the CPU.
    pub fn forward(&self, (weights, buffers): (&Tensor, &Tensor), x: &Tensor, labels: Option<&Tensor>) -> Result<Pass> {
        let x = lined_up(x, &self.plan.input)?;
        let count = x.size()[0] as usize;
        let last = self.plan.nodes.last().map_or(0, |node| node.outputs);
        let mut pass = Pass {
            inner: self.values(count),
            x,
            labels: labels.map(|labels| labels.f_contiguous()).transpose()?,
            y: Tensor::f_empty([count as i64, last as i64], (Kind::Float, Device::Cpu))?,
        };
        let mut values: Vec<Shares> = pass.inner.values.iter_mut().map(|values| Shares::new(values)).collect();
        values.push(Shares::new(as_mut_slice(&mut pass.y)?));
        let (plan, weights, x) = (&self.plan, as_slice(weights)?, as_slice(&pass.x)?);
        let buffers = if buffers.numel() > 0 { as_slice(buffers)? } else { &[] };
        let labels = pass.labels.as_ref().map(as_slice).transpose()?.unwrap_or_default();
        pool::run(self.threads.min(count), &|member| {
            let mut x = x;
            for (node, y) in plan.nodes.iter().zip(&values) {
                let (weights, buffers) = (&weights[node.weights.clone()], &buffers[node.buffers.clone()]);
                let work = Work { member, count, weights, buffers, labels };
                node.op.forward(&work, x, y, node.activation.as_ref());
                member.wait();
                // SAFETY: all threads have written their part, and write to it no more.
                x = unsafe { y.whole() };
            }
        })?;
        Ok(pass)
    }

    /// The result, `[n, ...output]`.
    pub fn result(&self, pass: &Pass) -> Result<Tensor> {
        as_picture(&pass.y, &self.plan.output)
    }

    /// The result of a pass from which nobody goes back.
    pub fn finish(&self, pass: Pass) -> Result<Tensor> {
        let y = self.result(&pass)?;
        self.keep(pass);
        Ok(y)
    }

    fn keep(&self, pass: Pass) {
        let mut memory = self.memory();
        if memory.free.len() < KEPT {
            memory.free.push(pass.inner);
        }
    }

    /// The way back from the gradient of the result, `[n, ...output]`: the gradient of the input, if it is wanted. That of
    /// the parameters, if it is wanted, is added to what [`Executor::gradient`] will give.
    pub fn backward(&self, weights: &Tensor, pass: Pass, slope: &Tensor, wanted: Wanted) -> Result<Option<Tensor>> {
        let slope = lined_up(slope, &self.plan.output)?;
        let (plan, count) = (&self.plan, pass.inner.count);
        let mut memory = self.memory();
        let Memory { here, before, gradient, begun, .. } = &mut *memory;
        if wanted.weights && !gradient.defined() {
            *gradient = Tensor::f_zeros([plan.parameters() as i64], (Kind::Float, Device::Cpu))?;
        }
        let add = std::mem::replace(begun, *begun || wanted.weights);
        for values in [&mut *here, &mut *before] {
            values.resize(values.len().max(count * plan.widest()), 0.0);
        }
        let mut dx = match wanted.input {
            true => Some(Tensor::f_empty([count as i64, plan.nodes[0].inputs as i64], (Kind::Float, Device::Cpu))?),
            false => None,
        };
        let back = Back {
            plan,
            count,
            weights: as_slice(weights)?,
            labels: pass.labels.as_ref().map(as_slice).transpose()?.unwrap_or_default(),
            x: as_slice(&pass.x)?,
            values: pass.inner.values.iter().map(Vec::as_slice).chain([as_slice(&pass.y)?]).collect(),
            slope: as_slice(&slope)?,
            here: Shares::new(here),
            before: Shares::new(before),
            dx: dx.as_mut().map(as_mut_slice).transpose()?.map(Shares::new),
            gradient: match wanted.weights {
                true => Some(Shares::new(as_mut_slice(gradient)?)),
                false => None,
            },
            add,
        };
        pool::run(self.threads.min(count), &|member| back.go(member))?;
        drop(back);
        drop(memory);
        self.keep(pass);
        dx.map(|dx| as_picture(&dx, &plan.input)).transpose()
    }

    /// The gradient of the parameters that the ways back since the last call have left, `[parameters]`; `None` if none did.
    /// The next way back uses its memory again.
    pub fn gradient(&self) -> Option<Tensor> {
        let mut memory = self.memory();
        std::mem::take(&mut memory.begun).then(|| memory.gradient.shallow_clone())
    }

    fn values(&self, count: usize) -> Values {
        let mut memory = self.memory();
        if let Some(at) = memory.free.iter().position(|values| values.count == count) {
            return memory.free.swap_remove(at);
        }
        // Batches of another size: the memory of old ones goes.
        if memory.free.len() == KEPT {
            memory.free.clear();
        }
        let sizes = self.plan.nodes.iter().map(|node| count * node.outputs);
        let values = sizes.take(self.plan.nodes.len() - 1).map(|size| vec![0.0; size]).collect();
        Values { count, values }
    }
}

// One way back, as all threads see it.
struct Back<'a> {
    plan: &'a Plan,
    count: usize,
    weights: &'a [f32],
    labels: &'a [f32],
    x: &'a [f32],
    values: Vec<&'a [f32]>,
    slope: &'a [f32],
    here: Shares<'a>,
    before: Shares<'a>,
    dx: Option<Shares<'a>>,
    gradient: Option<Shares<'a>>,
    // Whether to what is there.
    add: bool,
}

impl Back<'_> {
    fn go(&self, member: Member) {
        let (mut here, mut before) = (&self.here, &self.before);
        let own = member.share(self.slope.len());
        // SAFETY: threads' shares do not overlap.
        unsafe { here.part(own.clone()) }.copy_from_slice(&self.slope[own]);
        for (i, node) in self.plan.nodes.iter().enumerate().rev() {
            let size = self.count * node.outputs;
            if let Some(activation) = &node.activation {
                // The same shares as those of the copy, or a barrier lies between.
                let own = member.share(size);
                // SAFETY: threads' shares do not overlap.
                activation.scale(&self.values[i][own.clone()], unsafe { here.part(own) });
            }
            member.wait();
            let inner = Some(before).filter(|_| i > 0);
            let range = node.weights.clone();
            let weights = self.gradient.as_ref().map(|all| all.narrow(range.clone()));
            let slopes = Slopes {
                // SAFETY: all threads have written their part, and write to it no more until the next barrier.
                y: unsafe { here.whole() }.get(..size).unwrap_or_default(),
                x: inner.or(self.dx.as_ref()),
                weights: weights.as_ref().map(|weights| (weights, self.add)),
            };
            let x = if i == 0 { self.x } else { self.values[i - 1] };
            let weights = &self.weights[range];
            let work = Work {
                member,
                count: self.count,
                weights,
                buffers: &[],
                labels: self.labels,
            };
            node.op.backward(&work, x, &slopes);
            member.wait();
            std::mem::swap(&mut here, &mut before);
        }
    }
}

// Samples one after the other, pictures with the channels last.
fn lined_up(x: &Tensor, shape: &[i64]) -> Result<Tensor> {
    let x = match shape.len() {
        3 => x.f_permute([0, 2, 3, 1])?,
        _ => x.shallow_clone(),
    };
    Ok(x.f_detach()?.f_contiguous()?)
}

fn as_picture(x: &Tensor, shape: &[i64]) -> Result<Tensor> {
    let n = x.size()[0];
    Ok(match shape {
        [channels, height, width] => x.f_view([n, *height, *width, *channels])?.f_permute([0, 3, 1, 2])?,
        _ => x.shallow_clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{InitScheme, ParamStore, Philox, Stream};
    use crate::layer::Chain;
    use crate::layer::{chain, Activation, Condition, Flatten, Function, Linear, Parts, Unflatten};

    fn none() -> Tensor {
        Tensor::zeros([0], (Kind::Float, Device::Cpu))
    }

    fn numbers(size: &[i64], index: u64) -> Tensor {
        let mut values = vec![0f32; size.iter().product::<i64>() as usize];
        Philox::new(5).fill_normal(Stream::Latent, index, &mut values);
        Tensor::from_slice(&values).view(size)
    }

    fn dense(function: Function) -> Chain {
        let mut chain = Chain::new(&[5], InitScheme::FanIn);
        chain.push("a", Linear { inputs: 5, outputs: 7 }).push("act", Activation { function });
        chain.push("labels", Condition { labels: 2 }).push("b", Linear { inputs: 9, outputs: 6 });
        chain.push("out", Activation { function: Function::Tanh });
        chain
    }

    fn pictures() -> Chain {
        let mut chain = Chain::new(&[3, 2, 4], InitScheme::FanIn);
        chain.push("flatten", Flatten {}).push("a", Linear { inputs: 24, outputs: 12 });
        chain.push("act", Activation { function: Function::LeakyRelu });
        chain.push("shape", Unflatten { shape: vec![2, 3, 2] });
        chain
    }

    fn chains() -> Vec<Chain> {
        use Function::*;
        let mut chains: Vec<Chain> = [Relu, LeakyRelu, Tanh, Elu, Softplus, Sigmoid].map(dense).into();
        chains.push(pictures());
        chains
    }

    // What libtorch makes of the same, in the kind of its input.
    fn torch(chain: &Chain, flat: &Tensor, x: &Tensor, labels: &Tensor) -> Tensor {
        let store = ParamStore::new(chain.parameters(), chain.init, &Philox::new(0), 0, Device::Cpu).unwrap();
        let parameters = store.views(flat).unwrap();
        let parts = Parts {
            parameters: &parameters,
            buffers: &[],
            labels: Some(labels),
            training: true,
        };
        chain::run(&chain.layers, x.shallow_clone(), &parts).unwrap()
    }

    fn batch(chain: &Chain, count: i64) -> [Tensor; 5] {
        let sized = |shape: &[i64]| [&[count], shape].concat();
        let len = chain.parameters().iter().map(|spec| spec.len()).sum();
        let (x, labels) = (numbers(&sized(&chain.input), 1), numbers(&[count, 2], 2));
        [numbers(&[len], 3) * 0.4, x, labels, numbers(&sized(&chain.output()), 4), numbers(&[len], 6)]
    }

    #[test]
    fn results_and_gradients_are_those_of_libtorch_on_any_number_of_threads() {
        for chain in chains() {
            for (threads, count) in [(1, 4), (2, 5), (3, 3), (4, 1)] {
                let [flat, x, labels, slope, _] = batch(&chain, count);
                let executor = Executor::new(Plan::new(&chain).unwrap(), threads).unwrap();
                let wanted = Wanted { weights: true, input: true };
                let mut dx = Tensor::new();
                for _ in 0..2 {
                    let pass = executor.forward((&flat, &none()), &x, Some(&labels)).unwrap();
                    let y = executor.result(&pass).unwrap();
                    let expected = torch(&chain, &flat, &x, &labels);
                    assert!(y.allclose(&expected, 1e-5, 1e-5, false), "{chain:?}");
                    dx = executor.backward(&flat, pass, &slope, wanted).unwrap().unwrap();
                }
                let [flat, x] = [flat, x].map(|leaf| leaf.set_requires_grad(true));
                let loss = (torch(&chain, &flat, &x, &labels) * &slope).sum(Kind::Float);
                let expected = Tensor::run_backward(&[loss], &[&flat, &x], false, false);
                // Two ways back add up.
                let gradient = executor.gradient().unwrap() * 0.5;
                assert!(gradient.allclose(&expected[0], 1e-5, 1e-5, false), "{chain:?}");
                assert!(dx.allclose(&expected[1], 1e-5, 1e-5, false), "{chain:?}");
                assert!(executor.gradient().is_none());
            }
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences_in_float64() {
        for chain in chains() {
            let [flat, x, labels, slope, direction] = batch(&chain, 3);
            let executor = Executor::new(Plan::new(&chain).unwrap(), 2).unwrap();
            let pass = executor.forward((&flat, &none()), &x, Some(&labels)).unwrap();
            executor.backward(&flat, pass, &slope, Wanted { weights: true, input: false }).unwrap();
            let found = (executor.gradient().unwrap() * &direction).sum(Kind::Double).double_value(&[]);
            let double = |tensor: &Tensor| tensor.to_kind(Kind::Double);
            let loss = |at: f64| {
                let moved = double(&flat) + double(&direction) * at;
                let y = torch(&chain, &moved, &double(&x), &double(&labels));
                (y * double(&slope)).sum(Kind::Double).double_value(&[])
            };
            let exact = (loss(1e-6) - loss(-1e-6)) / 2e-6;
            assert!((found - exact).abs() < 1e-5 * exact.abs().max(1.0), "{chain:?}: {found} {exact}");
        }
    }

    #[test]
    fn a_plan_names_the_layer_that_it_does_not_have() {
        let mut chain = dense(Function::Relu);
        chain.push("late", Activation { function: Function::Silu });
        assert_eq!(Plan::new(&chain).err().unwrap(), "late");
    }
}

//! Backward functions of operations that are hidden from autograd: their results are new leaves.
//!
//! [`Tape::gradients`] continues `run_backward` through the recorded operations; with an empty tape it equals
//! `run_backward`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tch::{Kind, Tensor};

use super::trace;
use crate::error::Result;

/// Backward function: maps the gradients of the results (None for results that the loss does not depend on) to the
/// gradient of the input, if it is required. Gradients of weights are stored by the function itself.
pub type Back = Box<dyn FnOnce(&[Option<Tensor>]) -> Result<Option<Tensor>> + Send>;

struct Cut {
    from: Tensor,
    results: Vec<Tensor>,
    back: Back,
    // Gradients of the results found so far.
    slopes: Vec<Option<Tensor>>,
}

/// Operations recorded since the last call of [`Tape::gradients`], in order.
#[derive(Default)]
pub struct Tape {
    cuts: Mutex<Vec<Cut>>,
}

impl Tape {
    /// An empty tape.
    pub fn new() -> Self {
        Tape::default()
    }

    fn cuts(&self) -> MutexGuard<'_, Vec<Cut>> {
        self.cuts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that `back` maps the gradient of `result` to that of `from`; returns the result as a leaf.
    pub fn record<F>(&self, from: &Tensor, result: &Tensor, back: F) -> Result<Tensor>
    where
        F: FnOnce(&Tensor) -> Result<Option<Tensor>> + Send + 'static,
    {
        let back = |slopes: &[Option<Tensor>]| match &slopes[0] {
            Some(slope) => back(slope),
            None => Ok(None),
        };
        let [leaf] = self.record_all(from, [result], Box::new(back))?;
        Ok(leaf)
    }

    /// Like [`Tape::record`], for several results.
    pub fn record_all<const N: usize>(&self, from: &Tensor, results: [&Tensor; N], back: Back) -> Result<[Tensor; N]> {
        let mut leaves = Vec::with_capacity(N);
        for result in results {
            leaves.push(result.f_detach()?.f_set_requires_grad(true)?);
        }
        self.cuts().push(Cut {
            from: from.shallow_clone(),
            results: leaves.iter().map(Tensor::shallow_clone).collect(),
            back,
            slopes: leaves.iter().map(|_| None).collect(),
        });
        let mut leaves = leaves.into_iter();
        Ok(results.map(|_| leaves.next().unwrap_or_default()))
    }

    /// Gradients of `loss` with respect to `leaves` of autograd, including those through recorded operations; clears
    /// the tape. Leaves that the loss does not depend on have undefined tensors.
    pub fn gradients(&self, loss: &Tensor, leaves: &[&Tensor]) -> Result<Vec<Tensor>> {
        let _span = trace::span("gradients");
        let mut cuts = std::mem::take(&mut *self.cuts());
        if cuts.is_empty() {
            return Ok(Tensor::f_run_backward(&[loss], leaves, false, false)?);
        }
        let mut found: Vec<Option<Tensor>> = leaves.iter().map(|_| None).collect();
        // Root of the remaining backward passes of autograd.
        let mut root = Some(loss.shallow_clone());
        let mut kept = Vec::new();
        loop {
            if let Some(root) = root.take().filter(Tensor::requires_grad) {
                autograd(&root, &mut cuts, (leaves, &mut found))?;
            }
            let Some(cut) = cuts.pop() else { break };
            if cut.slopes.iter().all(Option::is_none) {
                kept.push(cut);
                continue;
            }
            let Some(slope) = (cut.back)(&cut.slopes)? else { continue };
            let place = cuts.iter_mut().rev().find_map(|earlier| {
                let at = earlier.results.iter().position(|result| same(result, &cut.from))?;
                Some((&mut earlier.slopes[at], earlier.results[at].size()))
            });
            match place {
                Some((place, size)) => add(place, slope.f_reshape(&size[..])?)?,
                // The derivative of this root with respect to `from` is the gradient.
                None => root = Some(cut.from.f_mul(&slope)?.f_sum(Kind::Float)?),
            }
        }
        kept.reverse();
        *self.cuts() = kept;
        Ok(found.into_iter().map(|found| found.unwrap_or_default()).collect())
    }
}

// Adds the gradients from `root` to the recorded results and the leaves.
fn autograd(root: &Tensor, cuts: &mut [Cut], (leaves, found): (&[&Tensor], &mut [Option<Tensor>])) -> Result<()> {
    let results: Vec<Tensor> = cuts.iter().flat_map(|cut| cut.results.iter().map(Tensor::shallow_clone)).collect();
    let inputs: Vec<&Tensor> = results.iter().chain(leaves.iter().copied()).collect();
    if inputs.is_empty() {
        return Ok(());
    }
    // Other roots may share a part of the graph.
    let seen = Tensor::f_run_backward(&[root], &inputs, !cuts.is_empty(), false)?;
    let places = cuts.iter_mut().flat_map(|cut| cut.slopes.iter_mut()).chain(found);
    for (place, seen) in places.zip(seen) {
        if seen.defined() {
            add(place, seen)?;
        }
    }
    Ok(())
}

fn add(place: &mut Option<Tensor>, slope: Tensor) -> Result<()> {
    *place = Some(match place.take() {
        Some(other) => other.f_add(&slope)?,
        None => slope,
    });
    Ok(())
}

// True if `from` is the same tensor as the result, possibly reshaped.
fn same(result: &Tensor, from: &Tensor) -> bool {
    let alike = result.size() == from.size() && result.stride() == from.stride();
    let lined_up = result.is_contiguous() && from.is_contiguous() && result.numel() == from.numel();
    result.data_ptr() == from.data_ptr() && (alike || lined_up)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::Arc;

    use super::*;

    // Computes 3 x, with the gradient 3 dy.
    fn triple(tape: &Tape, x: &Tensor, calls: &Arc<AtomicU32>) -> Tensor {
        let (wanted, calls) = (x.requires_grad(), calls.clone());
        let back = move |slope: &Tensor| {
            calls.fetch_add(1, Ordering::Relaxed);
            Ok(wanted.then(|| slope * 3.0))
        };
        tape.record(x, &(x.detach() * 3.0), back).unwrap()
    }

    #[test]
    fn gradients_go_through_what_was_recorded() {
        let calls = Arc::new(AtomicU32::new(0));
        let tape = Tape::new();
        let x = Tensor::from_slice(&[2f32, -1.0]).set_requires_grad(true);
        let y = triple(&tape, &x.square(), &calls);
        let z = triple(&tape, &(&y + &x), &calls);
        let loss = (&z * &y).sum(Kind::Float);
        // z y = 3 (3 x^2 + x) 3 x^2 = 27 x^4 + 9 x^3
        let gradient = tape.gradients(&loss, &[&x]).unwrap();
        let expected = x.detach().pow_tensor_scalar(3) * 108.0 + x.detach().square() * 27.0;
        assert!(gradient[0].allclose(&expected, 1e-6, 1e-6, false));
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn operations_unused_by_a_loss_are_kept_for_the_next() {
        let calls = Arc::new(AtomicU32::new(0));
        let tape = Tape::new();
        let x = Tensor::from_slice(&[2f32]).set_requires_grad(true);
        let first = triple(&tape, &x, &calls);
        let other = triple(&tape, &first.detach(), &calls);
        assert!(!tape.gradients(&other.sum(Kind::Float), &[&x]).unwrap()[0].defined());
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        assert_eq!(tape.gradients(&first.sum(Kind::Float), &[&x]).unwrap()[0].double_value(&[0]), 3.0);
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn an_empty_tape_is_plain_autograd() {
        let x = Tensor::from_slice(&[2f32]).set_requires_grad(true);
        let gradient = Tape::new().gradients(&x.square().sum(Kind::Float), &[&x]).unwrap();
        assert_eq!(gradient[0].double_value(&[0]), 4.0);
    }

    #[test]
    fn several_results_go_back_together_through_views_of_themselves() {
        let tape = Tape::new();
        let x = Tensor::from_slice(&[2f32, -1.0]).set_requires_grad(true);
        let (double, square) = (x.detach() * 2.0, x.detach().square());
        let value = x.detach();
        let back = move |slopes: &[Option<Tensor>]| {
            let of_double = slopes[0].as_ref().map(|slope| slope * 2.0);
            let of_square = slopes[1].as_ref().map(|slope| slope * &value * 2.0);
            Ok(Some(of_double.unwrap() + of_square.unwrap_or(value.zeros_like())))
        };
        let [double, square] = tape.record_all(&x, [&double, &square], Box::new(back)).unwrap();
        let calls = Arc::new(AtomicU32::new(0));
        let six = triple(&tape, &double.view([2, 1]), &calls);
        let gradient = tape.gradients(&(six.sum(Kind::Float) + square.sum(Kind::Float)), &[&x]).unwrap();
        assert_eq!(gradient[0].double_value(&[0]), 6.0 + 4.0);
        assert_eq!(gradient[0].double_value(&[1]), 6.0 - 2.0);
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }
}

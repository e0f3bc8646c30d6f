//! Functions that autograd does not see: their results are new leaves, and their ways back are kept here.
//!
//! [`Tape::gradients`] is then what `run_backward` is without them. Whoever records nothing gets `run_backward` itself.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tch::{Kind, Tensor};

use super::trace;
use crate::error::Result;

/// The way back: from the gradient of a result to that of what it was made from, if anybody wants it. Gradients of
/// weights it keeps to itself.
pub type Back = Box<dyn FnOnce(&Tensor) -> Result<Option<Tensor>> + Send>;

struct Cut {
    from: Tensor,
    result: Tensor,
    back: Back,
    // The gradient of the result through what was recorded later and made of the result itself.
    slope: Option<Tensor>,
}

/// What was done since the last gradients, in its order.
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

    /// Notes that `back` leads from `result` to `from`; the result as a leaf that can be built on.
    pub fn record(&self, from: &Tensor, result: &Tensor, back: Back) -> Result<Tensor> {
        let result = result.f_detach()?.f_set_requires_grad(true)?;
        let cut = Cut {
            from: from.shallow_clone(),
            result: result.shallow_clone(),
            back,
            slope: None,
        };
        self.cuts().push(cut);
        Ok(result)
    }

    /// Gradients of `loss` with respect to `leaves` of autograd's own, and through everything recorded that `loss` was made
    /// of, which is then forgotten; undefined tensors for leaves that it was not made of.
    pub fn gradients(&self, loss: &Tensor, leaves: &[&Tensor]) -> Result<Vec<Tensor>> {
        let _span = trace::span("gradients");
        let mut root = loss.shallow_clone();
        let mut kept = Vec::new();
        let mut cuts = std::mem::take(&mut *self.cuts());
        let plain = cuts.is_empty();
        while let Some(mut cut) = cuts.pop() {
            let seen = match root.requires_grad() {
                true => Tensor::f_run_backward(&[&root], &[&cut.result], true, false)?.pop(),
                false => None,
            };
            let slope = match (seen.filter(Tensor::defined), cut.slope.take()) {
                (Some(seen), Some(slope)) => seen.f_add(&slope)?,
                (Some(slope), None) | (None, Some(slope)) => slope,
                (None, None) => {
                    kept.push(cut);
                    continue;
                }
            };
            let Some(slope) = (cut.back)(&slope)? else { continue };
            match cuts.iter_mut().rev().find(|earlier| same(&earlier.result, &cut.from)) {
                Some(earlier) => {
                    earlier.slope = Some(match earlier.slope.take() {
                        Some(other) => other.f_add(&slope)?,
                        None => slope,
                    });
                }
                // Its derivative by `from` is the slope.
                None => root = root.f_add(&cut.from.f_mul(&slope)?.f_sum(Kind::Float)?)?,
            }
        }
        kept.reverse();
        *self.cuts() = kept;
        match leaves.is_empty() || (!root.requires_grad() && !plain) {
            true => Ok(leaves.iter().map(|_| Tensor::new()).collect()),
            false => Ok(Tensor::f_run_backward(&[&root], leaves, false, false)?),
        }
    }
}

// Whether two tensors are one leaf.
fn same(a: &Tensor, b: &Tensor) -> bool {
    b.is_leaf() && a.data_ptr() == b.data_ptr() && a.size() == b.size() && a.stride() == b.stride()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::Arc;

    use super::*;

    // 3 x, and 3 dy back.
    fn triple(tape: &Tape, x: &Tensor, calls: &Arc<AtomicU32>) -> Tensor {
        let (wanted, calls) = (x.requires_grad(), calls.clone());
        let back = Box::new(move |slope: &Tensor| {
            calls.fetch_add(1, Ordering::Relaxed);
            Ok(wanted.then(|| slope * 3.0))
        });
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
    fn what_the_loss_was_not_made_of_is_kept_for_the_next() {
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
}

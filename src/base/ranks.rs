//! Data-parallel training: each process trains on a part of every batch, and gradients are averaged.

use std::ops::Range;

use tch::Tensor;

use crate::error::{Error, Result};

/// Function that replaces a tensor by its mean over all processes.
pub type Average = Box<dyn Fn(&Tensor) -> Result<()> + Send + Sync>;

/// This process's rank among the training processes; a single process by default.
#[derive(Default)]
pub struct Ranks {
    others: Option<Others>,
}

struct Others {
    rank: u64,
    count: u64,
    average: Average,
}

impl Ranks {
    /// Creates rank `rank` of `count` processes.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `rank` is out of range.
    pub fn new(rank: u64, count: u64, average: Average) -> Result<Self> {
        if rank >= count {
            return Err(Error::parameter("rank", format!("must be below {count}"), rank));
        }
        Ok(Ranks {
            others: (count > 1).then_some(Others { rank, count, average }),
        })
    }

    /// True if there is only one process.
    pub fn alone(&self) -> bool {
        self.others.is_none()
    }

    /// Number of processes.
    pub fn count(&self) -> u64 {
        self.others.as_ref().map_or(1, |others| others.count)
    }

    /// This process's range of a batch of `b` samples; all ranges have equal length.
    pub fn part(&self, b: u64) -> Range<u64> {
        match &self.others {
            Some(others) => {
                let own = b / others.count;
                others.rank * own..(others.rank + 1) * own
            }
            None => 0..b,
        }
    }

    /// This process's part of a tensor whose axis `axis` has `b` samples.
    pub fn own(&self, x: &Tensor, axis: i64) -> Result<Tensor> {
        if self.alone() {
            return Ok(x.shallow_clone());
        }
        let part = self.part(x.size()[axis as usize] as u64);
        Ok(x.f_narrow(axis, part.start as i64, (part.end - part.start) as i64)?)
    }

    /// Mean of a tensor over all processes, differentiable with respect to this process's tensor: the mean of the
    /// processes' gradients of a loss equals the gradient in one process.
    pub fn mean(&self, x: &Tensor) -> Result<Tensor> {
        if self.alone() {
            return Ok(x.shallow_clone());
        }
        let mean = x.f_detach()?.f_detach_copy()?;
        self.average(&mean)?;
        Ok(x.f_add(&mean.f_sub(&x.f_detach()?)?)?)
    }

    /// Concatenates the samples `[b, ...]` of all processes, `[count b, ...]`, differentiable with respect to this
    /// process's. Terms computed from the result must be passed through [`Ranks::whole`].
    pub fn union(&self, x: &Tensor) -> Result<Tensor> {
        let Some(others) = &self.others else {
            return Ok(x.shallow_clone());
        };
        let mut size = x.size();
        size.insert(0, others.count as i64);
        let all = Tensor::f_zeros(&size[..], (x.f_kind()?, x.device()))?;
        // Mean over this process's values and the zeros of the others.
        let own = x.f_detach()?.f_mul_scalar(others.count as f64)?;
        all.f_select(0, others.rank as i64)?.f_copy_(&own)?;
        self.average(&all)?;
        let parts = (0..others.count).map(|rank| match rank == others.rank {
            true => Ok(x.shallow_clone()),
            false => all.f_select(0, rank as i64),
        });
        Ok(Tensor::f_cat(&parts.collect::<Result<Vec<_>, _>>()?, 0)?)
    }

    /// Scales the gradient of a term that every process computes from all samples by the number of processes: each
    /// process has the gradient of its own samples only, and gradients are averaged.
    pub fn whole(&self, term: &Tensor) -> Result<Tensor> {
        let count = self.count() as f64;
        match self.alone() {
            true => Ok(term.shallow_clone()),
            false => Ok(term.f_mul_scalar(count)?.f_sub(&term.f_detach()?.f_mul_scalar(count - 1.0)?)?),
        }
    }

    /// Standard deviation of all values in the samples of all processes.
    pub fn deviation(&self, x: &Tensor) -> Result<Tensor> {
        if self.alone() {
            return Ok(x.f_std(true)?);
        }
        // The gradient through the global mean sums to zero over all processes, but not within each.
        let squares = x.f_sub(&self.mean(&x.f_mean(None)?)?.f_detach()?)?.f_square()?;
        let n = (x.numel() as u64 * self.count()) as f64;
        Ok(self.mean(&squares.f_mean(None)?)?.f_mul_scalar(n / (n - 1.0).max(1.0))?.f_sqrt()?)
    }

    /// Replaces a tensor by its mean over all processes; a synchronisation point.
    ///
    /// # Errors
    /// [`Error::Torch`] if another process has exited.
    pub fn average(&self, x: &Tensor) -> Result<()> {
        match &self.others {
            Some(others) if x.numel() > 0 => (others.average)(&x.f_detach()?),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_equal_and_cover_a_batch() {
        let parts = (0..3).map(|rank| Ranks::new(rank, 3, Box::new(|_| Ok(()))).unwrap().part(12));
        assert_eq!(parts.collect::<Vec<_>>(), [0..4, 4..8, 8..12]);
        assert_eq!(Ranks::default().part(5), 0..5);
        assert!(Ranks::new(0, 1, Box::new(|_| Ok(()))).unwrap().alone());
        assert!(Ranks::new(2, 2, Box::new(|_| Ok(()))).is_err());
    }

    #[test]
    fn a_tensors_part_is_that_of_the_samples() {
        let x = Tensor::from_slice(&[0f32, 1.0, 2.0, 3.0]).view([1, 4]);
        let ranks = Ranks::new(1, 2, Box::new(|_| Ok(()))).unwrap();
        assert!(ranks.own(&x, 1).unwrap().equal(&x.narrow(1, 2, 2)));
    }

    // Results of `f` in two processes, simulated by threads, each with half of four rows.
    fn in_two(f: fn(&Ranks, &Tensor) -> Result<Tensor>) -> Vec<(f64, Tensor)> {
        use std::sync::{Arc, Barrier, Mutex};
        let shared = Arc::new((Barrier::new(2), Mutex::new([Tensor::new(), Tensor::new()])));
        let threads: Vec<_> = (0..2usize)
            .map(|rank| {
                let shared = shared.clone();
                std::thread::spawn(move || {
                    let average = move |x: &Tensor| {
                        let (barrier, places) = &*shared;
                        places.lock().unwrap()[rank] = x.copy();
                        barrier.wait();
                        let mean = {
                            let all = places.lock().unwrap();
                            (&all[0] + &all[1]) / 2.0
                        };
                        barrier.wait();
                        x.shallow_clone().f_copy_(&mean).map(drop).map_err(Into::into)
                    };
                    let ranks = Ranks::new(rank as u64, 2, Box::new(average)).unwrap();
                    let x = rows().narrow(0, 2 * rank as i64, 2).set_requires_grad(true);
                    let term = f(&ranks, &x).unwrap();
                    term.backward();
                    (term.double_value(&[]), x.grad())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    }

    fn rows() -> Tensor {
        Tensor::from_slice(&[0.5f32, -1.0, 2.0, 0.25, 1.5, -0.5, 0.0, 3.0]).view([4, 2])
    }

    #[test]
    fn terms_over_all_samples_have_the_value_and_gradient_of_one_process() {
        let cases: [fn(&Ranks, &Tensor) -> Result<Tensor>; 4] = [
            |ranks, x| Ok(ranks.mean(&x.f_mean_dim([0i64].as_slice(), false, None)?)?.f_square()?.f_sum(None)?),
            |ranks, x| {
                let all = ranks.union(x)?;
                ranks.whole(&all.f_matmul(&all.f_transpose(0, 1)?)?.f_exp()?.f_sum(None)?)
            },
            |ranks, x| ranks.whole(&ranks.union(x)?.f_max()?),
            |ranks, x| ranks.deviation(x),
        ];
        for f in cases {
            let x = rows().set_requires_grad(true);
            let wanted = f(&Ranks::default(), &x).unwrap();
            wanted.backward();
            let found = in_two(f);
            for (value, _) in &found {
                assert!((value - wanted.double_value(&[])).abs() < 1e-4 * value.abs().max(1.0));
            }
            // The averaged gradients: each process has the gradient of its own samples only.
            let gradient = Tensor::cat(&[&found[0].1, &found[1].1], 0) / 2.0;
            assert!(gradient.allclose(&x.grad(), 1e-4, 1e-5, false), "{gradient:?}");
        }
    }
}

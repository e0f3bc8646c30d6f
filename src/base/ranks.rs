//! Processes that train one model together: each takes a part of every batch, and what they find is averaged.

use std::ops::Range;

use tch::Tensor;

use crate::error::{Error, Result};

/// Replaces a tensor by its mean over all processes.
pub type Average = Box<dyn Fn(&Tensor) -> Result<()> + Send + Sync>;

/// This process among those that train together; alone by default.
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
    /// Process number `rank` of `count`; the only one is alone.
    ///
    /// # Errors
    /// [`Error::Parameter`] if there is no such process.
    pub fn new(rank: u64, count: u64, average: Average) -> Result<Self> {
        if rank >= count {
            return Err(Error::parameter("rank", format!("must be below {count}"), rank));
        }
        Ok(Ranks {
            others: (count > 1).then_some(Others { rank, count, average }),
        })
    }

    /// Whether there are others.
    pub fn alone(&self) -> bool {
        self.others.is_none()
    }

    /// Number of processes.
    pub fn count(&self) -> u64 {
        self.others.as_ref().map_or(1, |others| others.count)
    }

    /// This process's part of a batch of `b` samples, which is as large as any other's.
    pub fn part(&self, b: u64) -> Range<u64> {
        match &self.others {
            Some(others) => {
                let own = b / others.count;
                others.rank * own..(others.rank + 1) * own
            }
            None => 0..b,
        }
    }

    /// The same of a tensor with an axis of `b` samples.
    pub fn own(&self, x: &Tensor, axis: i64) -> Result<Tensor> {
        if self.alone() {
            return Ok(x.shallow_clone());
        }
        let part = self.part(x.size()[axis as usize] as u64);
        Ok(x.f_narrow(axis, part.start as i64, (part.end - part.start) as i64)?)
    }

    /// Replaces a tensor by its mean over all processes; waits for all of them.
    ///
    /// # Errors
    /// [`Error::Torch`] if another process is gone.
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
}

//! Snapshots of a run in training, to which it returns if a loss is not finite.

use std::time::{Duration, Instant};

use super::snapshot::{Pass, Snapshot};
use crate::error::Result;
use crate::family::Family;

/// Minimum time between two snapshots, and the same as a multiple of the time that the last one took.
const EVERY: (Duration, u32) = (Duration::from_secs(1), 100);

/// The last snapshots.
pub struct Guard {
    // Followed by finite losses.
    good: Snapshot,
    // Not confirmed yet.
    recent: Option<Snapshot>,
    // Its memory is used for the next one.
    spare: Option<Snapshot>,
    // When the next one is due.
    due: Instant,
}

impl Guard {
    /// Takes the first snapshot.
    pub fn begin(step: &dyn Family, pass: Pass) -> Result<Self> {
        let begun = Instant::now();
        let good = Snapshot::take(step, pass)?;
        Ok(Guard { good, recent: None, spare: None, due: next(begun) })
    }

    /// The last state that was followed by finite losses.
    pub fn good(&self) -> &Snapshot {
        &self.good
    }

    /// True if it is time for the next snapshot.
    pub fn due(&self) -> bool {
        Instant::now() > self.due
    }

    /// Takes a snapshot. Losses up to now are finite, so the one before it becomes the good one.
    pub fn renew(&mut self, step: &dyn Family, pass: Pass) -> Result<()> {
        let begun = Instant::now();
        // New memory costs more than the copy: the system has to map and clear it.
        let recent = match self.spare.take() {
            Some(mut spare) => {
                spare.retake(step, pass)?;
                spare
            }
            None => Snapshot::take(step, pass)?,
        };
        if let Some(proven) = self.recent.replace(recent) {
            self.spare = Some(std::mem::replace(&mut self.good, proven));
        }
        self.due = next(begun);
        Ok(())
    }
}

// When the next snapshot is due after one that was taken from `begun` to now.
fn next(begun: Instant) -> Instant {
    let (least, factor) = EVERY;
    Instant::now() + least.max(begun.elapsed().saturating_mul(factor))
}

//! Vectors of places, added to those of the tokens.

use super::partial::add;
use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Adds to each place the vector of its distance from the start of its document; its weights are `[places, features]`.
pub struct Positions {
    /// Number of places.
    pub places: usize,
    /// Places computed at a time: all, or one.
    pub at_once: usize,
    /// Length of a vector.
    pub features: usize,
}

impl Positions {
    // Index of the vector of one of all places in memory.
    fn index(&self, work: &Work, at: usize) -> usize {
        if self.at_once < self.places {
            return work.place;
        }
        let start = work.given.get(at).copied().unwrap_or(0.0);
        (at % self.places).saturating_sub(start as usize)
    }
}

impl Op for Positions {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let features = self.features;
        for at in work.worker.share(x.len() / features) {
            let range = at * features..(at + 1) * features;
            // SAFETY: threads' places do not overlap.
            let y = unsafe { y.part(range.clone()) };
            y.copy_from_slice(&x[range]);
            add(y, &work.weights[self.index(work, at) * features..][..features]);
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    // Threads split the features, because several places may have the same vector.
    fn backward(&self, work: &Work, _: &[f32], slopes: &Slopes) {
        if let Some(dx) = slopes.x {
            let own = work.worker.share(dx.len());
            // SAFETY: threads' shares do not overlap.
            unsafe { dx.part(own.clone()) }.copy_from_slice(&slopes.y[own]);
        }
        let Some((weights, add_to)) = slopes.weights else { return };
        let (features, own) = (self.features, work.worker.share(self.features));
        // SAFETY: threads' features do not overlap.
        let part = |index: usize| unsafe { weights.part(index * features + own.start..index * features + own.end) };
        if !add_to {
            (0..self.places).for_each(|index| part(index).fill(0.0));
        }
        for (at, dy) in slopes.y.chunks_exact(features).enumerate() {
            add(part(self.index(work, at)), &dy[own.clone()]);
        }
    }
}

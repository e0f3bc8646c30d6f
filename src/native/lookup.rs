//! Vectors of tokens.

use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Copies the vector of each token; its weights are `[tokens, features]`.
pub struct Lookup {
    /// Length of a vector.
    pub features: usize,
    /// Number of tokens.
    pub tokens: usize,
}

impl Lookup {
    // Index of a token. A network's input has been checked, and other values become a token rather than a panic.
    fn index(&self, token: f32) -> usize {
        (token as usize).min(self.tokens.saturating_sub(1))
    }
}

impl Op for Lookup {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let features = self.features;
        for place in work.worker.share(x.len()) {
            // SAFETY: threads' places do not overlap.
            let y = unsafe { y.part(place * features..(place + 1) * features) };
            y.copy_from_slice(&work.weights[self.index(x[place]) * features..][..features]);
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    // Threads split the features, because several places may have the same token.
    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        if let (Some(dx), 0) = (slopes.x, work.worker.index) {
            // SAFETY: only the first thread writes here.
            unsafe { dx.part(0..dx.len()) }.fill(0.0);
        }
        let Some((weights, add)) = slopes.weights else { return };
        let (features, own) = (self.features, work.worker.share(self.features));
        // SAFETY: threads' features do not overlap.
        let part = |token: usize| unsafe { weights.part(token * features + own.start..token * features + own.end) };
        if !add {
            (0..self.tokens).for_each(|token| part(token).fill(0.0));
        }
        for (token, dy) in x.iter().zip(slopes.y.chunks_exact(features)) {
            super::partial::add(part(self.index(*token)), &dy[own.clone()]);
        }
    }
}

//! Softmax of attention scores and its gradient.

use super::partial::dot;
use crate::base::math::{exp, total, wide};

wide! {
    /// Replaces scores by their weights, the softmax of their products with `factor`.
    pub fn softmax(scores: &mut [f32], factor: f32) {
        let most = scores.iter().fold(f32::MIN, |most, score| if *score > most { *score } else { most });
        scores.iter_mut().for_each(|score| *score = exp((*score - most) * factor));
        let mut sums = [0f32; 16];
        let rest: f32 = scores.chunks_exact(16).remainder().iter().sum();
        for chunk in scores.chunks_exact(16) {
            for i in 0..16 {
                sums[i] += chunk[i];
            }
        }
        let scale = 1.0 / (rest + total(sums));
        scores.iter_mut().for_each(|score| *score *= scale);
    }
    /// Replaces gradients of weights by those of scores.
    pub fn through_softmax(changes: &mut [f32], weights: &[f32], factor: f32) {
        let mean = dot(changes, weights);
        changes.iter_mut().zip(weights).for_each(|(change, weight)| *change = (*change - mean) * weight * factor);
    }
}

//! Gated features.

use super::{Op, Slopes, Work};
use crate::base::math::{sigmoid, wide};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Multiplies the second half of the features of each place by the SiLU of the first.
pub struct Gate {
    /// Features of a place of the output.
    pub features: usize,
}

impl Op for Gate {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let features = self.features;
        for place in work.worker.share(y.len() / features) {
            // SAFETY: threads' places do not overlap.
            let y = unsafe { y.part(place * features..(place + 1) * features) };
            let (gates, values) = x[2 * place * features..][..2 * features].split_at(features);
            scale(gates, values, y);
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x else { return };
        let features = self.features;
        for place in work.worker.share(slopes.y.len() / features) {
            let both = 2 * place * features..2 * (place + 1) * features;
            let (gates, values) = x[both.clone()].split_at(features);
            // SAFETY: threads' places do not overlap.
            let (of_gates, of_values) = unsafe { dx.part(both) }.split_at_mut(features);
            slope(gates, values, &slopes.y[place * features..][..features], of_gates, of_values);
        }
    }
}

wide! {
    fn scale(gates: &[f32], values: &[f32], y: &mut [f32]) {
        y.iter_mut().zip(gates.iter().zip(values)).for_each(|(y, (gate, value))| *y = gate * sigmoid(*gate) * value);
    }
    fn slope(gates: &[f32], values: &[f32], dy: &[f32], of_gates: &mut [f32], of_values: &mut [f32]) {
        let n = dy.len();
        let (gates, values, of_gates, of_values) =
            (&gates[..n], &values[..n], &mut of_gates[..n], &mut of_values[..n]);
        for i in 0..n {
            let (gate, open) = (gates[i], sigmoid(gates[i]));
            of_values[i] = dy[i] * gate * open;
            of_gates[i] = dy[i] * values[i] * (open + gate * open * (1.0 - open));
        }
    }
}

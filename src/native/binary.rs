//! Binary neurons with the gradient of the hyperbolic tangent.

use super::{Op, Slopes, Work};
use crate::base::math::tanh;
use crate::base::slice::Shares;
use crate::layer::{Activation, Binary};

impl Op for Binary {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let own = work.worker.share(x.len());
        // SAFETY: threads' shares do not overlap.
        let y = unsafe { y.part(own.clone()) };
        y.iter_mut().zip(&x[own]).for_each(|(y, &x)| *y = if x > 0.0 { 1.0 } else { -1.0 });
        if let Some(activation) = then {
            activation.apply(y);
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x else { return };
        let own = work.worker.share(x.len());
        // SAFETY: threads' shares do not overlap.
        let dx = unsafe { dx.part(own.clone()) };
        for ((dx, &x), dy) in dx.iter_mut().zip(&x[own.clone()]).zip(&slopes.y[own]) {
            let smooth = tanh(x);
            *dx = dy * (1.0 - smooth * smooth);
        }
    }
}

//! Normalisation of groups of the channels of each sample.
//!
//! At a point x, with v = (x - mean) / s and means m over a group, the linearisation maps a to w (a - m(a) - v m(v a)) / s. The
//! gradient with respect to x of its product with b is -(C u + B a + (D - 3 B C) v - C m(u) - B m(a)) / s^2, where u = w b,
//! B = m(u v), C = m(a v) and D = m(u (a - m(a))).

use super::channels::{add_stretched, blend, moments, squares, stretch};
use super::partial::{add, Partial};
use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::group_norm::EPS;
use crate::layer::{Activation, GroupNorm};

/// Values per channel of each thread's own memory.
const OWN: usize = 10;

// A thread's own memory, a value per channel each; means are those of the channel's group.
struct Own<'a> {
    // Mean and inverse standard deviation at the point.
    mean: &'a mut [f32],
    inverse: &'a mut [f32],
    // Of the gradient: sum, later mean; and the same of its product with v.
    level: &'a mut [f32],
    tilt: &'a mut [f32],
    // Of the tangent: mean, mean of its product with v, and of its product with the gradient.
    near: &'a mut [f32],
    slant: &'a mut [f32],
    product: &'a mut [f32],
    // Coefficients.
    a: &'a mut [f32],
    b: &'a mut [f32],
    c: &'a mut [f32],
}

impl<'a> Own<'a> {
    // # Safety
    // At most one call of each thread.
    unsafe fn new(work: &Work<'a>, channels: usize) -> Self {
        let place = |i: usize| (OWN * work.worker.index + i) * channels;
        // SAFETY: each thread has its own ranges.
        let all: [&'a mut [f32]; OWN] = std::array::from_fn(|i| unsafe { work.scratch.part(place(i)..place(i + 1)) });
        let [mean, inverse, level, tilt, near, slant, product, a, b, c] = all;
        Own { mean, inverse, level, tilt, near, slant, product, a, b, c }
    }
}

impl GroupNorm {
    // Replaces the sums of channels over all pixels by the means of their groups.
    fn spread(&self, sums: &mut [f32], pixels: usize) {
        let width = (self.features / self.groups) as usize;
        for group in sums.chunks_exact_mut(width) {
            let mean = group.iter().map(|sum| f64::from(*sum)).sum::<f64>() / (width * pixels) as f64;
            group.fill(mean as f32);
        }
    }

    fn mean(&self, x: &[f32], mean: &mut [f32]) {
        mean.fill(0.0);
        x.chunks_exact(mean.len()).for_each(|pixel| add(mean, pixel));
        self.spread(mean, x.len() / mean.len());
    }

    fn around(&self, at: &[f32], own: &mut Own) {
        self.mean(at, own.mean);
        own.inverse.fill(0.0);
        squares(at, own.mean, own.inverse);
        self.spread(own.inverse, at.len() / own.mean.len());
        own.inverse.iter_mut().for_each(|value| *value = 1.0 / (*value + EPS as f32).sqrt());
    }

    // Mean of the tangent, and of its product with v.
    fn tangent(&self, (at, x): (&[f32], &[f32]), own: &mut Own) {
        self.mean(x, own.near);
        own.slant.fill(0.0);
        moments(at, own.mean, x, own.c, own.slant);
        own.slant.iter_mut().zip(&*own.inverse).for_each(|(slant, inverse)| *slant *= inverse);
        self.spread(own.slant, x.len() / own.mean.len());
    }

    // Gradient of the input that comes from the change of the derivative; see above.
    fn curve(&self, (at, x, dy): (&[f32], &[f32], &[f32]), weight: &[f32], own: &mut Own, curve: &mut [f32]) {
        let Own { mean, inverse, level, tilt, near, slant, product, a, b, c } = own;
        for i in 0..weight.len() {
            let square = -inverse[i] * inverse[i];
            (a[i], b[i]) = (square * slant[i] * weight[i], square * tilt[i]);
            c[i] = square * inverse[i] * (product[i] - 3.0 * tilt[i] * slant[i]);
            slant[i] = -square * (slant[i] * level[i] + tilt[i] * near[i]) - c[i] * mean[i];
        }
        blend((dy, a), (x, b), slant, curve);
        add_stretched(at, c, curve);
    }
}

impl Op for GroupNorm {
    fn scratch(&self, _: usize, threads: usize) -> usize {
        let channels = self.features as usize;
        OWN * threads * channels + Partial::size(2 * channels, threads)
    }

    fn bends(&self) -> bool {
        false
    }

    fn curves(&self, count: usize, inputs: usize) -> usize {
        count * inputs
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (weight, bias) = work.weights.split_at(self.features as usize);
        let size = x.len() / work.count;
        // SAFETY: the only call.
        let mut own = unsafe { Own::new(work, weight.len()) };
        for sample in work.worker.share(work.count) {
            let place = sample * size..(sample + 1) * size;
            let at = &work.at.map_or(x, |at| at.x)[place.clone()];
            // SAFETY: threads' samples do not overlap.
            let (x, y) = (&x[place.clone()], unsafe { y.part(place) });
            self.around(at, &mut own);
            if work.at.is_some() {
                self.tangent((at, x), &mut own);
            }
            let Own { mean, inverse, near, slant, a, b, c, .. } = &mut own;
            for i in 0..weight.len() {
                a[i] = weight[i] * inverse[i];
                (b[i], c[i]) = match work.at {
                    None => (0.0, bias[i] - mean[i] * a[i]),
                    Some(_) => {
                        let across = -a[i] * inverse[i] * slant[i];
                        (across, -a[i] * near[i] - across * mean[i])
                    }
                };
            }
            match work.at {
                None => stretch(x, a, c, y),
                Some(_) => blend((x, a), (at, b), c, y),
            }
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let (channels, size) = (self.features as usize, x.len() / work.count);
        let weight = &work.weights[..channels];
        let partial = slopes.weights.map(|weights| Partial::new(work, OWN * work.worker.count * channels, weights));
        // SAFETY: the only calls.
        let (mut sums, mut own) = unsafe {
            (partial.as_ref().map(|partial| partial.sums().split_at_mut(channels)), Own::new(work, channels))
        };
        for sample in work.worker.share(work.count) {
            let place = sample * size..(sample + 1) * size;
            let at = &work.at.map_or(x, |at| at.x)[place.clone()];
            let (x, dy) = (&x[place.clone()], &slopes.y[place.clone()]);
            // SAFETY: threads' samples do not overlap.
            let curve = work.curves.map(|curves| unsafe { curves.part(place.clone()) });
            self.around(at, &mut own);
            for sums in [&mut *own.level, &mut *own.tilt, &mut *own.product] {
                sums.fill(0.0);
            }
            moments(at, own.mean, dy, own.level, own.tilt);
            own.tilt.iter_mut().zip(&*own.inverse).for_each(|(tilt, inverse)| *tilt *= inverse);
            if work.at.is_some() {
                self.tangent((at, x), &mut own);
                moments(x, own.near, dy, own.c, own.product);
            }
            if let Some((of_weight, of_bias)) = &mut sums {
                match work.at {
                    None => (add(of_weight, own.tilt), add(of_bias, own.level)),
                    Some(_) => (add_slopes(&own, of_weight), ()),
                };
            }
            for sums in [&mut *own.level, &mut *own.tilt, &mut *own.product] {
                sums.iter_mut().zip(weight).for_each(|(sum, weight)| *sum *= weight);
                self.spread(sums, size / channels);
            }
            let curve = match (curve, work.at) {
                (Some(curve), Some(_)) => {
                    self.curve((at, x, dy), weight, &mut own, curve);
                    None
                }
                (curve, _) => curve,
            };
            let Some(dx) = slopes.x else { continue };
            let Own { mean, inverse, level, tilt, a, .. } = &mut own;
            for i in 0..channels {
                a[i] = weight[i] * inverse[i];
                tilt[i] *= -inverse[i] * inverse[i];
                level[i] = -inverse[i] * level[i] - tilt[i] * mean[i];
            }
            // SAFETY: threads' samples do not overlap.
            let dx = unsafe { dx.part(place) };
            blend((dy, a), (at, tilt), level, dx);
            if let Some(curve) = curve {
                add(dx, curve);
            }
        }
        if let Some(partial) = partial {
            partial.sum(work);
        }
    }
}

// Adds the gradient of the weights of the linearisation, from sums over the pixels of each channel.
fn add_slopes(own: &Own, of_weight: &mut [f32]) {
    for (i, slope) in of_weight.iter_mut().enumerate() {
        *slope += own.inverse[i] * own.product[i] - own.inverse[i] * own.slant[i] * own.tilt[i];
    }
}

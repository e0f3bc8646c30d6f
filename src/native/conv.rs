//! Convolution as im2col and a matrix multiply.

use super::gemm::{multiply, Matrix, Out};
use super::partial::{add, sum_columns, Partial};
use super::windows::Windows;
use super::winograd::Winograd;
use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Maps the larger image to the smaller one.
pub struct Conv {
    /// Geometry of the windows.
    pub windows: Windows,
    /// True if the layer has a bias.
    pub bias: bool,
    /// The way with fewer products, if there is one.
    pub fewer: Option<Winograd>,
}

impl Op for Conv {
    fn scratch(&self, count: usize, threads: usize) -> usize {
        let (windows, biases) = (&self.windows, if self.bias { self.windows.others } else { 0 });
        let parts = Partial::size(windows.weights() + biases, threads);
        let fewer = self.fewer.map_or(0, |fewer| fewer.scratch(count, threads));
        fewer.max(threads * windows.rows(count, threads) + parts.max(windows.weights()))
    }

    fn bends(&self) -> bool {
        false
    }

    fn fewer(&self, count: usize) -> Vec<String> {
        self.fewer.filter(|fewer| fewer.pays(count)).map(|_| String::new()).into_iter().collect()
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (windows, others) = (&self.windows, self.windows.others);
        let bias = work.biases(windows.weights());
        if let Some(fewer) = self.fewer.filter(|fewer| fewer.pays(work.count)) {
            return fewer.narrow(work, x, y, (bias, then));
        }
        let weight = windows.turned(work, work.worker.count * windows.rows(work.count, work.worker.count));
        let rows = windows.own_rows(work);
        for block in windows.blocks(work) {
            let out = Out {
                memory: y,
                width: others,
                row: block.start,
                columns: 0..others,
            };
            // SAFETY: the thread's own rows and samples.
            let y = unsafe {
                multiply(windows.gather(x, block.clone(), &rows), weight, out, false);
                y.part(block.start * others..block.end * others)
            };
            if !bias.is_empty() {
                y.chunks_exact_mut(others).for_each(|pixel| add(pixel, bias));
            }
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let (windows, others, width) = (&self.windows, self.windows.others, self.windows.width());
        if let Some(fewer) = self.fewer.filter(|fewer| fewer.pays(work.count)) {
            if let Some((weights, add)) = slopes.weights {
                fewer.gradient(work, (x, slopes.y), (weights, add));
                sum_columns(work, slopes.y, &weights.narrow(windows.weights()..weights.len()), add);
                work.worker.wait();
            }
            if let Some(dx) = slopes.x {
                fewer.widen(work, slopes.y, dx, (&[], None));
            }
            return;
        }
        if let Some(gradient) = slopes.weights {
            let rows = windows.own_rows(work);
            let mut parts =
                Partial::new(work, work.worker.count * windows.rows(work.count, work.worker.count), gradient);
            for block in windows.blocks(work) {
                let dy = &slopes.y[block.start * others..block.end * others];
                let out = Out { memory: &parts.own, width, row: 0, columns: 0..width };
                let turned = Matrix::new(dy, block.len(), others).turned();
                // SAFETY: the thread's own rows and gradient.
                unsafe { multiply(turned, windows.gather(x, block, &rows), out, parts.begun) };
                parts.add_columns(work, windows.weights(), dy);
                parts.begun = true;
            }
            parts.sum(work);
        }
        if let Some(dx) = slopes.x {
            windows.spread(work, slopes.y, dx, (&[], None));
        }
    }
}

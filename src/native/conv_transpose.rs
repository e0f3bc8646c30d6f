//! Transposed convolution: the adjoint of a convolution.

use super::gemm::{multiply, Matrix, Out};
use super::partial::{sum_columns, Partial};
use super::windows::Windows;
use super::winograd::Winograd;
use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Maps the smaller image to the larger one.
pub struct ConvTranspose {
    /// Geometry of the windows.
    pub windows: Windows,
    /// True if the layer has a bias.
    pub bias: bool,
    /// The way with fewer products, if there is one.
    pub fewer: Option<Winograd>,
}

impl Op for ConvTranspose {
    fn scratch(&self, count: usize, threads: usize) -> usize {
        let (windows, biases) = (&self.windows, if self.bias { self.windows.channels } else { 0 });
        let parts = Partial::size(windows.weights() + biases, threads);
        let fewer = self.fewer.map_or(0, |fewer| fewer.scratch(count, threads));
        fewer.max(threads * windows.rows(count, threads) + windows.weights() + parts)
    }

    fn bends(&self) -> bool {
        false
    }

    fn fewer(&self, count: usize) -> Vec<String> {
        self.fewer.filter(|fewer| fewer.pays(count)).map(|_| String::new()).into_iter().collect()
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let bias = work.biases(self.windows.weights());
        match self.fewer.filter(|fewer| fewer.pays(work.count)) {
            Some(fewer) => fewer.widen(work, x, y, (bias, then)),
            None => self.windows.spread(work, x, y, (bias, then)),
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let (windows, others, width) = (&self.windows, self.windows.others, self.windows.width());
        if let Some(fewer) = self.fewer.filter(|fewer| fewer.pays(work.count)) {
            if let Some((weights, add)) = slopes.weights {
                fewer.gradient(work, (slopes.y, x), (weights, add));
                sum_columns(work, slopes.y, &weights.narrow(windows.weights()..weights.len()), add);
                work.worker.wait();
            }
            if let Some(dx) = slopes.x {
                fewer.narrow(work, slopes.y, dx, (&[], None));
            }
            return;
        }
        let first = work.worker.count * windows.rows(work.count, work.worker.count);
        let mut parts = slopes.weights.map(|gradient| Partial::new(work, first + windows.weights(), gradient));
        if let Some(parts) = &parts {
            let own = work.worker.share(work.count);
            let dy = &slopes.y[own.start * windows.picture()..own.end * windows.picture()];
            parts.add_columns(work, windows.weights(), dy);
        }
        let dx = slopes.x.map(|dx| (dx, windows.turned(work, first)));
        let rows = windows.own_rows(work);
        for block in windows.blocks(work) {
            // SAFETY: the thread's own rows.
            let dy = unsafe { windows.gather(slopes.y, block.clone(), &rows) };
            if let Some((dx, weight)) = dx {
                let out = Out {
                    memory: dx,
                    width: others,
                    row: block.start,
                    columns: 0..others,
                };
                // SAFETY: threads' samples do not overlap.
                unsafe { multiply(dy, weight, out, false) };
            }
            if let Some(parts) = &mut parts {
                let x = Matrix::new(&x[block.start * others..], block.len(), others).turned();
                let out = Out { memory: &parts.own, width, row: 0, columns: 0..width };
                // SAFETY: the thread's own gradient.
                unsafe { multiply(x, dy, out, parts.begun) };
                parts.begun = true;
            }
        }
        if let Some(parts) = parts {
            parts.sum(work);
        }
    }
}

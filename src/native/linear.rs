//! Fully connected layer. Threads share its outputs, on the way back its inputs: each touches its part of the matrix only,
//! for all samples.

use super::gemm::{multiply, Matrix, Out};
use super::{Op, Slopes, Work};
use crate::base::math::wide;
use crate::base::slice::Shares;
use crate::layer::{Activation, Linear};

impl Op for Linear {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (inputs, outputs) = (self.inputs as usize, self.outputs as usize);
        let (weight, bias) = work.weights.split_at(inputs * outputs);
        let columns = work.member.share(outputs);
        let weight = Matrix::new(weight, outputs, inputs).rows(columns.clone());
        let out = Out { memory: y, width: outputs, row: 0, columns: columns.clone() };
        // SAFETY: threads' columns do not overlap.
        unsafe { multiply(Matrix::new(x, work.count, inputs), weight.turned(), out, false) };
        for row in 0..work.count {
            // SAFETY: as above.
            let y = unsafe { y.part(row * outputs + columns.start..row * outputs + columns.end) };
            let bias = &bias[columns.clone()];
            add_to(y, bias);
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let (inputs, outputs) = (self.inputs as usize, self.outputs as usize);
        let dy = Matrix::new(slopes.y, work.count, outputs);
        if let Some(dx) = slopes.x {
            let columns = work.member.share(inputs);
            let weight = Matrix::new(work.weights, outputs, inputs).turned().rows(columns.clone()).turned();
            let out = Out { memory: dx, width: inputs, row: 0, columns };
            // SAFETY: threads' columns do not overlap.
            unsafe { multiply(dy, weight, out, false) };
        }
        if let Some((weights, add)) = slopes.weights {
            let rows = work.member.share(outputs);
            let out = Out {
                memory: weights,
                width: inputs,
                row: rows.start,
                columns: 0..inputs,
            };
            // SAFETY: threads' rows of the matrix do not overlap.
            unsafe { multiply(dy.turned().rows(rows.clone()), Matrix::new(x, work.count, inputs), out, add) };
            let first = inputs * outputs;
            // SAFETY: nor do their biases.
            let bias = unsafe { weights.part(first + rows.start..first + rows.end) };
            if !add {
                bias.fill(0.0);
            }
            for dy in slopes.y.chunks_exact(outputs) {
                add_to(bias, &dy[rows.clone()]);
            }
        }
    }
}

wide! {
    fn add_to(sums: &mut [f32], values: &[f32]) {
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
}

//! Recurrent layers, one place at a time.

use super::cell::BEFORE;
use super::gemm::{product, Matrix};
use super::recurrent::Recurrent;
use super::Work;
use crate::base::slice::Shares;
use crate::layer::{Activation, Cell};

impl Recurrent {
    /// Computes one place of each sample; its state, and the memory of an LSTM, are kept for the next one.
    pub(super) fn step(&self, work: &Work, (x, y): (&[f32], &Shares), then: Option<&Activation>) {
        let (own, states, gates) = (work.worker.share(work.count), self.states, self.gates);
        let (count, per_sample) = (own.len(), self.per_sample());
        let [of_input, of_state, biases] = self.weights(work);
        let of = |first: usize, size: usize| first + own.start * size..first + own.end * size;
        let kept = |first: usize| of(first + work.first * states, states);
        // SAFETY: threads' samples do not overlap.
        let (y, state, memory, scratch) = unsafe {
            (
                y.part(of(0, states)),
                work.kept.part(kept(0)),
                work.kept.part(kept(work.room * states)),
                work.scratch.part(of(0, per_sample)),
            )
        };
        let (columns, row) = scratch.split_at_mut(2 * gates * count);
        if work.place == 0 {
            state.fill(0.0);
            memory.fill(0.0);
        }
        // Products of a few samples are faster with the samples as columns.
        let (from_inputs, from_states) = columns.split_at_mut(gates * count);
        let x = Matrix::new(&x[own.start * self.inputs..], count, self.inputs);
        product(Matrix::new(of_input, gates, self.inputs), x.turned(), from_inputs, false);
        product(Matrix::new(of_state, gates, states), Matrix::new(state, count, states).turned(), from_states, false);
        for (sample, (y, state)) in y.chunks_exact_mut(states).zip(state.chunks_exact_mut(states)).enumerate() {
            let (row, from_state) = row.split_at_mut(self.width());
            for (all, to) in [(&*from_inputs, &mut *row), (&*from_states, from_state)] {
                let column = all[sample..].iter().step_by(count);
                to.iter_mut().zip(column).for_each(|(to, from)| *to = *from);
            }
            let products = (&from_state[..gates], biases);
            match self.cell {
                Cell::Lstm => {
                    let memory = &mut memory[sample * states..(sample + 1) * states];
                    self.cell.next(row, products, memory, y);
                    memory.copy_from_slice(&row[BEFORE * states..][..states]);
                }
                Cell::Gru => self.cell.next(row, products, state, y),
            }
            state.copy_from_slice(y);
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }
}

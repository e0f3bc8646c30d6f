//! One place of a recurrent layer and its gradients, as loops that compilers vectorise.
//!
//! Values of a place, of `states` features each: of an LSTM its gates input, forget, cell and output, its memory, and the
//! state that the next place reads; of a GRU its gates reset, update and new, the part of the new gate that comes from the
//! state, and the state that the next place reads.

use super::partial::add;
use crate::base::math::{sigmoid, tanh, wide};
use crate::layer::Cell;

/// Index of what a place reads of the one before it: the memory of an LSTM, the state of a GRU.
pub const BEFORE: usize = 4;

impl Cell {
    /// Number of values of a place.
    pub(super) fn width(self) -> usize {
        match self {
            Cell::Lstm => 6,
            Cell::Gru => 5,
        }
    }

    /// Number of gates whose gradients, for the product of the input, are the first ones of a place; the gradient of a
    /// further gate follows one value later.
    pub(super) fn joined(self) -> usize {
        match self {
            Cell::Lstm => 4,
            Cell::Gru => 2,
        }
    }

    /// Computes a place and its state `y` from the products of its input, which are at the start of `row`, those of the
    /// state before it, the biases of both, and the memory or the state before it. The state is not copied to `row`.
    pub(super) fn next(self, row: &mut [f32], (from_state, biases): (&[f32], &[f32]), before: &[f32], y: &mut [f32]) {
        let n = y.len();
        let (of_input, of_state) = biases.split_at(from_state.len());
        add(&mut row[..from_state.len()], of_input);
        match self {
            Cell::Lstm => {
                let (gates, rest) = row.split_at_mut(4 * n);
                let memory = &mut rest[..n];
                sigmoid_of_sum(&mut gates[..2 * n], &from_state[..2 * n], &of_state[..2 * n]);
                tanh_of_sum(&mut gates[2 * n..3 * n], &from_state[2 * n..3 * n], &of_state[2 * n..3 * n]);
                sigmoid_of_sum(&mut gates[3 * n..], &from_state[3 * n..], &of_state[3 * n..]);
                remember(gates, before, memory, y);
            }
            Cell::Gru => {
                let (gates, rest) = row.split_at_mut(2 * n);
                let (new, part) = rest.split_at_mut(n);
                sigmoid_of_sum(gates, &from_state[..2 * n], &of_state[..2 * n]);
                let part = &mut part[..n];
                part.copy_from_slice(&from_state[2 * n..]);
                add(part, &of_state[2 * n..]);
                renew(gates, new, part, before, y);
            }
        }
    }

    /// Replaces the values of a place by the gradients of the products: those of an LSTM in the order of its gates, those
    /// of a GRU reset, update, new for the product of the state, and new for that of the input.
    ///
    /// Changes the gradient of the state to that of the state before, except for what passes through the gates, and the
    /// gradient of the memory to that of the memory before.
    pub(super) fn back(self, row: &mut [f32], before: &[f32], of_state: &mut [f32], of_memory: &mut [f32]) {
        let n = of_state.len();
        let (first, rest) = row.split_at_mut(n);
        let (second, rest) = rest.split_at_mut(n);
        let (third, rest) = rest.split_at_mut(n);
        let (fourth, rest) = rest.split_at_mut(n);
        match self {
            Cell::Lstm => {
                through_output(fourth, &rest[..n], of_state, of_memory);
                through_memory(first, second, third, before, of_memory);
                of_state.fill(0.0);
            }
            Cell::Gru => through_gates(first, second, third, fourth, before, of_state),
        }
    }
}

wide! {
    fn sigmoid_of_sum(sums: &mut [f32], a: &[f32], b: &[f32]) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum = sigmoid(*sum + a + b));
    }
    fn tanh_of_sum(sums: &mut [f32], a: &[f32], b: &[f32]) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum = tanh(*sum + a + b));
    }
    fn remember(gates: &[f32], before: &[f32], memory: &mut [f32], y: &mut [f32]) {
        let n = y.len();
        let (input, forget, cell, output) = (&gates[..n], &gates[n..2 * n], &gates[2 * n..3 * n], &gates[3 * n..4 * n]);
        let (before, memory) = (&before[..n], &mut memory[..n]);
        for i in 0..n {
            let next = forget[i] * before[i] + input[i] * cell[i];
            memory[i] = next;
            y[i] = output[i] * tanh(next);
        }
    }
    fn renew(gates: &[f32], new: &mut [f32], part: &[f32], before: &[f32], y: &mut [f32]) {
        let n = y.len();
        let (reset, update) = (&gates[..n], &gates[n..2 * n]);
        let (new, part, before) = (&mut new[..n], &part[..n], &before[..n]);
        for i in 0..n {
            let next = tanh(new[i] + reset[i] * part[i]);
            new[i] = next;
            y[i] = next + update[i] * (before[i] - next);
        }
    }
    fn through_output(output: &mut [f32], memory: &[f32], of_state: &[f32], of_memory: &mut [f32]) {
        let n = output.len();
        let (memory, of_state, of_memory) = (&memory[..n], &of_state[..n], &mut of_memory[..n]);
        for i in 0..n {
            let (gate, size) = (output[i], tanh(memory[i]));
            of_memory[i] += of_state[i] * gate * (1.0 - size * size);
            output[i] = of_state[i] * size * gate * (1.0 - gate);
        }
    }
    fn through_memory(
        input: &mut [f32],
        forget: &mut [f32],
        cell: &mut [f32],
        before: &[f32],
        of_memory: &mut [f32],
    ) {
        let n = of_memory.len();
        let (input, forget, cell, before) = (&mut input[..n], &mut forget[..n], &mut cell[..n], &before[..n]);
        for i in 0..n {
            let (slope, a, b, c) = (of_memory[i], input[i], forget[i], cell[i]);
            input[i] = slope * c * a * (1.0 - a);
            forget[i] = slope * before[i] * b * (1.0 - b);
            cell[i] = slope * a * (1.0 - c * c);
            of_memory[i] = slope * b;
        }
    }
    fn through_gates(
        reset: &mut [f32],
        update: &mut [f32],
        new: &mut [f32],
        part: &mut [f32],
        before: &[f32],
        of_state: &mut [f32],
    ) {
        let n = of_state.len();
        let (reset, update, new) = (&mut reset[..n], &mut update[..n], &mut new[..n]);
        let (part, before) = (&mut part[..n], &before[..n]);
        for i in 0..n {
            let (slope, a, b, c) = (of_state[i], reset[i], update[i], new[i]);
            let of_new = slope * (1.0 - b) * (1.0 - c * c);
            reset[i] = of_new * part[i] * a * (1.0 - a);
            update[i] = slope * (before[i] - c) * b * (1.0 - b);
            new[i] = of_new * a;
            part[i] = of_new;
            of_state[i] = slope * b;
        }
    }
}

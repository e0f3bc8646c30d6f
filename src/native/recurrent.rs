//! Recurrent layers. Products of the input are computed for all places at once; then each thread goes through the places of
//! its samples without waiting for others. The backward pass writes the gradients of the gates over their values, and
//! computes those of the weights from all of them at the end.

use std::ops::Range;

use super::cell::BEFORE;
use super::gemm::{multiply, product, Matrix, Out};
use super::panels::Panels;
use super::partial::add;
use super::{reorder, Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::{Activation, Cell, Recurrent as Described};

/// A recurrent layer for all places, or for one place at a time.
pub struct Recurrent {
    pub(super) cell: Cell,
    pub(super) inputs: usize,
    pub(super) states: usize,
    // Rows of the weights.
    pub(super) gates: usize,
    // Places of the sequence, and those computed at a time: all, or one.
    places: usize,
    at_once: usize,
    // What the first place of a document reads, [states].
    zeros: Vec<f32>,
}

impl Recurrent {
    /// The layer for `at_once` places at a time: all, or one.
    pub fn new(layer: &Described, at_once: usize) -> Self {
        let states = layer.states as usize;
        Recurrent {
            cell: layer.cell,
            inputs: layer.inputs as usize,
            states,
            gates: layer.cell.gates() as usize * states,
            places: layer.places as usize,
            at_once,
            zeros: vec![0.0; states],
        }
    }

    fn steps(&self) -> bool {
        self.at_once < self.places
    }

    // Values of a place.
    pub(super) fn width(&self) -> usize {
        self.cell.width() * self.states
    }

    // Weights of the input, weights of the state, and the biases of both.
    pub(super) fn weights<'a>(&self, work: &Work<'a>) -> [&'a [f32]; 3] {
        let (of_input, rest) = work.weights.split_at(self.gates * self.inputs);
        let (of_state, biases) = rest.split_at(self.gates * self.states);
        [of_input, of_state, biases]
    }

    // The transposed weights of the state.
    fn panels(&self) -> Panels {
        Panels { rows: self.states, columns: self.gates }
    }

    // True if a place reads the state before it.
    fn goes_on(&self, work: &Work, sample: usize, place: usize) -> bool {
        let start = work.given.get(sample * self.places + place).copied().unwrap_or(0.0);
        place > 0 && place < self.places && start != place as f32
    }

    // Values of a place of the thread's samples, and what it reads of the one before it.
    fn split<'a>(&'a self, rows: &'a mut [f32], at: usize, goes_on: bool) -> (&'a mut [f32], &'a [f32]) {
        let (width, states) = (self.width(), self.states);
        let (earlier, row) = rows.split_at_mut(at * width);
        let before = match goes_on {
            true => &earlier[(at - 1) * width + BEFORE * states..][..states],
            false => &self.zeros,
        };
        (&mut row[..width], before)
    }

    // Rows of the weights of the input, as far as they lie in `rows`, and the column of their gradient in a place.
    fn pieces(&self, rows: Range<usize>) -> impl Iterator<Item = (Range<usize>, usize)> {
        let (joined, states) = (self.cell.joined() * self.states, self.states);
        let first = rows.start.min(joined)..rows.end.min(joined);
        let second = rows.start.max(joined)..rows.end.max(joined);
        [(first.clone(), first.start), (second.clone(), second.start + states)]
            .into_iter()
            .filter(|(rows, _)| !rows.is_empty())
    }

    // Scratch values of a sample.
    pub(super) fn per_sample(&self) -> usize {
        match self.steps() {
            // Two columns of products; the values of a place and products in a row.
            true => 3 * self.gates + self.width(),
            // Products of the state and the state; or gradients of the state and of the memory.
            false => self.gates + self.states,
        }
    }
}

impl Op for Recurrent {
    // All places: their values. One place at a time: the state, and the memory of an LSTM.
    fn kept(&self, count: usize) -> usize {
        match (self.steps(), self.cell) {
            (false, _) => count * self.places * self.width(),
            (true, Cell::Lstm) => count * 2 * self.states,
            (true, Cell::Gru) => count * self.states,
        }
    }

    // The states of all samples, then their memories.
    fn reorder(&self, kept: &mut [f32], from: &[usize]) {
        kept.chunks_mut((from.len() * self.states).max(1)).for_each(|values| reorder(values, from));
    }

    fn scratch(&self, count: usize, _: usize) -> usize {
        let panels = if self.steps() { 0 } else { self.panels().size() };
        panels + count * self.per_sample()
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        if self.steps() {
            return self.step(work, (x, y), then);
        }
        let (own, states, places, width) = (work.worker.share(work.count), self.states, self.places, self.width());
        let ([of_input, of_state, biases], panels) = (self.weights(work), self.panels());
        let (packed, rest) =
            (work.scratch.narrow(0..panels.size()), work.scratch.narrow(panels.size()..work.scratch.len()));
        panels.fill(work.worker, of_state, &packed);
        let out = Out {
            memory: work.kept,
            width,
            row: own.start * places,
            columns: 0..self.gates,
        };
        let x = Matrix::new(x, work.count * places, self.inputs).rows(own.start * places..own.end * places);
        // SAFETY: threads' samples do not overlap.
        unsafe { multiply(x, Matrix::new(of_input, self.gates, self.inputs).turned(), out, false) };
        work.worker.wait();
        // SAFETY: the thread's own memory and samples; all threads have filled the panels.
        let (own_scratch, rows, y, packed) = unsafe {
            (
                rest.part(own.start * self.per_sample()..own.end * self.per_sample()),
                work.kept.part(own.start * places * width..own.end * places * width),
                y.part(own.start * places * states..own.end * places * states),
                packed.whole(),
            )
        };
        let (state, from_state) = own_scratch.split_at_mut(own.len() * states);
        for place in 0..places {
            match place {
                0 => from_state.fill(0.0),
                // SAFETY: the thread's own memory.
                _ => unsafe {
                    panels.multiply(Matrix::new(state, own.len(), states), packed, &Shares::new(from_state))
                },
            }
            for (i, sample) in own.clone().enumerate() {
                let at = i * places + place;
                let (row, before) = self.split(rows, at, self.goes_on(work, sample, place));
                let y = &mut y[at * states..(at + 1) * states];
                self.cell.next(row, (&from_state[i * self.gates..][..self.gates], biases), before, y);
                let state = &mut state[i * states..(i + 1) * states];
                match self.goes_on(work, sample, place + 1) {
                    true => state.copy_from_slice(y),
                    false => state.fill(0.0),
                }
                row[width - states..].copy_from_slice(state);
            }
        }
        if let Some(activation) = then {
            activation.apply(y);
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        if self.steps() {
            return;
        }
        let (own, states, places, width) = (work.worker.share(work.count), self.states, self.places, self.width());
        let [of_input, of_state, _] = self.weights(work);
        // SAFETY: the thread's own memory and samples.
        let (rows, own_scratch) = unsafe {
            (
                work.kept.part(own.start * places * width..own.end * places * width),
                work.scratch.part(own.start * self.per_sample()..own.end * self.per_sample()),
            )
        };
        let (of_states, rest) = own_scratch.split_at_mut(own.len() * states);
        for place in (0..places).rev() {
            for (i, sample) in own.clone().enumerate() {
                let here = i * states..(i + 1) * states;
                let (slope, of_memory) = (&mut of_states[here.clone()], &mut rest[here]);
                if !self.goes_on(work, sample, place + 1) {
                    slope.fill(0.0);
                    of_memory.fill(0.0);
                }
                add(slope, &slopes.y[(sample * places + place) * states..][..states]);
                let (row, before) = self.split(rows, i * places + place, self.goes_on(work, sample, place));
                self.cell.back(row, before, slope, of_memory);
            }
            if place > 0 {
                let sequences = Matrix::new(rows, own.len(), places * width);
                let gates = sequences.columns(place * width..place * width + self.gates);
                product(gates, Matrix::new(of_state, self.gates, states), of_states, true);
            }
        }
        if let Some(dx) = slopes.x {
            for (i, (piece, column)) in self.pieces(0..self.gates).enumerate() {
                let gates = Matrix::new(rows, own.len() * places, width).columns(column..column + piece.len());
                let weights = Matrix::new(of_input, self.gates, self.inputs).rows(piece);
                let out = Out {
                    memory: dx,
                    width: self.inputs,
                    row: own.start * places,
                    columns: 0..self.inputs,
                };
                // SAFETY: threads' samples do not overlap.
                unsafe { multiply(gates, weights, out, i > 0) };
            }
        }
        if let Some((weights, add)) = slopes.weights {
            work.worker.wait();
            self.backward_weights(work, x, (weights, add));
        }
    }
}

impl Recurrent {
    // Gradients of the weights and biases, from the gradients of all gates; threads split the gates.
    fn backward_weights(&self, work: &Work, x: &[f32], (weights, add_to): (&Shares, bool)) {
        let (states, inputs, width, rows) = (self.states, self.inputs, self.width(), work.count * self.places);
        let own = work.worker.share(self.gates);
        // SAFETY: all threads have written their gradients, and nothing writes to them any more.
        let all = unsafe { work.kept.whole() };
        let values = Matrix::new(all, rows, width);
        for (piece, column) in self.pieces(own.clone()) {
            let a = values.columns(column..column + piece.len()).turned();
            let out = Out {
                memory: weights,
                width: inputs,
                row: piece.start,
                columns: 0..inputs,
            };
            // SAFETY: threads' gates do not overlap.
            unsafe { multiply(a, Matrix::new(x, rows, inputs), out, add_to) };
        }
        // A place that starts a document, also that of the next sample, follows a kept state of 0.
        let before = values.rows(0..rows - 1).columns(width - states..width);
        let of_state = weights.narrow(self.gates * inputs..weights.len());
        let out = Out {
            memory: &of_state,
            width: states,
            row: own.start,
            columns: 0..states,
        };
        // SAFETY: threads' gates do not overlap.
        unsafe { multiply(values.rows(1..rows).columns(own.clone()).turned(), before, out, add_to) };
        let biases = [0, 1].map(|i| {
            let first = self.gates * (inputs + states + i);
            // SAFETY: as above.
            unsafe { weights.part(first + own.start..first + own.end) }
        });
        let [of_inputs, of_states] = biases;
        if !add_to {
            of_inputs.fill(0.0);
            of_states.fill(0.0);
        }
        for row in all.chunks_exact(width) {
            for (piece, column) in self.pieces(own.clone()) {
                let to = &mut of_inputs[piece.start - own.start..piece.end - own.start];
                add(to, &row[column..column + piece.len()]);
            }
            add(of_states, &row[own.clone()]);
        }
    }
}

//! Recurrent layers: long short-term memory (Hochreiter and Schmidhuber, 1997; Gers et al., "Learning to Forget", 2000) and
//! gated recurrent units (Cho et al., 2014), with the gates of `torch.nn.LSTM` and `torch.nn.GRU`.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::given::fitting;
use super::{Forward, Parts};
use crate::base::axes::{channels_first, channels_last};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Cell of a recurrent layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Long short-term memory; gates input, forget, cell, output.
    Lstm,
    /// Gated recurrent unit; gates reset, update, new.
    Gru,
}

impl Cell {
    /// Number of gates.
    pub fn gates(self) -> i64 {
        match self {
            Cell::Lstm => 4,
            Cell::Gru => 3,
        }
    }
}

/// Maps features `[inputs, places]` to states `[states, places]`, each computed from the features of its place and the state
/// before it. The state is 0 at the start of a document.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recurrent {
    /// The cell.
    pub cell: Cell,
    /// Features of the input.
    pub inputs: i64,
    /// Features of the state.
    pub states: i64,
    /// Number of places.
    pub places: i64,
}

impl Recurrent {
    // The next state, and the next memory of an LSTM, for products of the input [n, gates].
    fn next(&self, from_input: &Tensor, [state, memory]: [&Tensor; 2], parts: &Parts) -> Result<[Tensor; 2]> {
        let (weight, bias) = (&parts.parameters[1], &parts.parameters[3]);
        let from_state = state.f_linear(weight, Some(bias))?;
        match self.cell {
            Cell::Lstm => {
                let gates = from_input.f_add(&from_state)?.f_chunk(4, 1)?;
                let [input, forget, output] = [0, 1, 3].map(|i| gates[i].f_sigmoid());
                let memory = forget?.f_mul(memory)?.f_add(&input?.f_mul(&gates[2].f_tanh()?)?)?;
                Ok([output?.f_mul(&memory.f_tanh()?)?, memory])
            }
            Cell::Gru => {
                let (of_input, of_state) = (from_input.f_chunk(3, 1)?, from_state.f_chunk(3, 1)?);
                let [reset, update] =
                    [0, 1].map(|i| Ok::<_, crate::Error>(of_input[i].f_add(&of_state[i])?.f_sigmoid()?));
                let (reset, update) = (reset?, update?);
                let new = of_input[2].f_add(&reset.f_mul(&of_state[2])?)?.f_tanh()?;
                Ok([new.f_add(&update.f_mul(&state.f_sub(&new)?)?)?, memory.shallow_clone()])
            }
        }
    }
}

impl Recurrent {
    /// The parameters, in the order and shapes of `torch.nn.LSTM` and `torch.nn.GRU`.
    pub fn weights(&self) -> Vec<ParamSpec> {
        let gates = self.cell.gates() * self.states;
        vec![
            ParamSpec::new("weight_ih", &[gates, self.inputs], Role::Weight, self.states),
            ParamSpec::new("weight_hh", &[gates, self.states], Role::Weight, self.states),
            ParamSpec::new("bias_ih", &[gates], Role::Bias, self.states),
            ParamSpec::new("bias_hh", &[gates], Role::Bias, self.states),
        ]
    }

    /// States `[n, places, states]` of one document in each row, for any number of places `[n, places, inputs]`, and the
    /// state and memory after the last one, to go on from; `from` is `None` at the start. Computed by one call of libtorch.
    pub fn unbroken(
        &self,
        x: &Tensor,
        from: Option<&[Tensor; 2]>,
        parameters: &[Tensor],
    ) -> Result<(Tensor, [Tensor; 2])> {
        let zero = || Tensor::f_zeros([1, x.size()[0], self.states], (Kind::Float, x.device()));
        let [state, memory] = match from {
            Some([state, memory]) => [state.shallow_clone(), memory.shallow_clone()],
            None => [zero()?, zero()?],
        };
        match self.cell {
            Cell::Lstm => {
                let (states, state, memory) =
                    x.f_lstm(&[state, memory], parameters, true, 1, 0.0, true, false, true)?;
                Ok((states, [state, memory]))
            }
            Cell::Gru => {
                let (states, state) = x.f_gru(&state, parameters, true, 1, 0.0, true, false, true)?;
                Ok((states, [state, memory]))
            }
        }
    }
}

impl Forward for Recurrent {
    fn parameters(&self) -> Vec<ParamSpec> {
        self.weights()
    }

    fn given(&self) -> Option<i64> {
        Some(self.places)
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        [&[self.states], &input[1..]].concat()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let n = x.size()[0];
        let starts = fitting(parts.given, [n, self.places])?;
        let places = Tensor::f_arange(self.places, (Kind::Float, x.device()))?;
        // 0 where a document starts, [n, places, 1].
        let goes_on = starts.f_ne_tensor(&places)?.f_to_kind(Kind::Float)?.f_unsqueeze(-1)?;
        let products = channels_last(&x)?.f_linear(&parts.parameters[0], parts.parameters.get(2))?;
        let zero = Tensor::f_zeros([n, self.states], (Kind::Float, x.device()))?;
        let (mut state, mut memory) = (zero.shallow_clone(), zero);
        let mut states = Vec::with_capacity(self.places as usize);
        for place in 0..self.places {
            let kept = goes_on.f_select(1, place)?;
            let before = [&state.f_mul(&kept)?, &memory.f_mul(&kept)?];
            [state, memory] = self.next(&products.f_select(1, place)?, before, parts)?;
            states.push(state.shallow_clone());
        }
        channels_first(&Tensor::f_stack(&states, 1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Philox, Stream};

    fn numbers(size: &[i64], index: u64) -> Tensor {
        let mut values = vec![0f32; size.iter().product::<i64>() as usize];
        Philox::new(3).fill_normal(Stream::Latent, index, &mut values);
        Tensor::from_slice(&values).view(size)
    }

    #[test]
    fn states_are_those_of_libtorch_and_start_with_each_document() {
        for cell in [Cell::Lstm, Cell::Gru] {
            let layer = Recurrent { cell, inputs: 3, states: 4, places: 6 };
            let specs = layer.parameters();
            let weights: Vec<Tensor> =
                specs.iter().enumerate().map(|(i, spec)| numbers(&spec.shape, i as u64)).collect();
            let x = numbers(&[2, 3, 6], 9);
            let made = |starts: &Tensor| {
                let parts = Parts {
                    parameters: &weights,
                    given: Some(starts),
                    ..Parts::default()
                };
                layer.forward(x.shallow_clone(), &parts).unwrap()
            };
            let whole = made(&Tensor::zeros([2, 6], (Kind::Float, tch::Device::Cpu)));
            let zero = || Tensor::zeros([1, 2, 4], (Kind::Float, tch::Device::Cpu));
            let rows = x.transpose(1, 2).contiguous();
            let of_libtorch = |rows: &Tensor| match cell {
                Cell::Lstm => rows.lstm(&[zero(), zero()], &weights, true, 1, 0.0, false, false, true).0,
                Cell::Gru => rows.gru(&zero(), &weights, true, 1, 0.0, false, false, true).0,
            };
            assert!(whole.transpose(1, 2).allclose(&of_libtorch(&rows), 1e-5, 1e-6, false));
            let parted = made(&Tensor::from_slice(&[0f32, 0.0, 0.0, 0.0, 4.0, 4.0].repeat(2)).view([2, 6]));
            let [first, second] = [(0, 4), (4, 2)].map(|(start, len)| of_libtorch(&rows.narrow(1, start, len)));
            assert!(parted.transpose(1, 2).allclose(&Tensor::cat(&[first, second], 1), 1e-5, 1e-6, false));
        }
    }
}

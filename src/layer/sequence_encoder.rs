//! The largest states of a recurrent network that reads a text. The gradient reaches every place, so that latents say more
//! about a text than those of the last state do (Long et al., "On Posterior Collapse and Encoder Feature Dispersion in
//! Sequence VAEs", 2019).

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Forward, Parts, Stack};
use crate::base::ParamSpec;
use crate::error::Result;

/// Maps tokens `[places]` to the largest value of each state, `[states]`. Places after the end of a text are negative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceEncoder {
    /// Vectors and recurrent layers.
    pub stack: Stack,
}

impl Forward for SequenceEncoder {
    fn parameters(&self) -> Vec<ParamSpec> {
        self.stack.parameters()
    }

    fn output(&self, _: &[i64]) -> Vec<i64> {
        vec![self.stack.states()]
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let lengths = x.f_ge(0.0)?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Int64)?;
        // No text reaches the places after the longest one.
        let longest = if x.size()[0] > 0 { lengths.f_max()?.f_int64_value(&[])?.max(1) } else { 1 };
        let tokens = x.f_narrow(1, 0, longest)?;
        let vectors = self.stack.vectors(&tokens.f_clamp_min(0.0)?, parts.parameters)?;
        let (states, _) = self.stack.run(vectors, None, parts.parameters)?;
        // States are above -1; an empty text has its first one.
        let after = tokens.f_lt(0.0)?;
        let _ = after.f_narrow(1, 0, 1)?.f_fill_(0.0)?;
        Ok(states.f_masked_fill(&after.f_unsqueeze(2)?, -1.0)?.f_amax([1i64].as_slice(), false)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Philox, Stream};
    use crate::layer::{Cell, Lookup, Recurrent};

    #[test]
    fn what_follows_the_end_of_a_text_does_not_count() {
        let layer = |inputs| Recurrent { cell: Cell::Gru, inputs, states: 3, places: 4 };
        let stack = Stack {
            lookup: Lookup { tokens: 5, features: 2 },
            layers: vec![layer(2), layer(3)],
        };
        let encoder = SequenceEncoder { stack };
        let weights = encoder.parameters().into_iter().zip(0..).map(|(spec, i)| {
            let mut values = vec![0f32; spec.len() as usize];
            Philox::new(4).fill_normal(Stream::Latent, i, &mut values);
            Tensor::from_slice(&values).view(&spec.shape[..])
        });
        let weights = weights.collect::<Vec<_>>();
        let state = |tokens: &[f32], n: i64| {
            let x = Tensor::from_slice(tokens).view([n, -1]);
            encoder.forward(x, &Parts { parameters: &weights, ..Parts::default() }).unwrap()
        };
        let both = state(&[3.0, 1.0, -1.0, -1.0, 2.0, 0.0, 3.0, 4.0], 2);
        assert_eq!(both.size(), [2, 3]);
        for (row, tokens) in [(0, vec![3f32, 1.0]), (1, vec![2.0, 0.0, 3.0, 4.0])] {
            assert!(both.get(row).allclose(&state(&tokens, 1).get(0), 1e-5, 1e-6, false));
        }
        // Each state is the largest after the first token and after the second one.
        let (first, second) = (state(&[3.0], 1), state(&[3.0, 1.0], 1));
        assert!(f64::try_from((&second - &first).min()).unwrap() >= 0.0);
        assert!(state(&[-1.0, -1.0], 1).equal(&state(&[0.0], 1)));
    }
}

//! A recurrent network that writes a text from a row of features, which it sees at each place (Bowman et al., "Generating
//! Sentences from a Continuous Space", 2016; He et al., "Lagging Inference Networks and Posterior Collapse", 2019).

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Forward, Parts, Stack};
use crate::base::axes::channels_first;
use crate::base::ParamSpec;
use crate::error::{Error, Result};

/// Maps features `[inputs]`, and the token before each place, to the logits of the tokens at the places, `[outputs,
/// places]`. The highest states are multiplied by the vectors of the tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceDecoder {
    /// Vectors and recurrent layers.
    pub stack: Stack,
    /// Number of tokens that can be written; the last of them ends a text.
    pub outputs: i64,
    /// Number of places.
    pub places: i64,
}

impl SequenceDecoder {
    // States for features and the tokens before some places [n, places].
    fn logits(
        &self,
        x: &Tensor,
        before: &Tensor,
        carried: &mut Option<Vec<[Tensor; 2]>>,
        parts: &Parts,
    ) -> Result<Tensor> {
        let vectors = self.stack.vectors(before, parts.parameters)?;
        let everywhere = x.f_unsqueeze(1)?.f_expand([-1, before.size()[1], -1], false)?;
        let inputs = Tensor::f_cat(&[vectors, everywhere], 2)?;
        let (states, last) = self.stack.run(inputs, carried.as_ref(), parts.parameters)?;
        *carried = Some(last);
        let vectors = parts.parameters[0].f_narrow(0, 0, self.outputs)?;
        Ok(states.f_linear(&vectors, None::<&Tensor>)?)
    }

    /// The texts for features `[n, inputs]`: at each place the likeliest token after those before it, `[n, places]`, negative
    /// after the end. No text is empty.
    pub fn write(&self, x: &Tensor, parts: &Parts) -> Result<Tensor> {
        let (n, end) = (x.size()[0], self.outputs - 1);
        let mut before = Tensor::f_full([n, 1], end, (Kind::Int64, x.device()))?;
        let mut ended = before.f_lt(0)?;
        let (mut carried, mut written) = (None, Vec::new());
        for place in 0..self.places {
            let logits = self.logits(x, &before, &mut carried, parts)?;
            let most = if place == 0 && end > 0 { end } else { self.outputs };
            before = logits.f_narrow(2, 0, most)?.f_argmax(2, false)?;
            written.push(before.f_masked_fill(&ended, -1)?);
            ended = ended.f_logical_or(&before.f_eq(end)?)?;
            if ended.f_all()?.f_int64_value(&[])? == 1 {
                break;
            }
        }
        let rest = Tensor::f_full([n, self.places - written.len() as i64], -1, (Kind::Int64, x.device()))?;
        written.push(rest);
        Ok(Tensor::f_cat(&written, 1)?.f_to_kind(Kind::Float)?)
    }
}

impl Forward for SequenceDecoder {
    fn parameters(&self) -> Vec<ParamSpec> {
        self.stack.parameters()
    }

    fn output(&self, _: &[i64]) -> Vec<i64> {
        vec![self.outputs, self.places]
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let before = parts.before.ok_or_else(|| Error::Internal("a text without the tokens before it".into()))?;
        channels_first(&self.logits(&x, before, &mut None, parts)?)
    }
}

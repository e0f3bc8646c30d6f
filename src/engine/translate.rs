//! Translation and corruption of pictures by a fitted model.

use tch::{Device, Tensor};

use super::TrainLoop;
use crate::base::axes::{channels_first, channels_last};
use crate::base::device::sent;
use crate::base::{Philox, Stream};
use crate::corruption::Random;
use crate::error::{Error, Result};
use crate::family::Translator;

/// Number of pictures that are processed at a time; bounds the memory of activations.
const CHUNK: i64 = 64;

impl TrainLoop {
    /// Translates pictures `[n, height, width, channels]`, in the network's range; `back` translates Y to X.
    ///
    /// # Errors
    /// [`Error::Internal`] if the family does not translate.
    pub fn translate(&self, x: &Tensor, back: bool) -> Result<Tensor> {
        let _guard = (tch::no_grad_guard(), self.alone());
        let translator = self.translator(back)?;
        let mut made = Vec::new();
        for start in (0..x.size()[0]).step_by(CHUNK as usize) {
            let part = x.f_narrow(0, start, CHUNK.min(x.size()[0] - start))?;
            let part = sent(&channels_first(&part.f_contiguous()?)?, self.device())?;
            made.push(channels_last(&translator.translate(&part)?)?.f_contiguous()?.f_to_device(Device::Cpu)?);
        }
        Ok(Tensor::f_cat(&made, 0)?)
    }

    /// What the model's corruption leaves of pictures `[n, height, width, channels]` in the network's range, `[n, ...]`,
    /// channels last; of a mask, the last channel is 1 where the picture is known.
    ///
    /// # Errors
    /// [`Error::Internal`] if the model has no corruption.
    pub fn corrupt(&self, x: &Tensor, seed: u64) -> Result<Tensor> {
        let _guard = tch::no_grad_guard();
        let translator = self.translator(false)?;
        let missing = || Error::Internal("a model without a corruption".into());
        let corruption = translator.corruption().ok_or_else(missing)?;
        let x = channels_first(&x.f_contiguous()?)?;
        let numbers = match corruption.random(&x.size()[1..]) {
            Random::Nothing => None,
            Random::Uniform(shape) => Some(filled(&x, &shape, |i, row| {
                Philox::new(seed).fill_uniform(Stream::Corrupt, i, row);
            })?),
            Random::Normal(shape) => Some(filled(&x, &shape, |i, row| {
                Philox::new(seed).fill_normal(Stream::Corrupt, i, row);
            })?),
        };
        Ok(channels_last(&corruption.corrupt(&x, numbers.as_ref())?)?.f_contiguous()?)
    }

    fn translator(&self, back: bool) -> Result<Translator> {
        let missing = || Error::Internal("a family that does not translate".into());
        self.step().translator(back)?.ok_or_else(missing)
    }
}

// Numbers of this shape for each sample; `fill` writes those of the sample with a given index.
fn filled(x: &Tensor, shape: &[i64], fill: impl Fn(u64, &mut [f32])) -> Result<Tensor> {
    let (n, values) = (x.size()[0], shape.iter().product::<i64>() as usize);
    let mut all = vec![0f32; n as usize * values];
    for (i, row) in all.chunks_mut(values).enumerate() {
        fill(i as u64, row);
    }
    Ok(Tensor::f_from_slice(&all)?.f_view(&[&[n], shape].concat()[..])?)
}

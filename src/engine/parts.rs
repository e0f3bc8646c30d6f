//! Parts of a fitted model, applied to samples and latents by name.

use tch::{Device, Kind, Tensor};

use super::TrainLoop;
use crate::base::device::sent;
use crate::error::Result;
use crate::registry::unknown;

/// Number of samples that are processed at a time; bounds the memory of activations.
const CHUNK: i64 = 256;

impl TrainLoop {
    /// Output of the part called `name` for each of the samples `[n, ...stored]` in the user's range, `[n, ...output]` on the
    /// CPU. If the part processes several samples together, it is given copies of one.
    ///
    /// # Errors
    /// [`crate::Error::UnknownName`] for an unknown part, [`crate::Error::Shape`] if labels are missing.
    pub fn apply(&self, name: &str, x: &Tensor, labels: Option<&Tensor>) -> Result<Tensor> {
        let _guard = (tch::no_grad_guard(), self.alone());
        let (function, data) = (self.step().function(name)?, self.data());
        let group = self.step().group().0 as i64;
        let (n, at_a_time) = (x.size()[0], (CHUNK / group).max(1));
        let labels = labels.map(|labels| data.labels.encode(labels)).transpose()?;
        let mut made = Vec::new();
        for first in (0..n).step_by(at_a_time as usize) {
            let some = |x: &Tensor| -> Result<Tensor> {
                let x = x.f_narrow(0, first, at_a_time.min(n - first))?;
                sent(&x.f_repeat_interleave_self_int(group, 0, None)?, self.device())
            };
            let part = labels.as_ref().map(some).transpose()?;
            made.push((function.call)(&data.encode(&some(x)?)?, part.as_ref())?);
        }
        Ok(Tensor::f_cat(&made, 0)?.f_to_device(Device::Cpu)?)
    }

    /// Output of the first layer with weights of the network called `name` for latents `[n, values]`, `[n, ...]` on the CPU,
    /// with the weights used for results; None if the layer is not a linear function. Labels are 0.
    ///
    /// # Errors
    /// [`crate::Error::UnknownName`] for an unknown network.
    pub fn first_layer(&self, name: &str, latents: &Tensor) -> Result<Option<Tensor>> {
        let _guard = tch::no_grad_guard();
        let team = self.step().team();
        let networks = team.networks();
        let names: Vec<&str> = networks.iter().map(|(name, _)| *name).collect();
        let place = names.iter().position(|own| *own == name).ok_or_else(|| unknown("network", name, &names))?;
        let (network, [weights, buffers]) = (networks[place].1, team.fitted()[place]);
        let size = [&[latents.size()[0]], &network.chain.input[..]].concat();
        let x = sent(latents, self.device())?.f_reshape(&size[..])?;
        let given = network.chain.given().map(|width| Tensor::f_zeros([size[0], width], (Kind::Float, self.device())));
        let made = network.bind(weights, buffers, false)?.first(&x, given.transpose()?.as_ref())?;
        Ok(made.map(|made| made.f_to_device(Device::Cpu)).transpose()?)
    }
}

//! An autoencoder as a function: networks bound to weights, for training and inference.

use std::sync::Arc;

use tch::{Kind, Tensor};

use super::combination::Combination;
use crate::base::{standard_normal, Mixture, Tape};
use crate::bottleneck::{Coded, Density};
use crate::error::{Error, Result};
use crate::kind::Labels;
use crate::layer::Parts;
use crate::net::Weighted;

/// Encoder, decoder and bottleneck with weights.
pub struct Model<'a> {
    pub(super) members: Arc<Combination>,
    pub(super) encoder: Weighted<'a>,
    pub(super) decoder: Weighted<'a>,
    // Parameters of bottleneck, prior and likelihood, concatenated.
    pub(super) parameters: Vec<Tensor>,
    pub(super) buffers: Vec<Tensor>,
    pub(super) training: bool,
    // In training on texts, the places `[b, places]` whose tokens the decoder does not see.
    pub(super) unseen: Option<Tensor>,
    // Tape of the current step, on which networks record their backward functions.
    pub(super) tape: Option<&'a Tape>,
}

impl Model<'_> {
    /// Latents for samples in the network's range.
    ///
    /// # Shapes
    /// `x` is `[b, ...sample]`, labels `[b, width]`, noise `[k, b, latent_dim]`.
    pub fn encode(&self, x: &Tensor, labels: Option<&Tensor>, noise: &Tensor) -> Result<Coded> {
        let features = self.encoder.given(x, labels)?;
        match self.tape {
            Some(tape) => self.members.bottleneck.encode_on(tape, &features, noise, &self.parts()),
            None => self.members.bottleneck.encode(&features, noise, &self.parts()),
        }
    }

    /// The latent without noise: the posterior's mean, transformed by the flow if there is one. `[b, ...code]`.
    pub fn point(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<Tensor> {
        let size = [1, x.size()[0], self.latent_dim()];
        let noise = Tensor::f_zeros(size, (Kind::Float, x.device()))?;
        Ok(self.encode(x, labels, &noise)?.latent.f_select(0, 0)?)
    }

    /// Indices of codes `[b, places]`, if there is a codebook.
    pub fn indices(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<Option<Tensor>> {
        self.members.bottleneck.indices(&self.encoder.given(x, labels)?, &self.parts())
    }

    /// Latents from indices of codes: `[b, places]` to `[b, ...code]`.
    pub fn lookup(&self, indices: &Tensor) -> Result<Option<Tensor>> {
        let Some(codes) = self.members.bottleneck.lookup(indices, &self.parts())? else {
            return Ok(None);
        };
        let mut size = vec![indices.size()[0]];
        size.extend(&self.decoder.chain().input);
        Ok(Some(codes.f_transpose(1, 2)?.f_reshape(&size[..])?))
    }

    /// Samples in the network's range for latents `[n, ...code]`: means of the decoder's distributions; of texts, the
    /// likeliest token at each place after those before it.
    pub fn decode(&self, latent: &Tensor, labels: Option<&Tensor>) -> Result<Tensor> {
        match self.decoder.written(latent, labels)? {
            Some(texts) => Ok(texts),
            None => self.members.likelihood.mean(&self.decoder.given(latent, labels)?),
        }
    }

    /// log p(x | latent) for latents `[k, b, ...code]`: `[k, b]`.
    pub fn log_likelihood(&self, latent: &Tensor, x: &Tensor, labels: Option<&Tensor>) -> Result<Tensor> {
        let draws = latent.size()[0];
        let labels = match labels {
            Some(labels) if draws > 1 => Some(labels.f_repeat([draws, 1])?),
            labels => labels.map(Tensor::shallow_clone),
        };
        let latent = latent.f_flatten(0, 1)?;
        let (outputs, x) = match self.members.data.language() {
            Some(language) => {
                let x = language.shortened(x)?;
                let before = language.before(&x, self.unseen.as_ref())?.f_repeat([draws, 1])?;
                (self.decoder.following(&latent, labels.as_ref(), &before)?, x)
            }
            None => (self.decoder.given(&latent, labels.as_ref())?, x.shallow_clone()),
        };
        let own = &self.parameters[self.members.prior_range().end..];
        match self.tape {
            Some(tape) => self.members.likelihood.log_prob_on(tape, &outputs, &x, own),
            None => self.members.likelihood.log_prob(&outputs, &x, own),
        }
    }

    /// The prior as a mixture; `None` for the standard normal distribution.
    pub fn mixture(&self) -> Result<Option<Mixture>> {
        let own = &self.parameters[self.members.prior_range()];
        let posterior = |x: &Tensor| -> Result<[Tensor; 2]> {
            let width = self.members.data.labels.width();
            // Pseudo-inputs have no labels: use the mean label.
            let usual = match self.members.data.labels {
                Labels::Classes { .. } => 1.0 / width as f64,
                _ => 0.0,
            };
            let labels = match width {
                0 => None,
                _ => Some(Tensor::f_full([x.size()[0], width], usual, (Kind::Float, x.device()))?),
            };
            let parts = self.encoder.given(x, labels.as_ref())?.f_chunk(2, 1)?;
            Ok([parts[0].shallow_clone(), parts[1].shallow_clone()])
        };
        self.members.prior.mixture(&self.members.data, own, &posterior)
    }

    /// log q(latent | x) - log p(latent) for the results of [`Model::encode`] with this noise, `[k, b]`; `None` without
    /// a density. Gradients flow through the latents, and with `whole` also to a Gaussian posterior itself.
    pub fn log_ratio(
        &self,
        coded: &Coded,
        (noise, whole): (&Tensor, bool),
        mixture: Option<&Mixture>,
    ) -> Result<Option<Tensor>> {
        let density = match &coded.density {
            Density::Point => return Ok(None),
            Density::Gaussian(diagonal) if whole && mixture.is_none() && diagonal.log_ratio().is_some() => {
                return Ok(diagonal.log_ratio());
            }
            Density::Gaussian(diagonal) if whole => diagonal.log_density(noise)?,
            Density::Gaussian(diagonal) => diagonal.fixed_log_density(&coded.latent)?,
            Density::Drawn(density) => density.shallow_clone(),
        };
        let prior = match mixture {
            Some(mixture) => mixture.log_density(&coded.latent)?,
            None => standard_normal(&coded.latent)?,
        };
        Ok(Some(density.f_sub(&prior)?))
    }

    /// Draws from the prior, `[n, latent_dim]`, given standard normal numbers `[n, latent_dim + 1]`.
    ///
    /// # Errors
    /// [`Error::Parameter`] if latents have no prior.
    pub fn draw(&self, noise: &Tensor) -> Result<Tensor> {
        if !self.members.bottleneck.stochastic() {
            let got = format!("bottleneck=\"{}\"", self.members.bottleneck.name());
            return Err(Error::parameter("sampler", "\"prior\" needs latents with a prior; use \"gmm\"", got));
        }
        match self.mixture()? {
            Some(mixture) => mixture.draw(noise),
            None => Ok(noise.f_narrow(1, 0, self.latent_dim())?),
        }
    }

    /// log p(x, latent) - log q(latent | x) of the draws for noise `[k, b, latent_dim]`, `[k, b]`. With `closed` the
    /// divergence is in closed form if known, which is valid for means over draws only. Codes have a uniform prior.
    pub fn log_weights(
        &self,
        x: &Tensor,
        labels: Option<&Tensor>,
        (noise, closed): (&Tensor, bool),
        mixture: Option<&Mixture>,
    ) -> Result<Tensor> {
        let coded = self.encode(x, labels, noise)?;
        let log_likelihood = self.log_likelihood(&coded.latent, x, labels)?;
        let ratio = match (&coded.density, mixture) {
            (Density::Gaussian(diagonal), None) if closed => {
                Some(diagonal.kl()?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?)
            }
            _ => self.log_ratio(&coded, (noise, true), mixture)?,
        };
        let log_weights = match ratio {
            Some(ratio) => log_likelihood.f_sub(&ratio)?,
            None => log_likelihood,
        };
        let Some(n_codes) = self.members.bottleneck.n_codes() else { return Ok(log_weights) };
        let places = self.decoder.chain().input[1..].iter().product::<i64>() as f64;
        Ok(log_weights.f_add_scalar(-places * (n_codes as f64).ln())?)
    }

    /// Number of values that the decoder computes for a latent of a sample of this many values.
    pub fn decoded(&self, values: i64) -> i64 {
        values * self.members.data.language().map_or(1, |language| language.outputs())
    }

    /// True if latents depend on the noise.
    pub fn stochastic(&self) -> bool {
        self.members.bottleneck.stochastic()
    }

    /// Length of a latent.
    pub fn latent_dim(&self) -> i64 {
        self.members.latent_dim
    }

    /// Shape of one latent.
    pub fn code(&self) -> Vec<i64> {
        self.decoder.chain().input.clone()
    }

    /// True if samples have probabilities instead of densities.
    pub fn discrete(&self) -> bool {
        !self.members.likelihood.density()
    }

    /// Added to [`Model::log_weights`] to convert to the user's units.
    pub fn log_volume(&self) -> f64 {
        match self.members.likelihood.density() {
            true => self.members.data.log_volume(),
            false => 0.0,
        }
    }

    fn parts(&self) -> Parts<'_> {
        Parts {
            parameters: &self.parameters[..self.members.prior_range().start],
            buffers: &self.buffers,
            training: self.training,
            ..Parts::default()
        }
    }
}

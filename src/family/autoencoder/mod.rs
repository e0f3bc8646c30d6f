//! Autoencoders: combinations of encoder, bottleneck, decoder, likelihood and bound.

use std::sync::{Arc, Mutex, PoisonError};

use tch::{Device, Kind, Tensor};

mod coder;
mod combination;
mod measures;
mod model;
mod scores;
mod settings;
mod spec;

pub use model::Model;
pub use settings::{AutoencoderOptions, AutoencoderSpec};

use self::coder::Fitted;
use self::combination::Combination;
use super::team::{Average, Own, Trained, Training};
use super::{Ask, Coder, Columns, Drawn, Family, Inputs, Mapping, Moment, Spec, Team};
use crate::base::pool::Alone;
use crate::base::{Dials, InitScheme, ParamStore, Philox, Scalars, Schedule, Stream, Tape};
use crate::bottleneck::Density;
use crate::bound::Terms;
use crate::data::Batch;
use crate::error::Result;
use crate::kind::DataShape;
use crate::net::Network;

/// Training step of an autoencoder.
pub struct Autoencoder {
    members: Arc<Combination>,
    // Both networks, the parameters of bottleneck, prior and likelihood, and the bottleneck's running statistics.
    team: Team,
    spec: AutoencoderSpec,
    lr_schedule: Schedule,
    beta_schedule: Schedule,
    columns: Columns,
    random: Philox,
    device: Device,
}

// Indices of the parts in the team.
const ENCODER: usize = 0;
const DECODER: usize = 1;
const OWN: usize = 2;

impl Autoencoder {
    /// Creates networks with initial weights. `mean`, the mean of the samples in the network's range, is subtracted
    /// from the encoder's input and is the initial output of the decoder.
    pub fn new(spec: &AutoencoderSpec, data: &DataShape, mean: Option<&Tensor>, device: Device) -> Result<Self> {
        let members = Combination::new(spec, data)?;
        let random = Philox::new(spec.seed);
        let [encoder, decoder] = members.chains(spec)?;
        let (first, second) = (encoder.parameters().len() as u64, decoder.parameters().len() as u64);
        let encoder = Network::new(encoder, &random, 0, device)?;
        let decoder = Network::new(decoder, &random, first, device)?;
        if let Some(mean) = mean {
            encoder.centre(mean)?;
            if let Some(start) = members.likelihood.start(mean)? {
                decoder.start_at(&start)?;
            }
        }
        let own = Own {
            params: ParamStore::new(members.parameters(), InitScheme::FanIn, &random, first + second, device)?,
            buffers: ParamStore::constants(members.buffers(), device)?,
        };
        let average = if spec.ema > 0.0 { Average::Weights(spec.ema) } else { Average::Off };
        let training = Training { adam: spec.adam(), average, max_grad_norm: None };
        let mut team = Team::default();
        team.add("encoder", encoder, training)?;
        team.add("decoder", decoder, training)?;
        team.add_own("parts", own, training)?;
        let lr_schedule = *spec.lr_schedule;
        let mut columns = Columns {
            step: vec!["loss", "reconstruction"],
            watched: (lr_schedule == Schedule::Plateau).then_some("loss"),
            ..Columns::default()
        };
        columns.step.extend(members.bottleneck.stochastic().then_some("kl"));
        columns.step.extend(members.bottleneck.penalty());
        columns.step.extend(members.bound.column());
        columns.measures.extend(members.bottleneck.stochastic().then_some("active_units"));
        columns.measures.extend(members.bottleneck.gaussian().then_some("mutual_information"));
        columns.measures.extend(spec.n_codes.map(|_| "perplexity"));
        columns.measures.extend(spec.beta.map(|_| "kl_weight"));
        Ok(Autoencoder {
            members: Arc::new(members),
            team,
            lr_schedule,
            beta_schedule: spec.beta_schedule.map_or(Schedule::Constant, |it| *it),
            columns,
            spec: spec.clone(),
            random,
            device,
        })
    }

    // Binds the weights for a training step, with gradients.
    fn live<'a>(&'a self, tape: &'a Tape) -> Result<Model<'a>> {
        let Trained { networks, own, .. } = &self.team.parts;
        Ok(Model {
            members: self.members.clone(),
            encoder: networks[ENCODER].leaf(tape)?,
            decoder: networks[DECODER].leaf(tape)?,
            parameters: own[0].params.views(own[0].params.flat())?,
            buffers: own[0].buffers.views(own[0].buffers.flat())?,
            training: true,
            unseen: None,
            tape: networks[DECODER].is_native().then_some(tape),
        })
    }

    // Binds copies of the weights used for results.
    fn fitted(&self) -> Result<Model<'static>> {
        let copy = |tensor: &Tensor| -> Result<Tensor> { Ok(tensor.f_detach()?.f_detach_copy()?) };
        let (parts, flats) = (&self.team.parts, self.team.fitted());
        let [encoder, decoder, own] = [flats[ENCODER], flats[DECODER], flats[OWN]];
        Ok(Model {
            members: self.members.clone(),
            encoder: parts.networks[ENCODER].fixed(encoder[0], encoder[1])?,
            decoder: parts.networks[DECODER].fixed(decoder[0], decoder[1])?,
            parameters: parts.own[0].params.views(&copy(own[0])?)?,
            buffers: parts.own[0].buffers.views(&copy(own[1])?)?,
            training: false,
            unseen: None,
            tape: None,
        })
    }

    // Standard normal numbers [rows, b, width], the first of a step's stream.
    fn noise(&self, step: u64, sizes: [u64; 3]) -> Result<Tensor> {
        let mut values = vec![0f32; sizes.iter().product::<u64>() as usize];
        self.random.fill_normal(Stream::Latent, step, &mut values);
        Ok(Tensor::f_from_slice(&values)?.f_view(sizes.map(|size| size as i64))?)
    }

    fn draws(&self) -> u64 {
        self.spec.n_importance.unwrap_or(1).max(1) as u64
    }

    // Noise for latents [k, b, d], and for draws from the prior [b, d + 1] if the bound needs them.
    fn step_noise(&self, step: u64, b: u64) -> Result<(Tensor, Option<Tensor>)> {
        let (draws, dim) = (self.draws(), self.spec.latent_dim as u64);
        if !self.members.bound.draws_prior() {
            return Ok((self.noise(step, [draws, b, dim])?, None));
        }
        let all = self.noise(step, [1, 1, draws * b * dim + b * (dim + 1)])?.f_flatten(0, -1)?;
        let parts = all.f_split_with_sizes([(draws * b * dim) as i64, (b * (dim + 1)) as i64], 0)?;
        let latents = parts[0].f_view([draws as i64, b as i64, dim as i64])?;
        Ok((latents, Some(parts[1].f_view([b as i64, dim as i64 + 1])?)))
    }

    // Uniform random numbers in the shape of `x`, different at each step.
    fn uniform(&self, stream: Stream, x: &Tensor, step: u64) -> Result<Tensor> {
        let mut size = x.size();
        size[0] *= self.team.parts.ranks.count() as i64;
        let mut values = vec![0f32; size.iter().product::<i64>() as usize];
        self.random.fill_uniform(stream, step, &mut values);
        self.team.parts.ranks.own(&Tensor::f_from_slice(&values)?.f_view(&size[..])?, 0)
    }

    // Fraction of its final value that beta or a capacity has reached.
    fn risen(&self, schedule: Schedule, epochs: f64) -> f64 {
        schedule.factor(epochs, self.spec.warmup_epochs.unwrap_or(0.0))
    }
}

// Factors of the gradient of the latents, which are known only after the loss has been computed.
#[derive(Default)]
struct Paths(Arc<Mutex<Option<Tensor>>>);

impl Paths {
    // Returns the latents `[k, b, ...]`, whose gradient is multiplied by the factors in the backward pass.
    fn through(&self, tape: &Tape, latent: &Tensor) -> Result<Tensor> {
        let factors = self.0.clone();
        let back = move |slope: &Tensor| match &*factors.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(factors) => Ok(Some(slope.f_mul(&factors.f_unsqueeze(-1)?)?)),
            None => Ok(Some(slope.shallow_clone())),
        };
        tape.record(latent, &latent.f_detach_copy()?, back)
    }

    fn weigh(&self, factors: Option<Tensor>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = factors;
    }
}

impl Family for Autoencoder {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn inputs(&self, batch: Batch, moment: Moment) -> Result<Inputs> {
        let (noise, prior_noise) = self.step_noise(moment.step, moment.batch)?;
        let mut drawn = Drawn::default();
        drawn.put("latents", vec![self.team.parts.ranks.own(&noise, 1)?]);
        if let Some(noise) = prior_noise {
            drawn.put("prior", vec![self.team.parts.ranks.own(&noise, 0)?]);
        }
        if self.spec.binarize.is_some() {
            // A pixel is white if its value is larger.
            drawn.put("thresholds", vec![self.uniform(Stream::Binarize, &batch.x, moment.step)?]);
        }
        if let Some(rate) = self.spec.word_dropout.filter(|rate| *rate > 0.0) {
            let unseen = self.uniform(Stream::Word, &batch.x, moment.step)?.f_lt(rate)?;
            drawn.put("unseen", vec![unseen]);
        }
        let factor = self.lr_schedule.rate(moment.epochs, self.spec.epochs as f64, moment.plateaus);
        let rates = self.spec.adam().rates(moment.step + 1, factor);
        let fresh = self.team.fresh(moment.batch, moment.samples);
        Ok(Inputs {
            x: batch.x,
            given: batch.given,
            drawn,
            dials: Dials::new(&[("steps", &rates), ("averages", &[fresh])]),
        })
    }

    fn needs_torch(&self, device: Device) -> Option<String> {
        let rises = self.beta_schedule != Schedule::Constant;
        if self.members.data.language().is_some() {
            return Some("texts have unequal lengths, which only \"tch\" follows".into());
        }
        let setting = match rises {
            true => Some("beta_schedule"),
            false => self.spec.capacity.map(|_| "capacity"),
        };
        let setting = setting.filter(|_| device != Device::Cpu)?;
        Some(format!("\"cuda_graph\" needs identical steps, {setting} changes them"))
    }

    fn step(&mut self, inputs: &Inputs, moment: Moment, scalars: &mut Scalars) -> Result<()> {
        let noise = inputs.drawn.one("latents")?;
        let x = match self.spec.binarize {
            Some(_) => super::binary(&inputs.x, inputs.drawn.one("thresholds")?)?,
            None => inputs.x.shallow_clone(),
        };
        let tape = Tape::new();
        let mut model = self.live(&tape)?;
        model.unseen = inputs.drawn.all("unseen").first().map(Tensor::shallow_clone);
        let labels = inputs.given.as_ref();
        let bound = self.members.bound;
        let mut coded = model.encode(&x, labels, noise)?;
        let paths = Paths::default();
        if bound.weighs_paths() {
            coded.latent = paths.through(&tape, &coded.latent)?;
        }
        let log_likelihood = model.log_likelihood(&coded.latent, &x, labels)?;
        let mixture = model.mixture()?;
        let (posterior, closed) = match (&coded.density, &mixture) {
            (Density::Gaussian(diagonal), None) => (Some(diagonal), Some(diagonal.kl()?)),
            (Density::Gaussian(diagonal), Some(_)) => (Some(diagonal), None),
            _ => (None, None),
        };
        let log_ratio = match closed.is_none() || bound.compares_draws() {
            true => model.log_ratio(&coded, (noise, !bound.weighs_paths()), mixture.as_ref())?,
            false => None,
        };
        let prior = match (inputs.drawn.all("prior").first(), &mixture) {
            (Some(noise), Some(mixture)) => Some(mixture.draw(noise)?),
            (Some(noise), None) => Some(noise.f_narrow(1, 0, self.spec.latent_dim)?),
            (None, _) => None,
        };
        let outcome = bound.loss(&Terms {
            log_likelihood: &log_likelihood,
            kl: closed.as_ref(),
            log_ratio: log_ratio.as_ref(),
            latent: &coded.latent,
            posterior,
            prior: prior.as_ref(),
            weight: self.spec.beta.unwrap_or(1.0) * self.risen(self.beta_schedule, moment.epochs),
            free_bits: self.spec.free_bits.unwrap_or(0.0),
            capacity: self.spec.capacity.map(|most| most * self.risen(Schedule::Warmup, moment.epochs)),
            ranks: &self.team.parts.ranks,
        })?;
        paths.weigh(outcome.paths);
        let mut terms = vec![log_likelihood.f_detach()?.f_mean(None)?.f_neg()?];
        let mut loss = outcome.loss;
        if self.members.bottleneck.stochastic() {
            let kl = match (&closed, &log_ratio) {
                (Some(kl), _) => kl.f_detach()?.f_sum(Kind::Float)?.f_mul_scalar(1.0 / x.size()[0] as f64)?,
                (None, Some(ratio)) => ratio.f_detach()?.f_mean(None)?,
                (None, None) => loss.f_zeros_like()?,
            };
            terms.push(kl);
        }
        if let Some(penalty) = &coded.penalty {
            let penalty = penalty.f_mean(None)?;
            terms.push(penalty.f_detach()?);
            loss = loss.f_add(&penalty)?;
        }
        terms.extend(outcome.term.map(|term| term.f_detach()).transpose()?);
        terms.insert(0, loss.f_detach()?);
        drop(model);
        let [fresh] = inputs.dials.get("averages")?;
        let Team { parts, optimisers } = &mut self.team;
        optimisers.descend((parts, &[ENCODER, DECODER, OWN]), (&tape, &loss), &inputs.dials.get("steps")?)?;
        optimisers.follow(parts, &fresh)?;
        // Averaged over all processes, so that a codebook follows the codes of the whole batch.
        parts.ranks.average(parts.own[0].buffers.flat())?;
        scalars.add(0, &terms)
    }

    fn measures(&mut self, batch: &Batch, moment: Moment) -> Result<Vec<f64>> {
        let mut values = Vec::new();
        if self.members.bottleneck.stochastic() || self.spec.n_codes.is_some() {
            let _guard = tch::no_grad_guard();
            let model = self.fitted()?;
            if self.members.bottleneck.stochastic() {
                let size = [1, batch.x.size()[0], self.spec.latent_dim];
                let mut noise = vec![0f32; (size[1] * size[2]) as usize];
                self.random.fill_normal(Stream::Score, 0, &mut noise);
                let noise = Tensor::f_from_slice(&noise)?.f_view(size)?.f_to_device(self.device)?;
                let measured = measures::latents(&model, batch, &noise)?;
                values.extend(&measured[..1 + usize::from(self.members.bottleneck.gaussian())]);
            }
            if let Some(n_codes) = self.spec.n_codes {
                values.push(measures::perplexity(&model, batch, n_codes)?);
            }
        }
        values.extend(self.spec.beta.map(|beta| beta * self.risen(self.beta_schedule, moment.epochs)));
        Ok(values)
    }

    fn latents(&self, step: u64, b: u64) -> Result<Tensor> {
        let (noise, _) = self.step_noise(step, b)?;
        let noise = noise.f_to_device(self.device)?;
        Ok(if self.draws() == 1 { noise.f_squeeze_dim(0)? } else { noise })
    }

    fn function(&self, name: &str) -> Result<Mapping> {
        let (model, networks) = (self.fitted()?, &self.team.parts.networks);
        let (encoder, decoder) = (networks[ENCODER].chain.clone(), networks[DECODER].chain.clone());
        let sample = self.members.data.sample();
        Ok(match name {
            "encoder" => Mapping {
                input: encoder.input.clone(),
                output: model.code(),
                chain: encoder,
                call: Box::new(move |x, labels| model.point(x, labels)),
            },
            "decoder" => Mapping {
                input: decoder.input.clone(),
                output: sample,
                chain: decoder,
                call: Box::new(move |z, labels| model.decode(z, labels)),
            },
            _ => return Err(crate::registry::unknown("network", name, &["encoder", "decoder"])),
        })
    }

    fn sampler(&self, _: Ask) -> Result<Mapping> {
        let (model, dim) = (self.fitted()?, self.spec.latent_dim);
        Ok(Mapping {
            // The additional random number chooses the component of a mixture.
            input: vec![dim + 1],
            output: self.members.data.sample(),
            chain: self.team.parts.networks[DECODER].chain.clone(),
            call: Box::new(move |noise, labels| model.decode(&model.draw(noise)?, labels)),
        })
    }

    fn coder<'a>(&'a self, data: &'a DataShape) -> Result<Option<Box<dyn Coder + 'a>>> {
        let natively = self.team.parts.networks.iter().all(|network| network.evaluates_natively());
        Ok(Some(Box::new(Fitted {
            model: self.fitted()?,
            data,
            random: self.random,
            device: self.device,
            binarizes: self.spec.binarize.is_some(),
            _alone: natively.then(Alone::begin),
        })))
    }

    fn team(&self) -> &Team {
        &self.team
    }

    fn team_mut(&mut self) -> &mut Team {
        &mut self.team
    }

    fn retune(&mut self, spec: &Spec) {
        if let Spec::Autoencoder(spec) = spec {
            self.spec = (**spec).clone();
        }
    }
}

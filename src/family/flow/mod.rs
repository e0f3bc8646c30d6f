//! Flow matching (Lipman et al., "Flow Matching for Generative Modeling", 2023; Liu et al., "Flow Straight and Fast", 2023):
//! a network learns the velocity x - z at the point t x + (1 - t) z between noise z and a sample x.
//!
//! Times t have a logit-normal distribution (Esser et al., "Scaling Rectified Flow Transformers for High-Resolution Image
//! Synthesis", 2024). Labels are hidden at random, so that the network also learns the velocity without them.

use tch::{Device, Kind, Tensor};

mod paths;
mod settings;
mod spec;

pub use paths::Paths;
pub use settings::{FlowOptions, FlowSpec};

use super::team::{Average, Training};
use super::{Ask, Columns, Drawn, Family, Inputs, Mapping, Moment, Spec, Team};
use crate::base::{Dials, Philox, Scalars, Schedule, Stream, Tape};
use crate::data::Batch;
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::given::everywhere;
use crate::net::Network;

const NETWORK: usize = 0;

/// Training step of a flow.
pub struct Flow {
    team: Team,
    spec: FlowSpec,
    // Values of a label; 0 without labels.
    labels: i64,
    sample: Vec<i64>,
    lr_schedule: Schedule,
    columns: Columns,
    random: Philox,
    device: Device,
}

impl Flow {
    /// Creates the network with initial weights.
    pub fn new(spec: &FlowSpec, data: &DataShape, device: Device) -> Result<Self> {
        let random = Philox::new(spec.seed);
        let network = Network::new(spec.chain(data)?, &random, 0, device)?;
        let average = if spec.ema > 0.0 { Average::Weights(spec.ema) } else { Average::Off };
        let training = Training {
            adam: spec.adam(),
            average,
            max_grad_norm: spec.max_grad_norm,
        };
        let mut team = Team::default();
        team.add("velocity", network, training)?;
        let lr_schedule = *spec.lr_schedule;
        Ok(Flow {
            team,
            labels: data.labels.width(),
            sample: data.sample(),
            columns: Columns {
                step: vec!["loss"],
                watched: (lr_schedule == Schedule::Plateau).then_some("loss"),
                ..Columns::default()
            },
            lr_schedule,
            spec: spec.clone(),
            random,
            device,
        })
    }

    // Noise of a step, [b, ...sample].
    fn noise(&self, step: u64, b: u64) -> Result<Tensor> {
        let size = [&[b as i64], &self.sample[..]].concat();
        let mut values = vec![0f32; size.iter().product::<i64>() as usize];
        self.random.fill_normal(Stream::Latent, step, &mut values);
        Ok(Tensor::f_from_slice(&values)?.f_view(&size[..])?)
    }

    // The network with the weights used for results.
    fn fitted(&self) -> Result<Paths> {
        let [weights, buffers] = self.team.fitted()[NETWORK];
        Ok(Paths::new(self.team.parts.networks[NETWORK].fixed(weights, buffers)?, self.labels))
    }
}

impl Family for Flow {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn inputs(&self, batch: Batch, moment: Moment) -> Result<Inputs> {
        let ranks = &self.team.parts.ranks;
        let mut drawn = Drawn::default();
        drawn.put("noise", vec![ranks.own(&self.noise(moment.step, moment.batch)?, 0)?]);
        let mut times = vec![0f32; moment.batch as usize];
        self.random.fill_normal(Stream::Time, moment.step, &mut times);
        drawn.put("times", vec![ranks.own(&Tensor::f_from_slice(&times)?.f_sigmoid()?, 0)?]);
        if let Some(rate) = self.spec.label_dropout {
            let mut uniform = vec![0f32; moment.batch as usize];
            self.random.fill_uniform(Stream::Hide, moment.step, &mut uniform);
            let seen = Tensor::f_from_slice(&uniform)?.f_ge(rate)?.f_to_kind(Kind::Float)?.f_unsqueeze(1)?;
            drawn.put("seen", vec![ranks.own(&seen, 0)?]);
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

    fn needs_torch(&self, _: Device) -> Option<String> {
        None
    }

    fn step(&mut self, inputs: &Inputs, _: Moment, scalars: &mut Scalars) -> Result<()> {
        let (noise, times) = (inputs.drawn.one("noise")?, inputs.drawn.one("times")?);
        let velocity = inputs.x.f_sub(noise)?;
        let at = noise.f_addcmul(&velocity, &everywhere(&times.f_unsqueeze(1)?, noise)?)?;
        let told = paths::features(times)?;
        let told = match &inputs.given {
            Some(labels) => Tensor::f_cat(&[told, labels.f_mul(inputs.drawn.one("seen")?)?], 1)?,
            None => told,
        };
        let tape = Tape::new();
        let Team { parts, optimisers } = &mut self.team;
        let made = parts.networks[NETWORK].leaf(&tape)?.given(&at, Some(&told))?;
        let loss = made.f_mse_loss(&velocity, tch::Reduction::Mean)?;
        optimisers.descend((parts, &[NETWORK]), (&tape, &loss), &inputs.dials.get("steps")?)?;
        let [fresh] = inputs.dials.get("averages")?;
        optimisers.follow(parts, &fresh)?;
        scalars.add(0, &[loss.f_detach()?])
    }

    fn latents(&self, step: u64, b: u64) -> Result<Tensor> {
        Ok(self.noise(step, b)?.f_flatten(1, -1)?.f_to_device(self.device)?)
    }

    fn paths(&self) -> Result<Option<Paths>> {
        Ok(Some(self.fitted()?))
    }

    fn sampler(&self, ask: Ask) -> Result<Mapping> {
        let (paths, sample) = (self.fitted()?, self.sample.clone());
        let size = [&[-1], &sample[..]].concat();
        Ok(Mapping {
            chain: self.team.parts.networks[NETWORK].chain.clone(),
            input: sample.clone(),
            output: sample,
            call: Box::new(move |noise, labels| paths.follow(&noise.f_view(&size[..])?, labels, ask)),
        })
    }

    fn function(&self, name: &str) -> Result<Mapping> {
        let network = &self.team.parts.networks[NETWORK];
        if name != "velocity" {
            return Err(crate::registry::unknown("network", name, &["velocity"]));
        }
        let [weights, buffers] = self.team.fitted()[NETWORK];
        let bound = network.fixed(weights, buffers)?;
        Ok(Mapping {
            chain: network.chain.clone(),
            input: self.sample.clone(),
            output: self.sample.clone(),
            call: Box::new(move |x, given| bound.given(x, given)),
        })
    }

    fn team(&self) -> &Team {
        &self.team
    }

    fn team_mut(&mut self) -> &mut Team {
        &mut self.team
    }

    fn retune(&mut self, spec: &Spec) {
        if let Spec::Flow(spec) = spec {
            self.spec = (**spec).clone();
        }
    }
}

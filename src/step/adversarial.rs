//! Two networks in a game: the discriminator steps on every batch, the generator once per `n_critic` of them
//! (Goodfellow et al., "Generative Adversarial Nets", 2014, algorithm 1).

use std::sync::Arc;

use tch::{Device, Kind, Tensor};

use super::gan_spec::LR_SCHEDULES;
use super::{Function, GanSpec, Inputs, Moment, PenaltySpec, Step, Stored};
use crate::base::{trace, Adam, AdamSpec, DataShape, Dial, Dials, Ema, Philox, Ranks, Scalars, Schedule, Stream, Tape};
use crate::data::Batch;
use crate::error::Result;
use crate::net::{Network, NETS};
use crate::objective::{Objective, OBJECTIVES};
use crate::penalty::{Noise, Penalty, Subject, PENALTIES};

const COLUMNS: &[&str] = &["discriminator_loss", "real_score", "fake_score", "generator_loss"];
const GENERATOR_COLUMN: usize = 3;
const PENALTY_COLUMN: usize = 4;
/// Part of the newest scores in their running means.
const FRESH: f64 = 0.01;

/// The adversarial step.
pub struct Adversarial {
    generator: Player,
    discriminator: Player,
    // What samples are made with: averages of the generator's weights and running statistics.
    average: Ema,
    average_buffers: Ema,
    objective: &'static dyn Objective,
    penalties: Vec<(&'static dyn Penalty, PenaltySpec)>,
    // Running means of the scores of real and of generated samples.
    anchors: Tensor,
    adams: [AdamSpec; 2],
    lr_schedule: Schedule,
    epochs: f64,
    random: Philox,
    n_critic: u64,
    latent_dim: i64,
    device: Device,
    ranks: Arc<Ranks>,
}

// A network and its optimiser.
struct Player {
    network: Network,
    adam: Adam,
    max_grad_norm: Option<f64>,
}

impl Player {
    fn new(network: Network, spec: AdamSpec, max_grad_norm: Option<f64>) -> Result<Self> {
        let flat = network.params.flat();
        let adam = Adam::new(spec, network.params.len(), flat.device())?;
        Ok(Player { network, adam, max_grad_norm })
    }

    // Steps against the gradient of `loss`; the gradient of no other weights is computed.
    fn descend(&mut self, (tape, ranks): (&Tape, &Ranks), loss: &Tensor, rates: &[Dial; 2]) -> Result<()> {
        let flat = self.network.params.flat();
        let seen = tape.gradients(loss, &[flat])?.pop();
        match self.network.gradient(seen)? {
            Some(gradient) => {
                ranks.average(&gradient)?;
                let gradient = match self.max_grad_norm {
                    Some(most) => shortened(&gradient, most)?,
                    None => gradient,
                };
                self.adam.step(flat, &gradient, rates)
            }
            // The loss does not depend on this network: nothing to do.
            None => Ok(()),
        }
    }
}

// The gradient, cut to this length (Pascanu et al., "On the Difficulty of Training Recurrent Neural Networks", 2013).
fn shortened(gradient: &Tensor, most: f64) -> Result<Tensor> {
    let length = gradient.f_square()?.f_sum(Kind::Float)?.f_sqrt()?;
    let part = length.f_add_scalar(1e-6)?.f_reciprocal()?.f_mul_scalar(most)?.f_clamp_max(1.0)?;
    Ok(gradient.f_mul(&part)?)
}

impl Adversarial {
    /// Networks with their initial weights.
    pub fn new(spec: &GanSpec, data: &DataShape, device: Device) -> Result<Self> {
        let net = NETS.get(&spec.net)?;
        let random = Philox::new(spec.seed);
        let [of_generator, of_discriminator] = spec.net_specs()?;
        let (generator, discriminator) =
            (net.generator(&of_generator, data), net.discriminator(&of_discriminator, data));
        let first = generator.parameters().len() as u64;
        let generator = Network::new(generator, &random, 0, device)?;
        let discriminator = Network::new(discriminator, &random, first, device)?;
        Ok(Adversarial {
            average: Ema::new(spec.ema, generator.params.flat())?,
            average_buffers: Ema::new(spec.ema, generator.buffers.flat())?,
            generator: Player::new(generator, spec.adams()[0], spec.max_grad_norm)?,
            discriminator: Player::new(discriminator, spec.adams()[1], spec.max_grad_norm)?,
            objective: OBJECTIVES.get(&spec.objective)?,
            penalties: spec
                .penalty
                .iter()
                .map(|spec| Ok((PENALTIES.get(&spec.name)?, spec.clone())))
                .collect::<Result<_>>()?,
            anchors: Tensor::f_zeros([2], (Kind::Float, device))?,
            adams: spec.adams(),
            lr_schedule: Schedule::named("lr_schedule", &spec.lr_schedule, &LR_SCHEDULES)?,
            epochs: spec.epochs as f64,
            random,
            n_critic: spec.n_critic.max(1) as u64,
            latent_dim: spec.latent_dim,
            device,
            ranks: Arc::default(),
        })
    }

    // The penalties that are due in a step, with their numbers.
    fn due(&self, moment: Moment) -> impl Iterator<Item = (usize, &(&'static dyn Penalty, PenaltySpec))> {
        let due = move |spec: &PenaltySpec| moment.step % spec.every.max(1) as u64 == 0;
        self.penalties.iter().enumerate().filter(move |(_, (_, spec))| due(spec))
    }

    // Random numbers of the penalties that are due.
    fn penalty_noise(&self, x: &Tensor, moment: Moment) -> Result<Vec<Tensor>> {
        let mut all = Vec::new();
        for (i, (penalty, _)) in self.due(moment) {
            let mut size = x.size();
            size[0] = moment.batch as i64;
            match penalty.noise() {
                Noise::Nothing => continue,
                Noise::PerSample => size[1..].fill(1),
                Noise::PerValue => {}
            }
            let mut values = vec![0f32; size.iter().product::<i64>() as usize];
            // Sixteen penalties at most.
            self.random.fill_uniform(Stream::Penalty, moment.step << 4 | i as u64, &mut values);
            all.push(self.ranks.own(&Tensor::f_from_slice(&values)?.f_view(&size[..])?, 0)?);
        }
        Ok(all)
    }

    // What the penalties that are due add to the discriminator's loss, if any does.
    fn penalised<'a>(&self, moment: Moment, mut subject: Subject<'a>, noise: &'a [Tensor]) -> Result<Option<Tensor>> {
        let (mut sum, mut noise): (Option<Tensor>, _) = (None, noise.iter());
        for (_, (penalty, spec)) in self.due(moment) {
            subject.noise = if penalty.noise() == Noise::Nothing { None } else { noise.next() };
            if let Some(value) = penalty.value(&subject)? {
                let value = value.f_mul_scalar(spec.weight * spec.every as f64)?;
                sum = Some(match sum {
                    Some(sum) => sum.f_add(&value)?,
                    None => value,
                });
            }
        }
        Ok(sum)
    }

    // Latents [b, latent_dim] of a step.
    fn noise(&self, step: u64, b: u64) -> Result<Tensor> {
        let mut values = vec![0f32; b as usize * self.latent_dim as usize];
        self.random.fill_normal(Stream::Latent, step, &mut values);
        Ok(Tensor::f_from_slice(&values)?.f_view([b as i64, self.latent_dim])?)
    }
}

impl Step for Adversarial {
    fn columns(&self) -> Vec<&'static str> {
        let mut columns: Vec<&str> = COLUMNS.into();
        if self.penalties.iter().any(|(penalty, _)| !penalty.clips()) {
            columns.push("penalty");
        }
        columns
    }

    fn needs_torch(&self) -> Option<String> {
        let twice = self.penalties.iter().find(|(penalty, _)| penalty.slopes());
        twice.map(|(penalty, _)| format!("\"native\" differentiates once, penalty \"{}\" twice", penalty.name()))
    }

    fn inputs(&self, batch: Batch, moment: Moment) -> Result<Inputs> {
        let (number, size) = (moment.step + 1, moment.batch);
        let factor = self.lr_schedule.factor(moment.epochs, self.epochs);
        let [of_generator, of_discriminator] = self.adams;
        let turns = (number / self.n_critic).max(1);
        let rates = [of_discriminator.rates(number, factor), of_generator.rates(turns, factor)];
        let mut noise = vec![self.ranks.own(&self.noise(moment.step, size)?, 0)?];
        noise.extend(self.penalty_noise(&batch.x, moment)?);
        let fresh = self.average.fresh(size * self.n_critic, moment.samples);
        Ok(Inputs {
            x: batch.x,
            labels: batch.labels,
            noise,
            dials: Dials::new([&rates.concat()[..], &[fresh]].concat()),
        })
    }

    fn variant(&self, moment: Moment) -> u64 {
        let turn = u64::from((moment.step + 1) % self.n_critic == 0);
        self.due(moment).fold(turn, |kind, (i, _)| kind | 2 << i)
    }

    fn step(&mut self, inputs: &Inputs, moment: Moment, scalars: &mut Scalars) -> Result<()> {
        let generator_turn = self.variant(moment) & 1 == 1;
        let dial = |i| inputs.dials.get(i);
        let latents = &inputs.noise[0];
        let tape = Tape::new();
        let generator = &self.generator.network;
        // Where the generator has its turn, the same samples serve both, and their graph is kept.
        let fake = match generator_turn {
            true => generator.leaf(&tape)?.forward(latents)?,
            false => generator.frozen(&tape)?.forward(latents)?,
        };

        let critic = self.discriminator.network.leaf(&tape)?;
        let real_scores = critic.forward(&inputs.x)?.f_view([-1])?;
        let fake_scores = critic.forward(&fake.f_detach()?)?.f_view([-1])?;
        let loss = self.objective.discriminator_loss(&real_scores, &fake_scores)?;
        let penalty = self.penalised(
            moment,
            Subject {
                critic: &|x| Ok(critic.forward(x)?.f_view([-1])?),
                real: &inputs.x,
                fake: &fake.f_detach()?,
                scores: [&real_scores, &fake_scores],
                anchors: &self.anchors,
                noise: None,
            },
            &inputs.noise[1..],
        )?;
        drop(critic);
        let sum = match &penalty {
            Some(penalty) => loss.f_add(penalty)?,
            None => loss.shallow_clone(),
        };
        self.discriminator.descend((&tape, &self.ranks), &sum, &[dial(0)?, dial(1)?])?;
        for (_, (penalty, spec)) in self.due(moment).filter(|(_, (penalty, _))| penalty.clips()) {
            let _span = trace::span(penalty.name());
            let mut flat = self.discriminator.network.params.flat().f_detach()?;
            let _ = flat.f_clamp_(-spec.weight, spec.weight)?;
        }
        let [real_score, fake_score] = [&real_scores, &fake_scores].map(|scores| scores.f_detach()?.f_mean(None));
        let (real_score, fake_score) = (real_score?, fake_score?);
        if self.penalties.iter().any(|(penalty, _)| !penalty.clips()) {
            let means = Tensor::f_stack(&[&real_score, &fake_score], 0)?.f_to_kind(Kind::Float)?;
            let _ = self.anchors.f_lerp_(&means, FRESH)?;
        }
        scalars.add(0, &[loss.f_detach()?, real_score, fake_score])?;
        if let Some(penalty) = penalty {
            scalars.add(PENALTY_COLUMN, &[penalty.f_detach()?])?;
        }

        if generator_turn {
            let judge = self.discriminator.network.frozen(&tape)?;
            let scores = judge.forward(&fake)?.f_view([-1])?;
            let real_scores = match self.objective.pairs() {
                true => judge.forward(&inputs.x)?.f_view([-1])?,
                false => Tensor::new(),
            };
            drop(judge);
            let loss = self.objective.generator_loss(&real_scores, &scores)?;
            self.generator.descend((&tape, &self.ranks), &loss, &[dial(2)?, dial(3)?])?;
            let (network, fresh) = (&self.generator.network, dial(4)?);
            self.average.update(network.params.flat(), &fresh)?;
            if !network.buffers.is_empty() {
                self.average_buffers.update(network.buffers.flat(), &fresh)?;
            }
            scalars.add(GENERATOR_COLUMN, &[loss.f_detach()?])?;
        }
        Ok(())
    }

    fn state(&self) -> Vec<Stored<'_>> {
        let mut state = Vec::new();
        for (name, player) in [("generator", &self.generator), ("discriminator", &self.discriminator)] {
            let (params, buffers) = (&player.network.params, &player.network.buffers);
            state.push(Stored::named(name, params, params.flat()));
            state.push(Stored::named(name, buffers, buffers.flat()));
            state.push(Stored::plain(format!("adam.{name}.mean"), &player.adam.mean));
            state.push(Stored::plain(format!("adam.{name}.square"), &player.adam.square));
        }
        if self.penalties.iter().any(|(penalty, _)| !penalty.clips()) {
            state.push(Stored::plain("anchors", &self.anchors));
        }
        let network = &self.generator.network;
        state.push(Stored::named("average.generator", &network.params, &self.average.flat));
        state.push(Stored::named("average.generator", &network.buffers, &self.average_buffers.flat));
        state
    }

    fn latents(&self, step: u64, b: u64) -> Result<Tensor> {
        Ok(self.noise(step, b)?.f_to_device(self.device)?)
    }

    fn function(&self, name: &str) -> Result<Function> {
        let (generator, discriminator) = (&self.generator.network, &self.discriminator.network);
        let (network, params, buffers) = match name {
            "generator" => (generator, &self.average.flat, &self.average_buffers.flat),
            "discriminator" => (discriminator, discriminator.params.flat(), discriminator.buffers.flat()),
            _ => return Err(crate::registry::unknown("network", name, &["generator", "discriminator"])),
        };
        // Copies: the optimiser writes where autograd does not see it, so a graph must not hold the live weights.
        let bound = network.fixed(params, buffers)?;
        // A discriminator's answer is [n], whatever its last layer makes.
        let scores = name == "discriminator";
        Ok(Function {
            chain: network.chain.clone(),
            input: network.chain.input.clone(),
            output: if scores { vec![] } else { network.chain.output() },
            call: Box::new(move |x, _| {
                let y = bound.forward(x)?;
                Ok(if scores { y.f_view([-1])? } else { y })
            }),
        })
    }

    fn networks(&self) -> Vec<(&'static str, &Network)> {
        vec![("generator", &self.generator.network), ("discriminator", &self.discriminator.network)]
    }

    fn set_ranks(&mut self, ranks: Arc<Ranks>) {
        self.ranks = ranks;
    }

    fn networks_mut(&mut self) -> Vec<&mut Network> {
        vec![&mut self.generator.network, &mut self.discriminator.network]
    }
}

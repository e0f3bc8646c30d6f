//! GANs: the discriminator steps on every batch, the generator once per `n_critic` discriminator steps (Goodfellow et
//! al., "Generative Adversarial Nets", 2014, algorithm 1).

use tch::{Device, Tensor};

mod judge;
mod penalties;
mod penalty_spec;
mod settings;
mod spec;

pub use penalty_spec::{PenaltyOptions, PenaltySpec};
pub use settings::{GanOptions, GanSpec};

use self::judge::{blurred, check, flipped, packed, Judge};
use self::penalties::{Penalties, Turn};
use super::team::{Average, Training};
use super::{Ask, Columns, Drawn, Family, Inputs, Mapping, Moment, Spec, Stored, Team};
use crate::base::{Dials, Philox, Scalars, Schedule, Stream, Tape};
use crate::data::Batch;
use crate::error::Result;
use crate::kind::{DataShape, Labels};
use crate::net::{Conditioning, Network};
use crate::penalty::{Side, Subject};

const COLUMNS: &[&str] = &["discriminator_loss", "real_score", "fake_score", "generator_loss"];
const GENERATOR_LOSS: usize = 3;

// Indices of the networks in the team.
const GENERATOR: usize = 0;
const DISCRIMINATOR: usize = 1;

/// The adversarial step.
pub struct Adversarial {
    team: Team,
    penalties: Penalties,
    spec: GanSpec,
    labels: Labels,
    sample: Vec<i64>,
    // True if the discriminator predicts labels.
    tells: bool,
    lr_schedule: Schedule,
    noise_schedule: Schedule,
    columns: Columns,
    random: Philox,
    device: Device,
}

impl Adversarial {
    /// Creates networks with initial weights.
    pub fn new(spec: &GanSpec, data: &DataShape, device: Device) -> Result<Self> {
        let random = Philox::new(spec.seed);
        let [_, of_discriminator] = spec.net_specs();
        let tells = data.labels.width() > 0 && of_discriminator.conditioning == Conditioning::Auxiliary;
        let [generator, discriminator] = spec.chains(data)?;
        let first = generator.parameters().len() as u64;
        let generator = Network::new(generator, &random, 0, device)?;
        let discriminator = Network::new(discriminator, &random, first, device)?;
        let penalties = Penalties::new(&spec.penalty, device)?;
        let mut columns = Columns { step: COLUMNS.into(), ..Columns::default() };
        columns.step.extend(penalties.any(Side::Discriminator).then_some("penalty"));
        columns.step.extend(penalties.any(Side::Generator).then_some("generator_penalty"));
        columns.step.extend(tells.then_some("auxiliary_loss"));
        let adams = spec.adams();
        let training = |i: usize, average| Training { adam: adams[i], average, max_grad_norm: spec.max_grad_norm };
        let mut team = Team::default();
        team.add("generator", generator, training(GENERATOR, Average::All(spec.ema)))?;
        team.add("discriminator", discriminator, training(DISCRIMINATOR, Average::Off))?;
        Ok(Adversarial {
            team,
            penalties,
            labels: data.labels.clone(),
            sample: data.sample(),
            tells,
            lr_schedule: *spec.lr_schedule,
            noise_schedule: *spec.instance_noise_schedule,
            columns,
            spec: spec.clone(),
            random,
            device,
        })
    }

    fn generator(&self) -> &Network {
        &self.team.parts.networks[GENERATOR]
    }

    fn discriminator(&self) -> &Network {
        &self.team.parts.networks[DISCRIMINATOR]
    }

    fn n_critic(&self) -> u64 {
        self.spec.n_critic.max(1) as u64
    }

    fn turn(&self, moment: Moment) -> Turn {
        let (number, every) = (moment.step + 1, self.n_critic());
        Turn {
            discriminator: moment.step,
            generator: (number % every == 0).then(|| number / every - 1),
        }
    }

    // Latents [b, latent_dim] of a step.
    fn noise(&self, step: u64, b: u64) -> Result<Tensor> {
        self.normal(Stream::Latent, step, &[b as i64, self.spec.latent_dim])
    }

    fn normal(&self, stream: Stream, index: u64, size: &[i64]) -> Result<Tensor> {
        let mut values = vec![0f32; size.iter().product::<i64>() as usize];
        self.random.fill_normal(stream, index, &mut values);
        Ok(Tensor::f_from_slice(&values)?.f_view(size)?)
    }

    // Random numbers of a step for all processes, except those of penalties.
    fn drawn(&self, moment: Moment) -> Result<Drawn> {
        let b = moment.batch as i64;
        let mut drawn = Drawn::default();
        drawn.put("latents", vec![self.noise(moment.step, moment.batch)?]);
        let layers = self.generator().chain.noise().into_iter().enumerate().map(|(i, shape)| {
            // The lower 16 bits are the index of the layer; there are at most 65,536 layers.
            let index = moment.step << 16 | i as u64;
            self.normal(Stream::Layer, index, &[&[b], &shape[..]].concat())
        });
        drawn.put("layers", layers.collect::<Result<_>>()?);
        if self.spec.instance_noise > 0.0 {
            let size = [&[b], &self.sample[..]].concat();
            let pair = [0, 1].map(|i| self.normal(Stream::Instance, moment.step << 1 | i, &size));
            drawn.put("blur", pair.into_iter().collect::<Result<_>>()?);
        }
        if self.spec.label_flip > 0.0 {
            let mut values = vec![0f32; moment.batch as usize / self.spec.pac as usize];
            self.random.fill_uniform(Stream::Flip, moment.step, &mut values);
            drawn.put("flips", vec![Tensor::f_from_slice(&values)?]);
        }
        Ok(drawn)
    }

    // Weighted mean loss of predicted labels, if they are predicted.
    fn auxiliary(&self, told: Option<&Tensor>, labels: Option<&Tensor>) -> Result<Option<Tensor>> {
        let (Some(told), Some(labels)) = (told, labels) else { return Ok(None) };
        let weight = self.spec.auxiliary_weight.unwrap_or(1.0);
        Ok(Some(self.labels.surprise(told, labels)?.f_mul_scalar(weight)?))
    }

    // Adds a value to a column of the history, if the history has this column.
    fn note(&self, scalars: &mut Scalars, column: &str, value: Option<Tensor>) -> Result<()> {
        match (value, self.columns.step.iter().position(|name| *name == column)) {
            (Some(value), Some(place)) => scalars.add(place, &[value.f_detach()?]),
            _ => Ok(()),
        }
    }
}

fn sum(terms: [Option<&Tensor>; 3]) -> Result<Tensor> {
    let mut terms = terms.into_iter().flatten();
    let first = terms.next().map(Tensor::shallow_clone).unwrap_or_default();
    terms.try_fold(first, |sum, term| Ok(sum.f_add(term)?))
}

impl Family for Adversarial {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn needs_torch(&self, device: Device) -> Option<String> {
        if device != Device::Cpu {
            return None;
        }
        self.penalties.needs_torch(self.discriminator())
    }

    fn inputs(&self, batch: Batch, moment: Moment) -> Result<Inputs> {
        let (number, size) = (moment.step + 1, moment.batch);
        let factor = self.lr_schedule.rate(moment.epochs, self.spec.epochs as f64, moment.plateaus);
        let [of_generator, of_discriminator] = self.spec.adams();
        let turns = (number / self.n_critic()).max(1);
        let rates = [of_discriminator.rates(number, factor), of_generator.rates(turns, factor)];
        let ranks = &self.team.parts.ranks;
        let mut drawn = self.drawn(moment)?.each(|tensor| ranks.own(tensor, 0))?;
        let real = packed(&batch.x, self.spec.pac)?;
        self.penalties.draw(&mut drawn, &real, (self.turn(moment), moment), (&self.random, ranks))?;
        let labels = match (&self.labels, batch.given) {
            (Labels::Codes { .. }, _) => {
                let codes = self.labels.draw(&self.random, Stream::Code, moment.samples - size, size)?;
                Some(ranks.own(&codes, 0)?)
            }
            (_, labels) => labels,
        };
        let fresh = self.team.fresh(size * self.n_critic(), moment.samples);
        let blur = self.spec.instance_noise * self.noise_schedule.factor(moment.epochs, self.spec.epochs as f64);
        Ok(Inputs {
            x: batch.x,
            given: labels,
            drawn,
            dials: Dials::new(&[
                ("discriminator", &rates[0]),
                ("generator", &rates[1]),
                ("averages", &[fresh]),
                ("blur", &[blur]),
            ]),
        })
    }

    fn variant(&self, moment: Moment) -> u64 {
        let turn = self.turn(moment);
        self.penalties.kind(turn) << 1 | u64::from(turn.generator.is_some())
    }

    fn step(&mut self, inputs: &Inputs, moment: Moment, scalars: &mut Scalars) -> Result<()> {
        let (turn, pac) = (self.turn(moment), self.spec.pac);
        let (drawn, dials) = (&inputs.drawn, &inputs.dials);
        let latents = drawn.one("latents")?;
        let labels = inputs.given.as_ref();
        let tape = Tape::new();
        // If the generator is updated in this step, both networks use the same samples, whose graph is kept.
        let maker = match turn.generator {
            Some(_) => self.team.parts.networks[GENERATOR].leaf(&tape)?,
            None => self.team.parts.networks[GENERATOR].frozen(&tape)?,
        };
        let make = |latents: &Tensor| maker.with(latents, labels, drawn.all("layers"));
        let together = labels.map(|labels| packed(labels, pac)).transpose()?;
        let together = together.as_ref();
        let seen = |x: &Tensor, i: usize| -> Result<Tensor> {
            let x = packed(x, pac)?;
            let Some(noise) = drawn.all("blur").get(i) else { return Ok(x) };
            let [deviation] = dials.get("blur")?;
            blurred(&x, &packed(noise, pac)?, &deviation)
        };
        let made = make(latents)?;
        let (real, fake) = (seen(&inputs.x, 0)?, seen(&made, 1)?);

        let critic = Judge {
            network: self.team.parts.networks[DISCRIMINATOR].leaf(&tape)?,
            tells: self.tells,
        };
        let still = fake.f_detach()?;
        let (of_real, of_fake) = (critic.verdict(&real, together)?, critic.verdict(&still, together)?);
        let [real_scores, fake_scores] = match drawn.all("flips").first() {
            Some(uniform) => flipped(&of_real.scores, &of_fake.scores, (uniform, self.spec.label_flip))?,
            None => [of_real.scores.shallow_clone(), of_fake.scores.shallow_clone()],
        };
        let loss = self.spec.objective.discriminator_loss(&real_scores, &fake_scores, self.spec.label_smoothing)?;
        let subject = |critic: &Judge, fake: &Tensor, side| {
            let subject = Subject {
                critic: &|x| Ok(critic.verdict(x, together)?.scores),
                slopes: &|x| critic.slopes(x, together),
                features: &|x| critic.network.features(x, together),
                generator: &make,
                real: &real,
                fake,
                made: &made,
                latents,
                scores: [&of_real.scores, &of_fake.scores],
                memory: &Tensor::new(),
                noise: None,
                ranks: &self.team.parts.ranks,
            };
            self.penalties.value(side, turn, subject, drawn)
        };
        let penalty = subject(&critic, &still, Side::Discriminator)?;
        let told = match self.labels.in_data() {
            true => self.auxiliary(of_real.told.as_ref(), labels)?,
            false => None,
        };
        let auxiliary = match (told, self.auxiliary(of_fake.told.as_ref(), labels)?) {
            (Some(of_real), Some(of_fake)) => Some(of_real.f_add(&of_fake)?),
            (of_real, of_fake) => of_real.or(of_fake),
        };
        drop(critic);
        let total = sum([Some(&loss), penalty.as_ref(), auxiliary.as_ref()])?;
        self.team.optimisers.descend(
            (&self.team.parts, &[DISCRIMINATOR]),
            (&tape, &total),
            &dials.get("discriminator")?,
        )?;
        self.penalties.clip(turn, self.team.parts.networks[DISCRIMINATOR].params.flat())?;
        let [real_score, fake_score] = [&of_real, &of_fake].map(|of| of.scores.f_detach()?.f_mean(None));
        scalars.add(0, &[loss.f_detach()?, real_score?, fake_score?])?;
        self.note(scalars, "penalty", penalty)?;
        self.note(scalars, "auxiliary_loss", auxiliary)?;

        if turn.generator.is_some() {
            let critic = Judge {
                network: self.team.parts.networks[DISCRIMINATOR].frozen(&tape)?,
                tells: self.tells,
            };
            let of_fake = critic.verdict(&fake, together)?;
            let real_scores = match self.spec.objective.pairs() {
                true => critic.verdict(&real, together)?.scores,
                false => Tensor::new(),
            };
            let loss = self.spec.objective.generator_loss(&real_scores, &of_fake.scores)?;
            let penalty = subject(&critic, &fake, Side::Generator)?;
            let auxiliary = self.auxiliary(of_fake.told.as_ref(), labels)?;
            drop(critic);
            let total = sum([Some(&loss), penalty.as_ref(), auxiliary.as_ref()])?;
            self.team.optimisers.descend(
                (&self.team.parts, &[GENERATOR]),
                (&tape, &total),
                &dials.get("generator")?,
            )?;
            let [fresh] = dials.get("averages")?;
            self.team.optimisers.follow(&self.team.parts, &fresh)?;
            scalars.add(GENERATOR_LOSS, &[loss.f_detach()?])?;
            self.note(scalars, "generator_penalty", penalty)?;
        }
        Ok(())
    }

    fn state(&self) -> Vec<Stored<'_>> {
        let mut state = self.team.state();
        state.extend(self.penalties.state());
        state
    }

    fn latents(&self, step: u64, b: u64) -> Result<Tensor> {
        Ok(self.noise(step, b)?.f_to_device(self.device)?)
    }

    fn sampler(&self, _: Ask) -> Result<Mapping> {
        self.function("generator")
    }

    fn function(&self, name: &str) -> Result<Mapping> {
        let (generator, discriminator) = (self.generator(), self.discriminator());
        // Weights are copied: the optimiser changes them in place without autograd's knowledge, so a graph with the
        // originals would give wrong gradients.
        match name {
            "generator" => {
                let [weights, buffers] = self.team.fitted()[GENERATOR];
                let bound = generator.fixed(weights, buffers)?;
                Ok(Mapping {
                    chain: generator.chain.clone(),
                    input: generator.chain.input.clone(),
                    output: generator.chain.output(),
                    call: Box::new(move |x, labels| bound.given(x, labels)),
                })
            }
            "discriminator" => {
                let network = discriminator.fixed(discriminator.params.flat(), discriminator.buffers.flat())?;
                let (judge, pac) = (Judge { network, tells: self.tells }, self.spec.pac);
                let sample = self.sample.clone();
                Ok(Mapping {
                    chain: discriminator.chain.clone(),
                    input: self.sample.clone(),
                    // A discriminator's output is [n], regardless of its last layer.
                    output: vec![],
                    call: Box::new(move |x, labels| {
                        check(x, &sample)?;
                        let labels = labels.map(|labels| packed(labels, pac)).transpose()?;
                        Ok(judge.verdict(&packed(x, pac)?, labels.as_ref())?.scores)
                    }),
                })
            }
            _ => Err(crate::registry::unknown("network", name, &["generator", "discriminator"])),
        }
    }

    fn team(&self) -> &Team {
        &self.team
    }

    fn team_mut(&mut self) -> &mut Team {
        &mut self.team
    }

    fn group(&self) -> (u64, &'static str) {
        (self.spec.pac.max(1) as u64, "pac")
    }

    fn retune(&mut self, spec: &Spec) {
        if let Spec::Gan(spec) = spec {
            self.spec = (**spec).clone();
        }
    }
}

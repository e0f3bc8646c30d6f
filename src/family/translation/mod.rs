//! Translation of pictures: of pairs, with a distance and optionally a discriminator (Isola et al., "Image-to-Image
//! Translation with Conditional Adversarial Networks", 2017), of pictures from what a corruption leaves of them, and of two
//! kinds of pictures without pairs (Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
//! Networks", 2017).

use tch::{Device, Kind, Tensor};

mod settings;
mod spec;
mod translator;

pub use settings::{CorruptionSpec, TranslationOptions, TranslationSpec};
pub use translator::Translator;

use self::settings::{Distance, Pairing};
use super::team::{Average, Training};
use super::{Ask, Columns, Drawn, Family, Inputs, Mapping, Moment, Spec, Team};
use crate::base::{Dials, Philox, Scalars, Schedule, Stream, Tape};
use crate::corruption::{Corrupt, Random, Seen};
use crate::data::Batch;
use crate::error::Result;
use crate::kind::DataShape;
use crate::net::{Network, Weighted};

// Indices of the networks in the team: of the way there; of the way back and of discriminators where there are any.
const GENERATOR: usize = 0;

/// Training step of a translation.
pub struct Translation {
    team: Team,
    spec: TranslationSpec,
    corruption: Option<Box<dyn Corrupt>>,
    // Channels of the network's input and of its output.
    channels: [i64; 2],
    sample: Vec<i64>,
    names: Vec<&'static str>,
    lr_schedule: Schedule,
    columns: Columns,
    random: Philox,
    device: Device,
}

impl Translation {
    /// Creates networks with initial weights.
    pub fn new(spec: &TranslationSpec, data: &DataShape, device: Device) -> Result<Self> {
        let random = Philox::new(spec.seed);
        let average = if spec.ema > 0.0 { Average::Weights(spec.ema) } else { Average::Off };
        let (mut team, mut first, mut names) = (Team::default(), 0, Vec::new());
        let adams = spec.adams();
        for (name, chain) in spec.chains(data)? {
            let parameters = chain.parameters().len() as u64;
            let judges = name.ends_with("discriminator");
            let training = Training {
                adam: adams[usize::from(judges)],
                average: if judges { Average::Off } else { average },
                max_grad_norm: spec.max_grad_norm,
            };
            team.add(name, Network::new(chain, &random, first, device)?, training)?;
            names.push(name);
            first += parameters;
        }
        let mut step = vec!["loss"];
        step.extend((*spec.pairing == Pairing::Paired).then_some("reconstruction"));
        step.extend((*spec.pairing == Pairing::None).then_some("cycle"));
        step.extend(spec.objective.map(|_| "discriminator_loss"));
        Ok(Translation {
            team,
            corruption: spec.corruption.as_ref().map(CorruptionSpec::made).transpose()?,
            channels: spec.shapes(data)?.channels,
            sample: data.sample(),
            names,
            lr_schedule: *spec.lr_schedule,
            columns: Columns { step, ..Columns::default() },
            spec: spec.clone(),
            random,
            device,
        })
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| *own == name)
    }

    // What the network sees of a batch, and the pictures that it should make of it.
    fn pair(&self, inputs: &Inputs) -> Result<(Seen, Tensor)> {
        match &self.corruption {
            Some(corruption) => {
                let left = corruption.corrupt(&inputs.x, inputs.drawn.all("corruption").first())?;
                Ok((corruption.seen(&left, self.channels[1])?, inputs.x.shallow_clone()))
            }
            None => {
                let parts = inputs.x.f_split_with_sizes(self.channels, 1)?;
                let seen = Seen { input: parts[0].f_contiguous()?, start: None, known: None };
                Ok((seen, parts[1].f_contiguous()?))
            }
        }
    }

    // Mean distance of two pictures; only where the pictures are not known.
    fn distance(&self, made: &Tensor, wanted: &Tensor, known: Option<&Tensor>) -> Result<Tensor> {
        let difference = made.f_sub(wanted)?;
        let distance = match *self.spec.reconstruction {
            Distance::L1 => difference.f_abs()?,
            Distance::L2 => difference.f_square()?,
        };
        let Some(known) = known else { return Ok(distance.f_mean(None)?) };
        let unknown = known.f_neg()?.f_add_scalar(1.0)?;
        let share = unknown.f_mean(None)?.f_clamp_min(1e-6)?;
        Ok(distance.f_mul(&unknown)?.f_mean(None)?.f_div(&share)?)
    }

    // A step of the discriminator called `name`, and the score of generated pictures by it, for the generator.
    fn judged(
        &mut self,
        name: &str,
        (real, made): (&Tensor, &Tensor),
        (tape, inputs): (&Tape, &Inputs),
    ) -> Result<Option<[Tensor; 2]>> {
        let (Some(place), Some(objective)) = (self.place(name), self.spec.objective) else { return Ok(None) };
        let Team { parts, optimisers } = &mut self.team;
        let own = Tape::new();
        let critic = parts.networks[place].leaf(&own)?;
        let scores = |critic: &Weighted, x: &Tensor| -> Result<Tensor> { Ok(critic.forward(x)?.f_view([-1])?) };
        let still = made.f_detach()?;
        let loss = objective.discriminator_loss(&scores(&critic, real)?, &scores(&critic, &still)?, 0.0)?;
        drop(critic);
        optimisers.descend((parts, &[place]), (&own, &loss), &inputs.dials.get("discriminator")?)?;
        let critic = parts.networks[place].frozen(tape)?;
        let of_real = if objective.pairs() { scores(&critic, real)? } else { Tensor::new() };
        let fooled = objective.generator_loss(&of_real, &scores(&critic, made)?)?;
        Ok(Some([fooled, loss.f_detach()?]))
    }

    // The step of pairs.
    fn paired(&mut self, inputs: &Inputs, scalars: &mut Scalars) -> Result<()> {
        let (seen, wanted) = self.pair(inputs)?;
        let tape = Tape::new();
        let made = {
            let generator = self.team.parts.networks[GENERATOR].leaf(&tape)?;
            finished(generator.forward(&seen.input)?, &seen)?
        };
        let distance = self.distance(&made, &wanted, seen.known.as_ref())?;
        let weight = self.spec.reconstruction_weight.unwrap_or(1.0);
        let mut loss = distance.f_mul_scalar(weight)?;
        // A discriminator of pairs sees the input as well.
        let beside = |x: &Tensor| -> Result<Tensor> { Ok(Tensor::f_cat(&[&seen.input, x], 1)?) };
        let judged = match self.spec.objective {
            Some(_) => self.judged("discriminator", (&beside(&wanted)?, &beside(&made)?), (&tape, inputs))?,
            None => None,
        };
        let mut terms = vec![distance.f_detach()?];
        if let Some([fooled, of_discriminator]) = judged {
            loss = loss.f_add(&fooled)?;
            terms.push(of_discriminator);
        }
        terms.insert(0, loss.f_detach()?);
        self.descend(&[GENERATOR], (&tape, &loss), inputs)?;
        scalars.add(0, &terms)
    }

    // The step of pictures that do not belong together.
    fn unpaired(&mut self, inputs: &Inputs, scalars: &mut Scalars) -> Result<()> {
        let parts = inputs.x.f_split_with_sizes(self.channels, 1)?;
        let (x, y) = (parts[0].f_contiguous()?, parts[1].f_contiguous()?);
        let back = self.place("back").unwrap_or(GENERATOR);
        let tape = Tape::new();
        let (there, here, cycle, mut loss) = {
            let networks = &self.team.parts.networks;
            let (ahead, home) = (networks[GENERATOR].leaf(&tape)?, networks[back].leaf(&tape)?);
            let (there, here) = (ahead.forward(&x)?, home.forward(&y)?);
            let cycle = self.distance(&home.forward(&there)?, &x, None)?.f_add(&self.distance(
                &ahead.forward(&here)?,
                &y,
                None,
            )?)?;
            let mut loss = cycle.f_mul_scalar(self.spec.cycle_weight.unwrap_or(0.0))?;
            if let Some(weight) = self.spec.identity_weight.filter(|weight| *weight > 0.0) {
                let kept = self.distance(&ahead.forward(&y)?, &y, None)?.f_add(&self.distance(
                    &home.forward(&x)?,
                    &x,
                    None,
                )?)?;
                loss = loss.f_add(&kept.f_mul_scalar(weight)?)?;
            }
            (there, here, cycle, loss)
        };
        let mut of_discriminators: Option<Tensor> = None;
        for (name, real, made) in [("discriminator", &y, &there), ("back_discriminator", &x, &here)] {
            if let Some([fooled, of_discriminator]) = self.judged(name, (real, made), (&tape, inputs))? {
                loss = loss.f_add(&fooled)?;
                of_discriminators = Some(match of_discriminators {
                    Some(sum) => sum.f_add(&of_discriminator)?,
                    None => of_discriminator,
                });
            }
        }
        let mut terms = vec![loss.f_detach()?, cycle.f_detach()?];
        terms.extend(of_discriminators);
        self.descend(&[GENERATOR, back], (&tape, &loss), inputs)?;
        scalars.add(0, &terms)
    }

    fn descend(&mut self, chosen: &[usize], (tape, loss): (&Tape, &Tensor), inputs: &Inputs) -> Result<()> {
        let [fresh] = inputs.dials.get("averages")?;
        let Team { parts, optimisers } = &mut self.team;
        optimisers.descend((parts, chosen), (tape, loss), &inputs.dials.get("generator")?)?;
        optimisers.follow(parts, &fresh)
    }
}

// A network's output as pictures: added to where it starts, and replaced where the picture is known.
fn finished(made: Tensor, seen: &Seen) -> Result<Tensor> {
    let made = match &seen.start {
        Some(start) => made.f_add(start)?,
        None => made,
    };
    let (Some(known), Some(start)) = (&seen.known, &seen.start) else { return Ok(made) };
    Ok(start.f_where_self(&known.f_gt(0.5)?, &made)?)
}

impl Family for Translation {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn inputs(&self, batch: Batch, moment: Moment) -> Result<Inputs> {
        let ranks = &self.team.parts.ranks;
        let mut drawn = Drawn::default();
        if let Some(corruption) = &self.corruption {
            if let Some(numbers) = random(&**corruption, &self.sample, moment.batch, (&self.random, moment.step))? {
                drawn.put("corruption", vec![ranks.own(&numbers, 0)?]);
            }
        }
        let factor = self.lr_schedule.rate(moment.epochs, self.spec.epochs as f64, moment.plateaus);
        let rates = self.spec.adams().map(|adam| adam.rates(moment.step + 1, factor));
        let fresh = self.team.fresh(moment.batch, moment.samples);
        Ok(Inputs {
            x: batch.x,
            given: None,
            drawn,
            dials: Dials::new(&[("generator", &rates[0]), ("discriminator", &rates[1]), ("averages", &[fresh])]),
        })
    }

    fn needs_torch(&self, _: Device) -> Option<String> {
        None
    }

    fn step(&mut self, inputs: &Inputs, _: Moment, scalars: &mut Scalars) -> Result<()> {
        match *self.spec.pairing {
            Pairing::Paired => self.paired(inputs, scalars),
            Pairing::None => self.unpaired(inputs, scalars),
        }
    }

    fn latents(&self, _: u64, b: u64) -> Result<Tensor> {
        Ok(Tensor::f_zeros([b as i64, 0], (Kind::Float, self.device))?)
    }

    fn sampler(&self, _: Ask) -> Result<Mapping> {
        self.function("generator")
    }

    fn translator(&self, back: bool) -> Result<Option<Translator>> {
        let [from, to] = self.channels;
        let (place, channels) = match back {
            true => (self.place("back"), [to, from]),
            false => (Some(GENERATOR), [from, to]),
        };
        let Some(place) = place else { return Ok(None) };
        let [weights, buffers] = self.team.fitted()[place];
        Ok(Some(Translator {
            network: self.team.parts.networks[place].fixed(weights, buffers)?,
            corruption: self.spec.corruption.as_ref().map(CorruptionSpec::made).transpose()?,
            channels,
            sides: self.sample[1..].to_vec(),
        }))
    }

    fn function(&self, name: &str) -> Result<Mapping> {
        let place = self.place(name).ok_or_else(|| crate::registry::unknown("network", name, &self.names))?;
        let network = &self.team.parts.networks[place];
        let [weights, buffers] = self.team.fitted()[place];
        let bound = network.fixed(weights, buffers)?;
        Ok(Mapping {
            chain: network.chain.clone(),
            input: network.chain.input.clone(),
            output: network.chain.output(),
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
        if let Spec::Translation(spec) = spec {
            self.spec = (**spec).clone();
        }
    }
}

/// Random numbers of a corruption for `n` pictures `[n, ...]`, if it needs any.
pub fn random(
    corruption: &dyn Corrupt,
    sample: &[i64],
    n: u64,
    (random, index): (&Philox, u64),
) -> Result<Option<Tensor>> {
    let kind = corruption.random(sample);
    let shape = match &kind {
        Random::Nothing => return Ok(None),
        Random::Uniform(shape) | Random::Normal(shape) => [&[n as i64], &shape[..]].concat(),
    };
    let mut values = vec![0f32; shape.iter().product::<i64>() as usize];
    match kind {
        Random::Normal(_) => random.fill_normal(Stream::Corrupt, index, &mut values),
        _ => random.fill_uniform(Stream::Corrupt, index, &mut values),
    }
    Ok(Some(Tensor::f_from_slice(&values)?.f_view(&shape[..])?))
}

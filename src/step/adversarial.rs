//! Two networks in a game: the discriminator steps on every batch, the generator once per `n_critic` of them
//! (Goodfellow et al., "Generative Adversarial Nets", 2014, algorithm 1).

use std::sync::Arc;

use tch::{Device, Tensor};

use super::{Function, GanSpec, Inputs, Moment, Step, Stored};
use crate::base::{Adam, AdamSpec, DataShape, Dial, Dials, Ema, Philox, Ranks, Scalars, Stream, Tape};
use crate::data::Batch;
use crate::error::Result;
use crate::net::{Network, NETS};
use crate::objective::{Objective, OBJECTIVES};

const COLUMNS: &[&str] = &["discriminator_loss", "real_score", "fake_score", "generator_loss"];
const GENERATOR_COLUMN: usize = 3;

/// The adversarial step.
pub struct Adversarial {
    generator: Player,
    discriminator: Player,
    // What samples are made with: averages of the generator's weights and running statistics.
    average: Ema,
    average_buffers: Ema,
    objective: &'static dyn Objective,
    adam: AdamSpec,
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
}

impl Player {
    fn new(network: Network, spec: AdamSpec, device: Device) -> Result<Self> {
        let adam = Adam::new(spec, network.params.len(), device)?;
        Ok(Player { network, adam })
    }

    // Steps against the gradient of `loss`; the gradient of no other weights is computed.
    fn descend(&mut self, (tape, ranks): (&Tape, &Ranks), loss: &Tensor, rates: &[Dial; 2]) -> Result<()> {
        let flat = self.network.params.flat();
        let seen = tape.gradients(loss, &[flat])?.pop();
        match self.network.gradient(seen)? {
            Some(gradient) => {
                ranks.average(&gradient)?;
                self.adam.step(flat, &gradient, rates)
            }
            // The loss does not depend on this network: nothing to do.
            None => Ok(()),
        }
    }
}

impl Adversarial {
    /// Networks with their initial weights.
    pub fn new(spec: &GanSpec, data: &DataShape, device: Device) -> Result<Self> {
        let net = NETS.get(&spec.net)?;
        let random = Philox::new(spec.seed);
        let settings = spec.net_spec();
        let (generator, discriminator) = (net.generator(&settings, data), net.discriminator(&settings, data));
        let first = generator.parameters().len() as u64;
        let generator = Network::new(generator, &random, 0, device)?;
        let discriminator = Network::new(discriminator, &random, first, device)?;
        Ok(Adversarial {
            average: Ema::new(spec.ema, generator.params.flat())?,
            average_buffers: Ema::new(spec.ema, generator.buffers.flat())?,
            generator: Player::new(generator, spec.adam(), device)?,
            discriminator: Player::new(discriminator, spec.adam(), device)?,
            objective: OBJECTIVES.get(&spec.objective)?,
            adam: spec.adam(),
            random,
            n_critic: spec.n_critic.max(1) as u64,
            latent_dim: spec.latent_dim,
            device,
            ranks: Arc::default(),
        })
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
        COLUMNS.into()
    }

    fn inputs(&self, batch: Batch, moment: Moment) -> Result<Inputs> {
        let (number, size) = (moment.step + 1, moment.batch);
        let rates = |steps| self.adam.rates(steps, 1.0);
        let fresh = self.average.fresh(size * self.n_critic, moment.samples);
        Ok(Inputs {
            x: batch.x,
            labels: batch.labels,
            noise: vec![self.ranks.own(&self.noise(moment.step, size)?, 0)?],
            dials: Dials::new([&rates(number)[..], &rates((number / self.n_critic).max(1)), &[fresh]].concat()),
        })
    }

    fn variant(&self, moment: Moment) -> u64 {
        u64::from((moment.step + 1) % self.n_critic == 0)
    }

    fn step(&mut self, inputs: &Inputs, moment: Moment, scalars: &mut Scalars) -> Result<()> {
        let generator_turn = self.variant(moment) == 1;
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
        drop(critic);
        self.discriminator.descend((&tape, &self.ranks), &loss, &[dial(0)?, dial(1)?])?;
        if let Some(bound) = self.objective.weight_clip() {
            let mut flat = self.discriminator.network.params.flat().f_detach()?;
            let _ = flat.f_clamp_(-bound, bound)?;
        }
        let means = [real_scores.f_detach()?.f_mean(None)?, fake_scores.f_detach()?.f_mean(None)?];
        let [real_score, fake_score] = means;
        scalars.add(0, &[loss.f_detach()?, real_score, fake_score])?;

        if generator_turn {
            let scores = self.discriminator.network.frozen(&tape)?.forward(&fake)?.f_view([-1])?;
            let loss = self.objective.generator_loss(&scores)?;
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

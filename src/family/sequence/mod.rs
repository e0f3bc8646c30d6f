//! Sequence models: each token of a document is predicted from those before it, and of a pair also from its source.

use tch::{Device, Kind, Reduction, Tensor};

mod best;
mod draft;
mod folder;
mod policy;
mod reader;
mod search;
mod settings;
mod spec;
mod surprise;
mod writer;

pub use draft::{Draft, Finish};
pub use folder::Folder;
pub use policy::Policy;
pub use search::{Found, Search};
pub use settings::{AnyPlaces, Places, SequenceOptions, SequenceSpec};
pub use writer::Writer;

use self::best::Best;
use self::spec::language;
use self::surprise::{recorded, surprise, IGNORED};
use super::team::{Average, Training};
use super::{Ask, Columns, Drawn, Family, Inputs, Mapping, Moment, Spec, Stored, Team};
use crate::base::axes::channels_first;
use crate::base::pool::Alone;
use crate::base::slice::as_mut_slice;
use crate::base::{pool, Dials, Philox, Scalars, Schedule, Stream, Tape};
use crate::data::Batch;
use crate::error::{Error, Result};
use crate::kind::{DataShape, Language};
use crate::net::{Network, Weighted};

/// Tokens that are measured at a time.
const MEASURED: i64 = 8_192;

/// Training step of a sequence model.
pub struct Sequence {
    team: Team,
    best: Option<Best>,
    // True until the first step of a training, which forgets the best weights of the one before.
    renewed: bool,
    spec: SequenceSpec,
    language: Language,
    // Places of the sources of pairs, and of the documents that are predicted.
    sources: i64,
    context: i64,
    columns: Columns,
    random: Philox,
    device: Device,
}

impl Sequence {
    /// Creates the network with initial weights.
    pub fn new(spec: &SequenceSpec, data: &DataShape, device: Device) -> Result<Self> {
        let random = Philox::new(spec.seed);
        let network = Network::new(spec.chain(data)?, &random, 0, device)?;
        let average = if spec.ema > 0.0 { Average::Weights(spec.ema) } else { Average::Off };
        let training = Training {
            adam: spec.adam(),
            average,
            max_grad_norm: Some(spec.max_grad_norm),
        };
        let measured = spec.validation > 0.0;
        let best = measured.then(|| Best::new(&network.params)).transpose()?;
        let mut team = Team::default();
        team.add("network", network, training)?;
        Ok(Sequence {
            team,
            best,
            renewed: false,
            language: language(data)?.clone(),
            sources: data.sources(),
            context: data.sample()[0] - data.sources(),
            columns: Columns {
                step: vec!["loss"],
                measures: if measured { vec!["validation_loss", "bits_per_byte"] } else { vec![] },
                watched: (*spec.lr_schedule == Schedule::Plateau).then_some("loss"),
            },
            spec: spec.clone(),
            random,
            device,
        })
    }

    fn network(&self) -> &Network {
        &self.team.parts.networks[0]
    }

    // The weights used for results, and the running statistics.
    fn results(&self) -> [&Tensor; 2] {
        let [last, buffers] = self.team.fitted()[0];
        [self.best.as_ref().and_then(Best::weights).unwrap_or(last), buffers]
    }

    // The network with the weights used for results.
    fn fitted(&self) -> Result<Weighted<'static>> {
        let [weights, buffers] = self.results();
        self.network().fixed(weights, buffers)
    }

    // Input and targets of windows [b, sources + context + 1].
    fn parted(&self, x: &Tensor, given: Option<&Tensor>) -> Result<[Tensor; 2]> {
        let input = x.f_narrow(1, 0, self.sources + self.context)?;
        let targets = x.f_narrow(1, self.sources + 1, self.context)?.f_to_kind(Kind::Int64)?;
        let ignored = match given {
            // Classes are given, not predicted.
            _ if self.language.classes > 0 => targets.f_ge(self.language.outputs())?,
            // Places after the last document have no source.
            Some(given) if self.sources > 0 => {
                given.f_narrow(1, self.sources + self.context, self.context)?.f_lt(0.0)?
            }
            _ => return Ok([input, targets]),
        };
        Ok([input, targets.f_masked_fill(&ignored, IGNORED)?])
    }

    // Hides the class of some documents, by uniform random numbers [b, context + 1].
    fn hidden(&self, x: &Tensor, uniform: &Tensor) -> Result<Tensor> {
        let unknown = f64::from(self.language.end() + 1);
        let chosen = x.f_gt(unknown)?.f_logical_and(&uniform.f_lt(self.spec.hidden_labels)?)?;
        Ok(x.f_masked_fill(&chosen, unknown)?)
    }
}

impl Family for Sequence {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn inputs(&self, batch: Batch, moment: Moment) -> Result<Inputs> {
        let ranks = &self.team.parts.ranks;
        let mut drawn = Drawn::default();
        let layers = self.network().chain.noise().into_iter().enumerate().map(|(i, shape)| {
            // In the memory layout of the native executor.
            let size = [&[moment.batch as i64], &shape[1..], &shape[..1]].concat();
            let mut values = Tensor::f_empty(&size[..], (Kind::Float, Device::Cpu))?;
            // The lower 16 bits are the index of the layer; there are at most 65,536 layers.
            self.random.fill_normal(Stream::Layer, moment.step << 16 | i as u64, as_mut_slice(&mut values)?);
            ranks.own(&channels_first(&values)?, 0)
        });
        drawn.put("layers", layers.collect::<Result<_>>()?);
        if self.language.classes > 0 {
            let size = [moment.batch as i64, self.context + 1];
            let mut values = vec![0f32; (size[0] * size[1]) as usize];
            self.random.fill_uniform(Stream::Hide, moment.step, &mut values);
            drawn.put("hidden", vec![ranks.own(&Tensor::f_from_slice(&values)?.f_view(size)?, 0)?]);
        }
        let factor = self.spec.lr_schedule.rate(moment.epochs, self.spec.epochs as f64, moment.plateaus);
        let rates = self.spec.adam().rates(moment.step + 1, factor);
        let fresh = self.team.fresh(moment.batch, moment.samples);
        Ok(Inputs {
            x: batch.x,
            given: batch.given,
            drawn,
            dials: Dials::new(&[("steps", &rates), ("averages", &[fresh])]),
        })
    }

    fn needs_torch(&self, _device: Device) -> Option<String> {
        None
    }

    fn renew(&mut self) {
        self.renewed = true;
    }

    fn step(&mut self, inputs: &Inputs, _moment: Moment, scalars: &mut Scalars) -> Result<()> {
        if let (true, Some(best)) = (std::mem::take(&mut self.renewed), &mut self.best) {
            best.forget()?;
        }
        let x = match inputs.drawn.all("hidden").first() {
            Some(uniform) => self.hidden(&inputs.x, uniform)?,
            None => inputs.x.shallow_clone(),
        };
        let [input, targets] = self.parted(&x, inputs.given.as_ref())?;
        let tape = Tape::new();
        let network = self.team.parts.networks[0].leaf(&tape)?;
        let logits = network.with(&input, inputs.given.as_ref(), inputs.drawn.all("layers"))?;
        drop(network);
        let loss = match self.network().is_native() {
            true => recorded(&logits, &targets, &tape)?,
            false => surprise(&logits, &targets, Reduction::Mean)?,
        };
        let [fresh] = inputs.dials.get("averages")?;
        let Team { parts, optimisers } = &mut self.team;
        optimisers.descend((parts, &[0]), (&tape, &loss), &inputs.dials.get("steps")?)?;
        optimisers.follow(parts, &fresh)?;
        scalars.add(0, &[loss.f_detach()?])
    }

    // Validation loss in nats a token and bits a byte.
    fn measures(&mut self, batch: &Batch, _moment: Moment) -> Result<Vec<f64>> {
        if self.best.is_none() {
            return Ok(Vec::new());
        }
        let _guard = tch::no_grad_guard();
        let [last, buffers] = self.team.fitted()[0];
        let network = self.network().fixed(last, buffers)?;
        let width = |token: u32| self.language.vocabulary.bytes(token).len() as f32;
        let widths: Vec<f32> = (0..self.language.outputs() as u32).map(width).collect();
        let widths = Tensor::f_from_slice(&widths)?.f_to_device(self.device)?;
        let (n, rows) = (batch.x.size()[0], (MEASURED / self.context).max(1));
        let (mut nats, mut tokens, mut bytes) = (0.0, 0.0, 0.0);
        for first in (0..n).step_by(rows as usize) {
            let part = |x: &Tensor| -> Result<Tensor> { Ok(x.f_narrow(0, first, rows.min(n - first))?) };
            let given = batch.given.as_ref().map(part).transpose()?;
            let [input, targets] = self.parted(&part(&batch.x)?, given.as_ref())?;
            let logits = network.given(&input, given.as_ref())?;
            nats += surprise(&logits, &targets, Reduction::Sum)?.f_double_value(&[])?;
            let counted = targets.f_masked_select(&targets.f_ge(0)?)?;
            tokens += counted.numel() as f64;
            bytes += widths.f_index_select(0, &counted)?.f_sum(Kind::Double)?.f_double_value(&[])?;
        }
        let loss = nats / tokens;
        if let Some(best) = &mut self.best {
            best.look(loss, last)?;
        }
        Ok(vec![loss, nats / bytes / std::f64::consts::LN_2])
    }

    fn state(&self) -> Vec<Stored<'_>> {
        let mut state = self.team.state();
        if let Some(best) = &self.best {
            state.extend(best.state("network", &self.network().params));
        }
        state
    }

    fn latents(&self, _step: u64, _b: u64) -> Result<Tensor> {
        Err(Error::Internal("latents of a sequence model".into()))
    }

    fn function(&self, name: &str) -> Result<Mapping> {
        if name != "network" {
            return Err(crate::registry::unknown("network", name, &["network"]));
        }
        let network = self.fitted()?;
        let width = network.chain().given().unwrap_or(0);
        Ok(Mapping {
            chain: network.chain().clone(),
            input: network.chain().input.clone(),
            output: network.chain().output(),
            // Each row is the start of one document.
            call: Box::new(move |x, given| match given {
                Some(given) => network.given(x, Some(given)),
                None => network.given(x, Some(&Tensor::f_zeros([x.size()[0], width], (Kind::Float, x.device()))?)),
            }),
        })
    }

    fn sampler(&self, _: Ask) -> Result<Mapping> {
        Err(Error::Internal("samples of a sequence model in one pass".into()))
    }

    fn writer(&self) -> Result<Option<Writer>> {
        // libtorch's threads would take longer to start than the copies of the weights take.
        let _alone = Alone::begin();
        let [weights, buffers] = self.results();
        let (chain, weights) = self.network().evaluated(weights, buffers)?;
        let network = (self.fitted()?, self.device);
        Writer::new(network, (chain, weights), &self.language, pool::threads()).map(Some)
    }

    fn team(&self) -> &Team {
        &self.team
    }

    fn team_mut(&mut self) -> &mut Team {
        &mut self.team
    }

    fn retune(&mut self, spec: &Spec) {
        if let Spec::Sequence(spec) = spec {
            self.spec = (**spec).clone();
        }
    }
}

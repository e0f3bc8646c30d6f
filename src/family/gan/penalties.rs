//! The penalties of a run: when each is evaluated, its random numbers and its contribution to the loss.

use tch::{Device, Kind, Tensor};

use super::PenaltySpec;
use crate::base::{trace, Philox, Ranks, Stream};
use crate::error::Result;
use crate::family::{Drawn, Moment, Stored};
use crate::net::Network;
use crate::penalty::{Draws, Penalty, Side, Subject};

/// All penalties, in the order of the settings.
pub struct Penalties {
    all: Vec<One>,
}

struct One {
    penalty: Box<dyn Penalty>,
    spec: PenaltySpec,
    memory: Tensor,
}

/// Step counters that determine which penalties are evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Number of previous discriminator steps.
    pub discriminator: u64,
    /// Number of previous generator steps; None if the generator makes no step.
    pub generator: Option<u64>,
}

impl One {
    fn due(&self, turn: Turn) -> bool {
        let steps = match self.penalty.side() {
            Side::Discriminator => Some(turn.discriminator),
            Side::Generator => turn.generator,
        };
        steps.is_some_and(|steps| steps % self.spec.every.max(1) as u64 == 0)
    }
}

impl Penalties {
    pub fn new(specs: &[PenaltySpec], device: Device) -> Result<Self> {
        let one = |spec: &PenaltySpec| -> Result<One> {
            Ok(One {
                penalty: spec.penalty.of(spec)?,
                spec: spec.clone(),
                memory: Tensor::f_zeros([spec.penalty.memory()], (Kind::Float, device))?,
            })
        };
        Ok(Penalties { all: specs.iter().map(one).collect::<Result<_>>()? })
    }

    /// Reason why only libtorch can compute them for this discriminator; `None` if there is none.
    pub fn needs_torch(&self, discriminator: &Network) -> Option<String> {
        self.all.iter().find_map(|one| {
            let name = one.penalty.name();
            match one.penalty.slopes() {
                _ if one.penalty.torch() => Some(format!("\"native\" cannot compute penalty \"{name}\"")),
                true => discriminator.bends().map(|layer| {
                    format!("\"native\" cannot compute penalty \"{name}\" with layer \"{layer}\" of the discriminator")
                }),
                false => None,
            }
        })
    }

    /// True if any penalty is a term of this network's loss.
    pub fn any(&self, side: Side) -> bool {
        self.all.iter().any(|one| one.penalty.side() == side && !one.penalty.clips())
    }

    /// Bit mask of the penalties that are evaluated.
    pub fn kind(&self, turn: Turn) -> u64 {
        let due = self.all.iter().enumerate().filter(|(_, one)| one.due(turn));
        due.fold(0, |kind, (i, _)| kind | 1 << i)
    }

    /// Draws the random numbers of the penalties that are evaluated, for a batch like `x`.
    pub fn draw(
        &self,
        drawn: &mut Drawn,
        x: &Tensor,
        (turn, moment): (Turn, Moment),
        (random, ranks): (&Philox, &Ranks),
    ) -> Result<()> {
        for (i, one) in self.all.iter().enumerate().filter(|(_, one)| one.due(turn)) {
            let shape = x.size();
            let noise = one.penalty.noise(&shape[1..]);
            let (Draws::Uniform(each) | Draws::Normal(each)) = &noise else { continue };
            let size = [&[shape[0] * ranks.count() as i64], &each[..]].concat();
            let mut values = vec![0f32; size.iter().product::<i64>() as usize];
            // The lower 4 bits are the index of the penalty; there are at most 16 penalties.
            let index = moment.step << 4 | i as u64;
            match noise {
                Draws::Normal(_) => random.fill_normal(Stream::Penalty, index, &mut values),
                _ => random.fill_uniform(Stream::Penalty, index, &mut values),
            }
            let own = ranks.own(&Tensor::f_from_slice(&values)?.f_view(&size[..])?, 0)?;
            drawn.put(one.spec.penalty.name(), vec![own]);
        }
        Ok(())
    }

    /// Sum of one network's penalties, if any is evaluated.
    pub fn value<'a>(
        &'a self,
        side: Side,
        turn: Turn,
        mut subject: Subject<'a>,
        drawn: &'a Drawn,
    ) -> Result<Option<Tensor>> {
        let mut sum: Option<Tensor> = None;
        for one in self.all.iter().filter(|one| one.due(turn) && one.penalty.side() == side) {
            subject.noise = drawn.all(one.spec.penalty.name()).first();
            subject.memory = &one.memory;
            if let Some(value) = one.penalty.value(&subject)? {
                let value = value.f_mul_scalar(one.spec.weight * one.spec.every as f64)?;
                sum = Some(match sum {
                    Some(sum) => sum.f_add(&value)?,
                    None => value,
                });
            }
        }
        Ok(sum)
    }

    /// Clips weights to the bounds that apply in this step.
    pub fn clip(&self, turn: Turn, flat: &Tensor) -> Result<()> {
        for one in self.all.iter().filter(|one| one.penalty.clips() && one.due(turn)) {
            let _span = trace::span(one.penalty.name());
            let _ = flat.f_detach()?.f_clamp_(-one.spec.weight, one.spec.weight)?;
        }
        Ok(())
    }

    /// State that penalties keep between steps.
    pub fn state(&self) -> Vec<Stored<'_>> {
        let kept = self.all.iter().filter(|one| one.penalty.memory() > 0);
        kept.map(|one| Stored::plain(format!("penalty.{}", one.penalty.name()), &one.memory)).collect()
    }
}

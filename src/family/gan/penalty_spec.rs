//! The settings of penalties: what the user said, and what it becomes.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::family::checks::{self, size, MAX_COUNT};
use crate::penalty::PENALTIES;
use crate::settings::{Read, Said, Setting, Value};

// Their numbers are bits of a step's kind.
const MAX_PENALTIES: usize = 16;

/// What the user said of a penalty.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)] // as in [`PenaltySpec`]
pub struct PenaltyOptions {
    pub name: String,
    pub weight: Option<f64>,
    pub every: Option<i64>,
    pub one_sided: Option<bool>,
}

impl Setting for Vec<PenaltySpec> {
    type Said = Vec<PenaltyOptions>;
}

// A name, a table of name, weight and every, or several of these.
impl Read for Vec<PenaltyOptions> {
    fn read(name: &str, said: &Said) -> Result<Self> {
        match &said.value {
            Value::Text(_) | Value::Table(_) => Ok(vec![PenaltyOptions::read(name, said)?]),
            Value::List(items) => items.iter().map(|item| PenaltyOptions::read(name, item)).collect(),
            _ => Err(said.wrong(name, "expected a name, a dictionary, or a sequence of these")),
        }
    }
}

impl Read for PenaltyOptions {
    fn read(name: &str, said: &Said) -> Result<Self> {
        let wrong = || said.wrong(name, "expected a name, or a dictionary with \"name\"");
        match &said.value {
            Value::Text(text) => Ok(PenaltyOptions { name: text.clone(), ..PenaltyOptions::default() }),
            Value::Table(table) => {
                let options = PenaltyOptions {
                    name: table.read("name")?.ok_or_else(wrong)?,
                    weight: table.read("weight")?,
                    every: table.read("every")?,
                    one_sided: table.read("one_sided")?,
                };
                table.finish()?;
                Ok(options)
            }
            _ => Err(wrong()),
        }
    }
}

/// A penalty of one of the networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PenaltySpec {
    /// Which.
    pub name: String,
    /// What it is multiplied by; of a bound on weights, the bound.
    pub weight: f64,
    /// Steps of its network from one time to the next; it then weighs as much as all these together.
    pub every: i64,
    /// Whether slopes below its bound are left alone.
    pub one_sided: bool,
}

/// What the user named, else what the objective does not work without; each with its weight.
pub fn resolve(said: Option<Vec<PenaltyOptions>>, usual: Option<&str>) -> Result<Vec<PenaltySpec>> {
    let needed = || usual.map(|name| PenaltyOptions { name: name.into(), ..PenaltyOptions::default() });
    let all = said.unwrap_or_else(|| needed().into_iter().collect());
    let resolved = all.into_iter().map(|options| {
        Ok(PenaltySpec {
            weight: options.weight.unwrap_or(PENALTIES.get(&options.name)?.weight()),
            every: options.every.unwrap_or(1),
            one_sided: options.one_sided.unwrap_or(false),
            name: options.name,
        })
    });
    resolved.collect()
}

/// Whether all are in their ranges and can be found for batches of this size.
pub fn check(penalties: &[PenaltySpec], batch: i64) -> Result<()> {
    for (i, spec) in penalties.iter().enumerate() {
        let penalty = PENALTIES.get(&spec.name)?;
        checks::number("penalty", "weight must be above 0 and finite", spec.weight, spec.weight > 0.0)?;
        size("penalty: every", spec.every, MAX_COUNT)?;
        if spec.one_sided && !penalty.sided() {
            let sided = PENALTIES.members.iter().filter(|penalty| penalty.sided());
            let names: Vec<String> = sided.map(|penalty| format!("\"{}\"", penalty.name())).collect();
            let expected = format!("one_sided is for {}", names.join(" and "));
            return Err(Error::parameter("penalty", expected, format!("\"{}\"", spec.name)));
        }
        if batch < penalty.samples() {
            let expected = format!("must be at least {} for penalty \"{}\"", penalty.samples(), spec.name);
            return Err(Error::parameter("batch_size", expected, batch));
        }
        if penalties[..i].iter().any(|other| other.name == spec.name) {
            return Err(Error::parameter("penalty", "expected each name once", format!("\"{}\" twice", spec.name)));
        }
    }
    match penalties.len() > MAX_PENALTIES {
        true => Err(Error::parameter("penalty", format!("expected at most {MAX_PENALTIES}"), penalties.len())),
        false => Ok(()),
    }
}

//! Settings of penalties, as passed by the user and as resolved.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::family::checks::MAX_COUNT;
use crate::penalty::{Penalty, PENALTIES};
use crate::registry::Chosen;
use crate::settings::{Above, Ranged, Read, Said, Setting, Value};

// Each penalty has a bit in the mask of a step.
const MAX_PENALTIES: usize = 16;

/// A penalty as passed by the user.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // as in [`PenaltySpec`]
pub struct PenaltyOptions {
    pub penalty: Chosen<dyn Penalty>,
    pub weight: Option<f64>,
    pub every: Option<i64>,
    pub one_sided: Option<bool>,
}

impl Setting for Vec<PenaltySpec> {
    type Said = Vec<PenaltyOptions>;
}

// A name, a table of name, weight and every, or a sequence of these.
impl Read for Vec<PenaltyOptions> {
    const ANNOTATION: &'static str = "Any";
    const SHOWN: &'static str = "str, dict, sequence of these,";

    fn read(name: &str, said: &Said) -> Result<Self> {
        match &said.value {
            Value::Text(_) | Value::Table(_) => Ok(vec![PenaltyOptions::read(name, said)?]),
            Value::List(items) => items.iter().map(|item| PenaltyOptions::read(name, item)).collect(),
            _ => Err(said.wrong(name, "expected a name, a dictionary, or a sequence of these")),
        }
    }
}

impl PenaltyOptions {
    fn read(name: &str, said: &Said) -> Result<Self> {
        let wrong = || said.wrong(name, "expected a name, or a dictionary with \"name\"");
        match &said.value {
            Value::Text(text) => Chosen::named(text).map(PenaltyOptions::from),
            Value::Table(table) => {
                let options = PenaltyOptions {
                    penalty: table.read("name")?.ok_or_else(wrong)?,
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

impl From<Chosen<dyn Penalty>> for PenaltyOptions {
    fn from(penalty: Chosen<dyn Penalty>) -> Self {
        PenaltyOptions { penalty, weight: None, every: None, one_sided: None }
    }
}

/// A resolved penalty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PenaltySpec {
    /// The penalty.
    #[serde(rename = "name")]
    pub penalty: Chosen<dyn Penalty>,
    /// Factor of the term; for a bound on weights, the bound.
    pub weight: f64,
    /// Steps of its network between two evaluations; the term is multiplied by this number.
    pub every: i64,
    /// True if gradient norms below the bound are not penalised.
    pub one_sided: bool,
}

/// Resolves the user's penalties, or the objective's default penalty; fills in weights.
pub fn resolve(said: Option<Vec<PenaltyOptions>>, usual: Option<&str>) -> Result<Vec<PenaltySpec>> {
    let needed = || usual.map(|name| Chosen::named(name).map(PenaltyOptions::from)).into_iter().collect();
    let all = said.map_or_else(needed, Ok)?;
    let resolved = all.into_iter().map(|options| PenaltySpec {
        penalty: options.penalty,
        weight: options.weight.unwrap_or(options.penalty.weight()),
        every: options.every.unwrap_or(1),
        one_sided: options.one_sided.unwrap_or(false),
    });
    Ok(resolved.collect())
}

// True if the penalty has the setting `one_sided`.
fn sided(penalty: &dyn Penalty) -> bool {
    penalty.settings().get("one_sided").is_some()
}

/// Checks ranges, and that the penalties can be computed for batches of this size.
pub fn check(penalties: &[PenaltySpec], batch: i64) -> Result<()> {
    for (i, spec) in penalties.iter().enumerate() {
        let penalty = spec.penalty;
        spec.weight.within("penalty", &(Above(0.0), "weight must be above 0 and finite"))?;
        spec.every.within("penalty: every", &(1..=MAX_COUNT))?;
        if spec.one_sided && !sided(&*penalty) {
            let sided = PENALTIES.members.iter().filter(|penalty| sided(**penalty));
            let names: Vec<String> = sided.map(|penalty| format!("\"{}\"", penalty.name())).collect();
            let expected = format!("one_sided is for {}", names.join(" and "));
            return Err(Error::parameter("penalty", expected, format!("\"{}\"", penalty.name())));
        }
        if batch < penalty.samples() {
            let expected = format!("must be at least {} for penalty \"{}\"", penalty.samples(), penalty.name());
            return Err(Error::parameter("batch_size", expected, batch));
        }
        if penalties[..i].iter().any(|other| other.penalty == penalty) {
            return Err(Error::parameter(
                "penalty",
                "expected each name once",
                format!("\"{}\" twice", penalty.name()),
            ));
        }
    }
    match penalties.len() > MAX_PENALTIES {
        true => Err(Error::parameter("penalty", format!("expected at most {MAX_PENALTIES}"), penalties.len())),
        false => Ok(()),
    }
}

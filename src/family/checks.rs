//! Checks of settings that families share.

use crate::error::{Error, Result};
use crate::objective::Objective;
use crate::registry::refused;
use crate::settings::Ranged;

/// Default number of training samples seen.
const SAMPLES: i64 = 200_000;
/// Maximum of sizes; larger values raise an error before memory is allocated.
pub const MAX_SIZE: i64 = 65_536;
pub const MAX_CHANNELS: i64 = 4_096;
pub const MAX_LAYERS: i64 = 64;
pub const MAX_COUNT: i64 = 1_000_000_000;
const MAX_PARAMETERS: i64 = 1 << 31;

/// Epochs for about 200,000 training samples, at least one.
pub fn usual_epochs(n: i64) -> i64 {
    ((SAMPLES + n - 1) / n.max(1)).max(1)
}

/// Resolves a setting that only some members have.
pub fn owned<T>(member: (&str, &str), name: &str, said: Option<T>, usual: Option<T>) -> Result<Option<T>> {
    match (said, usual) {
        (Some(_), None) => Err(refused(member, name)),
        (said, usual) => Ok(said.or(usual)),
    }
}

/// Checks the label smoothing of an objective.
///
/// # Errors
/// [`Error::Parameter`] if the objective has no target, or the smoothing is not below 0.5.
pub fn smoothing(objective: &dyn Objective, part: f64) -> Result<()> {
    part.within("label_smoothing", &(0.0..0.5))?;
    match part > 0.0 && !objective.smooths() {
        true => Err(Error::parameter(
            "label_smoothing",
            format!("must be 0 for objective=\"{}\", which has no target", objective.name()),
            part,
        )),
        false => Ok(()),
    }
}

/// Checks the number of hidden layers.
pub fn layers(hidden: Option<&[i64]>) -> Result<()> {
    match hidden.map_or(0, <[i64]>::len) {
        count if count as i64 > MAX_LAYERS => {
            Err(Error::parameter("hidden", format!("must have at most {MAX_LAYERS} widths"), count))
        }
        _ => Ok(()),
    }
}

/// Checks that the number of parameters of the largest network, which the setting `name` determines, fits in one tensor.
pub fn parameters(count: i64, name: &str) -> Result<()> {
    if count <= MAX_PARAMETERS {
        return Ok(());
    }
    let expected = "must make networks of at most 2^31 parameters";
    Err(Error::parameter(name, expected, format!("{count} parameters")))
}

/// Checks that a batch can be drawn from `n` samples.
///
/// # Errors
/// [`Error::Parameter`] if not.
pub fn batch(batch_size: i64, n: i64) -> Result<()> {
    if batch_size <= n {
        return Ok(());
    }
    let expected = format!("must be at most {n} (the samples in X)");
    Err(Error::parameter("batch_size", expected, batch_size))
}

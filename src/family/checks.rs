//! Checks of settings that families share.

use crate::error::{Error, Result};
use crate::objective::Objective;
use crate::registry::refused;

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

pub fn size(name: &str, value: i64, most: i64) -> Result<()> {
    match value {
        ..=0 => Err(Error::parameter(name, "must be at least 1", value)),
        _ if value > most => Err(Error::parameter(name, format!("must be at most {most}"), value)),
        _ => Ok(()),
    }
}

pub fn number(name: &str, expected: &str, value: f64, fits: bool) -> Result<()> {
    match fits && value.is_finite() {
        true => Ok(()),
        false => Err(Error::parameter(name, expected, value)),
    }
}

pub fn at_least_0(name: &str, value: f64) -> Result<()> {
    number(name, "must be at least 0 and finite", value, value >= 0.0)
}

/// Checks the label smoothing of an objective.
///
/// # Errors
/// [`Error::Parameter`] if the objective has no target, or the smoothing is not below 0.5.
pub fn smoothing(objective: &dyn Objective, part: f64) -> Result<()> {
    number("label_smoothing", "must be at least 0 and below 0.5", part, (0.0..0.5).contains(&part))?;
    match part > 0.0 && !objective.smooths() {
        true => Err(Error::parameter(
            "label_smoothing",
            format!("must be 0 for objective=\"{}\", which has no target", objective.name()),
            part,
        )),
        false => Ok(()),
    }
}

/// Checks the sizes of an architecture, if it has them.
pub fn architecture(base_channels: Option<i64>, depth: Option<i64>, hidden: Option<&[i64]>) -> Result<()> {
    base_channels.map_or(Ok(()), |value| size("base_channels", value, MAX_CHANNELS))?;
    depth.map_or(Ok(()), |value| size("depth", value, MAX_LAYERS))?;
    let hidden = hidden.unwrap_or_default();
    hidden.iter().try_for_each(|&width| size("hidden", width, MAX_SIZE))?;
    match hidden.len() as i64 > MAX_LAYERS {
        true => Err(Error::parameter("hidden", format!("must have at most {MAX_LAYERS} widths"), hidden.len())),
        false => Ok(()),
    }
}

/// Checks the settings of the optimiser.
pub fn adam(lr: f64, betas: (f64, f64)) -> Result<()> {
    number("lr", "must be above 0 and finite", lr, lr > 0.0)?;
    for beta in [betas.0, betas.1] {
        number("betas", "each must be at least 0 and below 1", beta, (0.0..1.0).contains(&beta))?;
    }
    Ok(())
}

/// Checks that the number of parameters of the largest network fits in one tensor.
pub fn parameters(count: i64, hidden: bool) -> Result<()> {
    if count <= MAX_PARAMETERS {
        return Ok(());
    }
    let name = if hidden { "hidden" } else { "base_channels" };
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

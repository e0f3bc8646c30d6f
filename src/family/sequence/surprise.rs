//! Surprise of the next tokens: softmax cross-entropy in nats.

use tch::{Reduction, Tensor};

use crate::base::axes::{channels_first, channels_last};
use crate::base::slice::{as_mut_slice, as_slice};
use crate::base::{pool, Tape};
use crate::error::Result;
use crate::native;

/// Target that does not count.
pub const IGNORED: i64 = -100;

/// Sum or mean over targets `[n, places]`, of logits `[n, tokens, places]`.
pub fn surprise(logits: &Tensor, targets: &Tensor, reduction: Reduction) -> Result<Tensor> {
    let logits = channels_last(logits)?;
    let tokens = logits.size()[2];
    let targets = targets.f_reshape([-1])?;
    Ok(logits
        .f_reshape([-1, tokens])?
        .f_cross_entropy_loss(&targets, None::<&Tensor>, reduction, IGNORED, 0.0)?)
}

/// The mean, computed natively and recorded on the tape; for logits on the CPU.
pub fn recorded(logits: &Tensor, targets: &Tensor, tape: &Tape) -> Result<Tensor> {
    let rows = channels_last(&logits.f_detach()?)?.f_contiguous()?;
    let targets = Vec::<i64>::try_from(targets.f_reshape([-1])?)?;
    let mut gradient = rows.f_empty_like()?;
    let loss = native::surprise(as_slice(&rows)?, &targets, as_mut_slice(&mut gradient)?, pool::threads())?;
    let loss = Tensor::f_from_slice(&[loss])?.f_squeeze()?;
    let mut gradient = channels_first(&gradient)?;
    tape.record(logits, &loss, move |slope| Ok(Some(gradient.f_mul_(slope)?)))
}

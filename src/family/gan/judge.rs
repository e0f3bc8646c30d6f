//! A discriminator bound to weights, and the preparation of its input.

use tch::{Kind, Tensor};

use crate::base::axes::tuple;
use crate::base::Dial;
use crate::error::{Error, Result};
use crate::net::Weighted;

/// A discriminator.
pub struct Judge<'a> {
    pub network: Weighted<'a>,
    /// True if it predicts labels in addition to scores.
    pub tells: bool,
}

/// Output of a discriminator.
pub struct Verdict {
    /// `[n]`, higher = more real.
    pub scores: Tensor,
    /// Predicted labels, `[n, width]`.
    pub told: Option<Tensor>,
}

impl Judge<'_> {
    /// Evaluates packed samples with packed labels.
    pub fn verdict(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<Verdict> {
        let y = self.network.given(x, labels)?;
        Ok(match self.tells {
            true => Verdict {
                scores: y.f_select(1, 0)?,
                told: Some(y.f_narrow(1, 1, y.size()[1] - 1)?),
            },
            false => Verdict { scores: y.f_view([-1])?, told: None },
        })
    }
}

impl Judge<'_> {
    /// Gradients of the scores of packed samples with respect to these, differentiable with respect to the weights.
    ///
    /// # Shapes
    /// As the samples.
    pub fn slopes(&self, x: &Tensor, labels: Option<&Tensor>) -> Result<Tensor> {
        let outputs = self.network.chain().output();
        // The gradient of the sum contains the gradients of all: a score does not depend on other samples, except through
        // deviations of the batch, where the gradient contains this part.
        let slope = Tensor::f_zeros(&[&[x.size()[0]], &outputs[..]].concat()[..], (Kind::Float, x.device()))?;
        let _ = slope.f_select(1, 0)?.f_fill_(1.0)?;
        self.network.slopes(x, labels, &slope)
    }
}

/// Checks that samples have the shape of unpacked samples.
///
/// # Errors
/// [`Error::Shape`] if not.
pub fn check(x: &Tensor, sample: &[i64]) -> Result<()> {
    let size = x.size();
    match size.get(1..) == Some(sample) {
        true => Ok(()),
        false => Err(Error::Shape {
            name: "input".into(),
            expected: format!("(n, {})", sample.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
            got: tuple(&size),
        }),
    }
}

/// Packs `count` consecutive samples into one: `[n, c, ...]` to `[n / count, count c, ...]` (Lin et al., "PacGAN: The
/// Power of Two Samples in Generative Adversarial Networks", 2018).
pub fn packed(x: &Tensor, count: i64) -> Result<Tensor> {
    if count == 1 {
        return Ok(x.shallow_clone());
    }
    let mut size = x.size();
    if size[0] % count != 0 {
        return Err(Error::Shape {
            name: "input".into(),
            expected: format!("a multiple of {count} samples, which are judged together"),
            got: size[0].to_string(),
        });
    }
    (size[0], size[1]) = (size[0] / count, size[1] * count);
    Ok(x.f_reshape(size)?)
}

/// Swaps real and fake scores whose uniform random number is below `part`.
pub fn flipped(real: &Tensor, fake: &Tensor, (uniform, part): (&Tensor, f64)) -> Result<[Tensor; 2]> {
    let wrong = uniform.f_lt(part)?;
    Ok([fake.f_where_self(&wrong, real)?, real.f_where_self(&wrong, fake)?])
}

/// Adds normal noise to a discriminator's input.
pub fn blurred(x: &Tensor, noise: &Tensor, deviation: &Dial) -> Result<Tensor> {
    let mut noise = noise.f_detach_copy()?;
    deviation.scale(&mut noise)?;
    Ok(x.f_add(&noise)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_channels() {
        let x = Tensor::arange(24, (Kind::Float, tch::Device::Cpu)).view([4, 2, 3]);
        let pairs = packed(&x, 2).unwrap();
        assert_eq!(pairs.size(), [2, 4, 3]);
        assert!(pairs.select(0, 1).narrow(0, 2, 2).equal(&x.select(0, 3)));
    }

    #[test]
    fn flipped_scores_change_sides() {
        let (real, fake) = (Tensor::from_slice(&[1f32, 2.0]), Tensor::from_slice(&[-1f32, -2.0]));
        let [real, fake] = flipped(&real, &fake, (&Tensor::from_slice(&[0.05f32, 0.5]), 0.1)).unwrap();
        assert!(real.equal(&Tensor::from_slice(&[-1f32, 2.0])) && fake.equal(&Tensor::from_slice(&[1f32, -2.0])));
    }
}

//! What samples are labelled with, and how labels reach the networks: one value a class, or standardised numbers.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::random::{Philox, Stream};
use crate::error::{Error, Result};

/// More classes or columns than this are a misunderstanding.
const MAX_WIDTH: usize = 65_536;

/// The labels of the data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Labels {
    /// None at all.
    #[default]
    None,
    /// One of a number of classes, coded 0, 1, ...
    Classes {
        /// How often each occurs; they sum to 1.
        shares: Vec<f64>,
    },
    /// Any numbers.
    Numbers {
        /// Mean of each column.
        mean: Vec<f64>,
        /// Standard deviation of each column, 1 where it is constant.
        deviation: Vec<f64>,
    },
}

impl Labels {
    /// Values that a network is given with each sample; 0 where there are no labels.
    pub fn width(&self) -> i64 {
        match self {
            Labels::None => 0,
            Labels::Classes { shares } => shares.len() as i64,
            Labels::Numbers { mean, .. } => mean.len() as i64,
        }
    }

    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// [`Error::Parameter`] if they do not.
    pub fn check(&self) -> Result<()> {
        let fits = match self {
            Labels::None => true,
            Labels::Classes { shares } => {
                !shares.is_empty() && shares.len() <= MAX_WIDTH && shares.iter().all(|x| (0.0..=1.0).contains(x))
            }
            Labels::Numbers { mean, deviation } => {
                let finite = mean.iter().all(|x| x.is_finite()) && deviation.iter().all(|x| x.is_finite() && *x > 0.0);
                finite && (1..=MAX_WIDTH).contains(&mean.len()) && mean.len() == deviation.len()
            }
        };
        match fits {
            true => Ok(()),
            false => Err(Error::parameter("y", format!("expected 1 to {MAX_WIDTH} classes or columns"), "others")),
        }
    }

    /// What the networks see.
    ///
    /// # Shapes
    /// Codes of classes `[n]`, int64, or numbers `[n, width]`, float32; to `[n, width]`, float32.
    pub fn encode(&self, y: &Tensor) -> Result<Tensor> {
        match self {
            Labels::None => Ok(y.shallow_clone()),
            Labels::Classes { .. } => Ok(y.f_one_hot(self.width())?.f_to_kind(Kind::Float)?),
            Labels::Numbers { mean, deviation } => {
                let row = |values: &[f64]| -> Result<Tensor> {
                    Ok(Tensor::f_from_slice(values)?.f_to_kind(Kind::Float)?.f_to_device(y.device())?)
                };
                Ok(y.f_sub(&row(mean)?)?.f_div(&row(deviation)?)?)
            }
        }
    }

    /// Labels for samples `first..first + n` where the user names none: classes as often as in the data, or numbers of
    /// the standard normal distribution. `[n, width]`, on the CPU.
    pub fn draw(&self, random: &Philox, first: u64, n: u64) -> Result<Tensor> {
        let width = self.width() as usize;
        let mut values = vec![0f32; n as usize * width];
        for (i, row) in values.chunks_mut(width.max(1)).enumerate() {
            match self {
                Labels::None => {}
                Labels::Numbers { .. } => random.fill_normal(Stream::Label, first + i as u64, row),
                Labels::Classes { shares } => {
                    let mut uniform = [0f32];
                    random.fill_uniform(Stream::Label, first + i as u64, &mut uniform);
                    let mut left = f64::from(uniform[0]) * shares.iter().sum::<f64>();
                    let found = shares.iter().position(|share| {
                        left -= share;
                        left < 0.0
                    });
                    row[found.unwrap_or(width - 1)] = 1.0;
                }
            }
        }
        Ok(Tensor::f_from_slice(&values)?.f_view([n as i64, width as i64])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_become_one_value_each_and_numbers_are_standardised() {
        let classes = Labels::Classes { shares: vec![0.5, 0.5] };
        let y = classes.encode(&Tensor::from_slice(&[1i64, 0])).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[0f32, 1.0, 1.0, 0.0]).view([2, 2])));
        let numbers = Labels::Numbers { mean: vec![10.0], deviation: vec![2.0] };
        let y = numbers.encode(&Tensor::from_slice(&[12f32, 8.0]).view([2, 1])).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[1f32, -1.0]).view([2, 1])));
    }

    #[test]
    fn drawn_classes_follow_their_shares() {
        let classes = Labels::Classes { shares: vec![0.1, 0.0, 0.9] };
        let y = classes.draw(&Philox::new(0), 0, 20_000).unwrap();
        let means = y.mean_dim(&[0i64][..], false, Kind::Float);
        for (i, share) in [0.1, 0.0, 0.9].iter().enumerate() {
            assert!((means.double_value(&[i as i64]) - share).abs() < 0.01);
        }
    }
}

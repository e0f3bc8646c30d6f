//! Dropout (Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014), with the noise of
//! the run's own random stream.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Forward, Parts};
use crate::error::Result;

/// In training, sets each value to 0 with probability `rate` and divides the others by `1 - rate`; the identity without
/// noise and in evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    /// Shape of a sample.
    pub shape: Vec<i64>,
    /// Probability of 0, in [0, 1).
    pub rate: f64,
}

impl Dropout {
    /// Quantile of the standard normal distribution up to which a value is dropped.
    pub fn quantile(&self) -> Result<f64> {
        let quantile = Tensor::from(self.rate).f_special_ndtri()?;
        Ok(quantile.f_double_value(&[])?)
    }
}

impl Forward for Dropout {
    fn noise(&self) -> Vec<Vec<i64>> {
        vec![self.shape.clone()]
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        match parts.noise.first().filter(|_| parts.training) {
            Some(noise) => {
                let kept = noise.f_gt(self.quantile()?)?.f_to_kind(Kind::Float)?;
                Ok(x.f_mul(&kept.f_mul_scalar(1.0 / (1.0 - self.rate))?)?)
            }
            None => Ok(x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Philox, Stream};

    #[test]
    fn the_rate_of_values_is_dropped_and_the_mean_stays() {
        let mut numbers = vec![0f32; 40_000];
        Philox::new(1).fill_normal(Stream::Layer, 0, &mut numbers);
        let noise = [Tensor::from_slice(&numbers).view([4, 100, 100])];
        let layer = Dropout { shape: vec![100, 100], rate: 0.3 };
        let x = || Tensor::ones([4, 100, 100], (Kind::Float, tch::Device::Cpu));
        let training = Parts { noise: &noise, training: true, ..Parts::default() };
        let y = layer.forward(x(), &training).unwrap();
        let dropped = y.eq(0.0).to_kind(Kind::Float).mean(Kind::Float).double_value(&[]);
        assert!((dropped - 0.3).abs() < 0.01, "{dropped}");
        assert!((y.mean(Kind::Float).double_value(&[]) - 1.0).abs() < 0.02);
        assert!(layer.forward(x(), &Parts { training: false, ..training }).unwrap().equal(&x()));
        assert!(layer.forward(x(), &Parts { training: true, ..Parts::default() }).unwrap().equal(&x()));
    }
}

//! Batch normalisation (Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
//! Internal Covariate Shift", 2015): y = scale (x - mean) / sqrt(variance + eps) + shift, per channel.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Added to variances.
pub const EPS: f64 = 1e-5;
/// Weight of the current batch in the running statistics.
pub const MOMENTUM: f64 = 0.1;

/// Batch normalisation over all axes except the channels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchNorm {
    /// Channels, or features of a vector.
    pub features: i64,
}

impl Forward for BatchNorm {
    fn parameters(&self) -> Vec<ParamSpec> {
        vec![
            ParamSpec::new("weight", &[self.features], Role::Scale, 1),
            ParamSpec::new("bias", &[self.features], Role::Shift, 1),
        ]
    }

    fn buffers(&self) -> Vec<ParamSpec> {
        vec![
            ParamSpec::new("running_mean", &[self.features], Role::Shift, 1),
            ParamSpec::new("running_var", &[self.features], Role::Scale, 1),
        ]
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let [weight, bias] = [0, 1].map(|i| parts.parameters.get(i));
        let [mean, variance] = [0, 1].map(|i| parts.buffers.get(i));
        match (mean, variance) {
            (Some(mean), Some(variance)) if parts.training && x.numel() as i64 == self.features => {
                // One value of a feature has no unbiased variance, for which libtorch has NaN. As libtorch does, the
                // buffers are changed unseen by autograd.
                tch::no_grad(|| -> Result<()> {
                    let value = x.f_detach()?.f_to_kind(mean.f_kind()?)?.f_view_as(mean)?;
                    let _ = mean.f_data()?.f_lerp_(&value, MOMENTUM)?;
                    let _ = variance.f_data()?.f_mul_scalar_(1.0 - MOMENTUM)?;
                    Ok(())
                })?;
                let none = None::<&Tensor>;
                Ok(x.f_batch_norm(weight, bias, none, none, true, MOMENTUM, EPS, true)?)
            }
            _ => Ok(x.f_batch_norm(weight, bias, mean, variance, parts.training, MOMENTUM, EPS, true)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_one_value_stay_finite() {
        let buffers = [Tensor::from_slice(&[0f32, 0.0]), Tensor::from_slice(&[1f32, 1.0])];
        let x = Tensor::from_slice(&[4f32, -2.0]).view([1, 2, 1, 1]);
        let norm = BatchNorm { features: 2 };
        let weights = [Tensor::from_slice(&[1f32, 1.0]), Tensor::from_slice(&[5f32, 6.0])];
        let parts = Parts {
            parameters: &weights,
            buffers: &buffers,
            training: true,
            ..Parts::default()
        };
        let made = norm.forward(x, &parts).unwrap();
        assert_eq!(Vec::<f32>::try_from(made.view([2])).unwrap(), [5.0, 6.0]);
        let [mean, variance] = buffers.map(|buffer| Vec::<f32>::try_from(buffer).unwrap());
        assert!((mean[0] - 0.4).abs() < 1e-6 && (mean[1] + 0.2).abs() < 1e-6, "{mean:?}");
        assert!(variance.iter().all(|variance| (variance - 0.9).abs() < 1e-6), "{variance:?}");
    }
}

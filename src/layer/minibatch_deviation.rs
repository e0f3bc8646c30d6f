//! Standard deviation over the batch as a feature of a discriminator (Karras et al., "Progressive Growing of GANs for
//! Improved Quality, Stability, and Variation", 2018), which penalises a generator without variation.
//!
//! The group is the whole batch. In evaluation the feature is its running mean, so that the score of a sample does not
//! depend on other samples; the paper does not specify this.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::given::{join, joined};
use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Added to variances.
pub const EPS: f64 = 1e-8;
/// Weight of the current batch in the running mean.
pub const MOMENTUM: f64 = 0.1;

/// Appends one feature, equal for all samples: the standard deviation over the batch, averaged over all values of a
/// sample; 0 if all samples are equal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinibatchDeviation {}

impl Forward for MinibatchDeviation {
    fn buffers(&self) -> Vec<ParamSpec> {
        vec![ParamSpec::new("running_deviation", &[1], Role::Shift, 1)]
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        joined(input, 1)
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let running = &parts.buffers[0];
        let deviation = match parts.training {
            true => {
                // In float32, as the running mean, regardless of the networks' precision.
                let deviation = deviation(&x.f_to_kind(Kind::Float)?)?;
                // Hidden from autograd, which would count it as a change of all running statistics of the network: they
                // share one buffer.
                let _ = running.f_data()?.f_lerp_(&deviation.f_detach()?, MOMENTUM)?;
                deviation
            }
            false => running.shallow_clone(),
        };
        let deviation = deviation.f_to_kind(x.f_kind()?)?;
        join(&x, &deviation.f_view([1, 1])?.f_expand([x.size()[0], 1], false)?)
    }
}

// Mean over all values of the standard deviation over the batch, `[1]`.
fn deviation(x: &Tensor) -> Result<Tensor> {
    let over_batch = |x: &Tensor| x.f_mean_dim([0i64].as_slice(), true, None::<Kind>);
    let variance = over_batch(&x.f_sub(&over_batch(x)?)?.f_square()?)?;
    // The square root has no finite derivative at 0, so EPS is added.
    let root = variance.f_add_scalar(EPS)?.f_sqrt()?.f_mean(None::<Kind>)?;
    Ok(root.f_sub_scalar(EPS.sqrt())?.f_view([1])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(x: &Tensor, running: &Tensor, training: bool) -> Tensor {
        let parts = Parts {
            buffers: &[running.shallow_clone()],
            training,
            ..Parts::default()
        };
        MinibatchDeviation {}.forward(x.shallow_clone(), &parts).unwrap()
    }

    #[test]
    fn all_samples_get_the_mean_of_the_deviations_and_later_its_running_mean() {
        let (x, running) = (Tensor::from_slice(&[1f32, 0.0, 5.0, 8.0]).view([2, 2, 1, 1]), Tensor::zeros([1], FLOAT));
        let y = told(&x, &running, true);
        assert_eq!(y.size()[1..], MinibatchDeviation {}.output(&[2, 1, 1]));
        assert!((0..2).all(|sample| (y.double_value(&[sample, 2, 0, 0]) - 3.0).abs() < 1e-3));
        assert!((told(&x, &running, false).double_value(&[0, 2, 0, 0]) - 0.3).abs() < 1e-3);
    }

    #[test]
    fn one_sample_does_not_differ_and_has_slopes() {
        let x = Tensor::from_slice(&[1f32, 2.0]).view([1, 2]).set_requires_grad(true);
        let y = told(&x, &Tensor::zeros([1], FLOAT), true);
        assert!(y.double_value(&[0, 2]).abs() < 1e-9);
        let slope = Tensor::run_backward(&[y.square().sum(Kind::Float)], &[&x], true, true);
        let second = Tensor::run_backward(&[slope[0].square().sum(Kind::Float)], &[&x], false, false);
        assert_eq!(slope[0].double_value(&[0, 1]), 4.0);
        assert_eq!(second[0].double_value(&[0, 1]), 16.0);
    }

    const FLOAT: (Kind, tch::Device) = tch::kind::FLOAT_CPU;
}

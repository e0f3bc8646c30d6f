//! Skip connection of a U-Net (Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation",
//! 2015): the input beside what the layers inside compute from it.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::chain::{collect, given, noise, output, run, Named};
use super::{Forward, Parts};
use crate::base::ParamSpec;
use crate::error::Result;

/// Channels `[x | body(x)]`; the body keeps the sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// The layers inside.
    pub body: Vec<Named>,
}

impl Forward for Skip {
    fn parameters(&self) -> Vec<ParamSpec> {
        collect(&self.body, |layer| layer.parameters())
    }

    fn buffers(&self) -> Vec<ParamSpec> {
        collect(&self.body, |layer| layer.buffers())
    }

    fn given(&self) -> Option<i64> {
        given(&self.body)
    }

    fn noise(&self) -> Vec<Vec<i64>> {
        noise(&self.body)
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        let mut shape = output(&self.body, input);
        shape[0] += input[0];
        shape
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        // An activation inside works in place and must not change the input.
        let made = run(&self.body, x.f_mul_scalar(1.0)?, parts)?;
        Ok(Tensor::f_cat(&[x, made], 1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Activation, Condition, Function};

    #[test]
    fn the_input_is_kept_beside_what_is_made_of_it() {
        let relu = Named::new("act", Activation { function: Function::Relu });
        let labels = Named::new("labels", Condition { labels: 1 });
        let skip = Skip { body: vec![relu, labels] };
        let x = Tensor::from_slice(&[-1f32, 2.0, 3.0, -4.0]).view([1, 2, 2]);
        let given = Tensor::from_slice(&[7f32]).view([1, 1]);
        let y = skip.forward(x, &Parts { given: Some(&given), ..Parts::default() }).unwrap();
        let expected = [-1f32, 2.0, 3.0, -4.0, 0.0, 2.0, 3.0, 0.0, 7.0, 7.0];
        assert!(y.equal(&Tensor::from_slice(&expected).view([1, 5, 2])));
        assert_eq!((skip.output(&[2, 2]), skip.given()), (vec![5, 2], Some(1)));
    }
}

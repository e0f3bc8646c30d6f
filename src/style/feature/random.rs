//! A convolutional network with fixed random weights.
//!
//! Source: Ustyuzhaninov et al., "Texture Synthesis Using Shallow Convolutional Networks with Random Filters", 2016.

use tch::Tensor;

use super::net::{Net, Step};
use super::{Ask, Feature, Features};
use crate::base::device::sent;
use crate::base::{Philox, Stream};
use crate::error::Result;
use crate::member;

member! {
    "random": "a fixed random convolutional network (Ustyuzhaninov et al., 2016)",
    pub struct Random {}
}

const PARTS: [&[Step]; 4] = [
    &[Step::Conv(3, 64, 5)],
    &[Step::Halve, Step::Conv(64, 64, 5)],
    &[Step::Halve, Step::Conv(64, 64, 5)],
    &[Step::Halve, Step::Conv(64, 64, 5)],
];

impl Feature for Random {
    fn made(&self, ask: Ask) -> Result<Box<dyn Features>> {
        let random = Philox::new(ask.seed);
        let mut parameters = Vec::new();
        for (index, shape) in Net::shapes(&PARTS).iter().enumerate() {
            let mut values = vec![0f32; shape.iter().product::<i64>() as usize];
            if shape.len() > 1 {
                // The ReLU keeps the scale of its input (He et al., 2015).
                let scale = (2.0 / shape[1..].iter().product::<i64>() as f32).sqrt();
                random.fill_normal(Stream::Init, index as u64, &mut values);
                values.iter_mut().for_each(|x| *x *= scale);
            }
            parameters.push(sent(&Tensor::f_from_slice(&values)?.f_view(&shape[..])?, ask.device)?);
        }
        Ok(Box::new(Net::new(&PARTS, parameters)))
    }

    fn distance(&self) -> &'static str {
        "sliced"
    }
}

//! VGG16, trained to name objects, up to its eighth convolution, with means instead of maxima where it halves the picture.
//!
//! Sources: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2015; Gatys et
//! al., "Image Style Transfer Using Convolutional Neural Networks", 2016.

use super::net::{Net, Step};
use super::{Ask, Feature, Features};
use crate::base::axes::tuple;
use crate::error::{Error, Result};
use crate::member;

member! {
    "vgg16": "the trained network VGG16, whose weights are found on this machine (Gatys et al., 2016)",
    pub struct Vgg16 {}
}

const PARTS: [&[Step]; 4] = [
    &[Step::Conv(3, 64, 3)],
    &[Step::Conv(64, 64, 3), Step::Halve, Step::Conv(64, 128, 3)],
    &[Step::Conv(128, 128, 3), Step::Halve, Step::Conv(128, 256, 3)],
    &[Step::Conv(256, 256, 3), Step::Conv(256, 256, 3), Step::Halve, Step::Conv(256, 512, 3)],
];

impl Feature for Vgg16 {
    fn made(&self, ask: Ask) -> Result<Box<dyn Features>> {
        let shapes = self.weights();
        let given: Vec<Vec<i64>> = ask.weights.iter().map(|weight| weight.size()).collect();
        if given != shapes {
            let listed = |shapes: &[Vec<i64>]| shapes.iter().map(|shape| tuple(shape)).collect::<Vec<_>>().join(", ");
            return Err(Error::parameter("weights of vgg16", format!("expected {}", listed(&shapes)), listed(&given)));
        }
        Ok(Box::new(Net::new(&PARTS, ask.weights)))
    }

    fn weights(&self) -> Vec<Vec<i64>> {
        Net::shapes(&PARTS)
    }
}

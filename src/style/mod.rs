//! The look of pictures: a picture is moved until its features are distributed as those of a style (Gatys et al., "Image
//! Style Transfer Using Convolutional Neural Networks", 2016).

pub mod distance;
pub mod feature;
mod matching;
mod stage;

pub use matching::{Matching, Settings, Task};

//! Generative models on libtorch: the Rust half of ganvas.
//!
//! Layers, arrows only down:
//!
//! | layer | holds |
//! |---|---|
//! | `py` | the Python face: the only place with PyO3, numpy and the GIL |
//! | [`engine`] | the training loop, history, checkpoints, sampling: knows `dyn Family` only |
//! | [`family`] | families of models, a folder each: settings and one optimisation step |
//! | [`net`], [`native`], [`layer`], [`objective`], [`penalty`], [`bottleneck`], [`prior`], [`likelihood`], [`bound`], [`corruption`], [`data`], [`kind`], [`vocabulary`], [`counting`], [`music`], [`style`] | the parts a step is made of |
//! | [`base`] | tensors, parameters, random numbers, optimiser: knows only tch |
//!
//! [`error`], [`registry`] and [`settings`] may be used by all layers.
#![deny(missing_docs)]
#![deny(clippy::undocumented_unsafe_blocks)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo))]

pub mod base;
pub mod bottleneck;
pub mod bound;
pub mod corruption;
pub mod counting;
pub mod data;
pub mod engine;
pub mod error;
pub mod family;
pub mod kind;
pub mod layer;
pub mod likelihood;
pub mod music;
pub mod native;
pub mod net;
pub mod objective;
pub mod penalty;
pub mod prior;
#[cfg(feature = "python")]
mod py;
pub mod registry;
pub mod settings;
pub mod style;
pub mod vocabulary;

pub use error::{Error, Result};

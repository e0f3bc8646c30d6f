//! Tensors, parameters, random numbers and the optimiser: what everything else stands on. Knows only tch.

pub mod device;
mod diagonal;
pub mod ema;
pub mod gaussian;
pub mod init;
pub mod labels;
pub mod math;
mod memory;
pub mod optimizer;
pub mod param;
pub mod params;
pub mod pool;
pub mod random;
pub mod ranks;
pub mod scalars;
pub mod schedule;
pub mod shape;
pub mod slice;
mod tape;
pub mod trace;

pub use diagonal::Diagonal;
pub use ema::Ema;
pub use gaussian::{standard_normal, Mixture};
pub use init::InitScheme;
pub use labels::Labels;
pub use memory::KeepMemory;
pub use optimizer::{Adam, AdamSpec};
pub use param::{ParamSpec, Role};
pub use params::ParamStore;
pub use random::{Philox, Stream};
pub use ranks::Ranks;
pub use scalars::Scalars;
pub use schedule::Schedule;
pub use shape::{Code, DataShape, Values};
pub use tape::Tape;

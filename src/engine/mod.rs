//! Everything around steps, the same for every family.

pub mod checkpoint;
mod history;
mod sampler;
mod snapshot;
mod train_loop;

pub use history::History;
pub use train_loop::{Event, Progress, Start, TrainLoop};

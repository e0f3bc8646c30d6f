//! Everything around steps, the same for every family.

mod capture;
pub mod checkpoint;
mod executor;
mod history;
mod inference;
mod sampler;
mod scores;
mod snapshot;
mod train_loop;

pub use capture::{Body, Recorder, Recording};
pub use history::History;
pub use scores::Draws;
pub use train_loop::{Event, Progress, Start, TrainLoop};

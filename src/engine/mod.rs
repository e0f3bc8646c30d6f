//! Training and inference that are common to all families.

mod capture;
pub mod checkpoint;
mod executor;
mod guard;
mod history;
mod parts;
mod paths;
mod sampler;
mod search;
mod snapshot;
mod train_loop;
mod translate;

pub use capture::{Body, Recorder, Recording};
pub use history::History;
pub use search::{Search, Wanted};
pub use train_loop::{Event, Progress, Start, TrainLoop};

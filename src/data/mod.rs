//! Sources of batches: samples [`Resident`] on the device, or [`Streamed`] from a [`Reader`].

mod array_file;
mod order;
mod packed;
mod pairs;
mod pictures;
mod reader;
mod resident;
mod source;
mod streamed;
mod token_file;

pub use array_file::ArrayFile;
pub use order::{Access, Order};
pub use packed::{Packed, Packing, Windows};
pub use pairs::{Pairs, Place};
pub use pictures::{size as picture_size, Pictures};
pub use reader::{check_finite, near, Reader};
pub use resident::Resident;
pub use source::{Batch, Batching, Samples, Source};
pub use streamed::Streamed;

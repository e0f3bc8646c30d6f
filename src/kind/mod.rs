//! Kinds of data, one file each: the shape of a sample, the scale of its values, and what follows from both. A kind is a
//! value that can be stored.

mod binary;
mod columns;
mod encode;
mod image;
pub mod labels;
mod pairs;
mod range;
mod roll;
mod row;
mod ruler;
mod scale;
mod series;
mod shape;
mod sided;
mod symbols;
mod text;
mod tiles;
mod tokens;
mod volume;

use serde::{Deserialize, Serialize};

pub use binary::Binary;
pub use columns::Columns;
pub use image::Image;
pub use labels::Labels;
pub use pairs::Pairs;
pub use range::Range;
pub use roll::Roll;
pub use row::Row;
pub use ruler::{Numbers, Ruler};
pub use scale::Scale;
pub use series::Series;
pub use shape::DataShape;
pub use symbols::Symbols;
pub use text::Text;
pub use tiles::Tiles;
pub use tokens::{Language, Tokens};
pub use volume::Volume;

use crate::error::Result;
use crate::registry::unknown;

/// A kind of data. Arrays hold samples with the channels, features or columns last; networks have them first.
pub trait DataKind {
    /// Sizes of a sample along its sides.
    fn sides(&self) -> &[i64];

    /// How its values are mapped to the network's range.
    fn scale(&self) -> &dyn Scale;

    /// Mutable access to the scale.
    fn scale_mut(&mut self) -> &mut dyn Scale;

    /// True if the number of sides and the scale are valid.
    fn fits(&self) -> bool;

    /// Samples and the unit of their sides, in messages.
    fn nouns(&self) -> [&'static str; 2];

    /// True if neighbours along the sides are alike, so that total variation measures how complex a sample is.
    fn smooth(&self) -> bool;

    /// Shape of a sample in an array: `[...sides, channels]`, `[columns]`, or `[...sides]` of symbols.
    fn stored(&self) -> Vec<i64> {
        match self.scale().one_hot() {
            true => self.sides().to_vec(),
            false => [self.sides(), &[self.scale().channels()]].concat(),
        }
    }

    /// What tokens stand for, if samples are texts or windows of them.
    fn language(&self) -> Option<&Language> {
        None
    }

    /// Number of places of sources, if samples are windows of pairs of texts.
    fn sources(&self) -> i64 {
        0
    }

    /// Shape of a sample in a network: `[channels, ...sides]` or `[columns]`.
    fn sample(&self) -> Vec<i64> {
        [&[self.scale().channels()], self.sides()].concat()
    }
}

macro_rules! kinds {
    ($($kind:ident = $name:literal, $what:literal;)*) => {
        /// A kind of data, with its shape and scale.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Kind {
            $(#[allow(missing_docs)] $kind($kind)),*
        }

        impl Kind {
            /// Names and descriptions of all kinds.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($name, $what)),*];

            /// A kind for samples of this stored shape, whose scale is to be learnt.
            ///
            /// # Errors
            /// [`crate::Error::UnknownName`] for another name.
            pub fn of(name: &str, stored: &[i64]) -> Result<Self> {
                match name {
                    $($name => Ok(Kind::$kind($kind::of(stored))),)*
                    _ => Err(unknown("kind", name, &Kind::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>())),
                }
            }

            /// The user's name of the kind.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Kind::$kind(_) => $name),*
                }
            }
        }

        impl std::ops::Deref for Kind {
            type Target = dyn DataKind;
            fn deref(&self) -> &Self::Target {
                match self {
                    $(Kind::$kind(kind) => kind),*
                }
            }
        }

        impl std::ops::DerefMut for Kind {
            fn deref_mut(&mut self) -> &mut Self::Target {
                match self {
                    $(Kind::$kind(kind) => kind),*
                }
            }
        }
    };
}

kinds! {
    Image = "image", "images, with one range for all values";
    Pairs = "pairs", "windows of pairs of texts";
    Roll = "roll", "piano rolls of bars, with two values, on and off";
    Row = "row", "rows of a table, standardised by column";
    Series = "series", "windows of several features over time, standardised by feature";
    Text = "text", "texts, one a sample";
    Tiles = "tiles", "maps of tiles, each with one of several symbols";
    Tokens = "tokens", "windows of texts";
    Volume = "volume", "volumes of voxels, with one range for all values";
}

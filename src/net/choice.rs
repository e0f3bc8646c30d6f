//! Architectures for pairs of networks, chosen by name.

use std::fmt;
use std::ops::Deref;

use serde::{de, Deserialize, Deserializer, Serialize, Serializer};

use super::{Net, Pair};
use crate::error::Result;
use crate::settings::{Read, Said, Setting};

/// An architecture that supports the pair of networks `PAIR`, a [`Pair`] as a number. Stored as its name.
#[derive(Clone, Copy)]
pub struct NetOf<const PAIR: usize>(&'static dyn Net);

/// An architecture of a generator and a discriminator.
pub type GanNet = NetOf<{ Pair::Gan as usize }>;
/// An architecture of an encoder and a decoder.
pub type AutoencoderNet = NetOf<{ Pair::Autoencoder as usize }>;
/// An architecture of sequences.
pub type SequenceNet = NetOf<{ Pair::Sequence as usize }>;
/// An architecture of a map from samples to samples.
pub type MapNet = NetOf<{ Pair::Map as usize }>;

impl<const PAIR: usize> NetOf<PAIR> {
    /// The architecture with this name.
    ///
    /// # Errors
    /// [`crate::Error::UnknownName`] with the names of those that support the pair.
    pub fn named(name: &str) -> Result<Self> {
        let pairs = [Pair::Gan, Pair::Autoencoder, Pair::Sequence, Pair::Map];
        pairs[PAIR].net(name).map(NetOf)
    }
}

impl<const PAIR: usize> Deref for NetOf<PAIR> {
    type Target = dyn Net;
    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl<const PAIR: usize> fmt::Debug for NetOf<PAIR> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<const PAIR: usize> PartialEq for NetOf<PAIR> {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl<const PAIR: usize> Serialize for NetOf<PAIR> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de, const PAIR: usize> Deserialize<'de> for NetOf<PAIR> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        NetOf::named(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<const PAIR: usize> Read for NetOf<PAIR> {
    const ANNOTATION: &'static str = "str";
    const SHOWN: &'static str = "str";

    fn read(name: &str, said: &Said) -> Result<Self> {
        NetOf::named(&String::read(name, said)?)
    }
}

impl<const PAIR: usize> Setting for NetOf<PAIR> {
    type Said = Self;
}

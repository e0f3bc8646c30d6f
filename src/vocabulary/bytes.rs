//! The 256 bytes of UTF-8.

use serde::{Deserialize, Serialize};

use super::Tokenize;
use crate::error::Result;

/// All bytes; a token is the value of its byte.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bytes {}

impl Bytes {
    pub(super) fn learn(_: &[&str], _: Option<usize>) -> Result<Self> {
        Ok(Bytes {})
    }
}

impl Tokenize for Bytes {
    fn len(&self) -> usize {
        256
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>> {
        Ok(text.bytes().map(u32::from).collect())
    }

    fn bytes(&self, token: u32) -> Vec<u8> {
        u8::try_from(token).map_or_else(|_| Vec::new(), |byte| vec![byte])
    }
}

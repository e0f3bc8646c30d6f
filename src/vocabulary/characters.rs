//! The characters of the training texts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Tokenize;
use crate::error::{Error, Result};

/// Characters (Unicode scalar values) in the order of their code points; a token is the position of its character.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Characters(Vec<char>);

impl Characters {
    pub(super) fn learn(texts: &[&str], _: Option<usize>) -> Result<Self> {
        let seen: BTreeSet<char> = texts.iter().flat_map(|text| text.chars()).collect();
        match seen.is_empty() {
            true => Err(Error::Data("X: the texts contain no characters".into())),
            false => Ok(Characters(seen.into_iter().collect())),
        }
    }

    /// The token of a character, the one at `position` of a text.
    pub(super) fn token(&self, character: char, position: usize) -> Result<u32> {
        let found = self.0.binary_search(&character).map(|token| token as u32);
        found.map_err(|_| {
            let code = character as u32;
            Error::Data(format!(
                "character {character:?} (U+{code:04X}) at position {position} is not in the vocabulary, which was \
                 learnt from the training texts; vocabulary=\"bytes\" accepts all text"
            ))
        })
    }
}

impl Tokenize for Characters {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>> {
        text.chars().enumerate().map(|(position, character)| self.token(character, position)).collect()
    }

    fn bytes(&self, token: u32) -> Vec<u8> {
        self.0.get(token as usize).map_or_else(Vec::new, |character| character.to_string().into_bytes())
    }
}

impl From<String> for Characters {
    // A stored text may be damaged; the search needs sorted characters.
    fn from(stored: String) -> Self {
        Characters(stored.chars().collect::<BTreeSet<_>>().into_iter().collect())
    }
}

impl From<Characters> for String {
    fn from(characters: Characters) -> Self {
        characters.0.into_iter().collect()
    }
}

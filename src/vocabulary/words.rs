//! Frequent words; all others are spelt.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Characters, Tokenize};
use crate::error::{Error, Result};

/// Default for the maximum number of tokens.
const SIZE: usize = 10_000;

/// Words with the space before them and punctuation marks that occur at least twice, the most frequent first, after the
/// characters of the training texts: a rare word is a sequence of characters, so no word is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Words {
    characters: Characters,
    words: Vec<String>,
    // From a word to its position.
    places: HashMap<String, u32>,
}

/// A vocabulary in a file.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    characters: Characters,
    words: Vec<String>,
}

impl Words {
    pub(super) fn learn(texts: &[&str], size: Option<usize>) -> Result<Self> {
        let characters = Characters::learn(texts, None)?;
        let size = size.unwrap_or(SIZE.max(characters.len()));
        let Some(room) = size.checked_sub(characters.len()) else {
            let expected = format!("must be at least {} (the characters of the texts)", characters.len());
            return Err(Error::parameter("vocabulary_size", expected, size));
        };
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for word in texts.iter().flat_map(|text| pieces(text)) {
            *counts.entry(word).or_default() += 1;
        }
        // One character is a token already.
        counts.retain(|word, count| *count > 1 && word.chars().nth(1).is_some());
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_unstable_by(|(one, many), (other, few)| few.cmp(many).then(one.cmp(other)));
        let words = counts.into_iter().take(room).map(|(word, _)| word.to_owned()).collect();
        Ok(Stored { characters, words }.into())
    }
}

impl Tokenize for Words {
    fn len(&self) -> usize {
        self.characters.len() + self.words.len()
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let first = self.characters.len() as u32;
        let mut tokens = Vec::new();
        let mut position = 0;
        for piece in pieces(text) {
            match self.places.get(piece) {
                Some(place) => {
                    tokens.push(first + place);
                    position += piece.chars().count();
                }
                None => {
                    for character in piece.chars() {
                        tokens.push(self.characters.token(character, position)?);
                        position += 1;
                    }
                }
            }
        }
        Ok(tokens)
    }

    fn bytes(&self, token: u32) -> Vec<u8> {
        match (token as usize).checked_sub(self.characters.len()) {
            Some(place) => self.words.get(place).map_or_else(Vec::new, |word| word.clone().into_bytes()),
            None => self.characters.bytes(token),
        }
    }
}

impl From<Stored> for Words {
    fn from(stored: Stored) -> Self {
        let places = stored.words.iter().cloned().zip(0..).collect();
        Words { characters: stored.characters, words: stored.words, places }
    }
}

impl From<Words> for Stored {
    fn from(words: Words) -> Self {
        Stored { characters: words.characters, words: words.words }
    }
}

// A text as runs of letters and digits and single other characters, each with the space before it, if there is one.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let core = match rest.strip_prefix(' ') {
            Some(core) if core.starts_with(|it: char| !it.is_whitespace()) => core,
            _ => rest,
        };
        let run = core.find(|it: char| !within(it)).unwrap_or(core.len());
        let length = if run > 0 { run } else { core.chars().next()?.len_utf8() };
        let (piece, after) = rest.split_at(rest.len() - core.len() + length);
        rest = after;
        Some(piece)
    })
}

// Accents that follow their letter and apostrophes belong to the word.
fn within(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '\'' | '’' | '\u{300}'..='\u{36F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_words_and_marks_with_the_space_before_them() {
        let found = |text| pieces(text).collect::<Vec<_>>();
        assert_eq!(found("Don't go, now!\n"), ["Don't", " go", ",", " now", "!", "\n"]);
        assert_eq!(found("  a  \n b"), [" ", " a", " ", " ", "\n", " b"]);
        assert_eq!(found("e\u{301}t\u{e9} ..."), ["e\u{301}t\u{e9}", " .", ".", "."]);
        assert!(found("").is_empty());
    }

    #[test]
    fn frequent_words_are_one_token_and_rare_ones_are_spelt() {
        let words = Words::learn(&["a dog a dog a cat", "a cow"], None).unwrap();
        assert_eq!(words.words, [" a", " dog"]);
        let tokens = words.encode("a dog cat").unwrap();
        assert_eq!(tokens.len(), 1 + 1 + 4);
        let small = Words::learn(&["a dog a dog a cat", "a cow"], Some(words.characters.len() + 1)).unwrap();
        assert_eq!(small.words, [" a"]);
    }

    #[test]
    fn a_size_below_the_number_of_characters_is_refused() {
        let error = Words::learn(&["abc abc"], Some(3)).unwrap_err();
        assert_eq!(error.to_string(), "vocabulary_size: must be at least 4 (the characters of the texts), got 3");
    }
}

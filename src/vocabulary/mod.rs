//! Vocabularies, one file each: how text becomes tokens and tokens become text. A vocabulary is a value that can be
//! stored.

mod bpe;
mod bytes;
mod characters;
mod rules;
mod tokenizer;
mod words;

use serde::{Deserialize, Serialize};

pub use bpe::Bpe;
pub use bytes::Bytes;
pub use characters::Characters;
pub use rules::Rules;
pub use words::Words;

use crate::error::Result;
use crate::registry::unknown;

/// A mapping between text and tokens. Tokens are numbered from 0; the bytes of the tokens of a text, put together, are
/// the text.
pub trait Tokenize {
    /// Number of tokens.
    fn len(&self) -> usize;

    /// True if there are no tokens.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tokens of a text.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for text that the vocabulary cannot express.
    fn encode(&self, text: &str) -> Result<Vec<u32>>;

    /// Bytes of a token, which may be a part of a character; empty for an unknown token.
    fn bytes(&self, token: u32) -> Vec<u8>;
}

macro_rules! vocabularies {
    ($($vocabulary:ident = $name:literal, $what:literal;)*) => {
        /// A vocabulary with its tokens.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "vocabulary", content = "tokens", rename_all = "snake_case")]
        pub enum Vocabulary {
            $(#[allow(missing_docs)] $vocabulary($vocabulary)),*
        }

        impl Vocabulary {
            /// Names and descriptions of all vocabularies.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($name, $what)),*];

            /// The vocabulary with this name that is learnt from texts, with at most `size` tokens if it has a choice.
            ///
            /// # Errors
            /// [`crate::Error::UnknownName`] for an unknown name, [`crate::Error::Data`] for texts without characters,
            /// [`crate::Error::Parameter`] for a size that is too small.
            pub fn learn(name: &str, texts: &[&str], size: Option<usize>) -> Result<Self> {
                match name {
                    $($name => $vocabulary::learn(texts, size).map(Vocabulary::$vocabulary),)*
                    _ => Err(unknown("vocabulary", name, &Self::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>())),
                }
            }

            /// The user's name of the vocabulary.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Vocabulary::$vocabulary(_) => $name),*
                }
            }
        }

        impl std::ops::Deref for Vocabulary {
            type Target = dyn Tokenize;
            fn deref(&self) -> &Self::Target {
                match self {
                    $(Vocabulary::$vocabulary(vocabulary) => vocabulary),*
                }
            }
        }
    };
}

vocabularies! {
    Bpe = "bpe", "frequent sequences of bytes, by byte pair encoding (Sennrich et al., 2016)";
    Bytes = "bytes", "the 256 bytes of UTF-8";
    Characters = "characters", "the characters of the training texts";
    Words = "words", "frequent words, and the characters of the training texts for all others";
}

impl Default for Vocabulary {
    fn default() -> Self {
        Vocabulary::Bytes(Bytes {})
    }
}

/// Bytes of a text that is written token by token: returns whole characters and holds the rest back.
#[derive(Clone, Debug, Default)]
pub struct Writing(Vec<u8>);

impl Writing {
    /// Adds bytes; returns the characters that are complete. Bytes that cannot become a character are U+FFFD.
    pub fn add(&mut self, bytes: &[u8]) -> String {
        self.0.extend_from_slice(bytes);
        let mut whole = String::new();
        loop {
            let error = match std::str::from_utf8(&self.0) {
                Ok(text) => {
                    whole.push_str(text);
                    self.0.clear();
                    return whole;
                }
                Err(error) => error,
            };
            let valid = error.valid_up_to();
            whole.push_str(&String::from_utf8_lossy(&self.0[..valid]));
            let Some(damaged) = error.error_len() else {
                // The start of a character.
                self.0.drain(..valid);
                return whole;
            };
            whole.push(char::REPLACEMENT_CHARACTER);
            self.0.drain(..valid + damaged);
        }
    }

    /// Ends the text: the start of an incomplete character is U+FFFD.
    pub fn end(self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    const TEXTS: [&str; 3] =
        ["To be, or not to be:\nthat is the question.", "naïve 🙂 e\u{301}", "the the the question"];

    fn all() -> Vec<Vocabulary> {
        let learn = |(name, _): &(&str, &str)| Vocabulary::learn(name, &TEXTS, None).unwrap();
        Vocabulary::ALL.iter().map(learn).collect()
    }

    fn decoded(vocabulary: &Vocabulary, tokens: &[u32]) -> String {
        let mut writing = Writing::default();
        let text: String = tokens.iter().map(|&token| writing.add(&vocabulary.bytes(token))).collect();
        text + &writing.end()
    }

    #[test]
    fn the_bytes_of_the_tokens_of_a_text_are_the_text() {
        for vocabulary in all() {
            for text in [TEXTS.as_slice(), &["", " ", "\n\n  to  be \n", "question question"]].concat() {
                let tokens = vocabulary.encode(text).unwrap();
                assert!(tokens.iter().all(|&token| (token as usize) < vocabulary.len()), "{vocabulary:?}");
                assert_eq!(decoded(&vocabulary, &tokens), text, "{}", vocabulary.name());
            }
            assert_eq!(vocabulary.bytes(vocabulary.len() as u32), b"");
        }
    }

    #[test]
    fn a_vocabulary_is_the_same_after_it_was_stored() {
        for vocabulary in all() {
            let stored = serde_json::to_string(&vocabulary).unwrap();
            let read: Vocabulary = serde_json::from_str(&stored).unwrap();
            assert_eq!(read, vocabulary);
            assert_eq!(read.encode(TEXTS[0]).unwrap(), vocabulary.encode(TEXTS[0]).unwrap());
            assert_eq!(serde_json::to_string(&read).unwrap(), stored);
            assert_eq!(Vocabulary::learn(vocabulary.name(), &TEXTS, None).unwrap(), vocabulary);
        }
    }

    #[test]
    fn text_outside_a_vocabulary_is_refused_with_a_remedy() {
        for vocabulary in all() {
            let seen = vocabulary.encode("be日be");
            match vocabulary.name() {
                "bytes" | "bpe" => assert_eq!(decoded(&vocabulary, &seen.unwrap()), "be日be"),
                _ => assert_eq!(
                    seen.unwrap_err().to_string(),
                    "character '日' (U+65E5) at position 2 is not in the vocabulary, which was learnt from the training \
                     texts; vocabulary=\"bytes\" accepts all text"
                ),
            }
        }
    }

    #[test]
    fn texts_without_characters_are_refused() {
        for (name, _) in Vocabulary::ALL.iter().filter(|(name, _)| *name != "bytes") {
            let error = Vocabulary::learn(name, &["", ""], None).unwrap_err();
            assert_eq!(error.to_string(), "X: the texts contain no characters");
        }
        let error = Vocabulary::learn("chars", &TEXTS, None).unwrap_err();
        assert!(matches!(error, Error::UnknownName { .. }));
    }

    #[test]
    fn half_a_character_is_held_back_until_the_end() {
        let mut writing = Writing::default();
        let bytes = "a🙂b".as_bytes();
        assert_eq!(writing.add(&bytes[..3]), "a");
        assert_eq!(writing.add(&bytes[3..4]), "");
        assert_eq!(writing.add(&bytes[4..]), "🙂b");
        assert_eq!(writing.add(&[0xFF, b'c', 0xE6]), "\u{FFFD}c");
        assert_eq!(writing.end(), "\u{FFFD}");
    }
}

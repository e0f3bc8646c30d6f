//! Byte pair encoding of bytes, as in GPT-2 (Sennrich et al., "Neural Machine Translation of Rare Words with Subword
//! Units", 2016; Radford et al., "Language Models are Unsupervised Multitask Learners", 2019).

use serde::{Deserialize, Serialize};
use tokenizers::models::bpe::{BpeTrainer, BPE};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{Model, Tokenizer, TokenizerImpl};

use super::Tokenize;
use crate::error::{Error, Result};

/// Default number of tokens, for texts of about a megabyte.
const SIZE: usize = 512;
/// Tokenizer of single bytes, which are always in the vocabulary.
const BYTES: usize = 256;

/// A tokenizer of the `tokenizers` library that is stored as the text of a `tokenizer.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bpe {
    tokenizer: Box<Tokenizer>,
    // Bytes of each token.
    tokens: Vec<Vec<u8>>,
}

impl Bpe {
    pub(super) fn learn(texts: &[&str], size: Option<usize>) -> Result<Self> {
        if texts.iter().all(|text| text.is_empty()) {
            return Err(Error::Data("X: the texts contain no characters".into()));
        }
        let size = size.unwrap_or(SIZE);
        if size < BYTES {
            return Err(Error::parameter("vocabulary_size", "must be at least 256 for \"bpe\"", size));
        }
        let level = ByteLevel::new(false, true, true);
        let mut trainer = BpeTrainer::builder()
            .vocab_size(size)
            .min_frequency(2)
            .show_progress(false)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .build();
        let mut tokenizer: TokenizerImpl<BPE, tokenizers::NormalizerWrapper, ByteLevel, ByteLevel, ByteLevel> =
            TokenizerImpl::new(BPE::default());
        tokenizer.with_pre_tokenizer(Some(level)).with_decoder(Some(level));
        tokenizer.train(&mut trainer, texts.iter().copied()).map_err(internal)?;
        Bpe::try_from(tokenizer.to_string(false).map_err(internal)?).map_err(Error::Internal)
    }

    /// True if these bytes are a token.
    pub(super) fn has(&self, bytes: &[u8]) -> bool {
        self.tokens.iter().any(|token| token == bytes)
    }
}

impl Tokenize for Bpe {
    fn len(&self) -> usize {
        self.tokens.len()
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let encoded = self.tokenizer.encode_fast(text, false).map_err(internal)?;
        Ok(encoded.get_ids().to_vec())
    }

    fn bytes(&self, token: u32) -> Vec<u8> {
        self.tokens.get(token as usize).cloned().unwrap_or_default()
    }
}

impl PartialEq for Bpe {
    fn eq(&self, other: &Self) -> bool {
        self.tokens == other.tokens
    }
}

impl TryFrom<String> for Bpe {
    type Error = String;

    fn try_from(json: String) -> std::result::Result<Self, String> {
        let tokenizer: Tokenizer = json.parse().map_err(|error: tokenizers::Error| error.to_string())?;
        let model = tokenizer.get_model();
        let token = |id| {
            let text = model.id_to_token(id).ok_or_else(|| format!("a tokenizer without token {id}"))?;
            bytes(&text).ok_or_else(|| format!("a tokenizer whose token {text:?} is not a sequence of bytes"))
        };
        let tokens = (0..model.get_vocab_size() as u32).map(token).collect::<std::result::Result<_, _>>()?;
        Ok(Bpe { tokenizer: Box::new(tokenizer), tokens })
    }
}

impl From<Bpe> for String {
    fn from(bpe: Bpe) -> Self {
        bpe.tokenizer.to_string(false).unwrap_or_default()
    }
}

// In a tokenizer.json, printable bytes of Latin-1 stand for themselves and the others, in their order, for U+0100 and
// later.
fn bytes(token: &str) -> Option<Vec<u8>> {
    let own = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let others: Vec<u8> = (0..=u8::MAX).filter(|byte| !own(byte)).collect();
    let byte = |character: char| match u8::try_from(character as u32) {
        Ok(byte) => Some(byte).filter(own),
        Err(_) => others.get((character as usize).checked_sub(0x100)?).copied(),
    };
    token.chars().map(byte).collect()
}

fn internal(error: tokenizers::Error) -> Error {
    Error::Internal(format!("tokenizers: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_sequences_become_tokens() {
        let bpe = Bpe::learn(&["banana banana banana bandana"], Some(260)).unwrap();
        assert_eq!(bpe.len(), 260);
        assert!(bpe.encode("banana banana").unwrap().len() < 8);
        let error = Bpe::learn(&["a"], Some(255)).unwrap_err();
        assert_eq!(error.to_string(), "vocabulary_size: must be at least 256 for \"bpe\", got 255");
    }

    #[test]
    fn every_byte_is_a_token() {
        let bpe = Bpe::learn(&["a"], None).unwrap();
        let mut found: Vec<Vec<u8>> = (0..bpe.len() as u32).map(|token| bpe.bytes(token)).collect();
        found.sort();
        assert_eq!(found, (0..=u8::MAX).map(|byte| vec![byte]).collect::<Vec<_>>());
    }

    #[test]
    fn a_damaged_file_is_refused() {
        for text in ["", "{}", "\"a\""] {
            assert!(Bpe::try_from(text.to_string()).is_err());
        }
    }
}

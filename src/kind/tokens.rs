//! Windows of tokens, cut from texts that are packed end to end.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{DataKind, Numbers, Ruler, Scale};
use crate::error::{Error, Result};
use crate::vocabulary::Vocabulary;

/// Windows of a number of tokens and of the one that follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tokens {
    /// Number of tokens that a network sees, `[context]`.
    pub sides: Vec<i64>,
    /// The tokens.
    #[serde(flatten)]
    pub scale: Language,
}

/// What tokens stand for: those of a vocabulary come first, then the one that starts and ends a document, and with classes the
/// one of an unknown class and one for each class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Language {
    /// Tokens of texts.
    pub vocabulary: Vocabulary,
    /// Number of classes of documents; 0 for none.
    pub classes: i64,
}

impl Language {
    /// The token that starts and ends a document.
    pub fn end(&self) -> u32 {
        self.vocabulary.len() as u32
    }

    /// Number of tokens that can follow others: all but those of classes.
    pub fn outputs(&self) -> i64 {
        self.vocabulary.len() as i64 + 1
    }

    /// Number of all tokens.
    pub fn inputs(&self) -> i64 {
        self.outputs() + if self.classes > 0 { 1 + self.classes } else { 0 }
    }

    /// The tokens with which a document starts: of this class, or of any.
    pub fn start(&self, class: Option<i64>) -> Vec<u32> {
        let unknown = self.end() + 1;
        match (self.classes, class) {
            (0, _) => vec![self.end()],
            (_, None) => vec![self.end(), unknown],
            (_, Some(class)) => vec![self.end(), unknown + 1 + class as u32],
        }
    }

    /// The tokens of a document: its start, its text, and the end.
    ///
    /// # Errors
    /// [`Error::Data`] for a text that the vocabulary cannot express.
    pub fn document(&self, text: &str, class: Option<i64>) -> Result<Vec<u32>> {
        Ok([self.start(class), self.vocabulary.encode(text)?, vec![self.end()]].concat())
    }

    /// Checks that tokens belong to the language.
    ///
    /// # Errors
    /// [`Error::Internal`] if not.
    pub fn check(&self, tokens: &[u32]) -> Result<()> {
        match tokens.iter().find(|&&token| i64::from(token) >= self.inputs()) {
            Some(token) => Err(Error::Internal(format!("token {token} of {}", self.inputs()))),
            None => Ok(()),
        }
    }
}

impl Tokens {
    /// Windows of `context` tokens of a language.
    pub fn new(context: i64, language: Language) -> Self {
        Tokens { sides: vec![context], scale: language }
    }

    // Windows whose tokens are to be learnt.
    pub(super) fn of(stored: &[i64]) -> Self {
        let context = stored.first().map_or(0, |length| length - 1);
        Tokens::new(context, Language::of(0))
    }
}

impl DataKind for Tokens {
    fn sides(&self) -> &[i64] {
        &self.sides
    }

    fn scale(&self) -> &dyn Scale {
        &self.scale
    }

    fn scale_mut(&mut self) -> &mut dyn Scale {
        &mut self.scale
    }

    fn fits(&self) -> bool {
        self.sides.len() == 1 && self.scale.fits()
    }

    fn nouns(&self) -> [&'static str; 2] {
        ["texts", "tokens"]
    }

    fn smooth(&self) -> bool {
        false
    }

    // The token after the last one that the network sees is a target.
    fn stored(&self) -> Vec<i64> {
        self.sides.iter().map(|context| context + 1).collect()
    }

    fn sample(&self) -> Vec<i64> {
        self.sides.clone()
    }

    fn language(&self) -> Option<&Language> {
        Some(&self.scale)
    }
}

impl Scale for Language {
    fn learn(&mut self, _: &Ruler, _: Numbers, _: Option<(f64, f64)>) {}

    fn of(_: i64) -> Self {
        Language { vocabulary: Vocabulary::default(), classes: 0 }
    }

    fn channels(&self) -> i64 {
        1
    }

    fn fits(&self) -> bool {
        !self.vocabulary.is_empty() && self.classes >= 0
    }

    fn range(&self) -> Option<(f64, f64)> {
        Some((0.0, f64::from(self.end())))
    }

    fn span(&self) -> Option<(f64, f64)> {
        None
    }

    fn units(&self) -> (Vec<f64>, Vec<f64>) {
        (vec![0.0], vec![1.0])
    }

    fn far(&self) -> bool {
        false
    }

    fn encode(&self, x: Tensor) -> Result<Tensor> {
        Ok(x)
    }

    fn decode(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.shallow_clone())
    }

    fn reach(&self) -> Vec<f64> {
        vec![f64::INFINITY]
    }

    fn log_volume(&self) -> (f64, i64) {
        (0.0, 1)
    }

    fn repeat(&mut self, _: i64) {}

    fn likelihood(&self) -> &'static str {
        "categorical"
    }

    fn symbolic(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_start_and_end_with_the_same_token_and_tell_their_class() {
        let plain = Language {
            vocabulary: Vocabulary::learn("characters", &["ab"], None).unwrap(),
            classes: 0,
        };
        assert_eq!(plain.document("ba", None).unwrap(), [2, 1, 0, 2]);
        assert_eq!((plain.inputs(), plain.outputs()), (3, 3));
        let labelled = Language { classes: 2, ..plain };
        assert_eq!(labelled.document("a", Some(1)).unwrap(), [2, 5, 0, 2]);
        assert_eq!(labelled.document("", None).unwrap(), [2, 3, 2]);
        assert_eq!((labelled.inputs(), labelled.outputs()), (6, 3));
        let of = Tokens::new(8, labelled);
        assert_eq!((of.stored(), of.sample()), (vec![9], vec![8]));
    }
}

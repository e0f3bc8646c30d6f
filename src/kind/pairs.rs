//! Pairs of texts, each predicted from its source, packed into windows.

use serde::{Deserialize, Serialize};

use super::{DataKind, Language, Scale};

/// Windows of a number of tokens of sources, a number of tokens of the texts that belong to them, and one that follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pairs {
    /// Numbers of places of sources and of texts, `[sources, places]`.
    pub sides: Vec<i64>,
    /// The tokens.
    #[serde(flatten)]
    pub scale: Language,
}

impl Pairs {
    /// Windows of these numbers of tokens of a language.
    pub fn new([sources, places]: [i64; 2], language: Language) -> Self {
        Pairs { sides: vec![sources, places], scale: language }
    }

    // Windows whose tokens are to be learnt.
    pub(super) fn of(_: &[i64]) -> Self {
        Pairs::new([0, 0], Language::of(0))
    }
}

impl DataKind for Pairs {
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
        self.sides.len() == 2 && self.scale.fits()
    }

    fn nouns(&self) -> [&'static str; 2] {
        ["pairs of texts", "tokens"]
    }

    fn smooth(&self) -> bool {
        false
    }

    // The token after the last one that the network sees is a target.
    fn stored(&self) -> Vec<i64> {
        vec![self.sides.iter().sum::<i64>() + 1]
    }

    fn sample(&self) -> Vec<i64> {
        vec![self.sides.iter().sum()]
    }

    fn language(&self) -> Option<&Language> {
        Some(&self.scale)
    }

    fn sources(&self) -> i64 {
        self.sides.first().copied().unwrap_or(0)
    }
}

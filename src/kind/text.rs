//! Texts, one a sample: their tokens and the one that ends a text, and negative numbers in the places after it.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{DataKind, Language, Scale};
use crate::error::Result;

/// Texts of at most a number of tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// Number of places, `[places]`.
    pub sides: Vec<i64>,
    /// The tokens.
    #[serde(flatten)]
    pub scale: Language,
}

impl Text {
    // Texts whose tokens are to be learnt.
    pub(super) fn of(stored: &[i64]) -> Self {
        Text { sides: stored.to_vec(), scale: Language::of(0) }
    }
}

impl DataKind for Text {
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

    fn stored(&self) -> Vec<i64> {
        self.sides.clone()
    }

    fn sample(&self) -> Vec<i64> {
        self.sides.clone()
    }

    fn language(&self) -> Option<&Language> {
        Some(&self.scale)
    }
}

impl Language {
    /// The token that stands for one that is hidden.
    pub fn hidden(&self) -> i64 {
        self.inputs()
    }

    /// Texts `[n, places]` without the places that none of them reaches, at least one.
    pub fn shortened(&self, x: &Tensor) -> Result<Tensor> {
        let reached = x.f_ge(0.0)?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Int64)?;
        let longest = if x.size()[0] > 0 { reached.f_max()?.f_int64_value(&[])?.max(1) } else { 1 };
        Ok(x.f_narrow(1, 0, longest)?)
    }

    /// The token before each place of texts `[n, places]`, where those for which `hide`, `[n, at least places]`, is true are
    /// hidden. The token that ends a text stands before the first place.
    pub fn before(&self, x: &Tensor, hide: Option<&Tensor>) -> Result<Tensor> {
        let places = x.size()[1];
        let start = x.f_narrow(1, 0, 1)?.f_full_like(f64::from(self.end()))?;
        let x = x.f_narrow(1, 0, places - 1)?.f_clamp_min(0.0)?;
        let x = match hide {
            Some(hide) => x.f_masked_fill(&hide.f_narrow(1, 0, places - 1)?, self.hidden())?,
            None => x,
        };
        Ok(Tensor::f_cat(&[start, x], 1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    #[test]
    fn the_end_stands_before_a_text_and_hidden_tokens_have_their_own() {
        let language = Language {
            vocabulary: Vocabulary::learn("characters", &["abc"], None).unwrap(),
            classes: 0,
        };
        let x = Tensor::from_slice(&[0f32, 2.0, 3.0, -1.0, -1.0, 1.0, 3.0, -1.0, -1.0, -1.0]).view([2, 5]);
        let short = language.shortened(&x).unwrap();
        assert_eq!(short.size(), [2, 3]);
        let rows = |x: &Tensor| Vec::<Vec<f32>>::try_from(x).unwrap();
        assert_eq!(rows(&language.before(&short, None).unwrap()), [[3.0, 0.0, 2.0], [3.0, 1.0, 3.0]]);
        let hide = Tensor::from_slice(&[true, false, true, true, true, false, true, true, true, true]).view([2, 5]);
        assert_eq!(rows(&language.before(&short, Some(&hide)).unwrap()), [[3.0, 4.0, 2.0], [3.0, 1.0, 4.0]]);
    }
}

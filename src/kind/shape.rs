//! The data that a model is made for: its kind, and its labels.

use serde::{Deserialize, Serialize};

use super::{Columns, DataKind, Image, Kind, Labels, Language, Pairs, Range, Row, Text, Tokens, Volume};
use crate::base::axes::tuple;
use crate::error::{Error, Result};
use crate::vocabulary::Vocabulary;

const MAX_SIDE: i64 = 65_536;
const MAX_VALUES: i64 = 1 << 31;

/// The data that a model is made for: samples and their labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataShape {
    /// The samples.
    #[serde(flatten)]
    pub of: Kind,
    /// The labels.
    pub labels: Labels,
    /// True if samples are returned in float64, because float32 cannot hold the type of the data.
    pub double: bool,
}

impl std::ops::Deref for DataShape {
    type Target = dyn DataKind;
    fn deref(&self) -> &Self::Target {
        &*self.of
    }
}

impl DataShape {
    /// Images without labels; `low` becomes -1, `high` becomes 1.
    pub fn image([height, width, channels]: [i64; 3], low: f64, high: f64) -> Self {
        DataShape::new(Kind::Image(Image {
            sides: vec![height, width],
            scale: Range { channels, low, high },
        }))
    }

    /// Volumes without labels; `low` becomes -1, `high` becomes 1.
    pub fn volume([depth, height, width, channels]: [i64; 4], low: f64, high: f64) -> Self {
        DataShape::new(Kind::Volume(Volume {
            sides: vec![depth, height, width],
            scale: Range { channels, low, high },
        }))
    }

    /// Rows without labels, standardised by column.
    pub fn vector(mean: Vec<f64>, deviation: Vec<f64>) -> Self {
        DataShape::new(Kind::Row(Row {
            sides: vec![],
            scale: Columns { mean, deviation, ..Columns::default() },
        }))
    }

    /// Windows of `context` tokens of texts with this vocabulary, of this number of classes; 0 for none.
    pub fn texts(context: i64, vocabulary: Vocabulary, classes: i64) -> Self {
        DataShape::new(Kind::Tokens(Tokens::new(context, Language { vocabulary, classes })))
    }

    /// Windows of these numbers of tokens of sources and of texts with this vocabulary.
    pub fn pairs(sides: [i64; 2], vocabulary: Vocabulary) -> Self {
        DataShape::new(Kind::Pairs(Pairs::new(sides, Language { vocabulary, classes: 0 })))
    }

    /// Texts of at most `places` tokens of this vocabulary, one a sample.
    pub fn sentences(places: i64, vocabulary: Vocabulary) -> Self {
        DataShape::new(Kind::Text(Text {
            sides: vec![places],
            scale: Language { vocabulary, classes: 0 },
        }))
    }

    /// Samples without labels.
    pub fn new(of: Kind) -> Self {
        DataShape { of, labels: Labels::None, double: false }
    }

    /// Type of the samples that are returned: float64 or float32.
    pub fn kind(&self) -> tch::Kind {
        match self.double {
            true => tch::Kind::Double,
            false => tch::Kind::Float,
        }
    }

    /// The range (low, high) that is mapped to [-1, 1]; `None` if each column is standardised.
    pub fn span(&self) -> Option<(f64, f64)> {
        self.scale().span()
    }

    /// The same with all values in [-1, 1], mapped by their common range.
    pub fn bounded(mut self) -> Self {
        self.of.scale_mut().bound();
        self
    }

    /// `count` samples side by side as one.
    pub fn packed(&self, count: i64) -> Self {
        let mut packed = self.clone();
        packed.of.scale_mut().repeat(count);
        packed.labels = self.labels.packed(count);
        packed
    }

    /// Checks sizes, scale and labels.
    ///
    /// # Errors
    /// [`Error::Shape`] or [`Error::Parameter`] if they make no sense.
    pub fn check(&self) -> Result<()> {
        let sample = self.sample();
        if !self.fits() {
            return Err(Error::parameter("X", "expected a range of finite values", "another"));
        }
        let small = sample.iter().all(|side| (1..=MAX_SIDE).contains(side));
        let values = sample.iter().try_fold(1i64, |product, &side| product.checked_mul(side));
        if !small || values.is_none_or(|values| values > MAX_VALUES) {
            return Err(Error::Shape {
                name: "X".into(),
                expected: format!("sides from 1 to {MAX_SIDE} and at most 2^31 values a sample"),
                got: self.describe(),
            });
        }
        self.labels.check()
    }

    /// The stored shape in messages: `(28, 28, 1)`.
    pub fn describe(&self) -> String {
        tuple(&self.stored())
    }
}

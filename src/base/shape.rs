//! What the data dictates: sizes of a sample, the range of its values, and labels.

use serde::{Deserialize, Serialize};
use tch::Kind;

use super::labels::Labels;
use crate::error::{Error, Result};

const MAX_SIDE: i64 = 65_536;
const MAX_VALUES: i64 = 1 << 31;

/// What the data dictates: its samples and its labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataShape {
    /// Sizes of one sample and the range of its values.
    #[serde(flatten)]
    pub values: Values,
    /// What each sample is labelled with.
    #[serde(default)]
    pub labels: Labels,
    /// True if samples are given back in float64, because the data came in a type that float32 cannot hold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub double: bool,
}

/// Sizes of one sample and the range of its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Values {
    /// Images, or volumes of voxels.
    Image {
        /// Number of slices of a volume; `None` for images.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        depth: Option<i64>,
        /// Pixels from top to bottom.
        height: i64,
        /// Pixels from left to right.
        width: i64,
        /// 1 for grey, 3 for colour, any other number as well.
        channels: i64,
        /// The value that becomes -1.
        low: f64,
        /// The value that becomes 1.
        high: f64,
    },
    /// Rows of a table.
    Vector {
        /// What is subtracted from each column: its mean, or the middle of a range.
        mean: Vec<f64>,
        /// What each column is divided by: its standard deviation (1 where it is constant), or half of a range.
        deviation: Vec<f64>,
        /// The range of all columns together, where it is of use: 0..1, -1..1, or minimum and maximum.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<(f64, f64)>,
        /// Largest distance of a training value from the mean, in deviations, for each column; empty where it is not known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reach: Vec<f64>,
    },
}

/// What lies between an encoder and a decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Code {
    /// A row of so many values.
    Row(i64),
    /// A small picture of so many channels.
    Map(i64),
}

impl DataShape {
    /// Pictures without labels; `low` becomes -1, `high` becomes 1.
    pub fn image([height, width, channels]: [i64; 3], low: f64, high: f64) -> Self {
        DataShape::of(Values::Image { depth: None, height, width, channels, low, high })
    }

    /// Volumes without labels; `low` becomes -1, `high` becomes 1.
    pub fn volume([depth, height, width, channels]: [i64; 4], low: f64, high: f64) -> Self {
        DataShape::of(Values::Image { depth: Some(depth), height, width, channels, low, high })
    }

    /// Rows without labels, standardised by column.
    pub fn vector(mean: Vec<f64>, deviation: Vec<f64>) -> Self {
        DataShape::of(Values::Vector { mean, deviation, range: None, reach: Vec::new() })
    }

    fn of(values: Values) -> Self {
        DataShape { values, labels: Labels::None, double: false }
    }

    /// Type of the samples that are given back: float64 or float32.
    pub fn kind(&self) -> Kind {
        match self.double {
            true => Kind::Double,
            false => Kind::Float,
        }
    }

    /// The range (low, high) that is mapped to [-1, 1], of images and of rows that [`DataShape::bounded`] mapped; `None` for
    /// rows that are standardised by column.
    pub fn span(&self) -> Option<(f64, f64)> {
        match &self.values {
            Values::Image { low, high, .. } => Some((*low, *high)),
            Values::Vector { mean, deviation, range, .. } => range.filter(|(low, high)| {
                let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
                mean.iter().all(|x| *x == middle) && deviation.iter().all(|x| *x == half)
            }),
        }
    }

    /// The same with all values in [-1, 1]: rows are mapped by their common range, pictures are so already.
    pub fn bounded(self) -> Self {
        let values = match self.values {
            Values::Vector { mean, range: Some((low, high)), .. } => Values::Vector {
                deviation: vec![(high - low) / 2.0; mean.len()],
                mean: vec![(low + high) / 2.0; mean.len()],
                range: Some((low, high)),
                reach: Vec::new(),
            },
            values => values,
        };
        DataShape { values, ..self }
    }

    /// So many samples side by side as one: pictures by their channels, rows and labels one after the other.
    pub fn packed(&self, count: i64) -> Self {
        let often = |values: &[f64]| values.repeat(count as usize);
        let values = match &self.values {
            Values::Image { depth, height, width, channels, low, high } => Values::Image {
                depth: *depth,
                height: *height,
                width: *width,
                channels: channels * count,
                low: *low,
                high: *high,
            },
            Values::Vector { mean, deviation, range, reach } => Values::Vector {
                mean: often(mean),
                deviation: often(deviation),
                range: *range,
                reach: often(reach),
            },
        };
        let labels = match &self.labels {
            Labels::Classes { shares, balanced } => Labels::Classes { shares: often(shares), balanced: *balanced },
            Labels::Numbers { mean, deviation, .. } => Labels::Numbers {
                mean: often(mean),
                deviation: often(deviation),
                rows: Vec::new(),
            },
            labels => labels.clone(),
        };
        DataShape { values, labels, double: self.double }
    }

    /// Whether the sizes and the range make sense.
    ///
    /// # Errors
    /// [`Error::Shape`] or [`Error::Parameter`] if they do not.
    pub fn check(&self) -> Result<()> {
        let spans = |low: f64, high: f64| low.is_finite() && high.is_finite() && low < high;
        let fits = match &self.values {
            Values::Image { low, high, .. } => spans(*low, *high),
            Values::Vector { mean, deviation, range, reach } => {
                let finite = mean.iter().all(|x| x.is_finite()) && range.is_none_or(|(low, high)| spans(low, high));
                let reaches = reach.is_empty() || reach.len() == mean.len() && reach.iter().all(|x| *x >= 0.0);
                let positive = deviation.iter().all(|x| x.is_finite() && *x > 0.0);
                finite && reaches && positive && mean.len() == deviation.len()
            }
        };
        if !fits {
            return Err(Error::parameter("X", "expected a range of finite values", "another"));
        }
        // Sides of at most 65,536 are multiplied until the product is too large.
        let sample = self.sample();
        let small = sample.iter().all(|side| (1..=MAX_SIDE).contains(side));
        let values = sample.iter().try_fold(1i64, |values, side| values.checked_mul(*side));
        if !small || values.is_none_or(|values| values > MAX_VALUES) {
            return Err(Error::Shape {
                name: "X".into(),
                expected: format!("sides from 1 to {MAX_SIDE} and at most 2^31 values a sample"),
                got: self.describe(),
            });
        }
        self.labels.check()
    }

    /// Shape of one sample as the networks see it: `[channels, ...sides]` or `[dim]`.
    pub fn sample(&self) -> Vec<i64> {
        match &self.values {
            Values::Image { depth, height, width, channels, .. } => {
                [Some(*channels), *depth, Some(*height), Some(*width)].into_iter().flatten().collect()
            }
            Values::Vector { mean, .. } => vec![mean.len() as i64],
        }
    }

    /// Shape of one sample as arrays hold it: `[...sides, channels]` or `[dim]`.
    pub fn stored(&self) -> Vec<i64> {
        match &self.values {
            Values::Image { depth, height, width, channels, .. } => {
                [*depth, Some(*height), Some(*width), Some(*channels)].into_iter().flatten().collect()
            }
            Values::Vector { mean, .. } => vec![mean.len() as i64],
        }
    }

    /// The sizes in words, for messages: `(28, 28, 1)`.
    pub fn describe(&self) -> String {
        tuple(&self.stored())
    }
}

/// Sizes as Python writes them: `(28, 28, 1)`, `(2,)`.
pub fn tuple(sizes: &[i64]) -> String {
    match sizes {
        [one] => format!("({one},)"),
        _ => {
            let sizes: Vec<String> = sizes.iter().map(i64::to_string).collect();
            format!("({})", sizes.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_python_writes_them() {
        assert_eq!(tuple(&[2]), "(2,)");
        assert_eq!(tuple(&[28, 28, 1]), "(28, 28, 1)");
    }
}

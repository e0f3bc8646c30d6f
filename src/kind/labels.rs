//! What samples are labelled with, and how labels reach the networks: one value a class, or standardised numbers.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::columns::far;
use crate::base::axes::tuple;
use crate::base::device::sent;
use crate::base::{Philox, Stream};
use crate::error::{Error, Result};

/// More classes or columns than this are a misunderstanding.
const MAX_WIDTH: usize = 65_536;

/// The labels of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Labels {
    /// None at all.
    None,
    /// One of a number of classes, coded 0, 1, ...
    Classes {
        /// How often each occurs; they sum to 1.
        shares: Vec<f64>,
        /// Whether training and samples have each as often as the others, whatever the data has.
        balanced: bool,
    },
    /// Any numbers.
    Numbers {
        /// Mean of each column.
        mean: Vec<f64>,
        /// Standard deviation of each column, 1 where it is constant.
        deviation: Vec<f64>,
        /// Rows of the data, one after the other, from which samples take theirs.
        rows: Vec<f64>,
    },
    /// None in the data: codes that a model invents (Chen et al., "InfoGAN", 2016), a category and numbers from -1 to 1.
    Codes {
        /// Number of categories; 0 for none.
        categories: i64,
        /// Number of numbers.
        continuous: i64,
    },
}

impl Labels {
    /// Values that a network is given with each sample; 0 where there are no labels.
    pub fn width(&self) -> i64 {
        match self {
            Labels::None => 0,
            Labels::Classes { shares, .. } => shares.len() as i64,
            Labels::Numbers { mean, .. } => mean.len() as i64,
            Labels::Codes { categories, continuous } => categories + continuous,
        }
    }

    /// Labels of `count` samples, one after the other.
    pub fn packed(&self, count: i64) -> Self {
        let often = |values: &[f64]| values.repeat(count as usize);
        match self {
            Labels::Classes { shares, balanced } => Labels::Classes { shares: often(shares), balanced: *balanced },
            Labels::Numbers { mean, deviation, .. } => Labels::Numbers {
                mean: often(mean),
                deviation: often(deviation),
                rows: Vec::new(),
            },
            labels => labels.clone(),
        }
    }

    /// Whether each sample of the data has its own.
    pub fn in_data(&self) -> bool {
        matches!(self, Labels::Classes { .. } | Labels::Numbers { .. })
    }

    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// [`Error::Parameter`] if they do not.
    pub fn check(&self) -> Result<()> {
        let fits = match self {
            Labels::None => true,
            Labels::Classes { shares, .. } => {
                !shares.is_empty() && shares.len() <= MAX_WIDTH && shares.iter().all(|x| (0.0..=1.0).contains(x))
            }
            Labels::Numbers { mean, deviation, rows } => {
                let whole =
                    !rows.is_empty() && rows.len() % mean.len().max(1) == 0 && rows.iter().all(|x| x.is_finite());
                let finite = mean.iter().all(|x| x.is_finite()) && deviation.iter().all(|x| x.is_finite() && *x > 0.0);
                whole && finite && (1..=MAX_WIDTH).contains(&mean.len()) && mean.len() == deviation.len()
            }
            Labels::Codes { categories, continuous } => {
                let most = 0..=MAX_WIDTH as i64;
                most.contains(categories) && most.contains(continuous) && categories + continuous > 0
            }
        };
        match fits {
            true => Ok(()),
            false => Err(Error::parameter("y", format!("expected 1 to {MAX_WIDTH} classes or columns"), "others")),
        }
    }

    /// What the networks see.
    ///
    /// # Shapes
    /// Codes of classes `[n]`, int64, or numbers `[n, width]`, float32 or float64; of a model's own codes the category, if there is one,
    /// and numbers. To `[n, width]`, float32.
    pub fn encode(&self, y: &Tensor) -> Result<Tensor> {
        match self {
            Labels::None => Ok(y.shallow_clone()),
            Labels::Classes { .. } => Ok(y.f_one_hot(self.width())?.f_to_kind(Kind::Float)?),
            Labels::Numbers { mean, deviation, .. } => {
                // Offsets that float32 cannot take off are taken off in float64.
                let kind = if far(mean, deviation) { Kind::Double } else { y.f_kind()? };
                let y = y.f_to_kind(kind)?;
                let row = |values: &[f64]| -> Result<Tensor> {
                    sent(&Tensor::f_from_slice(values)?.f_to_kind(kind)?, y.device())
                };
                Ok(y.f_sub(&row(mean)?)?.f_div(&row(deviation)?)?.f_to_kind(Kind::Float)?)
            }
            Labels::Codes { categories: 0, .. } => Ok(y.shallow_clone()),
            Labels::Codes { categories, .. } => {
                let category = y.f_select(1, 0)?.f_to_kind(Kind::Int64)?.f_one_hot(*categories)?;
                let rest = y.f_narrow(1, 1, y.size()[1] - 1)?;
                Ok(Tensor::f_cat(&[category.f_to_kind(Kind::Float)?, rest], 1)?)
            }
        }
    }

    /// What the networks see, from what users have at hand: as [`Labels::encode`] takes it, categories alone, or already so.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a class that there is not, or labels of a model without. Waits for the device.
    pub fn seen(&self, y: &Tensor) -> Result<Tensor> {
        let (classes, continuous) = match self {
            Labels::None => {
                let expected = "expected None for a model without labels";
                return Err(Error::parameter("y", expected, tuple(&y.size())));
            }
            Labels::Classes { shares, .. } => (shares.len() as i64, 0),
            Labels::Codes { categories, continuous } => (*categories, *continuous),
            Labels::Numbers { .. } => (0, 0),
        };
        let alone = y.dim() == 1 && y.f_kind()? == Kind::Int64;
        let row = matches!(self, Labels::Codes { .. }) && y.dim() == 2 && y.size()[1] == 1 + continuous;
        if classes == 0 || !(alone || row) {
            return Ok(y.f_to_kind(Kind::Float)?);
        }
        let category = if alone { y.shallow_clone() } else { y.f_select(1, 0)?.f_to_kind(Kind::Int64)? };
        if y.numel() > 0 {
            let ends = [category.f_min()?.int64_value(&[]), category.f_max()?.int64_value(&[])];
            if let Some(wrong) = ends.into_iter().find(|code| !(0..classes).contains(code)) {
                return Err(Error::parameter(
                    "y",
                    format!("expected codes of classes from 0 to {}", classes - 1),
                    wrong,
                ));
            }
        }
        match (self, alone) {
            (Labels::Codes { .. }, true) => {
                let middle = Tensor::f_zeros([y.size()[0], continuous], (Kind::Float, y.device()))?;
                self.encode(&Tensor::f_cat(&[category.f_unsqueeze(1)?.f_to_kind(Kind::Float)?, middle], 1)?)
            }
            (_, true) => self.encode(&category),
            (_, false) => self.encode(&y.f_to_kind(Kind::Float)?),
        }
    }

    /// Negative log likelihood of labels under what a network tells of them, 0-d, a mean over samples: cross-entropy of
    /// classes, half the squared distance of numbers.
    ///
    /// # Shapes
    /// Both `[n, width]`; `told` holds any numbers.
    pub fn surprise(&self, told: &Tensor, labels: &Tensor) -> Result<Tensor> {
        let classes = match self {
            Labels::Classes { .. } => self.width(),
            Labels::Codes { categories, .. } => *categories,
            Labels::None | Labels::Numbers { .. } => 0,
        };
        let parts = |x: &Tensor| x.f_split_with_sizes([classes, self.width() - classes], 1);
        let (told, labels) = (parts(told)?, parts(labels)?);
        let mut sums = labels[1].f_sub(&told[1])?.f_square()?.f_mul_scalar(0.5)?;
        if classes > 0 {
            let entropies = told[0].f_log_softmax(1, Kind::Float)?.f_mul(&labels[0])?.f_neg()?;
            sums = Tensor::f_cat(&[entropies, sums], 1)?;
        }
        Ok(sums.f_sum(Kind::Float)?.f_mul_scalar(1.0 / labels[0].size()[0] as f64)?)
    }

    /// Labels for samples `first..first + n` where nobody names any: classes as often as in the data, or numbers of one of
    /// its samples. `[n, width]`, on the CPU.
    pub fn draw(&self, random: &Philox, stream: Stream, first: u64, n: u64) -> Result<Tensor> {
        let width = self.width() as usize;
        let mut values = vec![0f32; n as usize * width];
        for (i, row) in values.chunks_mut(width.max(1)).enumerate() {
            let index = first + i as u64;
            match self {
                Labels::None => {}
                Labels::Numbers { mean, deviation, rows } => {
                    let mut uniform = [0f32];
                    random.fill_uniform(stream, index, &mut uniform);
                    let chosen = (f64::from(uniform[0]) * (rows.len() / width) as f64) as usize;
                    for (i, value) in row.iter_mut().enumerate() {
                        *value = ((rows[chosen * width + i] - mean[i]) / deviation[i]) as f32;
                    }
                }
                Labels::Classes { shares, balanced } => {
                    let mut uniform = [0f32];
                    random.fill_uniform(stream, index, &mut uniform);
                    let found = match balanced {
                        true => (f64::from(uniform[0]) * width as f64) as usize,
                        false => pick(shares, uniform[0]),
                    };
                    row[found] = 1.0;
                }
                Labels::Codes { categories, .. } => {
                    let classes = *categories as usize;
                    let mut uniform = vec![0f32; 1 + width - classes];
                    random.fill_uniform(stream, index, &mut uniform);
                    if classes > 0 {
                        row[(f64::from(uniform[0]) * classes as f64) as usize] = 1.0;
                    }
                    row[classes..].iter_mut().zip(&uniform[1..]).for_each(|(x, u)| *x = 2.0 * u - 1.0);
                }
            }
        }
        Ok(Tensor::f_from_slice(&values)?.f_view([n as i64, width as i64])?)
    }
}

// The place that a uniform number falls on among shares.
fn pick(shares: &[f64], uniform: f32) -> usize {
    let mut left = f64::from(uniform) * shares.iter().sum::<f64>();
    let found = shares.iter().position(|share| {
        left -= share;
        left < 0.0
    });
    found.unwrap_or(shares.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_become_one_value_each_and_numbers_are_standardised() {
        let classes = Labels::Classes { shares: vec![0.5, 0.5], balanced: false };
        let y = classes.encode(&Tensor::from_slice(&[1i64, 0])).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[0f32, 1.0, 1.0, 0.0]).view([2, 2])));
        let numbers = Labels::Numbers { mean: vec![10.0], deviation: vec![2.0], rows: vec![] };
        let y = numbers.encode(&Tensor::from_slice(&[12f32, 8.0]).view([2, 1])).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[1f32, -1.0]).view([2, 1])));
    }

    #[test]
    fn drawn_classes_follow_their_shares() {
        for (balanced, wanted) in [(false, [0.1, 0.0, 0.9]), (true, [1.0 / 3.0; 3])] {
            let classes = Labels::Classes { shares: vec![0.1, 0.0, 0.9], balanced };
            let y = classes.draw(&Philox::new(0), Stream::Label, 0, 20_000).unwrap();
            let means = y.mean_dim(&[0i64][..], false, Kind::Float);
            for (i, share) in wanted.iter().enumerate() {
                assert!((means.double_value(&[i as i64]) - share).abs() < 0.01);
            }
        }
    }

    #[test]
    fn drawn_numbers_are_rows_of_the_data() {
        let rows = [1f64, 10.0, 2.0, 30.0, 3.0, 20.0];
        let numbers = Labels::Numbers {
            mean: vec![2.0, 20.0],
            deviation: vec![0.5, 8.0],
            rows: rows.to_vec(),
        };
        let drawn = numbers.draw(&Philox::new(0), Stream::Label, 0, 3000).unwrap();
        let known = numbers.encode(&Tensor::from_slice(&rows).view([3, 2])).unwrap();
        for i in 0..3 {
            let same = drawn.eq_tensor(&known.narrow(0, i, 1)).all_dim(1, false);
            let share = same.to_kind(Kind::Float).mean(Kind::Float).double_value(&[]);
            assert!((share - 1.0 / 3.0).abs() < 0.03, "{share}");
        }
        // The labels of a sample depend on nothing but its number.
        let later = numbers.draw(&Philox::new(0), Stream::Label, 1000, 5).unwrap();
        assert!(later.equal(&drawn.narrow(0, 1000, 5)));
    }

    #[test]
    fn codes_are_a_category_and_numbers() {
        let codes = Labels::Codes { categories: 3, continuous: 2 };
        let drawn = codes.draw(&Philox::new(0), Stream::Code, 0, 10_000).unwrap();
        let category = drawn.narrow(1, 0, 3);
        assert!(category.sum_dim_intlist(&[1i64][..], false, Kind::Float).eq(1.0).all().int64_value(&[]) == 1);
        let numbers = drawn.narrow(1, 3, 2);
        assert!(
            numbers.abs().max().double_value(&[]) <= 1.0 && numbers.mean(Kind::Float).double_value(&[]).abs() < 0.02
        );
        let y = codes.encode(&Tensor::from_slice(&[2f32, -0.5, 0.25]).view([1, 3])).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[0f32, 0.0, 1.0, -0.5, 0.25]).view([1, 5])));
    }

    #[test]
    fn surprise_is_cross_entropy_and_half_a_square() {
        let codes = Labels::Codes { categories: 2, continuous: 1 };
        let told = Tensor::from_slice(&[0f32, 0.0, 1.0]).view([1, 3]);
        let labels = Tensor::from_slice(&[1f32, 0.0, -1.0]).view([1, 3]);
        let surprise = codes.surprise(&told, &labels).unwrap().double_value(&[]);
        assert!((surprise - (2f64.ln() + 2.0)).abs() < 1e-6);
    }
}

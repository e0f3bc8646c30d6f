//! Ranges of settings: `1..=9`, `0.0..`, `0.0..0.5`, [`Above`], or one of these with its own message.

use std::fmt::Display;
use std::ops::{self, RangeFrom, RangeInclusive};

use crate::error::{Error, Result};

/// The values that a setting accepts.
pub trait Range<T> {
    /// True if it accepts the value.
    fn contains(&self, value: T) -> bool;
    /// The expected values, for the error message about `value`.
    fn expected(&self, value: T) -> String;
}

impl Range<i64> for RangeInclusive<i64> {
    fn contains(&self, value: i64) -> bool {
        self.contains(&value)
    }

    fn expected(&self, value: i64) -> String {
        match value < *self.start() {
            true => format!("must be at least {}", self.start()),
            false => format!("must be at most {}", self.end()),
        }
    }
}

impl Range<f64> for RangeFrom<f64> {
    fn contains(&self, value: f64) -> bool {
        value >= self.start && value.is_finite()
    }

    fn expected(&self, _: f64) -> String {
        format!("must be at least {} and finite", self.start)
    }
}

impl Range<f64> for ops::Range<f64> {
    fn contains(&self, value: f64) -> bool {
        self.contains(&value)
    }

    fn expected(&self, _: f64) -> String {
        format!("must be at least {} and below {}", self.start, self.end)
    }
}

/// Finite numbers above a bound.
pub struct Above(pub f64);

impl Range<f64> for Above {
    fn contains(&self, value: f64) -> bool {
        value > self.0 && value.is_finite()
    }

    fn expected(&self, _: f64) -> String {
        format!("must be above {} and finite", self.0)
    }
}

/// A range with its own error message.
impl<T, R: Range<T>> Range<T> for (R, &str) {
    fn contains(&self, value: T) -> bool {
        self.0.contains(value)
    }

    fn expected(&self, _: T) -> String {
        self.1.into()
    }
}

// Checks one value.
fn check<T: Copy + Display>(name: &str, value: T, range: &impl Range<T>) -> Result<()> {
    match range.contains(value) {
        true => Ok(()),
        false => Err(Error::parameter(name, range.expected(value), value)),
    }
}

/// A setting with one or several values in a range.
pub trait Ranged<R> {
    /// Checks all values.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first that the range does not contain.
    fn within(&self, name: &str, range: &R) -> Result<()>;
}

impl<R: Range<i64>> Ranged<R> for i64 {
    fn within(&self, name: &str, range: &R) -> Result<()> {
        check(name, *self, range)
    }
}

impl<R: Range<f64>> Ranged<R> for f64 {
    fn within(&self, name: &str, range: &R) -> Result<()> {
        check(name, *self, range)
    }
}

impl<R: Range<f64>> Ranged<R> for (f64, f64) {
    fn within(&self, name: &str, range: &R) -> Result<()> {
        check(name, self.0, range).and_then(|()| check(name, self.1, range))
    }
}

impl<T: Ranged<R>, R> Ranged<R> for Vec<T> {
    fn within(&self, name: &str, range: &R) -> Result<()> {
        self.iter().try_for_each(|value| value.within(name, range))
    }
}

impl<T: Ranged<R>, R> Ranged<R> for Option<T> {
    fn within(&self, name: &str, range: &R) -> Result<()> {
        self.iter().try_for_each(|value| value.within(name, range))
    }
}

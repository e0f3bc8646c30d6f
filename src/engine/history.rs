//! Training metrics per epoch.

use crate::error::{Error, Result};

/// Number of rows without improvement after which a loss has stopped falling.
const PATIENCE: u32 = 10;

/// A table with named columns of equal length: those of the training loop, then noted ones, ordered by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    columns: Vec<(String, Vec<f64>)>,
    /// Number of columns of the training loop.
    own: usize,
}

impl History {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = String>) -> Self {
        let columns: Vec<_> = columns.into_iter().map(|name| (name, Vec::new())).collect();
        History { own: columns.len(), columns }
    }

    /// Appends a row, one value per column of the training loop; noted columns get NaN.
    pub fn push(&mut self, row: &[f64]) {
        for (place, (_, values)) in self.columns.iter_mut().enumerate() {
            values.push(row.get(place).copied().unwrap_or(f64::NAN));
        }
    }

    /// Writes a value into the last row of a noted column, which is created with NaN in all other rows.
    ///
    /// # Errors
    /// [`Error::Parameter`] if there is no row, or if the column belongs to the training loop.
    pub fn note(&mut self, name: &str, value: f64) -> Result<()> {
        let (own, rows) = (self.own, self.len());
        if rows == 0 || self.own().any(|known| known == name) {
            return Err(Error::parameter("name", "a column of its own, and a row", format!("\"{name}\"")));
        }
        let place = self.columns[own..].partition_point(|(known, _)| known.as_str() < name) + own;
        if self.columns.get(place).is_none_or(|(known, _)| known != name) {
            self.columns.insert(place, (name.to_owned(), vec![f64::NAN; rows]));
        }
        self.columns[place].1[rows - 1] = value;
        Ok(())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| values.len())
    }

    /// True if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes the rows from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.columns.iter_mut().for_each(|(_, values)| values.truncate(len));
    }

    /// Number of times that a column has stopped falling: no new minimum in `PATIENCE` rows, after which the count
    /// restarts.
    pub fn plateaus(&self, column: &str) -> u32 {
        let values = self.columns.iter().find(|(name, _)| name == column).map_or(&[][..], |(_, values)| values);
        let (mut least, mut since, mut count) = (f64::INFINITY, 0, 0);
        // Rows without a value are ignored.
        for &value in values.iter().filter(|value| value.is_finite()) {
            since += 1;
            if value < least {
                (least, since) = (value, 0);
            } else if since == PATIENCE {
                // The search restarts from the current value, not from the previous minimum.
                (least, since, count) = (value, 0, count + 1);
            }
        }
        count
    }

    /// Names and values.
    pub fn columns(&self) -> &[(String, Vec<f64>)] {
        &self.columns
    }

    /// Names of the columns of the training loop.
    pub fn own(&self) -> impl Iterator<Item = &str> {
        self.columns[..self.own].iter().map(|(name, _)| name.as_str())
    }

    /// Replaces all values, and the noted columns by `noted`, which are ordered by name; all have equal lengths.
    pub fn set(&mut self, values: Vec<Vec<f64>>, noted: Vec<(String, Vec<f64>)>) {
        self.columns.truncate(self.own);
        for ((_, old), new) in self.columns.iter_mut().zip(values) {
            *old = new;
        }
        self.columns.extend(noted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noted_columns_follow_those_of_the_loop_by_name() {
        let mut history = History::new(["loss".to_owned()]);
        assert!(history.note("recall", 0.5).is_err(), "there is no row yet");
        history.push(&[5.0]);
        assert!(history.note("loss", 0.5).is_err());
        for (name, value) in [("recall", 0.5), ("coverage", 0.7), ("recall", 0.6)] {
            history.note(name, value).unwrap();
        }
        history.push(&[4.0]);
        history.note("coverage", 0.8).unwrap();
        let names: Vec<_> = history.columns().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["loss", "coverage", "recall"]);
        assert_eq!(history.columns()[1].1, [0.7, 0.8]);
        assert!(history.columns()[2].1[0] == 0.6 && history.columns()[2].1[1].is_nan());
        history.truncate(1);
        assert_eq!(history.columns()[2].1, [0.6]);
    }

    #[test]
    fn a_column_stops_falling_after_ten_rows_without_a_new_least() {
        let mut history = History::new(["loss".to_owned()]);
        (0..5).for_each(|i| history.push(&[5.0 - f64::from(i)]));
        assert_eq!(history.plateaus("loss"), 0);
        (0..10).for_each(|_| history.push(&[2.0]));
        assert_eq!(history.plateaus("loss"), 1);
        history.push(&[0.5]);
        (0..20).for_each(|_| history.push(&[f64::NAN]));
        assert_eq!((history.plateaus("loss"), history.plateaus("other")), (1, 0));
        (0..20).for_each(|_| history.push(&[2.0]));
        assert_eq!(history.plateaus("loss"), 3);
    }
}

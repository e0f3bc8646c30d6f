//! Training metrics per epoch.

/// Number of rows without improvement after which a loss has stopped falling.
const PATIENCE: u32 = 10;

/// A table with named columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    columns: Vec<(String, Vec<f64>)>,
}

impl History {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = String>) -> Self {
        History {
            columns: columns.into_iter().map(|name| (name, Vec::new())).collect(),
        }
    }

    /// Appends a row, one value per column.
    pub fn push(&mut self, row: &[f64]) {
        for ((_, values), &value) in self.columns.iter_mut().zip(row) {
            values.push(value);
        }
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

    /// Replaces the values of all columns, which must have equal lengths.
    pub fn set(&mut self, values: Vec<Vec<f64>>) {
        for ((_, old), new) in self.columns.iter_mut().zip(values) {
            *old = new;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

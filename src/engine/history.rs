//! Numbers of each epoch.

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

    /// Appends a row, one value a column.
    pub fn push(&mut self, row: &[f64]) {
        for ((_, values), &value) in self.columns.iter_mut().zip(row) {
            values.push(value);
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| values.len())
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the rows from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.columns.iter_mut().for_each(|(_, values)| values.truncate(len));
    }

    /// Names and values.
    pub fn columns(&self) -> &[(String, Vec<f64>)] {
        &self.columns
    }

    /// Replaces the values of every column; they have equal lengths.
    pub fn set(&mut self, values: Vec<Vec<f64>>) {
        for ((_, old), new) in self.columns.iter_mut().zip(values) {
            *old = new;
        }
    }
}

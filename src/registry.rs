//! Registries of members by name, and the error for unknown names.

use crate::error::{Error, Result};

/// An option that users choose by name.
pub trait Member {
    /// User-facing name in snake case.
    fn name(&self) -> &'static str;
    /// One-line description with authors and year.
    fn describe(&self) -> &'static str;
}

/// The members of one concept.
pub struct Registry<T: ?Sized + 'static> {
    /// The concept in error messages: `objective`.
    pub what: &'static str,
    /// The members in listing order.
    pub members: &'static [&'static T],
}

impl<T: Member + ?Sized> Registry<T> {
    /// Names of all members, in order.
    pub fn names(&self) -> Vec<&'static str> {
        self.members.iter().map(|member| member.name()).collect()
    }

    /// Looks up a member by name.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the nearest name and all known names.
    pub fn get(&self, name: &str) -> Result<&'static T> {
        let found = self.members.iter().find(|member| member.name() == name);
        found.copied().ok_or_else(|| unknown(self.what, name, &self.names()))
    }
}

/// Error for a name that is not among `known`.
pub fn unknown(what: &str, name: &str, known: &[&str]) -> Error {
    let nearest = known.iter().min_by_key(|other| distance(name, other));
    Error::UnknownName {
        what: what.into(),
        name: name.into(),
        nearest: nearest.copied().unwrap_or_default().into(),
        known: known.join(", "),
    }
}

/// Levenshtein distance, in characters.
fn distance(a: &str, b: &str) -> usize {
    // Compares the first hundred characters: longer names are no misspellings.
    let a: Vec<char> = a.chars().take(100).collect();
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(*ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_the_nearest_and_lists_all() {
        let error = unknown("objective", "hinhe", &["minimax", "hinge"]);
        assert_eq!(error.to_string(), "unknown objective \"hinhe\"; did you mean \"hinge\"? known: minimax, hinge");
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}

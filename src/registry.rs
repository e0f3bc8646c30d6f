//! Registries of members by name, and the error for unknown names.

use std::fmt;
use std::ops::Deref;

use serde::{de, Deserialize, Deserializer, Serialize, Serializer};

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

/// A concept with one registry, which knows its members.
pub trait Listed: Member + 'static {
    /// All members.
    fn registry() -> &'static Registry<Self>;
}

/// A member that was chosen by its name. Stored as that name.
pub struct Chosen<T: ?Sized + 'static>(&'static T);

impl<T: Listed + ?Sized> Chosen<T> {
    /// The member with this name.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if there is none.
    pub fn named(name: &str) -> Result<Self> {
        T::registry().get(name).map(Chosen)
    }
}

impl<T: ?Sized> Clone for Chosen<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Chosen<T> {}

impl<T: ?Sized> Deref for Chosen<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: Member + ?Sized> fmt::Debug for Chosen<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<T: Member + ?Sized> PartialEq for Chosen<T> {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl<T: Member + ?Sized> Serialize for Chosen<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de, T: Listed + ?Sized> Deserialize<'de> for Chosen<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Chosen::named(&String::deserialize(deserializer)?).map_err(de::Error::custom)
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

    trait Fruit: Member + Sync {}

    struct Plum;

    impl Fruit for Plum {}

    impl Member for Plum {
        fn name(&self) -> &'static str {
            "plum"
        }

        fn describe(&self) -> &'static str {
            "a fruit"
        }
    }

    impl Listed for dyn Fruit {
        fn registry() -> &'static Registry<Self> {
            static FRUITS: Registry<dyn Fruit> = Registry { what: "fruit", members: &[&Plum] };
            &FRUITS
        }
    }

    #[test]
    fn chosen_members_are_stored_as_their_names() {
        let plum = Chosen::<dyn Fruit>::named("plum").unwrap();
        let text = serde_json::to_string(&plum).unwrap();
        assert_eq!((text.as_str(), plum.describe()), ("\"plum\"", "a fruit"));
        assert_eq!(serde_json::from_str::<Chosen<dyn Fruit>>(&text).unwrap(), plum);
        let error = serde_json::from_str::<Chosen<dyn Fruit>>("\"plumb\"").unwrap_err().to_string();
        assert!(error.starts_with("unknown fruit \"plumb\"; did you mean \"plum\"? known: plum"), "{error}");
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}

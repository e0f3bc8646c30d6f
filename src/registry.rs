//! Members, which own their settings, their registries by name, and the errors for other names and settings.

use std::fmt;
use std::ops::Deref;

use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::error::{Error, Result};

/// An option that users choose by name.
pub trait Member: Send + Sync {
    /// User-facing name in snake case.
    fn name(&self) -> &'static str;
    /// One-line description with authors and year.
    fn describe(&self) -> &'static str;
    /// Its own settings by name: their defaults, for a member of a registry.
    fn settings(&self) -> Value;
}

/// Declares a member: its name, its description, and a struct of its own settings with their defaults.
#[macro_export]
macro_rules! member {
    (
        $name:literal: $about:literal,
        pub struct $member:ident { $($(#[doc = $doc:literal])* $setting:ident: $type:ty = $usual:expr,)* }
    ) => {
        #[doc = $about]
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        pub struct $member {
            $($(#[doc = $doc])* pub $setting: $type,)*
        }

        impl $member {
            /// The member with its default settings.
            pub const USUAL: Self = $member { $($setting: $usual,)* };
        }

        impl $crate::registry::Member for $member {
            fn name(&self) -> &'static str {
                $name
            }

            fn describe(&self) -> &'static str {
                $about
            }

            fn settings(&self) -> serde_json::Value {
                serde_json::to_value(self).unwrap_or_default()
            }
        }
    };
}

/// The members of one concept.
pub struct Registry<T: ?Sized + 'static> {
    /// The concept in error messages: `objective`.
    pub what: &'static str,
    /// The members with their default settings, in listing order.
    pub members: &'static [&'static T],
}

/// Declares the registry of a concept.
#[macro_export]
macro_rules! registry {
    ($(#[$about:meta])* pub static $all:ident: $concept:ty = $what:literal [$($member:ty),* $(,)?];) => {
        $(#[$about])*
        pub static $all: $crate::registry::Registry<$concept> =
            $crate::registry::Registry { what: $what, members: &[$(&<$member>::USUAL),*] };

        impl $crate::registry::Listed for $concept {
            fn registry() -> &'static $crate::registry::Registry<Self> {
                &$all
            }

            fn taking(&self, settings: &serde_json::Value) -> serde_json::Result<Box<Self>> {
                let name = $crate::registry::Member::name(self);
                $(if name == $crate::registry::Member::name(&<$member>::USUAL) {
                    return Ok(Box::new(<$member as serde::Deserialize>::deserialize(settings)?));
                })*
                Err(serde::de::Error::custom(name))
            }
        }
    };
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

    /// The same member with those of these settings, by name, that it has.
    fn taking(&self, settings: &Value) -> serde_json::Result<Box<Self>>;
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

    /// Resolves a setting that only some members have: its default if the user passed none.
    ///
    /// # Errors
    /// [`Error::Parameter`] if this member does not have the setting.
    pub fn own<S: DeserializeOwned>(self, name: &str, said: Option<S>) -> Result<Option<S>> {
        match (said, self.settings().get(name)) {
            (Some(_), None) => Err(refused((T::registry().what, self.name()), name)),
            (None, Some(usual)) => Option::deserialize(usual).map_err(internal),
            (said, _) => Ok(said),
        }
    }

    /// The member in use, which takes its own settings from those of a run.
    ///
    /// # Errors
    /// [`Error::Internal`] if they lack one.
    pub fn of(self, run: &impl Serialize) -> Result<Box<T>> {
        serde_json::to_value(run).and_then(|settings| self.taking(&settings)).map_err(internal)
    }
}

fn internal(error: serde_json::Error) -> Error {
    Error::Internal(error.to_string())
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

/// Error for a setting that a member does not have, as in `("net", "mlp")`.
pub fn refused((what, which): (&str, &str), name: &str) -> Error {
    Error::parameter(name, format!("expected None for {what}=\"{which}\""), "a value")
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

    pub trait Fruit: Member {
        fn weight(&self) -> f64;
    }

    member! {
        "plum": "a fruit",
        pub struct Plum {
            /// Weight of the stone.
            stone: f64 = 2.0,
        }
    }

    impl Fruit for Plum {
        fn weight(&self) -> f64 {
            20.0 + self.stone
        }
    }

    member! {
        "berry": "a fruit without a stone",
        pub struct Berry {}
    }

    impl Fruit for Berry {
        fn weight(&self) -> f64 {
            1.0
        }
    }

    registry! {
        /// All fruits.
        pub static FRUITS: dyn Fruit = "fruit" [Plum, Berry];
    }

    #[test]
    fn members_own_settings_with_defaults_and_take_them_from_a_run() {
        let [plum, berry] = ["plum", "berry"].map(|name| Chosen::<dyn Fruit>::named(name).unwrap());
        assert_eq!(
            (plum.own("stone", None::<f64>).unwrap(), plum.own("stone", Some(3.0)).unwrap()),
            (Some(2.0), Some(3.0))
        );
        assert_eq!(berry.own("stone", None::<f64>).unwrap(), None);
        let error = berry.own("stone", Some(3.0)).unwrap_err();
        assert_eq!(error.to_string(), "stone: expected None for fruit=\"berry\", got a value");
        let run = serde_json::json!({"stone": 5.0, "other": "x"});
        assert_eq!([plum, berry].map(|fruit| fruit.of(&run).unwrap().weight()), [25.0, 1.0]);
        assert!(plum.of(&serde_json::json!({})).is_err());
    }

    #[test]
    fn chosen_members_are_stored_as_their_names() {
        let plum = Chosen::<dyn Fruit>::named("plum").unwrap();
        let text = serde_json::to_string(&plum).unwrap();
        assert_eq!((text.as_str(), plum.describe()), ("\"plum\"", "a fruit"));
        assert_eq!(serde_json::from_str::<Chosen<dyn Fruit>>(&text).unwrap(), plum);
        let error = serde_json::from_str::<Chosen<dyn Fruit>>("\"plumb\"").unwrap_err().to_string();
        assert!(error.starts_with("unknown fruit \"plumb\"; did you mean \"plum\"? known: plum, berry"), "{error}");
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}

//! Settings that users choose by name among several values.

use super::{Read, Said};
use crate::error::{Error, Result};
use crate::registry::unknown;

/// A value that users choose by name.
pub trait Named: Copy + PartialEq + 'static {
    /// User-facing name in snake case.
    fn name(self) -> &'static str;
}

/// Reads the name of one of the values `known`. A value that is `refused` has the reason in its error.
///
/// # Errors
/// [`Error::UnknownName`] for another name, [`Error::Parameter`] for a refused value and for anything that is no name.
pub fn choose<T: Named>(name: &str, said: &Said, known: &[T], refused: &[(T, &str)]) -> Result<T> {
    let text = String::read(name, said)?;
    let names: Vec<&str> = known.iter().map(|value| value.name()).collect();
    if let Some((_, why)) = refused.iter().find(|(value, _)| value.name() == text) {
        let expected = format!("expected one of \"{}\" {why}", names.join("\", \""));
        return Err(Error::parameter(name, expected, format!("\"{text}\"")));
    }
    let found = known.iter().find(|value| value.name() == text);
    found.copied().ok_or_else(|| unknown(name, &text, &names))
}

/// Declares types of settings that are one of several values, `pub Choice: Value [A, B]`, optionally with a value that is
/// refused for a reason of its own. A choice is stored as its value.
#[macro_export]
macro_rules! choices {
    ($(
        $(#[$about:meta])*
        pub $choice:ident: $value:ident [$($known:ident),+ $(,)?] $(refuses $refused:ident: $why:literal)?;
    )*) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
        #[serde(transparent)]
        pub struct $choice(pub $value);

        impl $choice {
            /// The values that can be chosen.
            pub const KNOWN: &'static [$value] = &[$($value::$known),+];
        }

        impl std::ops::Deref for $choice {
            type Target = $value;
            fn deref(&self) -> &$value {
                &self.0
            }
        }

        impl<'de> serde::Deserialize<'de> for $choice {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = $value::deserialize(deserializer)?;
                match $choice::KNOWN.contains(&value) {
                    true => Ok($choice(value)),
                    false => Err(serde::de::Error::custom($crate::settings::Named::name(value))),
                }
            }
        }

        impl $crate::settings::Read for $choice {
            const ANNOTATION: &'static str = "str";
            const SHOWN: &'static str = "str";

            fn read(name: &str, said: &$crate::settings::Said) -> $crate::error::Result<Self> {
                let refused = &[$(($value::$refused, $why))?];
                $crate::settings::choose(name, said, $choice::KNOWN, refused).map($choice)
            }
        }

        impl $crate::settings::Setting for $choice {
            type Said = Self;
        }
    )*};
}

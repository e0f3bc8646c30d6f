//! Declaration of settings: [`settings!`] generates the resolved struct, the struct of the user's values, and its
//! reader from a list of names, types and documentation.

mod choice;
mod range;

use std::cell::RefCell;

pub use choice::{choose, Named};
pub use range::{Above, Range, Ranged};

use crate::error::{Error, Result};
use crate::registry::{unknown, Chosen, Listed};

/// A value passed by a user, independent of the language.
#[derive(Clone, Debug)]
pub enum Value {
    /// No value: the default applies.
    None,
    /// True or false.
    Flag(bool),
    /// An integer.
    Integer(i64),
    /// An integer beyond 64 bits.
    Large,
    /// Any other number.
    Number(f64),
    /// Text, most often a name.
    Text(String),
    /// A sequence.
    List(Vec<Said>),
    /// Named values.
    Table(Table),
    /// Any other value.
    Other,
}

/// A value with its representation for messages.
#[derive(Clone, Debug)]
pub struct Said {
    /// The value.
    pub value: Value,
    /// Representation in the user's language.
    pub repr: String,
}

impl Said {
    /// Error for a value of the wrong type.
    pub fn wrong(&self, name: &str, expected: &str) -> Error {
        Error::parameter(name, expected, self.repr.chars().take(60).collect::<String>())
    }
}

/// Named values passed by a user.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Names and values.
    pub entries: Vec<(String, Said)>,
    // Names that have been read.
    asked: RefCell<Vec<&'static str>>,
}

impl Table {
    /// Creates a table of these entries.
    pub fn new(entries: Vec<(String, Said)>) -> Self {
        Table { entries, asked: RefCell::default() }
    }

    /// The value with this name; `None` if it is missing or has no value.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it has the wrong type.
    pub fn read<T: Read>(&self, name: &'static str) -> Result<Option<T>> {
        self.asked.borrow_mut().push(name);
        let found = self.entries.iter().find(|(key, _)| key == name).map(|(_, said)| said);
        let said = found.filter(|said| !matches!(said.value, Value::None));
        said.map(|said| T::read(name, said)).transpose()
    }

    /// Checks that all names have been read.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for the first unread name.
    pub fn finish(&self) -> Result<()> {
        let asked = self.asked.borrow();
        match self.entries.iter().find(|(key, _)| !asked.contains(&key.as_str())) {
            Some((key, _)) => Err(unknown("parameter", key, &asked)),
            None => Ok(()),
        }
    }
}

/// Public declaration of a setting, from which signatures and docstrings are generated.
pub struct Declared {
    /// Heading of its group; empty for a setting that users cannot pass.
    pub group: &'static str,
    /// Name.
    pub name: &'static str,
    /// Python annotation.
    pub annotation: &'static str,
    /// Types or values for documentation.
    pub shown: &'static str,
    /// Documentation, line by line.
    pub doc: &'static [&'static str],
}

/// A type that users can pass.
pub trait Read: Sized {
    /// Python annotation.
    const ANNOTATION: &'static str;
    /// Type for documentation.
    const SHOWN: &'static str;

    /// Reads the value of the parameter `name`.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it has the wrong type.
    fn read(name: &str, said: &Said) -> Result<Self>;
}

impl Read for bool {
    const ANNOTATION: &'static str = "bool";
    const SHOWN: &'static str = "bool";

    fn read(name: &str, said: &Said) -> Result<Self> {
        match said.value {
            Value::Flag(flag) => Ok(flag),
            _ => Err(said.wrong(name, "expected True or False")),
        }
    }
}

impl Read for i64 {
    const ANNOTATION: &'static str = "int";
    const SHOWN: &'static str = "int";

    fn read(name: &str, said: &Said) -> Result<Self> {
        match said.value {
            Value::Integer(integer) => Ok(integer),
            Value::Large => Err(said.wrong(name, "must be below 2^63")),
            _ => Err(said.wrong(name, "expected an integer")),
        }
    }
}

impl Read for u64 {
    const ANNOTATION: &'static str = "int";
    const SHOWN: &'static str = "int";

    fn read(name: &str, said: &Said) -> Result<Self> {
        i64::read(name, said).map(|integer| integer as u64)
    }
}

impl Read for f64 {
    const ANNOTATION: &'static str = "float";
    const SHOWN: &'static str = "float";

    fn read(name: &str, said: &Said) -> Result<Self> {
        match said.value {
            Value::Number(number) => Ok(number),
            Value::Integer(integer) => Ok(integer as f64),
            _ => Err(said.wrong(name, "expected a number")),
        }
    }
}

impl Read for String {
    const ANNOTATION: &'static str = "str";
    const SHOWN: &'static str = "str";

    fn read(name: &str, said: &Said) -> Result<Self> {
        match &said.value {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(said.wrong(name, "expected a name")),
        }
    }
}

impl<T: Listed + ?Sized> Read for Chosen<T> {
    const ANNOTATION: &'static str = "str";
    const SHOWN: &'static str = "str";

    fn read(name: &str, said: &Said) -> Result<Self> {
        Chosen::named(&String::read(name, said)?)
    }
}

impl Read for Vec<i64> {
    const ANNOTATION: &'static str = "Any";
    const SHOWN: &'static str = "sequence of int";

    fn read(name: &str, said: &Said) -> Result<Self> {
        match &said.value {
            Value::List(items) => items.iter().map(|item| i64::read(name, item)).collect(),
            _ => Err(said.wrong(name, "expected a sequence of integers")),
        }
    }
}

impl Read for (f64, f64) {
    const ANNOTATION: &'static str = "Any";
    const SHOWN: &'static str = "(float, float)";

    fn read(name: &str, said: &Said) -> Result<Self> {
        match &said.value {
            Value::List(items) if items.len() == 2 => Ok((f64::read(name, &items[0])?, f64::read(name, &items[1])?)),
            _ => Err(said.wrong(name, "expected two numbers")),
        }
    }
}

/// The type of a resolved setting.
pub trait Setting {
    /// Type of the user's value.
    type Said: Read;
}

impl<T: Read> Setting for Option<T> {
    type Said = T;
}

impl<T: Listed + ?Sized> Setting for Chosen<T> {
    type Said = Self;
}

macro_rules! plain {
    ($($type:ty),*) => {
        $(impl Setting for $type {
            type Said = $type;
        })*
    };
}

plain!(bool, i64, u64, f64, String, Vec<i64>, (f64, f64));

/// Declares settings: generates the resolved struct, the struct of the user's values, which is read from a [`Table`],
/// and the list from which signatures and docstrings are generated.
///
/// A setting is `name: Type` with its documentation, under the heading of its group; `Option<Type>` if it does not
/// apply to all models. `as "..."` documents the accepted values if the type does not, `[range]` is what `check_ranges`
/// accepts, and `= value` is a default that does not depend on data or other settings.
#[macro_export]
macro_rules! settings {
    (
        $(#[$about:meta])* pub struct $resolved:ident, said by $said:ident {
            $($group:literal: $($(#[doc = $doc:literal])* $name:ident: $type:ty
                $(as $shown:literal)? $([$range:expr])? $(= $usual:expr)?,)*)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $resolved {
            $($($(#[doc = $doc])* pub $name: $type,)*)*
        }

        impl $resolved {
            /// Checks all settings that have a range.
            ///
            /// # Errors
            /// [`crate::Error::Parameter`] for the first value outside its range.
            pub fn check_ranges(&self) -> $crate::error::Result<()> {
                $($($($crate::settings::Ranged::within(&self.$name, stringify!($name), &$range)?;)?)*)*
                Ok(())
            }
        }

        /// Values passed by the user; `None` if not given.
        #[derive(Clone, Debug, Default)]
        pub struct $said {
            $($($(#[doc = $doc])* pub $name: Option<<$type as $crate::settings::Setting>::Said>,)*)*
        }

        impl $said {
            /// All settings in the order of declaration.
            pub const DECLARED: &'static [$crate::settings::Declared] = &[$($($crate::settings::Declared {
                group: $group,
                name: stringify!($name),
                annotation: <<$type as $crate::settings::Setting>::Said as $crate::settings::Read>::ANNOTATION,
                shown: $crate::settings::shown(
                    <<$type as $crate::settings::Setting>::Said as $crate::settings::Read>::SHOWN,
                    &[$($shown)?],
                ),
                doc: &[$($doc),*],
            },)*)*];

            /// Reads the user's values.
            ///
            /// # Errors
            /// [`crate::Error::Parameter`] for a value of the wrong type, [`crate::Error::UnknownName`] for an unknown
            /// setting.
            pub fn read(table: &$crate::settings::Table) -> $crate::error::Result<Self> {
                let said = $said { $($($name: table.read(stringify!($name))?,)*)* };
                table.finish()?;
                Ok(said)
            }

            $($($(
                /// The user's value, else the default.
                #[allow(clippy::clone_on_copy)]
                pub fn $name(&self) -> $type {
                    self.$name.clone().unwrap_or($usual)
                }
            )?)*)*
        }
    };
}

/// The documented values of a setting, else its type.
pub const fn shown(usual: &'static str, own: &[&'static str]) -> &'static str {
    match own {
        [own, ..] => own,
        [] => usual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    settings! {
        /// A lamp.
        pub struct Lamp, said by LampSaid {
            "Light":
            /// Watts.
            power: f64 [Above(0.0)] = 40.0,
            /// Colour, if it has one.
            colour: Option<String> as "{\"red\", \"white\"}",
            /// Sizes of its bulbs.
            bulbs: Option<Vec<i64>> [1..=9],
            /// Height and width.
            sides: (f64, f64) [(0.0..1.0, "each must be below 1")] = (0.5, 0.5),
        }
    }

    fn table(entries: &[(&str, Value)]) -> Table {
        let entries = entries.iter().map(|(name, value)| {
            let said = Said { value: value.clone(), repr: format!("{value:?}") };
            ((*name).to_owned(), said)
        });
        Table::new(entries.collect())
    }

    fn lamp() -> Lamp {
        let said = LampSaid::default();
        Lamp {
            power: said.power(),
            colour: None,
            bulbs: None,
            sides: said.sides(),
        }
    }

    #[test]
    fn values_outside_their_ranges_are_refused() {
        let refused = |lamp: Lamp| lamp.check_ranges().unwrap_err().to_string();
        lamp().check_ranges().unwrap();
        for power in [0.0, f64::INFINITY, f64::NAN] {
            let text = format!("power: must be above 0 and finite, got {power}");
            assert_eq!(refused(Lamp { power, ..lamp() }), text);
        }
        let bulbs = |last| Lamp { bulbs: Some(vec![9, last]), ..lamp() };
        bulbs(1).check_ranges().unwrap();
        assert_eq!(refused(bulbs(0)), "bulbs: must be at least 1, got 0");
        assert_eq!(refused(bulbs(10)), "bulbs: must be at most 9, got 10");
        assert_eq!(refused(Lamp { sides: (0.0, 1.0), ..lamp() }), "sides: each must be below 1, got 1");
    }

    #[test]
    fn given_settings_are_read_and_others_are_none() {
        let said = LampSaid::read(&table(&[("power", Value::Integer(3)), ("colour", Value::None)])).unwrap();
        assert_eq!((said.power, said.colour.as_ref(), said.bulbs.as_ref()), (Some(3.0), None, None));
        assert_eq!((said.power(), said.sides()), (3.0, (0.5, 0.5)));
        let lamp = Lamp { power: 3.0, colour: Some("red".into()), ..lamp() };
        let stored = r#"{"power":3.0,"colour":"red","bulbs":null,"sides":[0.5,0.5]}"#;
        assert_eq!(serde_json::to_string(&lamp).unwrap(), stored);
    }

    #[test]
    fn declarations_say_what_users_see() {
        let [power, colour, ..] = LampSaid::DECLARED else { panic!("settings") };
        assert_eq!((power.group, power.name, power.annotation, power.shown), ("Light", "power", "float", "float"));
        assert_eq!((colour.annotation, colour.shown), ("str", "{\"red\", \"white\"}"));
        assert_eq!(colour.doc, [" Colour, if it has one."]);
    }

    #[test]
    fn another_type_and_another_name_are_refused() {
        let error = LampSaid::read(&table(&[("power", Value::Flag(true))])).unwrap_err();
        assert_eq!(error.to_string(), "power: expected a number, got Flag(true)");
        let error = LampSaid::read(&table(&[("powr", Value::None)])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown parameter \"powr\"; did you mean \"power\"? known: power, colour, bulbs, sides"
        );
    }
}

//! Settings, declared once: [`settings!`] turns a list of names, types and documentation into the resolved struct, the
//! struct of what the user said, and its reader.

use std::cell::RefCell;

use crate::error::{Error, Result};
use crate::registry::{unknown, Chosen, Listed};

/// A value that a user passed, whatever the language.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing: the default applies.
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
    /// Something that is none of these.
    Other,
}

/// A value with the text that stands for it in messages.
#[derive(Clone, Debug)]
pub struct Said {
    /// The value.
    pub value: Value,
    /// How the user's language writes it.
    pub repr: String,
}

impl Said {
    /// The error for a value of another type.
    pub fn wrong(&self, name: &str, expected: &str) -> Error {
        Error::parameter(name, expected, self.repr.chars().take(60).collect::<String>())
    }
}

/// Named values, as a user passed them.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Names and values.
    pub entries: Vec<(String, Said)>,
    // Names that have been looked up.
    asked: RefCell<Vec<&'static str>>,
}

impl Table {
    /// A table of these entries.
    pub fn new(entries: Vec<(String, Said)>) -> Self {
        Table { entries, asked: RefCell::default() }
    }

    /// The value with this name; `None` if it is missing or nothing was said.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is of another type.
    pub fn read<T: Read>(&self, name: &'static str) -> Result<Option<T>> {
        self.asked.borrow_mut().push(name);
        let found = self.entries.iter().find(|(key, _)| key == name).map(|(_, said)| said);
        let said = found.filter(|said| !matches!(said.value, Value::None));
        said.map(|said| T::read(name, said)).transpose()
    }

    /// Refuses names that nobody has looked up.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for the first.
    pub fn finish(&self) -> Result<()> {
        let asked = self.asked.borrow();
        match self.entries.iter().find(|(key, _)| !asked.contains(&key.as_str())) {
            Some((key, _)) => Err(unknown("parameter", key, &asked)),
            None => Ok(()),
        }
    }
}

/// A setting as users see it: what the signature and the documentation of an estimator are made of.
pub struct Declared {
    /// Heading under which it stands; empty for a setting that users do not pass.
    pub group: &'static str,
    /// Name.
    pub name: &'static str,
    /// Python's annotation of a value.
    pub annotation: &'static str,
    /// Types or values in words.
    pub shown: &'static str,
    /// Documentation, line by line.
    pub doc: &'static [&'static str],
}

/// A type that users can pass.
pub trait Read: Sized {
    /// Python's annotation.
    const ANNOTATION: &'static str;
    /// The type in words.
    const SHOWN: &'static str;

    /// Reads the value of the parameter `name`.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is of another type.
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
    /// What the user passes for it.
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

/// Declares settings: the resolved struct, the struct of what the user said, which reads itself from a [`Table`], and the list
/// that signatures and documentation are made of.
///
/// A setting is `name: Type` with its documentation, under the heading of its group; `Option<Type>` where it does not apply
/// to every model. `as "..."` names the values that the type does not.
#[macro_export]
macro_rules! settings {
    (
        $(#[$about:meta])* pub struct $resolved:ident, said by $said:ident {
            $($group:literal: $($(#[doc = $doc:literal])* $name:ident: $type:ty $(as $shown:literal)?,)*)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $resolved {
            $($($(#[doc = $doc])* pub $name: $type,)*)*
        }

        /// What the user said; `None` where nothing was said.
        #[derive(Clone, Debug, Default)]
        pub struct $said {
            $($($(#[doc = $doc])* pub $name: Option<<$type as $crate::settings::Setting>::Said>,)*)*
        }

        impl $said {
            /// All settings, in the order of their declaration.
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

            /// Reads what the user said.
            ///
            /// # Errors
            /// [`crate::Error::Parameter`] for a value of another type, [`crate::Error::UnknownName`] for a name that is
            /// no setting.
            pub fn read(table: &$crate::settings::Table) -> $crate::error::Result<Self> {
                let said = $said { $($($name: table.read(stringify!($name))?,)*)* };
                table.finish()?;
                Ok(said)
            }
        }
    };
}

/// The values that a setting names, else its type in words.
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
            power: f64,
            /// Colour, where it has one.
            colour: Option<String> as "{\"red\", \"white\"}",
        }
    }

    fn table(entries: &[(&str, Value)]) -> Table {
        let entries = entries.iter().map(|(name, value)| {
            let said = Said { value: value.clone(), repr: format!("{value:?}") };
            ((*name).to_owned(), said)
        });
        Table::new(entries.collect())
    }

    #[test]
    fn given_settings_are_read_and_others_are_none() {
        let said = LampSaid::read(&table(&[("power", Value::Integer(3)), ("colour", Value::None)])).unwrap();
        assert_eq!((said.power, said.colour), (Some(3.0), None));
        let lamp = Lamp { power: 3.0, colour: Some("red".into()) };
        assert_eq!(serde_json::to_string(&lamp).unwrap(), r#"{"power":3.0,"colour":"red"}"#);
    }

    #[test]
    fn declarations_say_what_users_see() {
        let [power, colour] = LampSaid::DECLARED else { panic!("two settings") };
        assert_eq!((power.group, power.name, power.annotation, power.shown), ("Light", "power", "float", "float"));
        assert_eq!((colour.annotation, colour.shown), ("str", "{\"red\", \"white\"}"));
        assert_eq!(colour.doc, [" Colour, where it has one."]);
    }

    #[test]
    fn another_type_and_another_name_are_refused() {
        let error = LampSaid::read(&table(&[("power", Value::Flag(true))])).unwrap_err();
        assert_eq!(error.to_string(), "power: expected a number, got Flag(true)");
        let error = LampSaid::read(&table(&[("powr", Value::None)])).unwrap_err();
        assert_eq!(error.to_string(), "unknown parameter \"powr\"; did you mean \"power\"? known: power, colour");
    }
}

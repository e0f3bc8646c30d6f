//! Conversion of settings between Python's values and Rust's.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};

use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::family::autoencoder::AutoencoderOptions;
use crate::family::gan::GanOptions;
use crate::family::Spec;
use crate::kind::DataShape;
use crate::settings::{Said, Table, Value};

/// Resolves options for `n` samples of this shape, for the family of `like`.
///
/// # Errors
/// Errors of reading and resolving options.
pub fn resolved(like: &Spec, options: &Bound<'_, PyDict>, data: DataShape, n: i64) -> Result<Spec> {
    Ok(match like {
        Spec::Gan(_) => Spec::Gan(Box::new(GanOptions::read(&table(options))?.resolve(&data, n)?)),
        Spec::Autoencoder(_) => {
            Spec::Autoencoder(Box::new(AutoencoderOptions::read(&table(options))?.resolve(data, n)?.0))
        }
    })
}

/// Converts options to a table of plain values.
pub fn table(options: &Bound<'_, PyDict>) -> Table {
    Table::new(options.iter().map(|(key, value)| (key.to_string(), said(&value))).collect())
}

/// Converts to Python's values: a dictionary for a struct, in the order of its fields.
///
/// # Errors
/// Errors of Python.
pub fn to_python<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))?;
    py.import("json")?.call_method1("loads", (text,))
}

/// Inverse of [`to_python`].
///
/// # Errors
/// Errors of Python, and [`Error::Internal`] for values that are not a valid `T`.
pub fn from_python<T: DeserializeOwned>(value: &Bound<'_, PyAny>) -> PyResult<T> {
    let text: String = value.py().import("json")?.call_method1("dumps", (value,))?.extract()?;
    Ok(serde_json::from_str(&text).map_err(|error| Error::Internal(error.to_string()))?)
}

fn said(value: &Bound<'_, PyAny>) -> Said {
    let repr = value.repr().map(|text| text.to_string()).unwrap_or_default();
    Said { value: plain(value), repr }
}

// Integers of Python and numpy through __index__; bools are not numbers.
fn plain(value: &Bound<'_, PyAny>) -> Value {
    if value.is_none() {
        return Value::None;
    }
    if is_bool(value) {
        return value.is_truthy().map_or(Value::Other, Value::Flag);
    }
    if let Ok(text) = value.downcast::<PyString>() {
        return Value::Text(text.to_string_lossy().into_owned());
    }
    if let Ok(entries) = value.downcast::<PyDict>() {
        return Value::Table(table(entries));
    }
    if !value.is_instance_of::<PyFloat>() {
        if let Ok(index) = value.call_method0("__index__") {
            return match index.extract::<i64>() {
                Ok(integer) => Value::Integer(integer),
                Err(_) if index.is_instance_of::<PyInt>() => Value::Large,
                Err(_) => Value::Other,
            };
        }
        if let Some(items) = value.try_iter().ok().and_then(|items| items.collect::<PyResult<Vec<_>>>().ok()) {
            return Value::List(items.iter().map(said).collect());
        }
    }
    value.extract().map_or(Value::Other, Value::Number)
}

fn is_bool(value: &Bound<'_, PyAny>) -> bool {
    let numpy = value.get_type().name().is_ok_and(|name| name == "bool_" || name == "bool");
    numpy || value.is_instance_of::<PyBool>()
}

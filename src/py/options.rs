//! Conversion of settings between Python's values and Rust's.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};

use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::settings::{Said, Table, Value};

/// What the user said, as a table of plain values.
///
/// # Errors
/// [`Error::Outside`] for an interrupt that arrives meanwhile.
pub fn table(options: &Bound<'_, PyDict>) -> Result<Table> {
    let entries = options.iter().map(|(key, value)| Ok((key.to_string(), said(&value)?)));
    Ok(Table::new(entries.collect::<Result<_>>()?))
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

fn said(value: &Bound<'_, PyAny>) -> Result<Said> {
    let repr = found(value.py(), value.repr())?.map(|text| text.to_string()).unwrap_or_default();
    Ok(Said { value: plain(value)?, repr })
}

// A result, `None` if Python raised an exception. Python looks for signals while it writes a value: an interrupt is passed on.
fn found<T>(py: Python<'_>, result: PyResult<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(None),
        Err(error) => Err(Error::Outside(Box::new(error))),
    }
}

// Integers are Python's and numpy's, through __index__; a bool is no number.
fn plain(value: &Bound<'_, PyAny>) -> Result<Value> {
    let py = value.py();
    if value.is_none() {
        return Ok(Value::None);
    }
    if is_bool(value) {
        return Ok(found(py, value.is_truthy())?.map_or(Value::Other, Value::Flag));
    }
    if let Ok(text) = value.downcast::<PyString>() {
        return Ok(Value::Text(text.to_string_lossy().into_owned()));
    }
    if let Ok(entries) = value.downcast::<PyDict>() {
        return Ok(Value::Table(table(entries)?));
    }
    if !value.is_instance_of::<PyFloat>() {
        if let Some(index) = found(py, value.call_method0("__index__"))? {
            return Ok(match index.extract::<i64>() {
                Ok(integer) => Value::Integer(integer),
                Err(_) if index.is_instance_of::<PyInt>() => Value::Large,
                Err(_) => Value::Other,
            });
        }
        let items = value.try_iter().and_then(|items| items.collect::<PyResult<Vec<_>>>());
        if let Some(items) = found(py, items)? {
            return Ok(Value::List(items.iter().map(said).collect::<Result<_>>()?));
        }
    }
    Ok(found(py, value.extract())?.map_or(Value::Other, Value::Number))
}

fn is_bool(value: &Bound<'_, PyAny>) -> bool {
    let numpy = value.get_type().name().is_ok_and(|name| name == "bool_" || name == "bool");
    numpy || value.is_instance_of::<PyBool>()
}

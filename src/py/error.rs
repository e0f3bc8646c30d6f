//! Conversion of errors and panics to Python exceptions.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::gil;
use crate::error::{caught, Error, Result};

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        gil::held(|py| raised(py, &error).unwrap_or_else(|other| other))
    }
}

fn raised(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let text = error.to_string();
    let class = match error {
        Error::Parameter { .. } => "ParameterError",
        Error::UnknownName { .. } => "UnknownNameError",
        Error::Shape { .. } | Error::DataDiffers { .. } => "ShapeError",
        Error::Dtype { .. } => "DtypeError",
        Error::Diverged { .. } => "DivergedError",
        Error::Checkpoint { .. } => "CheckpointError",
        Error::Device { .. } => "DeviceError",
        Error::Busy | Error::Forked => "BusyError",
        Error::Internal(_) => "InternalError",
        Error::Torch(_) if text.starts_with("CUDA out of memory") => {
            let class = py.import("torch")?.getattr("OutOfMemoryError")?;
            return Ok(PyErr::from_value(class.call1((text,))?));
        }
        Error::Torch(_) => "TorchError",
        Error::Data(_) => "DataError",
        // Python exceptions are passed through.
        Error::Outside(other) => match other.downcast_ref::<PyErr>() {
            Some(error) => return Ok(error.clone_ref(py)),
            None => "InternalError",
        },
        Error::Io { path, source } => return os_error(py, path, source),
    };
    let value = py.import("ganvas.exceptions")?.getattr(class)?.call1((text,))?;
    if let Error::Diverged { samples, losses, .. } = error {
        let table = PyDict::new(py);
        for (name, mean) in losses {
            table.set_item(name, mean)?;
        }
        value.setattr("samples", samples)?;
        value.setattr("losses", table)?;
    }
    Ok(PyErr::from_value(value))
}

// OSError selects FileNotFoundError, PermissionError, ... by the error number.
fn os_error(py: Python<'_>, path: &std::path::Path, source: &std::io::Error) -> PyResult<PyErr> {
    let class = py.get_type::<PyOSError>();
    let name = path.display().to_string();
    let value = match source.raw_os_error() {
        Some(number) => {
            let text: String = py.import("os")?.call_method1("strerror", (number,))?.extract()?;
            class.call1((number, text, name))?
        }
        None => class.call1((format!("{name}: {source}"),))?,
    };
    Ok(PyErr::from_value(value))
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Silences panics inside [`guarded`] and records their location; others are printed as usual.
pub fn remember_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                return before(info);
            }
            let place = info.location().map(|place| {
                let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
                format!("{file}:{}", place.line())
            });
            PLACE.set(place.unwrap_or_default());
        }));
    });
}

/// Runs `body`; converts a panic to the libtorch error that it carries, or to [`Error::Internal`] with file and line.
pub fn guarded<T>(body: impl FnOnce() -> Result<T>) -> PyResult<T> {
    let outer = INSIDE.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(|| caught(body)));
    INSIDE.set(outer);
    let result = done.unwrap_or_else(|_| Err(Error::Internal(PLACE.take())));
    result.map_err(PyErr::from)
}

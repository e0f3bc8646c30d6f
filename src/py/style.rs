//! The search for the look of pictures, for Python.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3_tch::PyTensor;
use tch::Tensor;

use super::array::{array, tensor};
use super::error::guarded;
use super::gil::{attached, released};
use super::options::from_python;
use super::training::POLL;
use crate::base::axes::channels_first;
use crate::base::device;
use crate::engine::checkpoint;
use crate::error::{Error, Result};
use crate::style::distance::DISTANCES;
use crate::style::feature::{Ask, Call, Features, Outside, FEATURES};
use crate::style::{self, Task};

/// A search in progress for the picture whose features are distributed as those of styles.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Matching(Mutex<style::Matching>);

impl Matching {
    fn lock(&self) -> MutexGuard<'_, style::Matching> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Matching {
    /// Prepares a search. Pictures are float32 arrays `(h, w, c)` in 0..1; `features` is a name, or a function from a
    /// tensor `(1, 3, h, w)` to a list of maps; `options` are the settings by name.
    #[new]
    #[pyo3(signature = (styles, weights, size, features, distance, options, *, device, patch_size, trained=Vec::new(), photo=None, from_photo=false))]
    #[allow(clippy::too_many_arguments)] // Python's names
    fn new(
        styles: Vec<Bound<'_, PyAny>>,
        weights: Vec<f64>,
        size: [i64; 2],
        features: &Bound<'_, PyAny>,
        distance: Option<&str>,
        options: &Bound<'_, PyDict>,
        device: &str,
        patch_size: i64,
        trained: Vec<PyTensor>,
        photo: Option<&Bound<'_, PyAny>>,
        from_photo: bool,
    ) -> PyResult<Self> {
        let settings: style::Settings = from_python(options)?;
        let styles = styles.iter().map(picture).collect::<PyResult<Vec<_>>>()?;
        let styles = weights.into_iter().zip(styles).collect();
        let photo = photo.map(picture).transpose()?;
        let name = features.extract::<String>().ok();
        let call = outside(features.clone().unbind());
        let trained: Vec<Tensor> = trained.into_iter().map(|weight| weight.0).collect();
        let seed = settings.seed;
        guarded(move || {
            let device = device::parse(device)?;
            let (features, usual): (Box<dyn Features>, _) = match name {
                Some(name) => {
                    let member = FEATURES.get(&name)?;
                    let weights = trained.iter().map(|weight| device::sent(weight, device)).collect::<Result<_>>()?;
                    (member.made(Ask { patch_size, seed, weights, device })?, member.distance())
                }
                None => (Box::new(Outside { call }), "gram"),
            };
            let distance = DISTANCES.get(distance.unwrap_or(usual))?;
            let task = Task { styles, photo, from_photo, size };
            style::Matching::new(features, distance, device, task, settings).map(|made| Matching(Mutex::new(made)))
        })
    }

    /// Searches for up to 50 ms, or until the first step is made; returns True at the end.
    fn advance(&self, py: Python<'_>) -> PyResult<bool> {
        let until = Instant::now() + POLL;
        let done = released(py, || guarded(|| tch::with_grad(|| self.lock().advance(until))))?;
        py.check_signals()?;
        Ok(done)
    }

    /// The best picture so far, `(h, w, c)` float32; None before the first step.
    fn picture(&self, py: Python<'_>) -> PyResult<Option<PyObject>> {
        let made = released(py, || guarded(|| self.lock().picture()))?;
        made.map(|made| Ok(array(py, &made)?.unbind())).transpose()
    }

    /// Distances of this picture from the styles and from the photo; NaN if not known.
    fn distances(&self, py: Python<'_>) -> (f64, f64) {
        let [style, content] = released(py, || self.lock().distances());
        (style, content)
    }

    /// Steps made, and all steps.
    fn progress(&self, py: Python<'_>) -> (u64, u64) {
        released(py, || self.lock().progress())
    }

    /// Estimated memory of a step in bytes.
    fn bytes(&self, py: Python<'_>) -> f64 {
        released(py, || self.lock().bytes())
    }
}

/// Writes arrays of float32 by name to a safetensors file; `extra` is JSON.
#[pyfunction]
pub fn save_arrays(
    py: Python<'_>,
    path: PathBuf,
    arrays: Vec<(String, Bound<'_, PyAny>)>,
    extra: &str,
) -> PyResult<()> {
    let arrays = arrays.iter().map(|(name, x)| Ok((name.clone(), tensor(x)?))).collect::<PyResult<Vec<_>>>()?;
    released(py, move || {
        guarded(move || {
            let extra = serde_json::from_str(extra).map_err(|error| Error::Internal(error.to_string()))?;
            checkpoint::write(&path, &checkpoint::pack(&arrays, extra)?)
        })
    })
}

/// Reads what `save_arrays` wrote: arrays by name, and the JSON. A file of a run gives its JSON alone.
#[pyfunction]
pub fn load_arrays(py: Python<'_>, path: PathBuf) -> PyResult<(Vec<(String, PyObject)>, String)> {
    let (arrays, extra) =
        released(py, || guarded(|| checkpoint::unpack(&path.display().to_string(), &checkpoint::read(&path)?)))?;
    let arrays = arrays.into_iter().map(|(name, values)| Ok((name, array(py, &values)?.unbind())));
    Ok((arrays.collect::<PyResult<_>>()?, extra.to_string()))
}

// An array (h, w, c) as [1, c, h, w], copied.
fn picture(x: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    let x = tensor(x)?;
    guarded(|| Ok(channels_first(&x.f_unsqueeze(0)?)?.f_detach_copy()?.f_contiguous()?))
}

fn outside(function: Py<PyAny>) -> Call {
    Box::new(move |x| {
        attached(|py| {
            let made = function.call1(py, (PyTensor(x.shallow_clone()),));
            let maps = made.and_then(|made| made.extract::<Vec<PyTensor>>(py));
            Ok(maps.map_err(|error| Error::Outside(Box::new(error)))?.into_iter().map(|map| map.0).collect())
        })
    })
}

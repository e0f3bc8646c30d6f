//! A network that is callable from Python on torch tensors.

use pyo3::prelude::*;
use pyo3_tch::PyTensor;
use tch::{Device, Kind, Tensor};

use super::error::guarded;
use super::gil::released;
use crate::base::axes::tuple;
use crate::error::{Error, Result};
use crate::family::Mapping;
use crate::kind::Labels;

/// A part of a model with its weights, in evaluation mode.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Network {
    name: String,
    function: std::sync::Mutex<Mapping>,
    labels: Labels,
    device: Device,
}

impl Network {
    pub fn new(name: &str, function: Mapping, labels: Labels, device: Device) -> Self {
        Network {
            name: name.into(),
            function: std::sync::Mutex::new(function),
            labels,
            device,
        }
    }

    fn function(&self) -> std::sync::MutexGuard<'_, Mapping> {
        self.function.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn forward(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let kind = x.f_kind()?;
        if !matches!(kind, Kind::Float | Kind::Double | Kind::Half | Kind::BFloat16) {
            return Err(Error::Dtype {
                name: "input".into(),
                expected: "a tensor of floats".into(),
                got: format!("{kind:?}").to_lowercase(),
            });
        }
        let labels = y.map(|y| self.labels.seen(y)).transpose()?;
        let labels = labels.map(|labels| labels.f_to_device(self.device)).transpose()?;
        let x = x.f_to_device(self.device)?.f_to_kind(Kind::Float)?;
        (self.function().call)(&x, labels.as_ref())
    }
}

#[pymethods]
impl Network {
    /// Output for a batch, and its labels for a conditional model; twice differentiable.
    #[pyo3(signature = (input, y=None))]
    fn __call__(&self, py: Python<'_>, input: PyTensor, y: Option<PyTensor>) -> PyResult<PyTensor> {
        let (x, y) = (input.0, y.map(|y| y.0));
        released(py, move || guarded(|| self.forward(&x, y.as_ref()))).map(PyTensor)
    }

    /// Description in JSON: input shape, initialisation, layers.
    fn describe(&self, py: Python<'_>) -> PyResult<String> {
        let written =
            || serde_json::to_string(&self.function().chain).map_err(|error| Error::Internal(error.to_string()));
        released(py, || guarded(written))
    }

    /// Number of parameters.
    #[getter]
    fn n_parameters(&self, py: Python<'_>) -> i64 {
        released(py, || self.function().chain.parameters().iter().map(|spec| spec.len()).sum())
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let (input, output) = released(py, || {
            let function = self.function();
            (function.input.clone(), function.chain.output())
        });
        let name = &self.name;
        format!("<{name}: {} to {}, {} parameters>", tuple(&input), tuple(&output), self.n_parameters(py))
    }
}

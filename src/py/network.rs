//! A network that Python can call on torch tensors.

use pyo3::prelude::*;
use pyo3_tch::PyTensor;
use tch::{Device, Kind, Tensor};

use super::error::guarded;
use crate::base::shape::tuple;
use crate::error::{Error, Result};
use crate::net::Bound as BoundNetwork;

/// A generator or discriminator with its weights, in evaluation.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Network {
    name: String,
    bound: std::sync::Mutex<BoundNetwork<'static>>,
    device: Device,
    // A discriminator's answer is (n,), whatever its last layer makes.
    scores: bool,
}

impl Network {
    pub fn new(name: &str, bound: BoundNetwork<'_>, device: Device) -> Self {
        Network {
            name: name.into(),
            scores: bound.chain().output() == [1],
            bound: std::sync::Mutex::new(bound.into_owned()),
            device,
        }
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let kind = x.f_kind()?;
        if !matches!(kind, Kind::Float | Kind::Double | Kind::Half | Kind::BFloat16) {
            return Err(Error::Dtype {
                name: "input".into(),
                expected: "a tensor of floats".into(),
                got: format!("{kind:?}").to_lowercase(),
            });
        }
        let bound = self.bound.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let y = bound.forward(&x.f_to_device(self.device)?.f_to_kind(Kind::Float)?)?;
        Ok(if self.scores { y.f_view([-1])? } else { y })
    }
}

#[pymethods]
impl Network {
    /// The output for a batch; differentiable twice.
    fn __call__(&self, input: PyTensor) -> PyResult<PyTensor> {
        guarded(|| Ok(PyTensor(self.forward(&input)?)))
    }

    /// The description in JSON: shape of the input, initialisation, layers.
    fn describe(&self) -> PyResult<String> {
        let bound = self.bound.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        guarded(|| serde_json::to_string(bound.chain()).map_err(|error| Error::Internal(error.to_string())))
    }

    /// Number of trained values.
    #[getter]
    fn n_parameters(&self) -> i64 {
        let bound = self.bound.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        bound.chain().parameters().iter().map(|spec| spec.len()).sum()
    }

    fn __repr__(&self) -> String {
        let (input, output) = {
            let bound = self.bound.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            (bound.chain().input.clone(), bound.chain().output())
        };
        let name = &self.name;
        format!("<{name}: {} to {}, {} parameters>", tuple(&input), tuple(&output), self.n_parameters())
    }
}

//! The Python face: options in, arrays and tensors across, errors out. The only place with PyO3, numpy and the GIL.

mod error;
mod network;
mod options;
mod run;

use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use crate::net::NETS;
use crate::objective::OBJECTIVES;

/// The compiled half of ganvas.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::remember_panics();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<run::Run>()?;
    module.add_class::<network::Network>()?;
    module.add_function(wrap_pyfunction!(members, module)?)?;
    module.add_function(wrap_pyfunction!(objective_losses, module)?)?;
    module.add_function(wrap_pyfunction!(devices, module)?)?;
    module.add_function(wrap_pyfunction!(panic_on_purpose, module)?)
}

/// Names and one-line descriptions of a registry: "objective" or "net".
#[pyfunction]
fn members(registry: &str) -> PyResult<Vec<(&'static str, &'static str)>> {
    match registry {
        "objective" => Ok(OBJECTIVES.members.iter().map(|m| (m.name(), m.describe())).collect()),
        "net" => Ok(NETS.members.iter().map(|m| (m.name(), m.describe())).collect()),
        _ => Err(crate::registry::unknown("registry", registry, &["objective", "net"]).into()),
    }
}

/// The discriminator's and the generator's loss for scores `[n]` and `[m]`.
#[pyfunction]
fn objective_losses(name: &str, real_scores: PyTensor, fake_scores: PyTensor) -> PyResult<(PyTensor, PyTensor)> {
    error::guarded(|| {
        let objective = OBJECTIVES.get(name)?;
        let discriminator = objective.discriminator_loss(&real_scores, &fake_scores)?;
        Ok((PyTensor(discriminator), PyTensor(objective.generator_loss(&fake_scores)?)))
    })
}

/// Number of CUDA devices.
#[pyfunction]
fn devices() -> i64 {
    tch::Cuda::device_count()
}

/// Panics, so that a test can see what becomes of a panic.
#[pyfunction]
fn panic_on_purpose() -> PyResult<()> {
    #[allow(clippy::panic)]
    error::guarded(|| panic!("on purpose"))
}

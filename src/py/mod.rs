//! The Python face: options in, arrays and tensors across, errors out. The only place with PyO3, numpy and the GIL.

mod array;
mod capture;
mod error;
mod network;
mod options;
mod reader;
mod run;

use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use crate::bottleneck::BOTTLENECKS;
use crate::bound::BOUNDS;
use crate::likelihood::LIKELIHOODS;
use crate::net::{AUTOENCODERS, NETS};
use crate::objective::OBJECTIVES;
use crate::penalty::PENALTIES;
use crate::prior::PRIORS;
use crate::registry::{unknown, Member, Registry};

/// The compiled half of ganvas.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::remember_panics();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<run::Run>()?;
    module.add_class::<network::Network>()?;
    module.add_class::<reader::Reader>()?;
    module.add_function(wrap_pyfunction!(members, module)?)?;
    module.add_function(wrap_pyfunction!(objective_losses, module)?)?;
    module.add_function(wrap_pyfunction!(devices, module)?)?;
    module.add_function(wrap_pyfunction!(trace_begin, module)?)?;
    module.add_function(wrap_pyfunction!(trace_end, module)?)?;
    module.add_function(wrap_pyfunction!(panic_on_purpose, module)?)
}

type Listed = Vec<(&'static str, &'static str)>;

/// Names and one-line descriptions of a registry: "objective", "penalty", "net", "autoencoder", "bottleneck", "prior", "likelihood"
/// or "bound".
#[pyfunction]
fn members(registry: &str) -> PyResult<Listed> {
    match registry {
        "objective" => Ok(listed(&OBJECTIVES)),
        "penalty" => Ok(listed(&PENALTIES)),
        "net" => Ok(listed(&NETS)),
        "autoencoder" => Ok(listed(&AUTOENCODERS)),
        "bottleneck" => Ok(listed(&BOTTLENECKS)),
        "prior" => Ok(listed(&PRIORS)),
        "likelihood" => Ok(listed(&LIKELIHOODS)),
        "bound" => Ok(listed(&BOUNDS)),
        _ => {
            let known = ["objective", "penalty", "net", "autoencoder", "bottleneck", "prior", "likelihood", "bound"];
            Err(unknown("registry", registry, &known).into())
        }
    }
}

fn listed<T: Member + ?Sized>(registry: &Registry<T>) -> Listed {
    registry.members.iter().map(|member| (member.name(), member.describe())).collect()
}

/// The discriminator's and the generator's loss for scores `[n]` and `[m]`.
#[pyfunction]
fn objective_losses(
    name: &str,
    real_scores: PyTensor,
    fake_scores: PyTensor,
    label_smoothing: f64,
) -> PyResult<(PyTensor, PyTensor)> {
    error::guarded(|| {
        let objective = OBJECTIVES.get(name)?;
        crate::step::check_smoothing(objective, label_smoothing)?;
        let discriminator = objective.discriminator_loss(&real_scores, &fake_scores, label_smoothing)?;
        Ok((PyTensor(discriminator), PyTensor(objective.generator_loss(&real_scores, &fake_scores)?)))
    })
}

/// Number of CUDA devices.
#[pyfunction]
fn devices() -> i64 {
    tch::Cuda::device_count()
}

/// Begins to note where this process spends its time.
#[pyfunction]
fn trace_begin() -> PyResult<()> {
    Ok(crate::base::trace::begin()?)
}

/// Ends that; a Chrome trace, as JSON.
#[pyfunction]
fn trace_end() -> PyResult<String> {
    Ok(crate::base::trace::end()?)
}

/// Panics, so that a test can see what becomes of a panic.
#[pyfunction]
fn panic_on_purpose() -> PyResult<()> {
    #[allow(clippy::panic)]
    error::guarded(|| panic!("on purpose"))
}

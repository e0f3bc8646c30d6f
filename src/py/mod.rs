//! Python bindings: conversion of options, arrays, tensors and errors. The only module that uses PyO3, numpy and the
//! GIL.

mod access;
mod array;
mod build;
mod capture;
mod coder;
mod counting;
mod data;
mod error;
mod gil;
mod language;
mod music;
mod network;
mod notation;
mod options;
mod paths;
mod progress;
mod reader;
mod run;
mod style;
mod training;
mod translate;

use pyo3::prelude::*;
use pyo3::types::IntoPyDict;
use pyo3_tch::PyTensor;

use crate::bottleneck::BOTTLENECKS;
use crate::bound::BOUNDS;
use crate::corruption::CORRUPTIONS;
use crate::engine::Recorder;
use crate::family::Spec;
use crate::kind::Kind;
use crate::likelihood::LIKELIHOODS;
use crate::net::{Pair, NETS};
use crate::objective::OBJECTIVES;
use crate::penalty::PENALTIES;
use crate::prior::PRIORS;
use crate::registry::{unknown, Member, Registry};
use crate::settings::Declared;
use crate::style::distance::DISTANCES;
use crate::style::feature::FEATURES;
use crate::vocabulary::Vocabulary;

/// Extension module of ganvas.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::remember_panics();
    let py = module.py();
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(gil::close, module)?,))?;
    let forks = py.import("os")?;
    // Not available on Windows.
    if forks.hasattr("register_at_fork")? {
        let how = [("after_in_child", wrap_pyfunction!(gil::forked, module)?)].into_py_dict(py)?;
        forks.call_method("register_at_fork", (), Some(&how))?;
    }
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<counting::Counting>()?;
    module.add_class::<data::Data>()?;
    module.add_class::<run::Run>()?;
    module.add_class::<progress::Progress>()?;
    module.add_class::<network::Network>()?;
    module.add_class::<reader::Reader>()?;
    module.add_class::<language::Vocabulary>()?;
    module.add_class::<language::Packed>()?;
    module.add_class::<language::PackedFile>()?;
    module.add_class::<language::Writer>()?;
    module.add_class::<language::Draft>()?;
    module.add_class::<music::Score>()?;
    module.add_class::<notation::Notation>()?;
    module.add_class::<notation::Rules>()?;
    module.add_class::<style::Matching>()?;
    module.add_function(wrap_pyfunction!(style::save_arrays, module)?)?;
    module.add_function(wrap_pyfunction!(style::load_arrays, module)?)?;
    module.add_function(wrap_pyfunction!(music::key, module)?)?;
    module.add_function(wrap_pyfunction!(music::key_name, module)?)?;
    module.add_function(wrap_pyfunction!(music::key_scale, module)?)?;
    module.add_function(wrap_pyfunction!(members, module)?)?;
    module.add_function(wrap_pyfunction!(settings, module)?)?;
    module.add_function(wrap_pyfunction!(objective_losses, module)?)?;
    module.add_function(wrap_pyfunction!(devices, module)?)?;
    module.add_function(wrap_pyfunction!(trace_begin, module)?)?;
    module.add_function(wrap_pyfunction!(trace_end, module)?)?;
    module.add_function(wrap_pyfunction!(panic_on_purpose, module)?)
}

type Listed = Vec<(&'static str, &'static str)>;

/// Names and one-line descriptions of a registry: "objective", "penalty", "net", "bottleneck", "prior", "likelihood",
/// "bound", "corruption", "feature", "distance", "kind" or "vocabulary"; with the name of a family, its nets or kinds
/// only.
#[pyfunction]
#[pyo3(signature = (registry, family=None))]
fn members(registry: &str, family: Option<&str>) -> PyResult<Listed> {
    match (registry, family) {
        ("net", Some(family)) => {
            let (_, pair) = Spec::about(family)?;
            return Ok(pair.nets().map(described).collect());
        }
        ("kind", Some(family)) => {
            let (_, pair) = Spec::about(family)?;
            let fits = |kind: Kind| match pair {
                Pair::Gan | Pair::Map => kind.language().is_none(),
                Pair::Autoencoder => !matches!(kind, Kind::Tokens(_) | Kind::Pairs(_)),
                Pair::Sequence => matches!(kind, Kind::Tokens(_) | Kind::Pairs(_)),
            };
            let taken = |name: &str| Kind::of(name, &[2]).is_ok_and(fits);
            return Ok(Kind::ALL.iter().copied().filter(|(name, _)| taken(name)).collect());
        }
        _ => {}
    }
    match registry {
        "objective" => Ok(listed(&OBJECTIVES)),
        "penalty" => Ok(listed(&PENALTIES)),
        "net" => Ok(listed(&NETS)),
        "bottleneck" => Ok(listed(&BOTTLENECKS)),
        "prior" => Ok(listed(&PRIORS)),
        "likelihood" => Ok(listed(&LIKELIHOODS)),
        "bound" => Ok(listed(&BOUNDS)),
        "corruption" => Ok(listed(&CORRUPTIONS)),
        "feature" => Ok(listed(&FEATURES)),
        "distance" => Ok(listed(&DISTANCES)),
        "kind" => Ok(Kind::ALL.to_vec()),
        "vocabulary" => Ok(Vocabulary::ALL.to_vec()),
        _ => {
            let known = [
                "objective",
                "penalty",
                "net",
                "bottleneck",
                "prior",
                "likelihood",
                "bound",
                "corruption",
                "feature",
                "distance",
                "kind",
                "vocabulary",
            ];
            Err(unknown("registry", registry, &known).into())
        }
    }
}

// Group, name, annotation, type in words, documentation.
type Shown = (&'static str, &'static str, &'static str, &'static str, String);

/// The settings of a family in the order of their declaration.
#[pyfunction]
fn settings(family: &str) -> PyResult<Vec<Shown>> {
    let (declared, _) = Spec::about(family)?;
    let shown = declared.iter().filter(|setting| !setting.group.is_empty());
    let words = |setting: &Declared| {
        let doc = setting.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        (setting.group, setting.name, setting.annotation, setting.shown, doc)
    };
    Ok(shown.map(words).collect())
}

fn listed<T: Member + ?Sized>(registry: &Registry<T>) -> Listed {
    registry.members.iter().copied().map(described).collect()
}

fn described<T: Member + ?Sized>(member: &T) -> (&'static str, &'static str) {
    (member.name(), member.describe())
}

/// Losses of discriminator and generator for scores `[n]` and `[m]`.
#[pyfunction]
fn objective_losses(
    py: Python<'_>,
    name: &str,
    real_scores: PyTensor,
    fake_scores: PyTensor,
    label_smoothing: f64,
) -> PyResult<(PyTensor, PyTensor)> {
    let (real, fake) = (real_scores.0, fake_scores.0);
    let losses = gil::released(py, move || {
        error::guarded(|| {
            let objective = OBJECTIVES.get(name)?;
            crate::family::check_smoothing(objective, label_smoothing)?;
            let discriminator = objective.discriminator_loss(&real, &fake, label_smoothing)?;
            Ok((discriminator, objective.generator_loss(&real, &fake)?))
        })
    })?;
    Ok((PyTensor(losses.0), PyTensor(losses.1)))
}

/// Number of CUDA devices.
#[pyfunction]
fn devices() -> i64 {
    tch::Cuda::device_count()
}

/// Starts a trace of this process.
#[pyfunction]
fn trace_begin() -> PyResult<()> {
    Ok(crate::base::trace::begin()?)
}

/// Ends the trace and returns it as JSON in Chrome's format.
#[pyfunction]
fn trace_end() -> PyResult<String> {
    Ok(crate::base::trace::end()?)
}

/// Panics, optionally during the recording of a step on a CUDA device, for tests.
#[pyfunction]
#[pyo3(signature = (recording=false))]
fn panic_on_purpose(py: Python<'_>, recording: bool) -> PyResult<()> {
    #[allow(clippy::panic)]
    let mut step = || panic!("on purpose");
    gil::released(py, || {
        error::guarded(|| match recording {
            true => capture::Graphs::new(tch::Device::Cuda(0))?.record(&mut step).map(drop),
            false => step(),
        })
    })
}

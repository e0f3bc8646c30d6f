//! The run behind an estimator: the training loop and its settings.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyBytes, PyDict};
use pyo3_tch::PyTensor;
use tch::Tensor;

use super::array::{array, labels, tensor};
use super::capture::Graphs;
use super::data::Data;
use super::error::guarded;
use super::gil::{attached, released};
use super::language::Writer;
use super::network::Network;
use super::options::{from_python, table, to_python};
use super::progress::Progress;
use crate::base::{device, Ranks};
use crate::engine::{checkpoint, Recorder, TrainLoop, Wanted};
use crate::error::Error;
use crate::family::{Ask, Spec};

/// A model, its training state and its history.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Run {
    pub(super) spec: Mutex<Spec>,
    pub(super) inner: Mutex<TrainLoop>,
    // Process that used the run last.
    pub(super) process: AtomicU32,
    pub(super) training: AtomicBool,
}

#[pymethods]
impl Run {
    /// A model of this family with its initial weights, for `n` samples of this data. `mean` are
    /// samples `[k, ...]` whose mean in the network's range is that of the data.
    #[new]
    #[pyo3(signature = (family, options, data, n, device, mean=None))]
    #[allow(clippy::too_many_arguments)] // Python's names
    fn new(
        py: Python<'_>,
        family: &str,
        options: &Bound<'_, PyDict>,
        data: &Data,
        n: i64,
        device: &str,
        mean: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let said = guarded(|| table(options))?;
        let mean = mean.map(tensor).transpose()?;
        released(py, move || {
            guarded(move || {
                let (spec, data) = Spec::resolved(family, &said, data.checked()?, n)?;
                Run::build(spec, data, mean.as_ref(), device)
            })
        })
    }

    /// Loads a run from a checkpoint file, to be trained for `epochs` in total if given; also returns the JSON saved
    /// with it.
    #[staticmethod]
    #[pyo3(signature = (path, device, epochs=None))]
    fn load(py: Python<'_>, path: PathBuf, device: &str, epochs: Option<i64>) -> PyResult<(Self, String)> {
        released(py, || {
            guarded(|| Run::parse(&path.display().to_string(), &checkpoint::read(&path)?, device, epochs))
        })
    }

    /// Creates a run of the model in a folder of another program, with these settings of training; `context` is the
    /// number of tokens that it sees.
    #[staticmethod]
    #[pyo3(signature = (path, options, device, context=None))]
    fn from_folder(
        py: Python<'_>,
        path: PathBuf,
        options: &Bound<'_, PyDict>,
        device: &str,
        context: Option<i64>,
    ) -> PyResult<Self> {
        let said = guarded(|| table(options))?;
        released(py, move || guarded(|| Run::of_folder(&path, &said, context, device)))
    }

    /// Loads a run from the bytes of a checkpoint.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8], device: &str) -> PyResult<(Self, String)> {
        released(py, || guarded(|| Run::parse("pickle", bytes, device, None)))
    }

    /// Writes a checkpoint; `extra` is JSON.
    fn save(&self, py: Python<'_>, path: PathBuf, extra: &str) -> PyResult<()> {
        released(py, || guarded(|| checkpoint::write(&path, &self.bytes(extra)?)))
    }

    /// Returns the bytes of a checkpoint; `extra` is JSON.
    fn to_bytes<'py>(&self, py: Python<'py>, extra: &str) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = released(py, || guarded(|| self.bytes(extra)))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Trains on `x`, an array or a reader, until `epochs` epochs are complete in total. `hooks` has `every`, `poll()`,
    /// `step()` and `epoch()`. After a loss that is not finite, a run that `rewinds` is at the position of its last
    /// finite state, else at the beginning of that epoch.
    #[pyo3(signature = (x, epochs, hooks, *, resume, call, y=None, rewinds=false))]
    #[allow(clippy::too_many_arguments)] // Python's names
    fn train(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        epochs: u64,
        hooks: &Bound<'_, PyAny>,
        resume: bool,
        call: &str,
        y: Option<&Bound<'_, PyAny>>,
        rewinds: bool,
    ) -> PyResult<()> {
        self.fit(py, (x, y), (epochs, hooks), (resume, rewinds), call)
    }

    /// Trains as process `rank` of `count`; `average` replaces a tensor by its mean over all processes.
    fn set_ranks(&self, py: Python<'_>, rank: u64, count: u64, average: Py<PyAny>) -> PyResult<()> {
        let average = move |x: &Tensor| {
            attached(|py| {
                let done = average.call1(py, (PyTensor(x.shallow_clone()),));
                done.map(drop)
                    .map_err(|error| Error::Torch(format!("communication between processes failed: {error}")))
            })
        };
        released(py, || guarded(|| self.lock()?.set_ranks(Ranks::new(rank, count, Box::new(average))?)))
    }

    /// Draws `n` samples, float32 or float64, channels last. Without a seed the run's own stream continues; without
    /// labels a conditional model draws them. `truncation` is the maximum absolute value of the latents; `steps` and
    /// `guidance` are those of a flow.
    #[pyo3(signature = (n, seed, y=None, truncation=None, steps=None, guidance=None))]
    #[allow(clippy::too_many_arguments)] // Python's names
    fn sample<'py>(
        &self,
        py: Python<'py>,
        n: u64,
        seed: Option<u64>,
        y: Option<&Bound<'_, PyAny>>,
        truncation: Option<f64>,
        steps: Option<i64>,
        guidance: Option<f64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (y, ask) = (labels(y)?, Ask { truncation, steps, guidance });
        self.answer(py, move |inner| inner.sample(n, seed, y.as_ref(), ask))
    }

    /// Latents `(n, latent_dim)` that `sample` uses with this seed.
    fn starts<'py>(&self, py: Python<'py>, n: u64, seed: u64) -> PyResult<Bound<'py, PyAny>> {
        self.answer(py, move |inner| inner.starts(n, seed))
    }

    /// Generates samples from latents; without labels a conditional model draws one for all from this seed.
    #[pyo3(signature = (z, seed, y=None))]
    fn generate<'py>(
        &self,
        py: Python<'py>,
        z: &Bound<'_, PyAny>,
        seed: u64,
        y: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (z, y) = (tensor(z)?, labels(y)?);
        self.answer(py, move |inner| inner.generate(&z, seed, y.as_ref()))
    }

    /// Output of a part of the model for each of the samples, `(n, ...)`.
    #[pyo3(signature = (name, x, y=None))]
    fn apply<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        x: &Bound<'_, PyAny>,
        y: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (x, y) = (tensor(x)?, labels(y)?);
        self.answer(py, move |inner| inner.apply(name, &x, y.as_ref()))
    }

    /// Output of the first layer of a network for latents, `(n, ...)`; None if the layer is not a linear function.
    fn first_layer(&self, py: Python<'_>, name: &str, z: &Bound<'_, PyAny>) -> PyResult<Option<PyObject>> {
        let z = tensor(z)?;
        let made = self.look(py, move |inner| inner.first_layer(name, &z))?;
        made.map(|made| Ok(array(py, &made)?.unbind())).transpose()
    }

    /// Latents `(n, latent_dim)` for which a part of the model gives samples nearest to `x`, where values have these
    /// weights and squared latents that of `prior`, found in `steps` steps from `starts`, `(n, starts, latent_dim)`.
    #[pyo3(signature = (name, x, starts, steps, prior, y=None, weights=None))]
    #[allow(clippy::too_many_arguments)] // Python's names
    fn nearest<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        x: &Bound<'_, PyAny>,
        starts: &Bound<'_, PyAny>,
        steps: u64,
        prior: f64,
        y: Option<&Bound<'_, PyAny>>,
        weights: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let wanted = Wanted {
            prior,
            x: tensor(x)?,
            labels: labels(y)?,
            weights: weights.map(tensor).transpose()?,
            starts: tensor(starts)?,
        };
        self.search(py, name, wanted, steps)
    }

    /// Scores and continues documents with the current weights.
    fn writer(&self, py: Python<'_>) -> PyResult<Writer> {
        let missing = || Error::Internal("a family without a writer".into());
        self.look(py, |inner| Ok(Writer(Arc::new(inner.step().writer()?.ok_or_else(missing)?))))
    }

    /// Claims the next `n` numbers of the run's stream of samples, and returns the seed and the first.
    fn claim(&self, py: Python<'_>, n: u64) -> PyResult<(u64, u64)> {
        let seed = self.current().seed();
        released(py, || guarded(|| Ok((seed, self.lock()?.claim(n)))))
    }

    /// Shape of one latent.
    fn code(&self, py: Python<'_>) -> PyResult<Vec<i64>> {
        self.look(py, |inner| Ok(inner.step().coder(inner.data())?.map(|coder| coder.code()).unwrap_or_default()))
    }

    /// Part of the model with the weights used for results.
    fn network(&self, py: Python<'_>, name: &str) -> PyResult<Network> {
        self.look(py, |inner| {
            Ok(Network::new(name, inner.step().function(name)?, inner.data().labels.clone(), inner.device()))
        })
    }

    /// Named weights and running statistics in training, copied to the CPU in PyTorch's axis order.
    fn state_dict<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyDict>> {
        let named = self.named(py, name)?;
        let table = PyDict::new(py);
        for (name, tensor) in named {
            table.set_item(name, PyTensor(tensor))?;
        }
        Ok(table)
    }

    /// Latents of training step `step`, `(batch_size, latent_dim)`.
    fn latents(&self, py: Python<'_>, step: u64) -> PyResult<PyTensor> {
        self.look(py, |inner| inner.step().latents(step, self.current().batch_size() as u64)).map(PyTensor)
    }

    /// Order of `n` samples in epoch `epoch`, `(n,)`.
    fn order(&self, py: Python<'_>, epoch: u64, n: usize) -> PyResult<PyTensor> {
        self.look(py, |inner| Ok(Tensor::f_from_slice(&inner.order(epoch, n))?)).map(PyTensor)
    }

    /// Resolved settings as a dictionary.
    fn settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.current())
    }

    /// Resolves options for `n` samples like those of the run.
    fn resolved<'py>(&self, py: Python<'py>, options: &Bound<'_, PyDict>, n: i64) -> PyResult<Bound<'py, PyAny>> {
        let data = self.look(py, |inner| Ok(inner.data().clone()))?;
        let (spec, _) = guarded(|| Spec::resolved(self.current().family(), &table(options)?, data, n))?;
        to_python(py, &spec)
    }

    /// Applies settings that differ in learning rates, `batch_size` and `epochs` only.
    fn retune(&self, py: Python<'_>, settings: &Bound<'_, PyDict>) -> PyResult<()> {
        let spec: Spec = from_python(settings)?;
        released(py, || {
            guarded(|| {
                let mut inner = self.lock()?;
                spec.check(inner.data())?;
                inner.retune(&spec)?;
                *self.spec.lock().unwrap_or_else(PoisonError::into_inner) = spec;
                Ok(())
            })
        })
    }

    /// The data that the model is made for.
    fn data(&self, py: Python<'_>) -> PyResult<Data> {
        self.look(py, |inner| Ok(Data(inner.data().clone())))
    }

    /// The device.
    #[getter]
    fn device(&self, py: Python<'_>) -> PyResult<String> {
        self.look(py, |inner| Ok(device::name(inner.device())))
    }

    /// Selects the executor: `auto`, `native`, `cuda_graph` or `tch`. Steps recorded with another `precision` are
    /// discarded.
    fn set_executor(&self, py: Python<'_>, name: &str, precision: &str) -> PyResult<()> {
        released(py, || {
            guarded(|| {
                let recorder = |device| Ok(Box::new(Graphs::new(device)?) as Box<dyn Recorder>);
                self.lock()?.set_executor(name, precision, recorder)
            })
        })
    }

    /// Executor in training: `native`, `cuda_graph` or `tch`.
    #[getter]
    fn executor(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.look(py, |inner| Ok(inner.executor()))
    }

    /// Reason why only libtorch can run the networks, if so.
    fn needs_torch(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.look(py, |inner| Ok(inner.needs_torch()))
    }

    /// Convolutions of each network that compute fewer products than their definition has, in training.
    fn fewer(&self, py: Python<'_>) -> PyResult<Vec<(&'static str, Vec<String>)>> {
        let count = self.current().batch_size().max(0) as usize;
        self.look(py, |inner| Ok(inner.fewer(count)))
    }

    /// Counters.
    fn progress(&self, py: Python<'_>) -> PyResult<Progress> {
        self.look(py, |inner| Ok(inner.progress().into()))
    }

    /// Steps made since the run was created or loaded, including those lost to divergence.
    fn made(&self, py: Python<'_>) -> PyResult<u64> {
        self.look(py, |inner| Ok(inner.steps_made()))
    }

    /// Means over the current epoch; waits for the device.
    fn losses<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let table = PyDict::new(py);
        for (name, mean) in self.look(py, |inner| inner.losses())? {
            table.set_item(name, mean)?;
        }
        Ok(table)
    }

    /// A value outside the fitted range in a training stream, if any.
    fn strayed(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        self.look(py, |inner| Ok(inner.strayed()))
    }

    /// History as lists of values by column.
    fn history<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.look(py, |inner| Ok(inner.history().columns().to_vec()))?.into_py_dict(py)
    }

    /// Writes a value into the last row of the history, in a column of its own.
    fn note(&self, py: Python<'_>, name: &str, value: f64) -> PyResult<()> {
        released(py, || guarded(|| self.lock()?.history_mut().note(name, value)))
    }

    /// Norm of the running mean of the gradients of each network; waits for the device.
    fn gradients(&self, py: Python<'_>) -> PyResult<Vec<(&'static str, f64)>> {
        self.look(py, |inner| inner.step().team().gradients())
    }

    /// Number of parameters of each network.
    fn sizes(&self, py: Python<'_>) -> PyResult<Vec<(&'static str, i64)>> {
        self.look(py, |inner| Ok(inner.step().team().sizes()))
    }
}

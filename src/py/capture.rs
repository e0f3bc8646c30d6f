//! CUDA graphs, recorded through Python's torch, because tch does not support them.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tch::Device;

use super::error::guarded;
use super::gil::{attached, released};
use crate::base::device;
use crate::engine::{Body, Recorder, Recording};
use crate::error::{Error, Result};

/// Records on its own stream. All recordings share one memory pool: they are replayed one after the other, and no
/// memory in the pool is used across steps.
pub struct Graphs {
    stream: Py<PyAny>,
    pool: Py<PyAny>,
}

struct Graph(Py<PyAny>);

impl Graphs {
    /// Creates a recorder for this device.
    ///
    /// # Errors
    /// [`Error::Outside`] if torch raises an exception.
    pub fn new(on: Device) -> Result<Self> {
        python(|py| {
            let cuda = py.import("torch.cuda")?;
            let stream = cuda.call_method1("Stream", (device::name(on),))?;
            Ok(Graphs {
                stream: stream.unbind(),
                pool: cuda.call_method0("graph_pool_handle")?.unbind(),
            })
        })
    }

    // Runs `body` inside a Python context manager, without the GIL, which autograd does not allow.
    fn within(&self, py: Python<'_>, context: &Bound<'_, PyAny>, body: Body<'_>) -> PyResult<()> {
        context.call_method0("__enter__")?;
        let done = released(py, || guarded(body));
        // The context is left even after a panic: a stream in capture mode is unusable.
        let left = context.call_method1("__exit__", (py.None(), py.None(), py.None()));
        done?;
        left.map(drop)
    }
}

impl Recorder for Graphs {
    fn rehearse(&self, body: Body<'_>) -> Result<()> {
        python(|py| {
            let cuda = py.import("torch.cuda")?;
            let (stream, current) = (self.stream.bind(py), cuda.call_method0("current_stream")?);
            stream.call_method1("wait_stream", (&current,))?;
            let done = self.within(py, &cuda.call_method1("stream", (stream,))?, body);
            // An interrupt may have prevented the context from restoring the stream.
            cuda.call_method1("set_stream", (&current,))?;
            done?;
            current.call_method1("wait_stream", (stream,)).map(drop)
        })
    }

    fn record(&self, body: Body<'_>) -> Result<Box<dyn Recording>> {
        python(|py| {
            let cuda = py.import("torch.cuda")?;
            let (graph, how) = (cuda.call_method0("CUDAGraph")?, PyDict::new(py));
            how.set_item("stream", &self.stream)?;
            how.set_item("pool", &self.pool)?;
            // Prefetching threads may pin memory during the capture.
            how.set_item("capture_error_mode", "thread_local")?;
            let context = cuda.call_method("graph", (&graph,), Some(&how))?;
            let current = cuda.call_method0("current_stream")?;
            let recorded = self.within(py, &context, body);
            // A failed recording does not restore the stream.
            cuda.call_method1("set_stream", (current,))?;
            recorded?;
            Ok(Box::new(Graph(graph.unbind())) as Box<dyn Recording>)
        })
    }
}

impl Recording for Graph {
    fn play(&self) -> Result<()> {
        python(|py| self.0.call_method0(py, "replay").map(drop))
    }
}

fn python<T>(body: impl FnOnce(Python<'_>) -> PyResult<T>) -> Result<T> {
    attached(body).map_err(|error| Error::Outside(Box::new(error)))
}

//! CUDA graphs, which Python's torch makes: tch has none.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tch::Device;

use super::error::guarded;
use super::gil::{attached, released};
use crate::base::device;
use crate::engine::{Body, Recorder, Recording};
use crate::error::{Error, Result};

/// Records on a stream of its own. All recordings share one pool of memory: one is played after the other, and nothing in
/// it outlives a step.
pub struct Graphs {
    stream: Py<PyAny>,
    pool: Py<PyAny>,
}

struct Graph(Py<PyAny>);

impl Graphs {
    /// A recorder for this device.
    ///
    /// # Errors
    /// [`Error::Outside`] if torch refuses.
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

    // Runs `body` inside a context of Python's, without the GIL: autograd refuses to work with it.
    fn within(&self, py: Python<'_>, context: &Bound<'_, PyAny>, body: Body<'_>) -> PyResult<()> {
        context.call_method0("__enter__")?;
        let done = released(py, || guarded(body));
        // Left whatever happened, a panic too: a stream that still records would be of no use to anybody.
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
            // An interrupt may have come in the way of leaving the stream.
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
            // Threads that read data ahead pin memory meanwhile.
            how.set_item("capture_error_mode", "thread_local")?;
            let context = cuda.call_method("graph", (&graph,), Some(&how))?;
            let current = cuda.call_method0("current_stream")?;
            let recorded = self.within(py, &context, body);
            // A recording that fails leaves its own stream in place.
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

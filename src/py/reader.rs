//! Streamed samples for Python.

use std::path::PathBuf;
use std::sync::Arc;

use numpy::{Element, PyArray1, PyReadonlyArray1, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tch::{Device, Kind, Tensor};

use super::array::array;
use super::error::guarded;
use super::gil::{attached, call, released};
use crate::base::slice::as_mut_bytes;
use crate::data::{self, picture_size, Access, ArrayFile, Pictures};
use crate::error::{Error, Result};

/// Bytes per shuffling window for samples that are iterated in Python and kept until they are used.
const WINDOW: usize = 1 << 26;

/// A source of samples that several threads can read.
#[pyclass(frozen, module = "ganvas._core")]
pub struct Reader {
    inner: Arc<dyn data::Reader>,
}

impl Reader {
    /// The shared reader.
    pub fn inner(&self) -> Arc<dyn data::Reader> {
        self.inner.clone()
    }
}

#[pymethods]
impl Reader {
    /// An array of this shape and dtype that begins at byte `offset` of a file.
    #[staticmethod]
    fn file(py: Python<'_>, path: PathBuf, offset: u64, shape: Vec<i64>, dtype: &str) -> PyResult<Self> {
        let kind = kind(dtype)?;
        released(py, || guarded(|| ArrayFile::open(&path, offset, split(&shape), kind))).map(Reader::of)
    }

    /// Picture files: `shape` of all pictures, `dtype` of their values. With `fitted` they are cropped and resized to
    /// squares. `other(i)` returns the bytes of picture i if it is not a common PNG or JPEG of this size and at most
    /// `limit` pixels.
    #[staticmethod]
    fn pictures(
        files: Vec<PathBuf>,
        shape: [i64; 4],
        dtype: &str,
        fitted: bool,
        limit: usize,
        other: Py<PyAny>,
    ) -> PyResult<Self> {
        let other = move |number: usize| {
            attached(|py| {
                let made = call(other.bind(py), &(number,).into_pyobject(py)?)?;
                Ok(made.downcast::<PyBytes>()?.as_bytes().to_vec())
            })
            .map_err(outside)
        };
        let [_, height, width, channels] = shape;
        Ok(Reader::of(Pictures {
            files,
            sizes: [height, width, channels],
            kind: kind(dtype)?,
            fitted,
            limit,
            other: Box::new(other),
        }))
    }

    /// Height and width of each picture, from its first bytes; None if it is not a common PNG or JPEG.
    #[staticmethod]
    fn sizes(py: Python<'_>, files: Vec<PathBuf>) -> PyResult<Vec<Option<(usize, usize)>>> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(16);
        let share = files.len().div_ceil(threads).max(64);
        released(py, || {
            guarded(|| {
                std::thread::scope(|scope| {
                    let parts: Vec<_> = files
                        .chunks(share)
                        .map(|part| scope.spawn(|| part.iter().map(|file| picture_size(file)).collect::<Vec<_>>()))
                        .collect();
                    let read = parts.into_iter().map(|thread| thread.join());
                    let sizes: std::thread::Result<Vec<_>> = read.collect();
                    sizes.map(|sizes| sizes.concat()).map_err(|_| Error::Internal("a reader of pictures".into()))
                })
            })
        })
    }

    /// A Python function: `read(rows)` returns an array of this dtype with the samples at these indices. `access` is
    /// the supported order: "anywhere", "near" or "forward". `peek(rows)`, if given, reads the first samples without
    /// affecting a sequential pass.
    #[staticmethod]
    #[pyo3(signature = (read, shape, dtype, access, peek=None))]
    fn rows(read: Py<PyAny>, shape: Vec<i64>, dtype: &str, access: &str, peek: Option<Py<PyAny>>) -> PyResult<Self> {
        let (len, sizes) = split(&shape);
        let mut called = Called {
            read,
            peek,
            len,
            sizes,
            kind: kind(dtype)?,
            access: Access::Anywhere,
        };
        let bytes = data::Reader::bytes(&called).max(1);
        called.access = match access {
            "forward" => Access::Forward { window: (WINDOW / bytes).max(1) },
            "near" => data::near(bytes),
            _ => Access::Anywhere,
        };
        Ok(Reader::of(called))
    }

    /// Number of samples.
    fn __len__(&self) -> usize {
        self.inner.len()
    }

    /// Shape of all samples together.
    #[getter]
    fn shape(&self) -> Vec<i64> {
        [&[self.inner.len() as i64], self.inner.sizes()].concat()
    }

    /// Number of samples shuffled together, for sequential access.
    #[getter]
    fn window(&self) -> Option<usize> {
        match self.inner.access() {
            Access::Forward { window } => Some(window),
            _ => None,
        }
    }

    /// Reads these samples, with a suitable number of threads.
    fn read<'py>(&self, py: Python<'py>, rows: PyReadonlyArray1<'py, i64>) -> PyResult<Bound<'py, PyAny>> {
        let rows = rows.as_slice()?.to_vec();
        let samples = released(py, || guarded(|| self.all(&rows)))?;
        array(py, &samples)
    }
}

impl Reader {
    fn of(reader: impl data::Reader + 'static) -> Self {
        Reader { inner: Arc::new(reader) }
    }

    fn all(&self, rows: &[i64]) -> Result<Tensor> {
        let (reader, bytes) = (&*self.inner, self.inner.bytes());
        if let Some(wrong) = rows.iter().find(|&&row| row < 0 || row as usize >= reader.len()) {
            return Err(Error::Internal(format!("sample {wrong} of {}", reader.len())));
        }
        let sizes = [&[rows.len() as i64], reader.sizes()].concat();
        let mut samples = Tensor::f_empty(&sizes[..], (reader.kind(), Device::Cpu))?;
        let out = as_mut_bytes(&mut samples)?;
        let share = rows.len().div_ceil(reader.threads().max(1)).max(1);
        if share >= rows.len() {
            peeked(reader, rows, out)?;
            return Ok(samples);
        }
        std::thread::scope(|scope| {
            let parts = rows.chunks(share).zip(out.chunks_mut(share * bytes));
            let begun: Vec<_> = parts.map(|(rows, out)| scope.spawn(|| peeked(reader, rows, out))).collect();
            begun.into_iter().try_for_each(|thread| match thread.join() {
                Ok(read) => read,
                Err(_) => Err(Error::Internal("a reader of data".into())),
            })
        })?;
        Ok(samples)
    }
}

fn peeked(reader: &dyn data::Reader, rows: &[i64], out: &mut [u8]) -> Result<()> {
    reader.peek(rows, out)?;
    data::check_finite(reader, rows, out)
}

// Samples returned by a Python function.
struct Called {
    read: Py<PyAny>,
    peek: Option<Py<PyAny>>,
    len: usize,
    sizes: Vec<i64>,
    kind: Kind,
    access: Access,
}

impl data::Reader for Called {
    fn len(&self) -> usize {
        self.len
    }

    fn sizes(&self) -> &[i64] {
        &self.sizes
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn access(&self) -> Access {
        self.access
    }

    fn threads(&self) -> usize {
        1
    }

    fn read(&self, rows: &[i64], out: &mut [u8]) -> Result<()> {
        self.call(&self.read, rows, out)
    }

    fn peek(&self, rows: &[i64], out: &mut [u8]) -> Result<()> {
        self.call(self.peek.as_ref().unwrap_or(&self.read), rows, out)
    }
}

impl Called {
    fn call(&self, function: &Py<PyAny>, rows: &[i64], out: &mut [u8]) -> Result<()> {
        let made = attached(|py| -> PyResult<bool> {
            let made = call(function.bind(py), &(PyArray1::from_slice(py, rows),).into_pyobject(py)?)?;
            match self.kind {
                Kind::Uint8 => copied::<u8>(&made, out),
                Kind::Double => copied::<f64>(&made, out),
                _ => copied::<f32>(&made, out),
            }
        });
        match made.map_err(outside)? {
            true => Ok(()),
            false => Err(Error::Internal("samples of another size".into())),
        }
    }
}

// Copies an array of this element type to `out`; False if the length does not match.
fn copied<T: Element>(made: &Bound<'_, PyAny>, out: &mut [u8]) -> PyResult<bool> {
    let made: PyReadonlyArrayDyn<'_, T> = made.extract()?;
    let values = made.as_slice()?;
    // SAFETY: bytes of a borrowed, initialised slice of numbers, read before the borrow ends.
    let bytes = unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), std::mem::size_of_val(values)) };
    let fits = bytes.len() == out.len();
    if fits {
        out.copy_from_slice(bytes);
    }
    Ok(fits)
}

fn outside(error: PyErr) -> Error {
    Error::Outside(Box::new(error))
}

fn split(shape: &[i64]) -> (usize, Vec<i64>) {
    let len = shape.first().map_or(0, |&n| n.max(0) as usize);
    (len, shape.get(1..).unwrap_or_default().to_vec())
}

fn kind(dtype: &str) -> PyResult<Kind> {
    match dtype {
        "uint8" => Ok(Kind::Uint8),
        "float32" => Ok(Kind::Float),
        "float64" => Ok(Kind::Double),
        _ => Err(Error::Dtype {
            name: "X".into(),
            expected: "uint8, float32 or float64".into(),
            got: dtype.into(),
        }
        .into()),
    }
}

//! Conversion between NumPy arrays and tensors.

use numpy::{Element, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use tch::{Device, Kind, Tensor};

use super::error::guarded;
use crate::error::Error;

/// Converts labels: class indices, int64, or numbers, float32 or float64; C-contiguous. The tensor is valid as long as
/// the array.
pub fn labels(y: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Tensor>> {
    let Some(y) = y else {
        return Ok(None);
    };
    match y.extract::<PyReadonlyArrayDyn<'_, i64>>() {
        Ok(array) => viewed(&array, Kind::Int64).map(Some),
        Err(_) => tensor(y).map(Some),
    }
}

/// Converts latents, float32, or indices of codes, int64; C-contiguous. The tensor is valid as long as the array.
pub fn latents(z: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    match z.extract::<PyReadonlyArrayDyn<'_, i64>>() {
        Ok(array) => viewed(&array, Kind::Int64),
        Err(_) => tensor(z),
    }
}

/// Copies a CPU tensor to a new array.
pub fn array<'py>(py: Python<'py>, tensor: &Tensor) -> PyResult<Bound<'py, PyAny>> {
    match guarded(|| Ok(tensor.f_kind()?))? {
        Kind::Int64 => filled::<i64>(py, tensor),
        Kind::Uint8 => filled::<u8>(py, tensor),
        Kind::Double => filled::<f64>(py, tensor),
        _ => filled::<f32>(py, tensor),
    }
}

fn filled<'py, T: Element + tch::kind::Element>(py: Python<'py>, tensor: &Tensor) -> PyResult<Bound<'py, PyAny>> {
    let sizes: Vec<usize> = tensor.size().iter().map(|&size| size as usize).collect();
    let array = PyArrayDyn::<T>::zeros(py, sizes, false);
    if let Ok(slice) = array.readwrite().as_slice_mut() {
        guarded(|| Ok(tensor.f_contiguous()?.f_copy_data(slice, tensor.numel())?))?;
    }
    Ok(array.into_any())
}

/// Wraps a C-contiguous array of uint8, float32 or float64 without copying. The tensor is valid as long as the array.
pub fn tensor(x: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    if let Ok(array) = x.extract::<PyReadonlyArrayDyn<'_, u8>>() {
        return viewed(&array, Kind::Uint8);
    }
    if let Ok(array) = x.extract::<PyReadonlyArrayDyn<'_, f64>>() {
        return viewed(&array, Kind::Double);
    }
    match x.extract::<PyReadonlyArrayDyn<'_, f32>>() {
        Ok(array) => viewed(&array, Kind::Float),
        Err(_) => Err(Error::Dtype {
            name: "X".into(),
            expected: "a uint8, float32 or float64 array".into(),
            got: x.get_type().to_string(),
        }
        .into()),
    }
}

fn viewed<T: Element>(array: &PyReadonlyArrayDyn<'_, T>, kind: Kind) -> PyResult<Tensor> {
    let values = array.as_slice()?.as_ptr().cast();
    let sizes: Vec<i64> = array.as_array().shape().iter().map(|&size| size as i64).collect();
    let strides: Vec<i64> = (0..sizes.len()).map(|axis| sizes[axis + 1..].iter().product()).collect();
    // SAFETY: contiguous numbers in memory owned by the array. Callers keep the array alive as long as the tensor is in
    // use, and nothing writes to it.
    guarded(|| Ok(unsafe { Tensor::f_from_blob(values, &sizes, &strides, kind, Device::Cpu)? }))
}

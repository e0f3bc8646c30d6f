//! A run as one safetensors file: weights, optimisers, averages, counters, settings, data shape and history.
//!
//! A file is validated completely before anything is copied. Files are written to a temporary name, flushed to disk and
//! renamed, so that a file is never incomplete.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use tch::{Device, Tensor};

use super::{Progress, TrainLoop};
use crate::base::axes::tuple;
use crate::base::ParamSpec;
use crate::error::{CheckpointFault, Error, Result};
use crate::family::{Spec, Stored};
use crate::kind::DataShape;
use crate::layer::Chain;

/// Version of the file format.
pub const FORMAT: u64 = 2;
/// Upper limit of the header in the safetensors format, also applied to the metadata.
const MAX_HEADER: u64 = 100_000_000;
const KEY: &str = "ganvas";

/// Metadata of a checkpoint: everything except the tensors.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// [`FORMAT`] of the file.
    pub format: u64,
    /// Version of ganvas that wrote the file.
    pub version: String,
    /// Settings of the run.
    pub spec: Spec,
    /// Shape and range of the data.
    pub data: DataShape,
    /// Counters of the run.
    pub progress: Progress,
    /// Descriptions of the networks.
    pub networks: BTreeMap<String, Chain>,
    /// Additional data of the caller.
    pub extra: Value,
}

// The metadata with a checksum of itself and the tensors' bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    crc32: u32,
    run: Value,
}

/// Serialises a run.
///
/// # Errors
/// [`Error::Torch`] if the device fails.
pub fn to_bytes(run: &TrainLoop, spec: &Spec, extra: Value) -> Result<Vec<u8>> {
    let networks = run.step.team().networks().into_iter();
    let meta = Meta {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        spec: spec.clone(),
        data: run.data().clone(),
        progress: run.progress,
        networks: networks.map(|(name, network)| (name.to_owned(), network.chain.clone())).collect(),
        extra,
    };
    let mut tensors = Bytes::new();
    for stored in state(run) {
        match stored.parts {
            Some(parts) => {
                for (name, tensor) in parts.named(&stored.flat)? {
                    tensors.insert(format!("{}.{name}", stored.name), floats(&tensor)?);
                }
            }
            None => {
                tensors.insert(stored.name, floats(&stored.flat)?);
            }
        }
    }
    for (name, values) in run.history.columns() {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        tensors.insert(format!("history.{name}"), (Dtype::F64, vec![values.len()], bytes));
    }
    seal(serde_json::to_value(&meta).map_err(unwritten)?, &tensors)
}

/// Serialises named arrays of float32 with additional data of the caller, without a run.
///
/// # Errors
/// [`Error::Torch`] if the device fails.
pub fn pack(arrays: &[(String, Tensor)], extra: Value) -> Result<Vec<u8>> {
    let tensors = arrays.iter().map(|(name, array)| Ok((name.clone(), floats(array)?))).collect::<Result<_>>()?;
    seal(json!({"format": FORMAT, "version": env!("CARGO_PKG_VERSION"), "extra": extra}), &tensors)
}

/// Reads what [`pack`] wrote. A file of a run gives its additional data alone.
///
/// # Errors
/// [`Error::Checkpoint`] if the bytes are damaged, not a checkpoint, or in another format.
pub fn unpack(file: &str, bytes: &[u8]) -> Result<(Vec<(String, Tensor)>, Value)> {
    let (mut run, tensors) = unseal(file, bytes)?;
    let extra = run["extra"].take();
    if !run["spec"].is_null() {
        return Ok((Vec::new(), extra));
    }
    let arrays = tensors.iter().map(|(name, view)| Ok((name.clone(), finite(file, name, view)?)));
    Ok((arrays.collect::<Result<_>>()?, extra))
}

type Bytes = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn seal(run: Value, tensors: &Bytes) -> Result<Vec<u8>> {
    let crc32 = checksum(&run, tensors.iter().map(|(name, (_, _, bytes))| (name.as_str(), &bytes[..])));
    let sealed = serde_json::to_string(&Sealed { crc32, run }).map_err(unwritten)?;
    let packed = |error: safetensors::SafeTensorError| Error::Internal(format!("{}: {error}", file!()));
    let views = tensors
        .iter()
        .map(|(name, (dtype, shape, bytes))| TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name, view)));
    let views = views.collect::<Result<Vec<_>, _>>().map_err(packed)?;
    safetensors::serialize(views, Some([(KEY.to_owned(), sealed)].into())).map_err(packed)
}

fn unwritten(error: serde_json::Error) -> Error {
    Error::Internal(format!("{}: {error}", file!()))
}

// Metadata and tensors with a valid checksum.
fn unseal<'a>(file: &str, bytes: &'a [u8]) -> Result<(Value, BTreeMap<String, TensorView<'a>>)> {
    let damaged = |why: String| Error::damaged(file, why);
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(error.to_string()))?;
    let words = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
    let words = words.ok_or_else(|| damaged(format!("no metadata \"{KEY}\"")))?;
    let sealed: Sealed = serde_json::from_str(words).map_err(|error| damaged(error.to_string()))?;
    match sealed.run.get("format").and_then(Value::as_u64) {
        Some(found) if found < FORMAT => {
            return Err(fault_in(file, CheckpointFault::Older { found, expected: FORMAT }));
        }
        Some(found) if found > FORMAT => {
            return Err(fault_in(file, CheckpointFault::Newer { found, newest: FORMAT }));
        }
        _ => {}
    }
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| damaged(error.to_string()))?;
    let tensors: BTreeMap<String, TensorView> = tensors.tensors().into_iter().collect();
    let found = checksum(&sealed.run, tensors.iter().map(|(name, view)| (name.as_str(), view.data())));
    if found != sealed.crc32 {
        return Err(damaged("its checksum does not match".into()));
    }
    Ok((sealed.run, tensors))
}

// The state of the step, and of the loop within the current epoch.
fn state(run: &TrainLoop) -> Vec<Stored<'_>> {
    let mut state = run.step.state();
    for (name, tensor) in run.scalars.tensors() {
        state.push(Stored::plain(format!("scalars.{name}"), tensor));
    }
    state.retain(|stored| stored.flat.numel() > 0);
    state
}

fn floats(tensor: &Tensor) -> Result<(Dtype, Vec<usize>, Vec<u8>)> {
    let tensor = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_contiguous()?;
    let shape = tensor.size().iter().map(|&size| size as usize).collect();
    let mut values = vec![0f32; tensor.numel()];
    tensor.f_copy_data(&mut values, tensor.numel())?;
    Ok((Dtype::F32, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect()))
}

fn checksum<'a>(run: &Value, tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(run.to_string().as_bytes());
    for (name, bytes) in tensors {
        hasher.update(name.as_bytes());
        hasher.update(bytes);
    }
    hasher.finalize()
}

/// Writes the bytes atomically: `path` holds either all of them or its previous contents.
///
/// # Errors
/// [`Error::Io`] if the file cannot be written; no temporary file remains.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&beside, path));
    if let Err(error) = renamed {
        let _ = fs::remove_file(&beside);
        return Err(Error::io(path, error));
    }
    // The rename itself must be flushed; file systems that cannot flush a folder do not need it.
    let _ = File::open(&folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Reads a file and checks its header against its size.
///
/// # Errors
/// [`Error::Io`] if it cannot be read, [`Error::Checkpoint`] if it is not a checkpoint.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let io = |error| Error::io(path, error);
    let name = path.display().to_string();
    let mut file = File::open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    let mut length = [0; 8];
    if size < 8 {
        return Err(Error::damaged(&name, format!("{size} bytes")));
    }
    file.read_exact(&mut length).map_err(io)?;
    let length = u64::from_le_bytes(length);
    if length > MAX_HEADER || length > size - 8 {
        return Err(Error::damaged(&name, format!("a header of {length} bytes in a file of {size}")));
    }
    let mut bytes = (length.to_le_bytes()).to_vec();
    bytes.resize(8 + length as usize, 0);
    file.read_exact(&mut bytes[8..]).map_err(io)?;
    let header: Value = serde_json::from_slice(&bytes[8..]).map_err(|error| Error::damaged(&name, error))?;
    let ends = header
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, tensor)| tensor["data_offsets"][1].as_u64());
    let expected = (8 + length).saturating_add(ends.max().unwrap_or(0));
    if expected != size {
        return Err(Error::damaged(&name, format!("{size} bytes, its header announces {expected}")));
    }
    file.take(expected).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

/// A parsed checkpoint with a valid checksum.
pub struct Checkpoint<'a> {
    file: &'a str,
    tensors: BTreeMap<String, TensorView<'a>>,
    /// Metadata.
    pub meta: Meta,
}

impl<'a> Checkpoint<'a> {
    /// Parses the metadata and verifies the checksum; `file` is the name in messages.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if the bytes are damaged, not a checkpoint, or in another format.
    pub fn parse(file: &'a str, bytes: &'a [u8]) -> Result<Self> {
        let (run, tensors) = unseal(file, bytes)?;
        if let (None, Some(estimator)) = (run.get("spec"), run["extra"]["estimator"].as_str()) {
            let expected = "a model with a run".into();
            let fault = CheckpointFault::Unfit { name: "estimator".into(), expected, got: estimator.into() };
            return Err(fault_in(file, fault));
        }
        let meta = serde_json::from_value(run).map_err(|error| Error::damaged(file, error))?;
        Ok(Checkpoint { file, tensors, meta })
    }

    /// Copies the state into a run with the same settings, after validating all of it.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] that names the first mismatched tensor; the run is then unchanged.
    pub fn restore(mut self, run: &mut TrainLoop) -> Result<()> {
        for (name, network) in run.step.team().networks() {
            if self.meta.networks.get(name) != Some(&network.chain) {
                return Err(Error::damaged(self.file, format!("{name}: another architecture than its settings make")));
            }
        }
        let mut flats = Vec::new();
        let mut columns = Vec::new();
        for stored in state(run) {
            flats.push(match stored.parts {
                Some(parts) => parts.gather(|spec| self.part(&stored.name, spec))?,
                None => self.tensor(&stored.name, &stored.flat.size())?,
            });
        }
        let rows = self.tensors.get("history.epoch").map_or(0, |view| view.shape().iter().product());
        for name in run.history.own() {
            columns.push(self.column(&format!("history.{name}"), rows)?);
        }
        let noted: Vec<String> =
            self.tensors.keys().filter_map(|key| key.strip_prefix("history.")).map(String::from).collect();
        let noted = noted.into_iter().map(|name| Ok((name.clone(), self.column(&format!("history.{name}"), rows)?)));
        let noted = noted.collect::<Result<Vec<_>>>()?;
        if let Some(name) = self.tensors.keys().next() {
            return Err(fault_in(self.file, CheckpointFault::Extra(format!("\"{name}\""))));
        }
        for (stored, flat) in state(run).into_iter().zip(&flats) {
            stored.flat.f_detach()?.f_copy_(flat)?;
        }
        run.history.set(columns, noted);
        run.progress = self.meta.progress;
        Ok(())
    }

    fn part(&mut self, prefix: &str, spec: &ParamSpec) -> Result<Tensor> {
        self.tensor(&format!("{prefix}.{}", spec.name), &spec.shape)
    }

    fn tensor(&mut self, name: &str, shape: &[i64]) -> Result<Tensor> {
        let view = self.take(name, Dtype::F32, shape)?;
        finite(self.file, name, &view)
    }

    fn column(&mut self, name: &str, rows: usize) -> Result<Vec<f64>> {
        let view = self.take(name, Dtype::F64, &[rows as i64])?;
        Ok(words(view.data()).map(f64::from_le_bytes).collect())
    }

    fn take(&mut self, name: &str, dtype: Dtype, shape: &[i64]) -> Result<TensorView<'a>> {
        let missing = || CheckpointFault::Missing(format!("\"{name}\""));
        let view = self.tensors.remove(name).ok_or_else(|| fault_in(self.file, missing()))?;
        let found: Vec<i64> = view.shape().iter().map(|&size| size as i64).collect();
        let differs = |found: String, needed: String| CheckpointFault::Tensor { tensor: name.into(), found, needed };
        if found != shape {
            return Err(fault_in(self.file, differs(tuple(&found), tuple(shape))));
        }
        if view.dtype() != dtype {
            let fault = differs(format!("{:?}", view.dtype()), format!("{dtype:?}"));
            return Err(fault_in(self.file, fault));
        }
        Ok(view)
    }
}

fn finite(file: &str, name: &str, view: &TensorView) -> Result<Tensor> {
    let shape: Vec<i64> = view.shape().iter().map(|&size| size as i64).collect();
    let values: Vec<f32> = words(view.data()).map(f32::from_le_bytes).collect();
    if values.iter().any(|value| !value.is_finite()) {
        return Err(fault_in(file, CheckpointFault::NotFinite(name.into())));
    }
    Ok(Tensor::f_from_slice(&values)?.f_view(&shape[..])?)
}

fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.chunks_exact(N).map(|chunk| {
        let mut word = [0; N];
        word.copy_from_slice(chunk);
        word
    })
}

fn fault_in(file: &str, fault: CheckpointFault) -> Error {
    Error::Checkpoint { file: file.into(), fault }
}

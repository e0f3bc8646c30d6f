//! Creation of runs from settings or checkpoints, and their checkpoints.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::Mutex;

use tch::{Kind, Tensor};

use super::run::Run;
use crate::base::device;
use crate::engine::{checkpoint, TrainLoop};
use crate::error::{Error, Result};
use crate::family::sequence::Folder;
use crate::family::Spec;
use crate::kind::DataShape;
use crate::settings::Table;

impl Run {
    /// Creates a run; the model is initialised with the mean of these samples `[k, ...stored]` in the network's range, if
    /// given.
    pub(super) fn build(spec: Spec, data: DataShape, mean: Option<&Tensor>, device_name: &str) -> Result<Self> {
        let device = device::parse(device_name)?;
        let mean = match mean {
            Some(some) => Some(data.encode(some)?.f_mean_dim([0i64].as_slice(), false, Kind::Float)?),
            None => None,
        };
        let step = spec.step(&data, mean.as_ref(), device)?;
        let inner = TrainLoop::new(step, data, spec.batch_size() as u64, spec.seed(), device)?;
        Ok(Run {
            spec: Mutex::new(spec),
            inner: Mutex::new(inner),
            process: AtomicU32::new(std::process::id()),
            training: AtomicBool::new(false),
        })
    }

    /// Creates a run of a model of another program, with these settings of training.
    pub(super) fn of_folder(path: &Path, said: &Table, context: Option<i64>, device_name: &str) -> Result<Self> {
        let folder = Folder::open(path)?;
        let (spec, data) = folder.resolve(said, context)?;
        let run = Run::build(spec.into(), data, None, device_name)?;
        let inner = run.lock()?;
        for (_, network) in inner.step().team().networks() {
            let weights = folder.weights(&network.params)?;
            // The weights and their averages.
            let parts = inner.step().state().into_iter().filter(|stored| stored.parts.is_some());
            for stored in parts.filter(|stored| stored.flat.size() == weights.size()) {
                stored.flat.f_detach()?.f_copy_(&weights)?;
            }
        }
        drop(inner);
        Ok(run)
    }

    /// Creates a run from the bytes of a checkpoint, to be trained for `epochs` in total if given; returns the JSON
    /// saved with it.
    pub(super) fn parse(file: &str, bytes: &[u8], device_name: &str, epochs: Option<i64>) -> Result<(Self, String)> {
        let checkpoint = checkpoint::Checkpoint::parse(file, bytes)?;
        let mut meta = checkpoint.meta.clone();
        meta.data
            .check()
            .and_then(|()| meta.spec.check(&meta.data))
            .map_err(|error| Error::damaged(file, error))?;
        // A small file must not allocate gigabytes.
        let wanted = meta.spec.parameters(&meta.data)?;
        if wanted > bytes.len() as i64 / 4 {
            return Err(Error::damaged(file, format!("its settings make {wanted} parameters, more than it holds")));
        }
        if let Some(epochs) = epochs {
            meta.spec.set_epochs(epochs);
        }
        let run = Run::build(meta.spec, meta.data, None, device_name)?;
        checkpoint.restore(&mut *run.lock()?)?;
        Ok((run, meta.extra.to_string()))
    }
    /// Returns the bytes of a checkpoint; `extra` is JSON.
    pub(super) fn bytes(&self, extra: &str) -> Result<Vec<u8>> {
        let extra = serde_json::from_str(extra).map_err(|error| Error::Internal(error.to_string()))?;
        checkpoint::to_bytes(&*self.lock()?, &self.current(), extra)
    }
}

//! Selection of the executor for training: libtorch, the native executor if it supports every layer, or a CUDA graph of
//! libtorch's kernels if all steps are identical.

use tch::Device;

use super::capture::{Captured, Recorder};
use super::TrainLoop;
use crate::base::device;
use crate::base::pool::{self, Alone};
use crate::error::{Error, Result};
use crate::registry::unknown;

const NAMES: [&str; 4] = ["auto", "native", "cuda_graph", "tch"];

impl TrainLoop {
    /// Selects the executor: `native`, `cuda_graph`, `tch`, or with `auto` the fastest one that is supported. Weights,
    /// optimisers and random numbers do not depend on the executor, so training can continue with another one.
    /// `recorder` creates the recorder of CUDA graphs for this device; graphs recorded with another `precision` are
    /// discarded.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for an unknown name, [`Error::Parameter`] if the requested executor is not supported.
    pub fn set_executor(
        &mut self,
        name: &str,
        precision: &str,
        recorder: impl FnOnce(Device) -> Result<Box<dyn Recorder>>,
    ) -> Result<()> {
        if !NAMES.contains(&name) {
            return Err(unknown("executor", name, &NAMES));
        }
        let place = device::name(self.device());
        let refusal = match (name, self.device(), self.needs_torch()) {
            ("native", Device::Cpu, why) | ("cuda_graph", Device::Cuda(_), why) => why,
            ("native", ..) => Some(format!("\"native\" runs on the CPU, the model is on {place}")),
            ("cuda_graph", ..) => Some(format!("\"cuda_graph\" runs on CUDA, the model is on {place}")),
            _ => None,
        };
        if let Some(why) = refusal {
            return Err(Error::parameter("executor", format!("{why}; use \"auto\" or \"tch\""), format!("\"{name}\"")));
        }
        let best = name != "tch" && self.needs_torch().is_none();
        let threads = (best && self.device() == Device::Cpu).then(pool::threads);
        if threads != self.threads {
            for network in &mut self.step.team_mut().parts.networks {
                network.run_on(threads)?;
            }
            self.threads = threads;
        }
        if !best || self.device() == Device::Cpu {
            self.captured = None;
        } else if self.captured.as_ref().is_none_or(|captured| captured.precision() != precision) {
            self.captured = Some(Captured::new(recorder(self.device())?, precision, self.device()));
        }
        Ok(())
    }

    /// Name of the executor.
    pub fn executor(&self) -> &'static str {
        match (self.threads, &self.captured) {
            (Some(_), _) => "native",
            (None, Some(captured)) if captured.failed().is_none() => "cuda_graph",
            _ => "tch",
        }
    }

    /// Discards recorded steps, which hold device memory; training records them again.
    pub fn forget_recordings(&mut self) {
        if let Some(captured) = &mut self.captured {
            captured.forget();
        }
    }

    // Limits libtorch to one thread while the native executor runs.
    pub(super) fn alone(&self) -> Option<Alone> {
        let natively = self.step.team().parts.networks.iter().all(|network| network.evaluates_natively());
        natively.then(Alone::begin)
    }

    /// Convolutions that compute fewer products than their definition has, in training with batches of `count` samples:
    /// their networks and names.
    pub fn fewer(&self, count: usize) -> Vec<(&'static str, Vec<String>)> {
        self.step
            .team()
            .networks()
            .into_iter()
            .map(|(name, network)| (name, network.fewer(count)))
            .collect()
    }

    /// Reason why only libtorch without graphs can run the networks, if so.
    pub fn needs_torch(&self) -> Option<String> {
        let family = self.step.needs_torch(self.device());
        if self.device() == Device::Cpu {
            let mut networks = self.step.team().networks().into_iter();
            let needs = networks.find_map(|(name, network)| Some((name, network.needs_torch()?)));
            let layer = needs.map(|(name, layer)| format!("\"native\" does not have layer \"{layer}\" of the {name}"));
            return family.or(layer);
        }
        if let Some(why) = self.captured.as_ref().and_then(Captured::failed) {
            return Some(format!("a step could not be captured ({why})"));
        }
        family.or_else(|| (!self.ranks.alone()).then(|| "\"cuda_graph\" needs one process".to_owned()))
    }
}

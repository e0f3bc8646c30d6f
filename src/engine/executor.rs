//! Who runs the networks in training: libtorch, or the executor of the processor where it has every layer.

use tch::Device;

use super::TrainLoop;
use crate::base::device;
use crate::base::pool::{self, Alone};
use crate::error::{Error, Result};
use crate::registry::unknown;

const NAMES: [&str; 3] = ["auto", "native", "tch"];

impl TrainLoop {
    /// Has the networks run by `name`: `native`, `tch`, or with `auto` by the faster one that can. Weights, optimisers and
    /// random numbers are the same for both, so that training can go on with another one.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for another name, [`Error::Parameter`] if `native` is asked for and cannot.
    pub fn set_executor(&mut self, name: &str) -> Result<()> {
        if !NAMES.contains(&name) {
            return Err(unknown("executor", name, &NAMES));
        }
        let why = self.needs_torch();
        if let (Some(why), "native") = (&why, name) {
            return Err(Error::parameter("executor", format!("{why}; use \"auto\" or \"tch\""), "\"native\""));
        }
        let threads = match name != "tch" && why.is_none() {
            true => Some(pool::threads()),
            false => None,
        };
        if threads != self.threads {
            for network in self.step.networks_mut() {
                network.run_on(threads)?;
            }
            self.threads = threads;
        }
        Ok(())
    }

    /// Who runs the networks.
    pub fn executor(&self) -> &'static str {
        match self.threads {
            Some(_) => "native",
            None => "tch",
        }
    }

    // Has libtorch work on one thread while the networks run without it.
    pub(super) fn alone(&self) -> Option<Alone> {
        let natively = self.step.networks().iter().all(|(_, network)| network.evaluates_natively());
        natively.then(Alone::begin)
    }

    /// Why only libtorch can run the networks, if so.
    pub fn needs_torch(&self) -> Option<String> {
        if self.device() != Device::Cpu {
            return Some(format!("\"native\" runs on the CPU, the model is on {}", device::name(self.device())));
        }
        let needs = self.step.networks().into_iter().find_map(|(name, network)| Some((name, network.needs_torch()?)));
        needs.map(|(name, layer)| format!("\"native\" does not have layer \"{layer}\" of the {name}"))
    }
}

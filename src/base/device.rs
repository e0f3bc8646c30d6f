//! Devices by their user-facing names: `auto`, `cpu`, `cuda`, `cuda:1`.

use tch::{Cuda, Device, Tensor};

use crate::error::{Error, Result};

/// Parses a device name.
///
/// `auto` is the first CUDA device if there is one, else the CPU.
///
/// # Errors
/// [`Error::Device`] for an unknown name or an unavailable device.
pub fn parse(name: &str) -> Result<Device> {
    let count = if Cuda::is_available() { Cuda::device_count() } else { 0 };
    match name {
        "cpu" => return Ok(Device::Cpu),
        "auto" if count == 0 => return Ok(Device::Cpu),
        "auto" => return Ok(Device::Cuda(0)),
        _ => {}
    }
    let index = match name.strip_prefix("cuda") {
        Some("") => Some(0),
        Some(rest) => rest.strip_prefix(':').and_then(|digits| digits.parse::<usize>().ok()),
        None => None,
    };
    match index {
        Some(index) if (index as i64) < count => Ok(Device::Cuda(index)),
        Some(_) => Err(missing(name, count)),
        None => Err(Error::parameter(
            "device",
            "expected \"auto\", \"cpu\", \"cuda\" or \"cuda:N\"",
            format!("{name:?}"),
        )),
    }
}

fn missing(name: &str, count: i64) -> Error {
    let noun = if count == 1 { "device" } else { "devices" };
    Error::Device {
        device: name.into(),
        reason: format!("this machine has {count} CUDA {noun}"),
    }
}

/// Copies a CPU tensor to `device`. Copies from pinned memory to a CUDA device are asynchronous.
///
/// # Errors
/// [`Error::Torch`] if memory cannot be allocated.
pub fn sent(tensor: &Tensor, device: Device) -> Result<Tensor> {
    let kind = tensor.f_kind()?;
    match (tensor.device(), device) {
        (Device::Cpu, Device::Cuda(_)) => Ok(pinned(tensor, device)?.f_to_device_(device, kind, true, false)?),
        _ => Ok(tensor.f_to_device(device)?),
    }
}

/// Copies a tensor to pinned memory, from which `device`, a CUDA device, can copy asynchronously.
///
/// # Errors
/// [`Error::Torch`] if memory cannot be allocated.
pub fn pinned(tensor: &Tensor, device: Device) -> Result<Tensor> {
    // Called directly because `pin_memory` warns about its device argument, which tch always passes.
    Ok(tensor.f_internal_pin_memory(device)?)
}

/// The name of a device, as [`parse`] reads it.
pub fn name(device: Device) -> String {
    match device {
        Device::Cuda(index) => format!("cuda:{index}"),
        _ => "cpu".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_always_there_and_nonsense_never() {
        assert_eq!(parse("cpu").unwrap(), Device::Cpu);
        assert_eq!(
            parse("gpu").unwrap_err().to_string(),
            "device: expected \"auto\", \"cpu\", \"cuda\" or \"cuda:N\", got \"gpu\""
        );
    }

    #[test]
    fn a_missing_cuda_device_says_how_many_there_are() {
        assert_eq!(missing("cuda:1", 1).to_string(), "cuda:1: this machine has 1 CUDA device");
    }
}

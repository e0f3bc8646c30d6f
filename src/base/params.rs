//! The parameters of one network, stored in one flat tensor.
//!
//! Optimiser, averaging, checkpoints and gradients use the contiguous buffer; layers use named views of it. Kernels are
//! stored channels-last, so that libtorch uses its channels-last kernels.

use tch::{Device, Kind, Tensor};

use super::axes::{channels_first, channels_last};
use super::init::InitScheme;
use super::param::{ParamSpec, Role};
use super::random::Philox;
use crate::error::Result;

/// The flat tensor of a network and the layout of its parameters.
#[derive(Debug)]
pub struct ParamStore {
    specs: Vec<ParamSpec>,
    flat: Tensor,
}

impl ParamStore {
    /// Creates parameters with initial values.
    ///
    /// `first` is the index of the first parameter within the run.
    pub fn new(specs: Vec<ParamSpec>, scheme: InitScheme, random: &Philox, first: u64, device: Device) -> Result<Self> {
        let mut values = vec![0f32; specs.iter().map(|spec| spec.len() as usize).sum()];
        let mut rest = &mut values[..];
        for (i, spec) in specs.iter().enumerate() {
            let (head, tail) = rest.split_at_mut(spec.len() as usize);
            scheme.fill(spec, random, first + i as u64, head);
            rest = tail;
        }
        let flat = Tensor::f_from_slice(&values)?.f_to_device(device)?.f_set_requires_grad(true)?;
        Ok(ParamStore { specs, flat })
    }

    /// Creates buffers with constant initial values, such as running statistics. They have no gradient.
    pub fn constants(specs: Vec<ParamSpec>, device: Device) -> Result<Self> {
        let mut values = Vec::new();
        for spec in &specs {
            let value = if spec.role == Role::Scale { 1.0 } else { 0.0 };
            values.resize(values.len() + spec.len() as usize, value);
        }
        let flat = Tensor::f_from_slice::<f32>(&values)?.f_to_device(device)?;
        Ok(ParamStore { specs, flat })
    }

    /// Declarations of the parameters, in order.
    pub fn specs(&self) -> &[ParamSpec] {
        &self.specs
    }

    /// Number of values.
    pub fn len(&self) -> i64 {
        self.specs.iter().map(ParamSpec::len).sum()
    }

    /// True if the network has no parameters.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The leaf tensor, `[len]`.
    pub fn flat(&self) -> &Tensor {
        &self.flat
    }

    /// Views of `flat`, one per parameter, in PyTorch's axis order.
    ///
    /// # Shapes
    /// `flat` is `[len]`: the store's own leaf (with gradients), a detached copy, or an average in the same layout.
    pub fn views(&self, flat: &Tensor) -> Result<Vec<Tensor>> {
        if self.specs.is_empty() {
            return Ok(Vec::new());
        }
        let sizes: Vec<i64> = self.specs.iter().map(ParamSpec::len).collect();
        let parts = flat.f_split_with_sizes(sizes, 0)?;
        let views = self.specs.iter().zip(parts);
        views.map(|(spec, part)| view(spec, &part)).collect()
    }

    /// Copies of the parameters in `flat` with their names, contiguous, in PyTorch's axis order, on the CPU.
    pub fn named(&self, flat: &Tensor) -> Result<Vec<(String, Tensor)>> {
        let views = self.views(&flat.f_detach()?)?;
        let pairs = self.specs.iter().zip(views);
        pairs
            .map(|(spec, view)| {
                Ok((spec.name.clone(), view.f_to_device(Device::Cpu)?.f_contiguous()?.f_detach_copy()?))
            })
            .collect()
    }

    /// Assembles the flat tensor from named parameters; the inverse of [`ParamStore::named`].
    ///
    /// `part` returns each parameter in PyTorch's axis order; its shape is checked.
    pub fn gather(&self, mut part: impl FnMut(&ParamSpec) -> Result<Tensor>) -> Result<Tensor> {
        let mut parts = Vec::with_capacity(self.specs.len());
        for spec in &self.specs {
            let tensor = part(spec)?;
            let stored = if spec.is_kernel() { channels_last(&tensor)? } else { tensor };
            parts.push(stored.f_contiguous()?.f_view([-1])?);
        }
        if parts.is_empty() {
            return Ok(Tensor::f_zeros([0], (Kind::Float, Device::Cpu))?);
        }
        Ok(Tensor::f_cat(&parts, 0)?)
    }
}

fn view(spec: &ParamSpec, part: &Tensor) -> Result<Tensor> {
    let stored = part.f_view(&spec.stored_shape()[..])?;
    if spec.is_kernel() {
        return channels_first(&stored);
    }
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> ParamStore {
        let specs = vec![
            ParamSpec::new("conv.weight", &[3, 2, 4, 5], Role::Weight, 40),
            ParamSpec::new("conv.bias", &[3], Role::Bias, 40),
        ];
        ParamStore::new(specs, InitScheme::FanIn, &Philox::new(0), 0, Device::Cpu).unwrap()
    }

    #[test]
    fn named_and_gather_are_inverse() {
        let store = store();
        let named = store.named(store.flat()).unwrap();
        assert_eq!(named[0].1.size(), [3, 2, 4, 5]);
        let mut parts = named.into_iter();
        let flat = store.gather(|_| Ok(parts.next().unwrap().1)).unwrap();
        assert!(flat.equal(&store.flat().detach()));
    }

    #[test]
    fn gradients_of_all_views_arrive_in_one_flat_gradient() {
        let store = store();
        let views = store.views(store.flat()).unwrap();
        let loss = views[0].square().sum(Kind::Float) + views[1].sum(Kind::Float);
        let gradient = Tensor::run_backward(&[loss], &[store.flat()], false, false);
        assert_eq!(gradient[0].size(), [store.len()]);
        assert_eq!(gradient[0].double_value(&[store.len() - 1]), 1.0);
        let expected = 2.0 * store.flat().double_value(&[0]);
        assert!((gradient[0].double_value(&[0]) - expected).abs() < 1e-7);
    }

    #[test]
    fn kernels_lie_with_channels_last() {
        let store = store();
        let views = store.views(store.flat()).unwrap();
        assert_eq!(views[0].stride(), [40, 1, 10, 2]);
    }
}

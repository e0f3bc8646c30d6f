//! Random numbers of a step, by name.

use tch::Tensor;

use crate::error::{Error, Result};

/// Random numbers of a step: one or several tensors under each name.
#[derive(Default)]
pub struct Drawn(Vec<(&'static str, Vec<Tensor>)>);

impl Drawn {
    /// Adds the tensors of a name.
    pub fn put(&mut self, name: &'static str, tensors: Vec<Tensor>) {
        self.0.push((name, tensors));
    }

    /// The tensors of a name, in the order in which they were put; empty if there are none.
    pub fn all(&self, name: &str) -> &[Tensor] {
        self.0.iter().find(|(own, _)| *own == name).map_or(&[], |(_, tensors)| tensors)
    }

    /// The first tensor of a name.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is none.
    pub fn one(&self, name: &str) -> Result<&Tensor> {
        self.all(name)
            .first()
            .ok_or_else(|| Error::Internal(format!("random numbers \"{name}\" of a step")))
    }

    /// The result of `f` for each tensor, under the same names.
    pub fn each(&self, f: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Self> {
        let named = self.0.iter().map(|(name, tensors)| Ok((*name, tensors.iter().map(&f).collect::<Result<_>>()?)));
        Ok(Drawn(named.collect::<Result<_>>()?))
    }

    /// Copies tensors of the same names, numbers and shapes into this memory.
    pub fn refill(&mut self, from: &Drawn) -> Result<()> {
        for (name, places) in &mut self.0 {
            for (place, tensor) in places.iter_mut().zip(from.all(name)) {
                place.f_copy_(tensor)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_are_taken_by_name_and_refilled_in_place() {
        let drawn = |value: f32| {
            let mut drawn = Drawn::default();
            drawn.put("latents", vec![Tensor::from_slice(&[value])]);
            drawn.put("layers", vec![Tensor::from_slice(&[value + 1.0]), Tensor::from_slice(&[value + 2.0])]);
            drawn
        };
        let mut place = drawn(0.0).each(|tensor| Ok(tensor.f_zeros_like()?)).unwrap();
        let layer = place.all("layers")[1].shallow_clone();
        place.refill(&drawn(5.0)).unwrap();
        assert!(place.one("latents").unwrap().equal(&Tensor::from_slice(&[5f32])));
        assert!(layer.equal(&Tensor::from_slice(&[7f32])));
        assert!(place.all("flips").is_empty());
        let message = place.one("flips").unwrap_err().to_string();
        assert!(message.contains("random numbers \"flips\" of a step"));
    }
}

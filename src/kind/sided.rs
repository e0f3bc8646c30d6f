//! Samples with sides: the shape and scale of any kind of data.

use serde::{Deserialize, Serialize};

use super::{DataKind, Scale};

/// Samples with `N` sides, and the scale of their values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sided<S, const N: usize> {
    /// Sizes along the sides, the slowest first.
    pub sides: Vec<i64>,
    /// The scale of the values.
    #[serde(flatten)]
    pub scale: S,
}

/// What distinguishes kinds of the same shape and scale.
pub trait Named {
    /// See [`DataKind::nouns`].
    const NOUNS: [&'static str; 2];
    /// See [`DataKind::smooth`].
    const SMOOTH: bool = false;
}

impl<S: Scale, const N: usize> Sided<S, N> {
    pub(super) fn of(stored: &[i64]) -> Self {
        let size = |axis: usize| stored.get(axis).copied().unwrap_or(0);
        Sided { sides: (0..N).map(size).collect(), scale: S::of(size(N)) }
    }
}

impl<S: Scale, const N: usize> DataKind for Sided<S, N>
where
    Self: Named,
{
    fn sides(&self) -> &[i64] {
        &self.sides
    }

    fn scale(&self) -> &dyn Scale {
        &self.scale
    }

    fn scale_mut(&mut self) -> &mut dyn Scale {
        &mut self.scale
    }

    fn fits(&self) -> bool {
        self.sides.len() == N && self.scale.fits()
    }

    fn nouns(&self) -> [&'static str; 2] {
        Self::NOUNS
    }

    fn smooth(&self) -> bool {
        Self::SMOOTH
    }
}

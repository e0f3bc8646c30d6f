//! Encoding and decoding of samples by a fitted autoencoder.
//!
//! Rows are processed in chunks of equal size, the last one padded, so that the result of a row does not depend on the
//! number of rows in a call.

use tch::{Device, Kind, Tensor};

use super::Model;
use crate::base::pool::Alone;
use crate::base::{Philox, Stream};
use crate::error::{Error, Result};
use crate::family::{Coder, Draws};
use crate::kind::{DataShape, Labels};

/// Rows in a chunk.
pub const ROWS: i64 = 128;

/// A fitted model, the data it was fitted on, and its random numbers.
pub struct Fitted<'a> {
    pub(super) model: Model<'a>,
    pub(super) data: &'a DataShape,
    pub(super) random: Philox,
    pub(super) device: Device,
    /// True if the model takes grey values as the probability of white.
    pub(super) binarizes: bool,
    // Keeps libtorch on one thread while the networks run without it.
    pub(super) _alone: Option<Alone>,
}

impl Coder for Fitted<'_> {
    fn code(&self) -> Vec<i64> {
        self.model.code()
    }

    fn transform(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let model = &self.model;
        self.over(x, y, |x, labels| match model.indices(x, labels)? {
            Some(indices) => Ok(indices),
            None => Ok(model.point(x, labels)?.f_flatten(1, -1)?),
        })
    }

    fn latents(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let model = &self.model;
        self.over(x, y, |x, labels| Ok(model.point(x, labels)?.f_flatten(1, -1)?))
    }

    fn drawn_latents(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let (model, mut start) = (&self.model, 0);
        self.over(x, y, |x, labels| {
            let (rows, first) = (x.size()[0], start as u64);
            start += rows;
            let noise = self.filled(rows, model.latent_dim(), |row, out| {
                self.random.fill_normal(Stream::Score, first + row as u64, out);
            })?;
            Ok(model.encode(x, labels, &noise.f_unsqueeze(0)?)?.latent.f_select(0, 0)?.f_flatten(1, -1)?)
        })
    }

    fn inverse_transform(&self, z: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let model = &self.model;
        let labels = self.labels(y, z.size()[0])?;
        let mut size = model.code();
        size.insert(0, -1);
        let _guard = tch::no_grad_guard();
        self.chunks(z, labels.as_ref(), |z, labels| {
            let latent = match z.f_kind()? {
                Kind::Int64 => model.lookup(z)?,
                _ => None,
            };
            let latent = match latent {
                Some(latent) => latent,
                None => z.f_to_kind(Kind::Float)?.f_view(&size[..])?,
            };
            self.data.decode(&model.decode(&latent, labels)?)
        })
    }

    fn reconstruct(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let model = &self.model;
        self.over(x, y, |x, labels| self.data.decode(&model.decode(&model.point(x, labels)?, labels)?))
    }

    fn scores(&self, x: &Tensor, y: Option<&Tensor>, among: Option<&Tensor>, draws: Draws) -> Result<Tensor> {
        self.bound(x, y, among, draws)
    }

    fn likeliest(&self, x: &Tensor) -> Result<Tensor> {
        self.check_shape(x)?;
        self.likeliest_class(x)
    }

    fn statistics(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        self.distances(x, y)
    }
}

impl Fitted<'_> {
    // Random numbers `[rows, values]`; `fill` writes the row with a given index.
    pub(super) fn filled(&self, rows: i64, values: i64, fill: impl Fn(i64, &mut [f32])) -> Result<Tensor> {
        let mut all = vec![0f32; (rows * values) as usize];
        for (i, row) in all.chunks_mut(values as usize).enumerate() {
            fill(i as i64, row);
        }
        Ok(Tensor::f_from_slice(&all)?.f_view([rows, values])?.f_to_device(self.device)?)
    }

    // Applies `f` to chunks of samples, scaled to the network's range, and concatenates the results.
    pub(super) fn over(
        &self,
        x: &Tensor,
        y: Option<&Tensor>,
        mut f: impl FnMut(&Tensor, Option<&Tensor>) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let _guard = tch::no_grad_guard();
        let labels = self.labels_or_likeliest(x, y)?;
        self.chunks(x, labels.as_ref(), |x, labels| f(&self.data.nearest(x)?.0, labels))
    }

    pub(super) fn chunks(
        &self,
        x: &Tensor,
        labels: Option<&Tensor>,
        mut f: impl FnMut(&Tensor, Option<&Tensor>) -> Result<Tensor>,
    ) -> Result<Tensor> {
        self.in_chunks(ROWS, x, labels, |x, labels| f(&x.f_to_device(self.device)?, labels))
    }

    pub(super) fn in_chunks(
        &self,
        rows: i64,
        x: &Tensor,
        labels: Option<&Tensor>,
        mut f: impl FnMut(&Tensor, Option<&Tensor>) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let n = x.size()[0];
        let mut made = Vec::new();
        for start in (0..n).step_by(rows as usize) {
            let count = rows.min(n - start);
            let chunk = |all: &Tensor| -> Result<Tensor> {
                let part = all.f_narrow(0, start, count)?;
                let mut size = part.size();
                size[0] = rows - count;
                // An empty text has no tokens.
                let nothing = if self.data.language().is_some() { -1.0 } else { 0.0 };
                let padding = Tensor::f_full(&size[..], nothing, (part.f_kind()?, part.device()))?;
                Ok(if count < rows { Tensor::f_cat(&[part, padding], 0)? } else { part })
            };
            let labels = labels.map(chunk).transpose()?;
            made.push(f(&chunk(x)?, labels.as_ref())?.f_narrow(0, 0, count)?.f_to_device(Device::Cpu)?);
        }
        Ok(Tensor::f_cat(&made, 0)?)
    }

    // Encodes labels for the networks and copies them to the device.
    pub(super) fn labels(&self, y: Option<&Tensor>, n: i64) -> Result<Option<Tensor>> {
        let known = &self.data.labels;
        match (known, y) {
            (Labels::None, _) => Ok(None),
            (known, Some(y)) if y.size()[0] == n => Ok(Some(known.encode(y)?.f_to_device(self.device)?)),
            (_, y) => Err(Error::parameter(
                "y",
                format!("this model was fitted with labels, expected {n} of them"),
                y.map_or("None".into(), |y| y.size()[0].to_string()),
            )),
        }
    }

    // Checks that samples have the shape of the training data.
    pub(super) fn check_shape(&self, x: &Tensor) -> Result<()> {
        let size = x.size();
        match !size.is_empty() && size[1..] == self.data.stored()[..] {
            true => Ok(()),
            false => Err(Error::DataDiffers {
                call: "transform".into(),
                fitted: self.data.describe(),
                got: crate::base::axes::tuple(size.get(1..).unwrap_or_default()),
            }),
        }
    }

    // Encodes labels; without labels, uses the most likely class of each sample, or the mean of numeric labels.
    pub(super) fn labels_or_likeliest(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Option<Tensor>> {
        self.check_shape(x)?;
        let (n, known) = (x.size()[0], &self.data.labels);
        match known {
            Labels::Numbers { mean, .. } if y.is_none() => {
                Ok(Some(Tensor::f_zeros([n, mean.len() as i64], (Kind::Float, self.device))?))
            }
            Labels::Classes { .. } if y.is_none() => {
                Ok(Some(known.encode(&self.likeliest_class(x)?)?.f_to_device(self.device)?))
            }
            _ => self.labels(y, n),
        }
    }
}

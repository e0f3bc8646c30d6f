//! What a fitted autoencoder does with samples and latents.
//!
//! Rows go through in chunks of one size, the last padded, so that a row's result does not depend on how many came with
//! it.

use tch::{Device, Kind, Tensor};

use super::TrainLoop;
use crate::base::{Labels, Stream};
use crate::error::{Error, Result};
use crate::family::autoencoder::Model;

/// Rows in a chunk.
pub(super) const ROWS: i64 = 128;

impl TrainLoop {
    /// Latents without noise for samples `[n, ...stored]`: `[n, latent values]` float32; where the bottleneck has codes,
    /// their numbers `[n, places]`, int64.
    ///
    /// # Errors
    /// [`Error::DataDiffers`] if a sample is of another shape.
    pub fn transform(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let model = self.model()?;
        self.over(x, y, &model, |x, labels| match model.indices(x, labels)? {
            Some(indices) => Ok(indices),
            None => Ok(model.point(x, labels)?.f_flatten(1, -1)?),
        })
    }

    /// Latents without noise, before any codes: `[n, latent values]` float32.
    ///
    /// # Errors
    /// As [`TrainLoop::transform`].
    pub fn latents(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let model = self.model()?;
        self.over(x, y, &model, |x, labels| Ok(model.point(x, labels)?.f_flatten(1, -1)?))
    }

    /// Latents drawn from each sample's posterior, one draw a sample, the same at each call: `[n, latent values]` float32.
    /// Where a bottleneck has no posterior, the latents themselves.
    ///
    /// # Errors
    /// As [`TrainLoop::transform`].
    pub fn drawn_latents(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let (model, mut start) = (self.model()?, 0);
        self.over(x, y, &model, |x, labels| {
            let (rows, first) = (x.size()[0], start as u64);
            start += rows;
            let noise = self.filled(rows, model.latent_dim(), |row, out| {
                self.random.fill_normal(Stream::Score, first + row as u64, out);
            })?;
            Ok(model.encode(x, labels, &noise.f_unsqueeze(0)?)?.latent.f_select(0, 0)?.f_flatten(1, -1)?)
        })
    }

    /// Samples `[n, ...stored]` in the user's range for latents `[n, latent values]` or the numbers of codes
    /// `[n, places]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if they are not of the model's shape, [`Error::Parameter`] if labels are missing.
    pub fn inverse_transform(&self, z: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let model = self.model()?;
        let labels = self.labels(y, z.size()[0])?;
        let mut size = model.code();
        size.insert(0, -1);
        let _guard = (tch::no_grad_guard(), self.alone());
        self.chunks(z, labels.as_ref(), |z, labels| {
            let latent = match z.f_kind()? {
                Kind::Int64 => model.lookup(z)?,
                _ => None,
            };
            let latent = match latent {
                Some(latent) => latent,
                None => z.f_to_kind(Kind::Float)?.f_view(&size[..])?,
            };
            self.data().decode(&model.decode(&latent, labels)?)
        })
    }

    /// Samples through encoder and decoder, `[n, ...stored]` in the user's range.
    ///
    /// # Errors
    /// As [`TrainLoop::transform`].
    pub fn reconstruct(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor> {
        let model = self.model()?;
        self.over(x, y, &model, |x, labels| self.data().decode(&model.decode(&model.point(x, labels)?, labels)?))
    }

    // Random numbers `[rows, values]`, each row filled by its number.
    pub(super) fn filled(&self, rows: i64, values: i64, fill: impl Fn(i64, &mut [f32])) -> Result<Tensor> {
        let mut all = vec![0f32; (rows * values) as usize];
        for (i, row) in all.chunks_mut(values as usize).enumerate() {
            fill(i as i64, row);
        }
        Ok(Tensor::f_from_slice(&all)?.f_view([rows, values])?.f_to_device(self.device())?)
    }

    pub(super) fn model(&self) -> Result<Model<'_>> {
        self.step().model()?.ok_or_else(|| Error::Internal("a model without an encoder".into()))
    }

    // Chunks of samples, in the network's range.
    pub(super) fn over(
        &self,
        x: &Tensor,
        y: Option<&Tensor>,
        model: &Model,
        mut f: impl FnMut(&Tensor, Option<&Tensor>) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let _guard = (tch::no_grad_guard(), self.alone());
        let labels = self.labels_or_likeliest(x, y, model)?;
        self.chunks(x, labels.as_ref(), |x, labels| f(&self.data().nearest(x)?.0, labels))
    }

    pub(super) fn chunks(
        &self,
        x: &Tensor,
        labels: Option<&Tensor>,
        mut f: impl FnMut(&Tensor, Option<&Tensor>) -> Result<Tensor>,
    ) -> Result<Tensor> {
        self.in_chunks(ROWS, x, labels, |x, labels| f(&x.f_to_device(self.device())?, labels))
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
                let padding = Tensor::f_zeros(&size[..], (part.f_kind()?, part.device()))?;
                Ok(if count < rows { Tensor::f_cat(&[part, padding], 0)? } else { part })
            };
            let labels = labels.map(chunk).transpose()?;
            made.push(f(&chunk(x)?, labels.as_ref())?.f_narrow(0, 0, count)?.f_to_device(Device::Cpu)?);
        }
        Ok(Tensor::f_cat(&made, 0)?)
    }

    // Labels as networks see them, on the device.
    pub(super) fn labels(&self, y: Option<&Tensor>, n: i64) -> Result<Option<Tensor>> {
        let known = &self.data().labels;
        match (known, y) {
            (Labels::None, _) => Ok(None),
            (known, Some(y)) if y.size()[0] == n => Ok(Some(known.encode(y)?.f_to_device(self.device())?)),
            (_, y) => Err(Error::parameter(
                "y",
                format!("this model was fitted with labels, expected {n} of them"),
                y.map_or("None".into(), |y| y.size()[0].to_string()),
            )),
        }
    }

    // An error if samples are of another shape than those of the fit.
    pub(super) fn check_shape(&self, x: &Tensor) -> Result<()> {
        let size = x.size();
        match !size.is_empty() && size[1..] == self.data().stored()[..] {
            true => Ok(()),
            false => Err(Error::DataDiffers {
                call: "transform".into(),
                fitted: self.data().describe(),
                got: crate::base::shape::tuple(size.get(1..).unwrap_or_default()),
            }),
        }
    }

    // Where none are given: of classes the one under which a sample is likeliest, of numbers their mean.
    pub(super) fn labels_or_likeliest(&self, x: &Tensor, y: Option<&Tensor>, model: &Model) -> Result<Option<Tensor>> {
        self.check_shape(x)?;
        let (n, known) = (x.size()[0], &self.data().labels);
        match known {
            Labels::Numbers { mean, .. } if y.is_none() => {
                Ok(Some(Tensor::f_zeros([n, mean.len() as i64], (Kind::Float, self.device()))?))
            }
            Labels::Classes { .. } if y.is_none() => {
                Ok(Some(known.encode(&self.likeliest_of(x, model)?)?.f_to_device(self.device())?))
            }
            _ => self.labels(y, n),
        }
    }
}

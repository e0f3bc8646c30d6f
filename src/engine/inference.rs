//! What a fitted autoencoder does with samples and latents.
//!
//! Rows go through in chunks of one size, the last padded, so that a row's result does not depend on how many came with
//! it. Scores use the same random numbers for each row, or rows of their own where a mean over rows is wanted.

use tch::{Device, Kind, Tensor};

use super::TrainLoop;
use crate::base::{Labels, Mixture, Stream};
use crate::error::{Error, Result};
use crate::step::{binary, Model};

/// Rows in a chunk.
const ROWS: i64 = 128;
/// Latents decoded at a time, for scores with many draws.
const LATENTS: i64 = 4096;

/// Score of a sample whose bound is below any float32.
const LEAST: f64 = -1e30;

/// Random numbers of scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// The same for each row: equal rows have equal scores.
    Shared,
    /// Each row's own, so that errors do not add up in a mean over rows; the first row has this number.
    ByRow(i64),
}

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

    /// A bound on the log likelihood of each sample, `[n]`, in nats and in the user's units, from so many draws. A sample
    /// outside the fitted range has the score of the nearest one within it, less what [`crate::base::DataShape::nearest`] says.
    ///
    /// # Errors
    /// As [`TrainLoop::transform`].
    pub fn scores(&self, x: &Tensor, y: Option<&Tensor>, draws: i64, noise: Noise) -> Result<Tensor> {
        let model = self.model()?;
        let _guard = (tch::no_grad_guard(), self.alone());
        let mixture = model.mixture()?;
        let labels = self.labels_or_likeliest(x, y, &model, mixture.as_ref())?;
        let at_once = (LATENTS / draws).clamp(1, ROWS);
        let mut start = 0;
        self.in_chunks(at_once, x, labels.as_ref(), |x, labels| {
            let noise = match noise {
                Noise::ByRow(first) => Noise::ByRow(first + start),
                shared => shared,
            };
            start += at_once;
            self.score_chunk(&model, mixture.as_ref(), x, labels, (draws, noise))
        })
    }

    // Many draws are added up in parts.
    fn score_chunk(
        &self,
        model: &Model,
        mixture: Option<&Mixture>,
        x: &Tensor,
        labels: Option<&Tensor>,
        (draws, noise): (i64, Noise),
    ) -> Result<Tensor> {
        let (rows, dim) = (x.size()[0], model.latent_dim());
        let row = |i: i64| match noise {
            Noise::Shared => 0,
            Noise::ByRow(first) => 2 * (first + i) as u64,
        };
        let (mut x, beyond) = self.data().nearest(&x.f_to_device(self.device())?)?;
        if self.step().binarizes() {
            let values = x.size()[1..].iter().product::<i64>();
            let uniform =
                self.filled(rows, values, |i, out| self.random.fill_uniform(Stream::Score, row(i) + 1, out))?;
            x = binary(&x, &uniform.f_view(&x.size()[..])?)?;
        }
        let all = self.filled(rows, draws * dim, |i, out| self.random.fill_normal(Stream::Score, row(i), out))?;
        let all = all.f_view([rows, draws, dim])?.f_transpose(0, 1)?;
        let part = (LATENTS / rows).max(1);
        let mut sums = Vec::new();
        for start in (0..draws).step_by(part as usize) {
            let count = part.min(draws - start);
            let noise = all.f_narrow(0, start, count)?.f_contiguous()?;
            let bound = model.bound(&x, labels, (&noise, draws == 1), mixture)?;
            sums.push(bound.f_add_scalar((count as f64 / draws as f64).ln())?);
        }
        let score = Tensor::f_stack(&sums, 0)?.f_logsumexp([0i64].as_slice(), false)?;
        let score = match model.discrete() {
            // An estimate may exceed what it estimates.
            true => score.f_clamp_max(0.0)?,
            false => score.f_add_scalar(model.log_volume())?,
        };
        Ok(score.f_nan_to_num(LEAST, LEAST, LEAST)?.f_sub(&beyond)?)
    }

    fn filled(&self, rows: i64, values: i64, fill: impl Fn(i64, &mut [f32])) -> Result<Tensor> {
        let mut all = vec![0f32; (rows * values) as usize];
        for (i, row) in all.chunks_mut(values as usize).enumerate() {
            fill(i as i64, row);
        }
        Ok(Tensor::f_from_slice(&all)?.f_view([rows, values])?.f_to_device(self.device())?)
    }

    fn model(&self) -> Result<Model<'_>> {
        self.step().model()?.ok_or_else(|| Error::Internal("a model without an encoder".into()))
    }

    // Chunks of samples, in the network's range.
    fn over(
        &self,
        x: &Tensor,
        y: Option<&Tensor>,
        model: &Model,
        f: impl Fn(&Tensor, Option<&Tensor>) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let _guard = (tch::no_grad_guard(), self.alone());
        let labels = self.labels_or_likeliest(x, y, model, model.mixture()?.as_ref())?;
        self.chunks(x, labels.as_ref(), |x, labels| f(&self.data().nearest(x)?.0, labels))
    }

    fn chunks(
        &self,
        x: &Tensor,
        labels: Option<&Tensor>,
        mut f: impl FnMut(&Tensor, Option<&Tensor>) -> Result<Tensor>,
    ) -> Result<Tensor> {
        self.in_chunks(ROWS, x, labels, |x, labels| f(&x.f_to_device(self.device())?, labels))
    }

    fn in_chunks(
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
    fn labels(&self, y: Option<&Tensor>, n: i64) -> Result<Option<Tensor>> {
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

    // Where none are given: of classes the one under which a sample's bound is highest, of numbers their mean.
    fn labels_or_likeliest(
        &self,
        x: &Tensor,
        y: Option<&Tensor>,
        model: &Model,
        mixture: Option<&Mixture>,
    ) -> Result<Option<Tensor>> {
        let size = x.size();
        if size.is_empty() || size[1..] != self.data().stored()[..] {
            return Err(Error::DataDiffers {
                call: "transform".into(),
                fitted: self.data().describe(),
                got: crate::base::shape::tuple(size.get(1..).unwrap_or_default()),
            });
        }
        let (n, known) = (size[0], &self.data().labels);
        if y.is_some() || *known == Labels::None {
            return self.labels(y, n);
        }
        if let Labels::Numbers { mean, .. } = known {
            return Ok(Some(Tensor::f_zeros([n, mean.len() as i64], (Kind::Float, self.device()))?));
        }
        let mut scores = Vec::new();
        for class in 0..known.width() {
            let y = known.encode(&Tensor::f_full([n], class, (Kind::Int64, self.device()))?)?;
            scores.push(self.in_chunks(ROWS, x, Some(&y), |x, labels| {
                self.score_chunk(model, mixture, x, labels, (1, Noise::Shared))
            })?);
        }
        let best = Tensor::f_stack(&scores, 1)?.f_argmax(1, false)?;
        Ok(Some(known.encode(&best)?.f_to_device(self.device())?))
    }
}

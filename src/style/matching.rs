//! Search for the picture whose features are distributed as those of styles, from coarse to fine.

use std::time::Instant;

use serde::Deserialize;
use tch::{Device, Tensor};

use super::distance::Distance;
use super::feature::Features;
use super::stage::{enlarged, resized, sides, turned, Means, Stage};
use crate::base::axes::channels_last;
use crate::base::{Philox, Stream};
use crate::error::{Error, Result};

/// How to search.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// Weight of the distance from the photo.
    pub content_weight: f64,
    /// Steps at each resolution.
    pub steps: u64,
    /// Number of resolutions; each halves the sides of the next.
    pub scales: u32,
    /// Learning rate of Adam at the start of each resolution, in units of the range of pictures.
    pub lr: f64,
    /// Number of random directions of a step.
    pub n_projections: i64,
    /// True if the picture continues at the opposite edge.
    pub seamless: bool,
    /// Seed of noise and directions.
    pub seed: u64,
}

/// What is searched for. Pictures are `[1, c, h, w]` in 0..1, all with the same number of channels, 1 or 3.
pub struct Task {
    /// Styles with their weights, at least 0 and not all 0.
    pub styles: Vec<(f64, Tensor)>,
    /// Picture whose content is kept.
    pub photo: Option<Tensor>,
    /// True if the search starts from the photo, not from noise.
    pub from_photo: bool,
    /// Height and width of the picture.
    pub size: [i64; 2],
}

/// A search in progress.
pub struct Matching {
    means: Means,
    task: Task,
    settings: Settings,
    // Index of the current stage, from the coarsest; none before the first step.
    at: u32,
    stage: Option<Stage>,
}

impl Matching {
    /// Prepares a search; nothing is allocated.
    ///
    /// # Errors
    /// [`Error::Data`] if a picture is too small for the features.
    pub fn new(
        features: Box<dyn Features>,
        distance: &'static dyn Distance,
        device: Device,
        task: Task,
        settings: Settings,
    ) -> Result<Self> {
        let means = Means { features, distance, device };
        let matching = Matching { means, task, settings, at: 0, stage: None };
        let (least, factor) = (matching.means.features.least(), matching.factor(0));
        let whole = vec![1, 1, matching.task.size[0], matching.task.size[1]];
        let styles = matching.task.styles.iter().map(|(_, style)| ("style", style.size()));
        for (name, size) in styles.chain([("picture", whole)]) {
            if sides(&size, factor).iter().any(|&side| side < least) {
                let needed = (least as f64 / factor).ceil();
                return Err(Error::Data(format!(
                    "{name}: expected sides of at least {needed} pixels for these features and scales={}, got {} x {}; \
                     enlarge it, or lower scales",
                    matching.settings.scales, size[2], size[3]
                )));
            }
        }
        Ok(matching)
    }

    /// Searches until the end, or until the clock passes `until`; true at the end.
    pub fn advance(&mut self, until: Instant) -> Result<bool> {
        while self.at < self.settings.scales {
            let number = u64::from(self.at);
            match &mut self.stage {
                None => self.stage = Some(self.begun(0, self.start()?)?),
                // A step that fails leaves the best picture.
                Some(stage) if !stage.over => {
                    stage.advance(&self.means, &self.settings, number)?;
                }
                Some(stage) => {
                    if self.at + 1 < self.settings.scales {
                        let before = stage.picture()?;
                        self.stage = Some(self.begun(self.at + 1, self.refined(&before)?)?);
                    }
                    self.at += 1;
                }
            }
            if Instant::now() >= until {
                break;
            }
        }
        Ok(self.at == self.settings.scales)
    }

    /// The best picture so far, `[h, w, c]` at its final size; `None` before the first step.
    pub fn picture(&self) -> Result<Option<Tensor>> {
        let Some(stage) = &self.stage else {
            return Ok(None);
        };
        let (best, size) = (stage.best.0.f_to_device(Device::Cpu)?, self.task.size);
        let best = match best.size()[2..] == size {
            true => best,
            // The search was stopped before its last resolution.
            false => enlarged(&best, size, self.settings.seamless)?,
        };
        Ok(Some(channels_last(&best)?.f_squeeze_dim(0)?.f_contiguous()?))
    }

    /// Distances of the best picture from the styles and from the photo, NaN if not known.
    pub fn distances(&self) -> [f64; 2] {
        self.stage.as_ref().map_or([f64::NAN; 2], |stage| stage.best.1)
    }

    /// Steps made, and all of them.
    pub fn progress(&self) -> (u64, u64) {
        let steps = self.settings.steps;
        let here = self.stage.as_ref().map_or(0, |stage| stage.step);
        let all = u64::from(self.settings.scales) * steps;
        ((u64::from(self.at) * steps + here).min(all), all)
    }

    /// Estimated memory of a step at the finest resolution, in bytes.
    pub fn bytes(&self) -> f64 {
        let [height, width] = self.task.size;
        let sizes = self.task.styles.iter().map(|(_, style)| style.numel() as i64 / style.size()[1]);
        let pixels = sizes.chain([height * width]).max().unwrap_or(0);
        pixels as f64 * self.means.features.bytes(self.settings.n_projections)
    }

    fn begun(&self, stage: u32, picture: Tensor) -> Result<Stage> {
        Stage::new(&self.means, &self.task, &self.settings, self.factor(stage), picture)
    }

    // Factor by which pictures are reduced in a stage.
    fn factor(&self, stage: u32) -> f64 {
        0.5f64.powi((self.settings.scales - 1 - stage) as i32)
    }

    fn sides(&self, stage: u32) -> [i64; 2] {
        sides(&[1, 1, self.task.size[0], self.task.size[1]], self.factor(stage))
    }

    // The first picture: the photo, or noise with the mean and deviation of the styles.
    fn start(&self) -> Result<Tensor> {
        let size = self.sides(0);
        if let Some(photo) = self.task.photo.as_ref().filter(|_| self.task.from_photo) {
            return resized(photo, size);
        }
        let total: f64 = self.task.styles.iter().map(|(weight, _)| weight).sum();
        let channels = self.task.styles.first().map_or(1, |(_, style)| style.size()[1]);
        let mut values = vec![0f32; (channels * size[0] * size[1]) as usize];
        Philox::new(self.settings.seed).fill_normal(Stream::Picture, 0, &mut values);
        let noise = Tensor::f_from_slice(&values)?.f_view([1, channels, size[0], size[1]])?;
        let mut picture = noise.f_zeros_like()?;
        for (weight, style) in &self.task.styles {
            let mean = style.f_mean_dim([2i64, 3].as_slice(), true, tch::Kind::Float)?;
            let deviation = style.f_std_dim([2i64, 3].as_slice(), false, true)?;
            picture = picture.f_add(&noise.f_mul(&deviation)?.f_add(&mean)?.f_mul_scalar(weight / total)?)?;
        }
        Ok(picture.f_clamp(0.0, 1.0)?)
    }

    // The picture at the sides of the next stage, with the details of the photo if the search began from it.
    fn refined(&self, before: &Tensor) -> Result<Tensor> {
        let size = self.sides(self.at + 1);
        let Some(photo) = self.task.photo.as_ref().filter(|_| self.task.from_photo) else {
            let picture = enlarged(before, size, self.settings.seamless)?;
            return match self.settings.seamless {
                // No place of the picture is at the edge at all resolutions.
                true => turned(&picture, self.settings.seed, u64::from(self.at + 1) << 32),
                false => Ok(picture),
            };
        };
        let picture = resized(before, size)?;
        let coarse = resized(&resized(photo, self.sides(self.at))?, size)?;
        let details = resized(photo, size)?.f_sub(&coarse)?;
        Ok(picture.f_add(&details)?.f_clamp(0.0, 1.0)?)
    }
}

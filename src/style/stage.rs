//! The search at one resolution.

use std::f64::consts::PI;

use tch::{Device, Kind, Tensor};

use super::distance::{Directions, Distance, EPS};
use super::feature::{Features, Map};
use super::matching::{Settings, Task};
use crate::base::device::sent;
use crate::base::{Adam, AdamSpec, Dial, Philox};
use crate::error::{Error, Result};

/// Width in pixels by which circular pictures are continued where they are enlarged.
const MARGIN: i64 = 4;

/// What all stages share.
pub struct Means {
    /// The features.
    pub features: Box<dyn Features>,
    /// Their distance.
    pub distance: &'static dyn Distance,
    /// The device.
    pub device: Device,
}

/// A picture in search.
pub struct Stage {
    picture: Tensor,
    // Weight of each style, whose sum is 1, and its maps.
    styles: Vec<(f64, Vec<Map>)>,
    photo: Option<Tensor>,
    adam: Adam,
    /// Number of steps.
    pub step: u64,
    /// True after the last step, when its picture has been looked at.
    pub over: bool,
    /// The best picture, `[1, c, h, w]`, and its distances from the styles and the photo.
    pub best: (Tensor, [f64; 2]),
    // Loss of the best picture.
    loss: f64,
}

impl Stage {
    /// A search that starts from this picture, where all pictures are reduced by `factor`.
    pub fn new(means: &Means, task: &Task, settings: &Settings, factor: f64, picture: Tensor) -> Result<Self> {
        let total: f64 = task.styles.iter().map(|(weight, _)| weight).sum();
        let maps = |x: &Tensor| tch::no_grad(|| means.features.maps(&sent(x, means.device)?, false));
        let mut styles = Vec::new();
        for (weight, style) in &task.styles {
            let maps = maps(&reduced(style, factor)?)?.style;
            let kept = maps.iter().map(|map| tch::no_grad(|| means.distance.kept(map))).collect::<Result<_>>()?;
            styles.push((weight / total, kept));
        }
        let size = picture.size();
        let photo = task.photo.as_ref().map(|photo| maps(&resized(photo, [size[2], size[3]], false)?));
        let picture = sent(&picture, means.device)?.f_detach_copy()?;
        Ok(Stage {
            photo: photo.transpose()?.map(|maps| maps.content),
            styles,
            adam: Adam::new(adam(settings), picture.numel() as i64, means.device)?,
            step: 0,
            over: false,
            best: (picture.f_detach_copy()?, [f64::NAN; 2]),
            loss: f64::INFINITY,
            picture,
        })
    }

    /// The current picture, on the CPU.
    pub fn picture(&self) -> Result<Tensor> {
        Ok(self.best.0.f_to_device(Device::Cpu)?)
    }

    /// Keeps the picture if it is better than before, and makes a step, if any is left. `number` is the stage's.
    pub fn advance(&mut self, means: &Means, settings: &Settings, number: u64) -> Result<()> {
        let leaf = self.picture.f_detach_copy()?.f_set_requires_grad(true)?;
        let mut directions = Directions {
            count: settings.n_projections,
            random: Philox::new(settings.seed),
            step: (number << 32) | self.step,
            next: 0,
            device: means.device,
        };
        let maps = means.features.maps(&leaf, settings.seamless)?;
        let mut loss = self.style_distance(means, &maps.style, &mut directions)?;
        let mut far = [loss.f_double_value(&[])?, f64::NAN];
        if let Some(photo) = &self.photo {
            let content = content(&maps.content, photo)?;
            far[1] = content.f_double_value(&[])?;
            loss = loss.f_add(&content.f_mul_scalar(settings.content_weight)?)?;
        }
        let value = loss.f_double_value(&[])?;
        if !value.is_finite() {
            let text = format!("the distance from the style is not finite after {} steps; lower lr", self.step);
            return Err(Error::Data(text));
        }
        // Of random directions, the loss says which were drawn rather than which picture is better.
        let random = maps.style.iter().any(|map| means.distance.random(map.window));
        if random || value <= self.loss {
            self.best = (self.picture.f_detach_copy()?, far);
            self.loss = value;
        }
        if self.step == settings.steps {
            self.over = true;
            return Ok(());
        }
        let slope = Tensor::f_run_backward(&[&loss], &[&leaf], false, false)?.swap_remove(0);
        let factor = (1.0 + (PI * self.step as f64 / settings.steps as f64).cos()) / 2.0;
        self.step += 1;
        let rates = adam(settings).rates(self.step, factor).map(Dial::Number);
        self.adam.step(&self.picture.f_view([-1])?, &slope.f_reshape([-1])?, &rates)?;
        let _ = self.picture.f_clamp_(0.0, 1.0)?;
        Ok(())
    }

    // Weighted mean of the distances of the maps from those of the styles.
    fn style_distance(&self, means: &Means, maps: &[Map], directions: &mut Directions) -> Result<Tensor> {
        let mut total = Tensor::f_zeros([1i64; 0], (Kind::Float, means.device))?;
        for (weight, kept) in &self.styles {
            for (map, kept) in maps.iter().zip(kept) {
                let value = means.distance.value(map, kept, directions)?;
                total = total.f_add(&value.f_mul_scalar(weight / maps.len() as f64)?)?;
            }
        }
        Ok(total)
    }
}

// Mean squared difference from the photo's values, relative to their mean square.
fn content(mine: &Tensor, photo: &Tensor) -> Result<Tensor> {
    let size = photo.f_square()?.f_mean(None)?.f_add_scalar(EPS)?;
    Ok(mine.f_sub(photo)?.f_square()?.f_mean(None)?.f_div(&size)?)
}

/// Sides of a picture that is reduced by `factor`.
pub fn sides(size: &[i64], factor: f64) -> [i64; 2] {
    [2, 3].map(|axis: usize| ((size[axis] as f64 * factor).round() as i64).max(1))
}

/// The picture, reduced by `factor`.
fn reduced(x: &Tensor, factor: f64) -> Result<Tensor> {
    resized(x, sides(&x.size(), factor), false)
}

/// The picture at this height and width; one that is enlarged may continue at the opposite edge.
pub fn resized(x: &Tensor, [height, width]: [i64; 2], circular: bool) -> Result<Tensor> {
    let size = x.size();
    if size[2..] == [height, width] {
        return Ok(x.shallow_clone());
    }
    if !circular {
        return Ok(x.f_internal_upsample_bicubic2d_aa([height, width], false, None, None)?.f_clamp(0.0, 1.0)?);
    }
    // Whole pixels on both sides of the result, so that the middle is where it was.
    let margin = [MARGIN.min(size[2]), MARGIN.min(size[3])];
    let x = x.f_pad([margin[1], margin[1], margin[0], margin[0]], "circular", None)?;
    let [above, beside] = [margin[0] * height / size[2], margin[1] * width / size[3]];
    let x = x.f_internal_upsample_bicubic2d_aa([height + 2 * above, width + 2 * beside], false, None, None)?;
    Ok(x.f_narrow(2, above, height)?.f_narrow(3, beside, width)?.f_clamp(0.0, 1.0)?)
}

fn adam(settings: &Settings) -> AdamSpec {
    AdamSpec { lr: settings.lr, betas: (0.9, 0.999), eps: 1e-8 }
}

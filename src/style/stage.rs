//! The search at one resolution.

use std::f64::consts::PI;

use tch::{Device, Kind, Tensor};

use super::distance::{Directions, Distance, EPS};
use super::feature::{Features, Map};
use super::matching::{Settings, Task};
use crate::base::device::sent;
use crate::base::{Adam, AdamSpec, Dial, Philox, Stream};
use crate::error::{Error, Result};

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
        let photo = task.photo.as_ref().map(|photo| maps(&resized(photo, [size[2], size[3]])?));
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
        let seen = match settings.seamless {
            // The grid of a network that halves pictures lies elsewhere at each step.
            true => turned(&leaf, settings.seed, (number << 32) | (self.step + 1))?,
            false => leaf.shallow_clone(),
        };
        let maps = means.features.maps(&seen, settings.seamless)?;
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
        // Of random numbers, the loss says which were drawn rather than which picture is better.
        let random = settings.seamless || maps.style.iter().any(|map| means.distance.random(map.window));
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
    resized(x, sides(&x.size(), factor))
}

/// The picture at this height and width.
pub fn resized(x: &Tensor, sides: [i64; 2]) -> Result<Tensor> {
    match x.size()[2..] == sides {
        true => Ok(x.shallow_clone()),
        false => Ok(interpolated(x, sides)?.f_clamp(0.0, 1.0)?),
    }
}

/// The picture at this larger height and width, without a grid of its former pixels. A circular one continues at the
/// opposite edge.
pub fn enlarged(x: &Tensor, [height, width]: [i64; 2], circular: bool) -> Result<Tensor> {
    let made = match circular {
        // Whole periods on all sides, so that the period of the result is whole too.
        true => {
            let whole = interpolated(&x.f_repeat([1, 1, 3, 3])?, [3 * height, 3 * width])?;
            whole.f_narrow(2, height, height + 1)?.f_narrow(3, width, width + 1)?
        }
        false => interpolated(x, [height, width])?.f_replication_pad2d([0, 1, 0, 1])?,
    };
    // Interpolation makes larger steps between former pixels than inside them, and the search, which compares the patches
    // of all places together, would keep this grid. Means of two neighbours have both kinds of steps.
    Ok(made.f_avg_pool2d([2, 2], [1, 1], [0, 0], false, true, None::<i64>)?.f_clamp(0.0, 1.0)?)
}

/// The circular picture, moved by a random number of pixels along both axes.
pub fn turned(x: &Tensor, seed: u64, index: u64) -> Result<Tensor> {
    let (mut places, size) = ([0f32; 2], x.size());
    Philox::new(seed).fill_uniform(Stream::Place, index, &mut places);
    let shifts = [0, 1].map(|axis: usize| (places[axis] * size[axis + 2] as f32) as i64);
    Ok(x.f_roll(shifts, [2, 3])?)
}

fn interpolated(x: &Tensor, sides: [i64; 2]) -> Result<Tensor> {
    Ok(x.f_internal_upsample_bicubic2d_aa(sides, false, None, None)?)
}

fn adam(settings: &Settings) -> AdamSpec {
    AdamSpec { lr: settings.lr, betas: (0.9, 0.999), eps: 1e-8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circular_picture_keeps_its_period() {
        // One period of a wave along both axes; 11 pixels become 23, which is no multiple.
        let wave = |side: i64, shift: f64| {
            let places = Tensor::arange(side, (Kind::Float, Device::Cpu)) + shift;
            (places * (2.0 * PI / side as f64)).cos() * 0.2
        };
        let both = |side, shift| (wave(side, shift).view([1, 1, -1, 1]) + wave(side, shift).view([1, 1, 1, -1])) + 0.5;
        let made = enlarged(&both(11, 0.5), [23, 23], true).unwrap();
        // Between two pixels of 23.
        let far = (made - both(23, 1.0)).abs().max().double_value(&[]);
        assert!(far < 0.01, "{far}");
    }

    #[test]
    fn an_enlarged_picture_has_no_grid() {
        tch::manual_seed(0);
        let noise = Tensor::rand([1, 1, 64, 64], (Kind::Float, Device::Cpu)) * 0.4 + 0.3;
        for circular in [false, true] {
            let made = enlarged(&noise, [128, 128], circular).unwrap();
            let steps = made.diff(1, 3, None::<Tensor>, None::<Tensor>).square();
            let mean = |first: i64| steps.slice(3, first, 127, 2).mean(Kind::Float).double_value(&[]);
            let ratio = mean(0) / mean(1);
            assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
        }
    }

    #[test]
    fn turned_pictures_are_moved_around_their_edges() {
        let x = Tensor::arange(35, (Kind::Float, Device::Cpu)).view([1, 1, 5, 7]);
        let mut seen = std::collections::BTreeSet::new();
        for index in 0..400 {
            let made = turned(&x, 3, index).unwrap();
            let first = made.double_value(&[0, 0, 0, 0]) as i64;
            assert!(made.equal(&x.roll([-(first / 7), -(first % 7)], [2, 3])));
            seen.insert(first);
        }
        assert_eq!(seen.len(), 35);
    }
}

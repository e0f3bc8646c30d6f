//! Distances between the distributions of features of two pictures, relative to the size of those of the style.

mod gram;
mod moments;
mod sliced;

use tch::{Device, Tensor};

use super::feature::Map;
use crate::base::device::sent;
use crate::base::{Philox, Stream};
use crate::error::Result;
use crate::registry;
use crate::registry::Member;

/// Added to the size of a style's features, so that a flat style divides by no zero.
pub const EPS: f64 = 1e-6;

/// Source of random directions of one step.
pub struct Directions {
    /// Number of directions per map.
    pub count: i64,
    /// Generator of the numbers.
    pub random: Philox,
    /// Index of the step.
    pub step: u64,
    /// Index of the next map.
    pub next: u64,
    /// The device.
    pub device: Device,
}

impl Directions {
    /// Filters of norm 1 `[count, channels, window, window]` for a map.
    pub fn draw(&mut self, map: &Map) -> Result<Tensor> {
        let (channels, window) = (map.values.size()[1], map.window);
        let mut values = vec![0f32; (self.count * channels * window * window) as usize];
        self.random.fill_normal(Stream::Direction, (self.step << 8) | self.next, &mut values);
        self.next += 1;
        let filters = Tensor::f_from_slice(&values)?.f_view([self.count, -1])?;
        let norms = filters.f_norm_scalaropt_dim(2.0, [1i64].as_slice(), true)?;
        sent(&filters.f_div(&norms)?.f_view([self.count, channels, window, window])?, self.device)
    }
}

/// A distance between maps.
pub trait Distance: Member {
    /// What is compared with the maps of pictures: a function of the style's map alone.
    fn kept(&self, style: &Map) -> Result<Map>;

    /// The distance, 0-d, of a map from what was kept of a style's.
    fn value(&self, map: &Map, kept: &Map, directions: &mut Directions) -> Result<Tensor>;

    /// True if distances of maps with windows of this side depend on random directions.
    fn random(&self, window: i64) -> bool;
}

registry! {
    /// All distances.
    pub static DISTANCES: dyn Distance = "distance" [gram::Gram, sliced::Sliced, moments::Moments];
}

/// The features of all places, `[features, places]`.
fn features(map: &Map) -> Result<Tensor> {
    let columns = match map.window {
        1 => map.values.f_flatten(2, 3)?,
        window => map.values.f_im2col([window; 2], [1, 1], [0, 0], [1, 1])?,
    };
    Ok(columns.f_squeeze_dim(0)?)
}

/// Features of all places in some directions, `[directions, places]`.
fn projected(map: &Map, filters: &Tensor) -> Result<Tensor> {
    let made = map.values.f_conv2d(filters, None::<Tensor>, [1, 1], [0, 0], [1, 1], 1)?;
    Ok(made.f_flatten(2, 3)?.f_squeeze_dim(0)?)
}

/// Mean square of the difference, relative to the mean square of `style`.
fn relative(mine: &Tensor, style: &Tensor) -> Result<Tensor> {
    let size = style.f_square()?.f_mean(None)?.f_add_scalar(EPS)?;
    Ok(mine.f_sub(style)?.f_square()?.f_mean(None)?.f_div(&size)?)
}

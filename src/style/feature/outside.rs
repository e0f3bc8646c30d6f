//! Features of a function outside the crate.

use tch::Tensor;

use super::{coloured, Features, Map, Maps};
use crate::base::axes::tuple;
use crate::error::{Error, Result};

/// A function from pictures `[1, 3, h, w]` to maps `[1, channels, h, w]`.
pub type Call = Box<dyn Fn(&Tensor) -> Result<Vec<Tensor>> + Send>;

/// Largest width in pixels by which a circular picture is continued before the call.
const MARGIN: i64 = 32;

/// The features; the last map is the content.
pub struct Outside {
    /// The function.
    pub call: Call,
}

impl Features for Outside {
    fn maps(&self, x: &Tensor, circular: bool) -> Result<Maps> {
        let mut x = coloured(x)?;
        if circular {
            let size = x.size();
            let [height, width] = [size[2], size[3]].map(|side| side.min(MARGIN));
            x = x.f_pad([width, width, height, height], "circular", None)?;
        }
        let maps = (self.call)(&x)?;
        for map in &maps {
            let size = map.size();
            if size.len() != 4 || size[0] != 1 || size.contains(&0) {
                return Err(Error::Shape {
                    name: "features".into(),
                    expected: "maps of shape (1, channels, h, w)".into(),
                    got: tuple(&size),
                });
            }
        }
        let Some(content) = maps.last().map(Tensor::shallow_clone) else {
            return Err(Error::parameter("features", "expected at least one map", "none"));
        };
        let style = maps.into_iter().map(|values| Map { values, window: 1 }).collect();
        Ok(Maps { style, content })
    }

    fn least(&self) -> i64 {
        1
    }

    // Not known; a network of moderate width.
    fn bytes(&self, _: i64) -> f64 {
        2_000.0
    }
}

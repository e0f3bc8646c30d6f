//! Resolution of self-attention, a setting of several families.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::settings::{Read, Said, Setting, Value};

/// Largest side that is usual, as in the paper (Zhang et al., "Self-Attention Generative Adversarial Networks", 2019).
const USUAL: i64 = 32;

/// Resolution of self-attention (side in pixels), if any.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Side(pub Option<i64>);

/// Resolution of self-attention as passed by the user.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Attention {
    /// No attention.
    Nowhere,
    /// The largest side up to 32 px, as in the paper.
    Usual,
    /// This side.
    At(i64),
}

impl Side {
    /// Resolves what was said for a net that supports these sides.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the supported sides.
    pub fn resolved(said: Option<Attention>, (net, sides): (&str, &[i64])) -> Result<Self> {
        let side = match said {
            None | Some(Attention::Nowhere) => return Ok(Side(None)),
            Some(Attention::At(side)) => Some(side),
            Some(Attention::Usual) => sides.iter().copied().filter(|&side| side <= USUAL).max(),
        };
        match side.filter(|side| sides.contains(side)) {
            Some(side) => Ok(Side(Some(side))),
            None => {
                let known: Vec<String> = sides.iter().map(i64::to_string).collect();
                let of = if known.is_empty() { "None".into() } else { known.join(" or ") };
                let got = side.map_or("True".into(), |side| side.to_string());
                Err(Error::parameter("attention", format!("expected {of} for this X and net=\"{net}\""), got))
            }
        }
    }

    /// Checks that the net supports the side.
    ///
    /// # Errors
    /// As [`Side::resolved`].
    pub fn check(self, net: (&str, &[i64])) -> Result<()> {
        Side::resolved(self.0.map(Attention::At), net).map(drop)
    }
}

impl Setting for Side {
    type Said = Attention;
}

impl Read for Attention {
    const ANNOTATION: &'static str = "int | bool";
    const SHOWN: &'static str = "int, bool";

    fn read(name: &str, said: &Said) -> Result<Self> {
        match said.value {
            Value::Flag(wanted) => Ok(if wanted { Attention::Usual } else { Attention::Nowhere }),
            _ => i64::read(name, said).map(Attention::At),
        }
    }
}

//! Recurrent network of gated recurrent units, see [`super::recurrent`].

use super::{recurrent, tokens_only, Defaults, Down, Net, Pair, Request, Up};
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::{Cell, Chain};
use crate::member;

member! {
    "gru": "gated recurrent units, for texts and pairs of texts (Cho et al., 2014)",
    pub struct Gru {}
}

impl Net for Gru {
    fn pairs(&self) -> &'static [Pair] {
        &[Pair::Autoencoder, Pair::Sequence]
    }

    fn defaults(&self, pair: Pair, _: &DataShape) -> Defaults {
        recurrent::defaults(pair)
    }

    fn check(&self, _: Pair, data: &DataShape) -> Result<()> {
        tokens_only(self, data)
    }

    fn down(&self, request: &Request, to: Down) -> Result<Chain> {
        recurrent::down(self, request, (to, Cell::Gru))
    }

    fn up(&self, request: &Request, from: Up) -> Result<Chain> {
        recurrent::up(self, request, (from, Cell::Gru))
    }

    fn across(&self, request: &Request, outputs: i64) -> Result<Chain> {
        Ok(recurrent::across(request, outputs, Cell::Gru))
    }
}

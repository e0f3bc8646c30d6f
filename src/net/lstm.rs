//! Recurrent network of long short-term memory, see [`super::recurrent`].

use super::{recurrent, tokens_only, Defaults, Net, Pair, Request};
use crate::error::Result;
use crate::kind::DataShape;
use crate::layer::{Cell, Chain};
use crate::member;

member! {
    "lstm": "long short-term memory, for texts and pairs of texts (Hochreiter and Schmidhuber, 1997)",
    pub struct Lstm {}
}

impl Net for Lstm {
    fn pairs(&self) -> &'static [Pair] {
        &[Pair::Sequence]
    }

    fn defaults(&self, _: Pair, _: &DataShape) -> Defaults {
        recurrent::defaults()
    }

    fn check(&self, _: Pair, data: &DataShape) -> Result<()> {
        tokens_only(self, data)
    }

    fn across(&self, request: &Request, outputs: i64) -> Result<Chain> {
        Ok(recurrent::across(request, outputs, Cell::Lstm))
    }
}

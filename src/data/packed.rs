//! Documents packed end to end, from which windows of tokens are cut.

use std::sync::Arc;

use tch::{Device, Tensor};

use super::token_file::TokenFile;
use super::{Access, Batch, Batching, Order};
use crate::base::device::sent;
use crate::base::{Philox, Stream};
use crate::error::Result;

/// Number of symbols that two bytes can tell apart.
const SHORT: i64 = 1 << 16;

/// Documents in windows of `context` tokens.
pub trait Packing: Send + Sync {
    /// Number of windows, at least 1.
    fn windows(&self, context: usize) -> usize;

    /// Number of places at which the first window can begin.
    fn shifts(&self, context: usize) -> usize;

    /// Number of values that a network is given beside the tokens of a window.
    fn given(&self, context: usize) -> usize;

    /// Fills the `context + 1` tokens of a window, and what a network is given beside them; `shift` is the place at which the
    /// first window begins.
    ///
    /// # Errors
    /// [`crate::error::Error::Io`] if the tokens are in a file that cannot be read.
    fn window(&self, number: usize, shift: usize, tokens: &mut [f32], given: &mut [f32]) -> Result<()>;
}

/// Tokens of documents. Each starts with the token `end`, and the first `end` of the next document ends it; the last is
/// followed by the first.
pub struct Packed {
    tokens: Codes,
    end: u32,
}

// Two bytes for each token, if they suffice.
enum Codes {
    Short(Vec<u16>),
    Long(Vec<u32>),
    Filed(TokenFile),
}

impl Packed {
    /// Creates an empty pack of documents, with tokens below `symbols`.
    pub fn new(end: u32, symbols: i64) -> Self {
        let tokens = match symbols <= SHORT {
            true => Codes::Short(Vec::new()),
            false => Codes::Long(Vec::new()),
        };
        Packed { tokens, end }
    }

    /// Creates an empty pack in a temporary file, which [`Packed::close`] has to complete.
    ///
    /// # Errors
    /// [`crate::error::Error::Io`] if the file cannot be made.
    pub fn filed(end: u32, symbols: i64) -> Result<Self> {
        let tokens = Codes::Filed(TokenFile::new(if symbols <= SHORT { 2 } else { 4 })?);
        Ok(Packed { tokens, end })
    }

    /// Appends a document: its tokens from the `end` that starts it to the last one before the `end` that ends it.
    ///
    /// # Errors
    /// [`crate::error::Error::Io`] if a file cannot be written.
    pub fn push(&mut self, document: &[u32]) -> Result<()> {
        match &mut self.tokens {
            Codes::Short(tokens) => tokens.extend(document.iter().map(|&token| token as u16)),
            Codes::Long(tokens) => tokens.extend_from_slice(document),
            Codes::Filed(tokens) => tokens.push(document)?,
        }
        Ok(())
    }

    /// Completes a pack.
    ///
    /// # Errors
    /// As [`Packed::push`].
    pub fn close(mut self) -> Result<Self> {
        if let Codes::Filed(tokens) = &mut self.tokens {
            tokens.flush()?;
        }
        Ok(self)
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        match &self.tokens {
            Codes::Short(tokens) => tokens.len(),
            Codes::Long(tokens) => tokens.len(),
            Codes::Filed(tokens) => tokens.len(),
        }
    }

    /// True if there are no tokens.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    // Tokens from a place on, none beyond the last.
    fn read(&self, first: usize, out: &mut [u32]) -> Result<()> {
        match &self.tokens {
            Codes::Short(tokens) => out.iter_mut().zip(&tokens[first..]).for_each(|(out, &token)| *out = token.into()),
            Codes::Long(tokens) => out.copy_from_slice(&tokens[first..first + out.len()]),
            Codes::Filed(tokens) => tokens.read(first, out)?,
        }
        Ok(())
    }
}

impl Packing for Packed {
    fn windows(&self, context: usize) -> usize {
        (self.len() / context.max(1)).max(1)
    }

    fn shifts(&self, context: usize) -> usize {
        context
    }

    fn given(&self, context: usize) -> usize {
        context
    }

    // Given are the places within the window at which the document of each starts, 0 if it starts before the window.
    fn window(&self, number: usize, shift: usize, tokens: &mut [f32], starts: &mut [f32]) -> Result<()> {
        let mut found = vec![0; tokens.len()];
        let (mut at, mut done) = ((number * starts.len() + shift) % self.len(), 0);
        while done < found.len() {
            let count = (found.len() - done).min(self.len() - at);
            self.read(at, &mut found[done..done + count])?;
            (at, done) = (0, done + count);
        }
        let mut start = 0;
        for (i, (token, found)) in tokens.iter_mut().zip(found).enumerate() {
            *token = found as f32;
            if found == self.end {
                start = i;
            }
            if let Some(place) = starts.get_mut(i) {
                *place = start as f32;
            }
        }
        Ok(())
    }
}

/// Windows of packed documents, in random order. All windows of an epoch begin at a random shift, so that they differ between
/// epochs.
pub struct Windows {
    packed: Arc<dyn Packing>,
    context: usize,
    order: Order,
    random: Philox,
    device: Device,
}

impl Windows {
    /// Creates windows of `context` tokens.
    pub fn new(packed: Arc<dyn Packing>, context: usize, random: Philox, device: Device) -> Self {
        let order = Order::new(random, packed.windows(context), Access::Anywhere);
        Windows { packed, context, order, random, device }
    }

    /// Number of windows.
    pub fn len(&self) -> usize {
        self.packed.windows(self.context)
    }

    /// True if there are no windows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    // Place of the first token of the first window of an epoch.
    fn shift(&self, epoch: u64) -> usize {
        let mut uniform = [0f32];
        self.random.fill_uniform(Stream::Shift, epoch, &mut uniform);
        (uniform[0] * self.packed.shifts(self.context) as f32) as usize
    }

    /// The windows of a batch: tokens `[b, context + 1]`, and what networks are given beside them.
    pub fn batch(&mut self, batching: &Batching, (epoch, position): (u64, u64)) -> Result<Batch> {
        let rows = self.order.rows(epoch, batching.places(position));
        self.gathered(&rows, self.shift(epoch))
    }

    /// The first `count` windows, without a shift.
    pub fn first(&self, count: usize) -> Result<Batch> {
        let rows: Vec<i64> = (0..count.min(self.len()) as i64).collect();
        self.gathered(&rows, 0)
    }

    fn gathered(&self, rows: &[i64], shift: usize) -> Result<Batch> {
        let (n, context, width) = (rows.len(), self.context, self.packed.given(self.context));
        let (mut tokens, mut given) = (vec![0f32; n * (context + 1)], vec![0f32; n * width]);
        for ((row, tokens), given) in rows.iter().zip(tokens.chunks_mut(context + 1)).zip(given.chunks_mut(width)) {
            self.packed.window(*row as usize, shift, tokens, given)?;
        }
        let tensor = |values: &[f32], width: usize| -> Result<Tensor> {
            sent(&Tensor::f_from_slice(values)?.f_view([n as i64, width as i64])?, self.device)
        };
        Ok(Batch {
            x: tensor(&tokens, context + 1)?,
            given: Some(tensor(&given, width)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(context: usize) -> Windows {
        Windows::new(Arc::new(filled(Packed::new(9, 10))), context, Philox::new(3), Device::Cpu)
    }

    fn filled(mut packed: Packed) -> Packed {
        packed.push(&[9, 1, 2, 3]).unwrap();
        packed.push(&[9, 4, 5]).unwrap();
        packed.close().unwrap()
    }

    #[test]
    fn a_file_gives_the_windows_of_memory() {
        for symbols in [10, 100_000] {
            let (own, filed) = (filled(Packed::new(9, symbols)), filled(Packed::filed(9, symbols).unwrap()));
            assert_eq!((own.len(), own.windows(3)), (filed.len(), filed.windows(3)));
            for shift in 0..9 {
                let cut = |packed: &Packed| {
                    let (mut tokens, mut starts) = ([0f32; 12], [0f32; 11]);
                    packed.window(1, shift, &mut tokens, &mut starts).unwrap();
                    (tokens, starts)
                };
                assert_eq!(cut(&own), cut(&filed));
            }
        }
    }

    fn rows(x: &Tensor) -> Vec<Vec<f32>> {
        Vec::<Vec<f32>>::try_from(x).unwrap()
    }

    #[test]
    fn windows_go_round_the_documents_and_tell_where_each_starts() {
        let batch = windows(3).first(9).unwrap();
        assert_eq!(rows(&batch.x), [[9.0, 1.0, 2.0, 3.0], [3.0, 9.0, 4.0, 5.0]]);
        assert_eq!(rows(&batch.given.unwrap()), [[0.0; 3], [0.0, 1.0, 1.0]]);
        let batch = windows(8).first(9).unwrap();
        assert_eq!(rows(&batch.x), [[9.0, 1.0, 2.0, 3.0, 9.0, 4.0, 5.0, 9.0, 1.0]]);
        assert_eq!(rows(&batch.given.unwrap()), [[0.0, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0, 7.0]]);
    }

    #[test]
    fn each_epoch_has_its_own_shift_and_order_and_sees_each_window_once() {
        let mut windows = windows(3);
        let batching = Batching { batch: 1, part: 0..1, epochs: 9 };
        let mut seen = Vec::new();
        for epoch in 0..8 {
            let shift = windows.shift(epoch);
            let mut firsts: Vec<f32> = (0..2)
                .map(|position| windows.batch(&batching, (epoch, position)).unwrap().x.double_value(&[0, 0]) as f32)
                .collect();
            seen.push(firsts.clone());
            firsts.sort_unstable_by(f32::total_cmp);
            let mut wanted = [0, 3].map(|first| [9f32, 1.0, 2.0, 3.0, 9.0, 4.0, 5.0][(first + shift) % 7]);
            wanted.sort_unstable_by(f32::total_cmp);
            assert_eq!(firsts, wanted);
        }
        seen.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]));
        seen.dedup();
        assert!(seen.len() > 2);
    }
}

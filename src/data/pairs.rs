//! Pairs of documents, packed into windows: a row of sources, and a row of the texts that belong to them.

use super::packed::Packing;
use crate::base::{Philox, Stream};
use crate::error::Result;

/// Windows that are being filled at the same time.
const OPEN: usize = 64;

/// Tokens of pairs, and the window of each.
///
/// A source has the tokens of its texts, each followed by `end`. A text begins with `end`, and the `end` after it is the first
/// of the next text.
pub struct Pairs {
    tokens: Vec<u32>,
    // Where each source and each text ends: two for each pair.
    ends: Vec<usize>,
    end: u32,
    sides: [usize; 2],
    windows: Vec<Vec<usize>>,
}

/// Place of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Its window.
    pub window: usize,
    /// The first place of its source in the row of sources.
    pub source: usize,
    /// Its first place in the row of texts, of the token `end` before it.
    pub first: usize,
}

impl Pairs {
    /// Packs pairs of a source and a text, without the tokens `end` before and after the text, into windows of `sides` places
    /// of sources and of texts. The places of those that are too long end early.
    pub fn new(pairs: impl IntoIterator<Item = [Vec<u32>; 2]>, sides: [usize; 2], end: u32) -> Self {
        let (mut tokens, mut ends) = (Vec::new(), Vec::new());
        for [source, text] in pairs {
            for (document, most) in [(&source[..], sides[0]), (&text[..], sides[1] - 1)] {
                tokens.extend_from_slice(&document[..document.len().min(most)]);
                ends.push(tokens.len());
            }
        }
        let mut pairs = Pairs { tokens, ends, end, sides, windows: Vec::new() };
        pairs.windows = pairs.packed();
        pairs
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.ends.len() / 2
    }

    /// True if there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    // Source and text of a pair.
    fn pair(&self, i: usize) -> [&[u32]; 2] {
        let before = if i == 0 { 0 } else { self.ends[2 * i - 1] };
        [&self.tokens[before..self.ends[2 * i]], &self.tokens[self.ends[2 * i]..self.ends[2 * i + 1]]]
    }

    /// Numbers of places of a source, and of its text with the token `end` before it.
    pub fn sizes(&self, i: usize) -> [usize; 2] {
        let [source, text] = self.pair(i);
        [source.len(), text.len() + 1]
    }

    // Puts pairs, in random order, where they leave the least room.
    fn packed(&self) -> Vec<Vec<usize>> {
        let order = Philox::new(0).permutation(Stream::Order, 0, self.len());
        let mut done: Vec<Vec<usize>> = Vec::new();
        // The room that is left, and the pairs.
        let mut open: Vec<([usize; 2], Vec<usize>)> = Vec::new();
        for i in order.into_iter().map(|i| i as usize) {
            let size = self.sizes(i);
            let fits = |room: &[usize; 2]| room[0] >= size[0] && room[1] >= size[1];
            let left = |room: &[usize; 2]| room[0] + room[1];
            let best =
                open.iter().enumerate().filter(|(_, (room, _))| fits(room)).min_by_key(|(_, (room, _))| left(room));
            match best.map(|(at, _)| at) {
                Some(at) => {
                    let (room, window) = &mut open[at];
                    room.iter_mut().zip(size).for_each(|(room, size)| *room -= size);
                    window.push(i);
                }
                None => {
                    if open.len() == OPEN {
                        let fullest = open.iter().enumerate().min_by_key(|(_, (room, _))| left(room)).map(|(at, _)| at);
                        done.extend(fullest.map(|at| open.swap_remove(at).1));
                    }
                    let room = [self.sides[0].saturating_sub(size[0]), self.sides[1].saturating_sub(size[1])];
                    open.push((room, vec![i]));
                }
            }
        }
        done.extend(open.into_iter().map(|(_, window)| window));
        done
    }

    /// Where each text lies.
    pub fn places(&self) -> Vec<Place> {
        let mut places = vec![Place { window: 0, source: 0, first: 0 }; self.len()];
        for (window, pairs) in self.windows.iter().enumerate() {
            let [mut source, mut first] = [0, 0];
            for &i in pairs {
                places[i] = Place { window, source, first };
                let [length, width] = self.sizes(i);
                (source, first) = (source + length, first + width);
            }
        }
        places
    }
}

impl Packing for Pairs {
    fn windows(&self, _: usize) -> usize {
        self.windows.len()
    }

    fn shifts(&self, _: usize) -> usize {
        1
    }

    fn given(&self, _: usize) -> usize {
        self.sides[0] + 2 * self.sides[1]
    }

    // Given are the starts of the sources, the starts of the texts, and of each place of these the start of its source, -1
    // after the last text.
    fn window(&self, number: usize, _: usize, tokens: &mut [f32], given: &mut [f32]) -> Result<()> {
        let [sources, places] = self.sides;
        let (of_sources, of_texts) = tokens.split_at_mut(sources);
        let (starts, rest) = given.split_at_mut(sources);
        let (text_starts, seen) = rest.split_at_mut(places);
        of_sources.fill(self.end as f32);
        of_texts.fill(self.end as f32);
        seen.fill(-1.0);
        let [mut first, mut second] = [0, 0];
        for &i in &self.windows[number] {
            let ([source, text], [length, places]) = (self.pair(i), self.sizes(i));
            of_sources[first..].iter_mut().zip(source).for_each(|(to, &token)| *to = token as f32);
            of_texts[second + 1..].iter_mut().zip(text).for_each(|(to, &token)| *to = token as f32);
            starts[first..first + length].fill(first as f32);
            text_starts[second..second + places].fill(second as f32);
            seen[second..second + places].fill(first as f32);
            (first, second) = (first + length, second + places);
        }
        starts[first..].fill(first as f32);
        text_starts[second..].fill(second as f32);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&[u32], &[u32])], sides: [usize; 2]) -> Pairs {
        Pairs::new(pairs.iter().map(|(source, text)| [source.to_vec(), text.to_vec()]), sides, 9)
    }

    fn window(pairs: &Pairs, number: usize) -> [Vec<f32>; 2] {
        let [sources, places] = pairs.sides;
        let (mut tokens, mut given) = (vec![f32::NAN; sources + places + 1], vec![f32::NAN; sources + 2 * places]);
        pairs.window(number, 0, &mut tokens, &mut given).unwrap();
        [tokens, given]
    }

    #[test]
    fn a_window_holds_sources_and_their_texts() {
        let pairs = pairs(&[(&[1, 2, 9], &[3]), (&[4, 9], &[5, 6])], [6, 6]);
        assert_eq!((pairs.windows(0), pairs.len()), (1, 2));
        let [tokens, given] = window(&pairs, 0);
        let places = pairs.places();
        match places[0].first {
            0 => {
                assert_eq!(tokens, [1.0, 2.0, 9.0, 4.0, 9.0, 9.0, 9.0, 3.0, 9.0, 5.0, 6.0, 9.0, 9.0]);
                assert_eq!(given[..6], [0.0, 0.0, 0.0, 3.0, 3.0, 5.0]);
                assert_eq!(given[6..], [0.0, 0.0, 2.0, 2.0, 2.0, 5.0, 0.0, 0.0, 3.0, 3.0, 3.0, -1.0]);
            }
            _ => {
                assert_eq!(tokens, [4.0, 9.0, 1.0, 2.0, 9.0, 9.0, 9.0, 5.0, 6.0, 9.0, 3.0, 9.0, 9.0]);
                assert_eq!(given[..6], [0.0, 0.0, 2.0, 2.0, 2.0, 5.0]);
                assert_eq!(given[6..], [0.0, 0.0, 0.0, 3.0, 3.0, 5.0, 0.0, 0.0, 0.0, 2.0, 2.0, -1.0]);
            }
        }
    }

    #[test]
    fn every_pair_is_in_one_window_that_it_fits() {
        let lengths: Vec<[usize; 2]> = (0..1000).map(|i| [1 + i * 7 % 20, i * 11 % 16]).collect();
        let all = lengths.iter().map(|[a, b]| [vec![1; *a], vec![2; *b]]);
        let pairs = Pairs::new(all, [32, 32], 9);
        let mut seen: Vec<usize> = pairs.windows.concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..1000).collect::<Vec<_>>());
        for window in &pairs.windows {
            let sum = |side: usize| window.iter().map(|&i| pairs.sizes(i)[side]).sum::<usize>();
            assert!(sum(0) <= 32 && sum(1) <= 32);
        }
        let needed = lengths.iter().map(|[a, _]| a).sum::<usize>() as f64 / 32.0;
        assert!((pairs.windows.len() as f64) < 1.1 * needed, "{} {needed}", pairs.windows.len());
    }

    #[test]
    fn long_pairs_end_early() {
        let pairs = pairs(&[(&[1; 9], &[2; 9])], [4, 5]);
        let [tokens, _] = window(&pairs, 0);
        assert_eq!(tokens, [1.0, 1.0, 1.0, 1.0, 9.0, 2.0, 2.0, 2.0, 2.0, 9.0]);
    }
}

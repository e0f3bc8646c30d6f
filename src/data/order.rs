//! Order of the samples in an epoch.

use std::ops::Range;

use crate::base::{Philox, Stream};

/// Access cost of a data source, which limits how widely samples are shuffled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Access {
    /// Random access: one permutation of all samples.
    Anywhere,
    /// Sequential reads are cheap: blocks of consecutive samples come in random order and are shuffled within windows,
    /// whose size is a multiple of the block size.
    Near {
        /// Consecutive samples per block.
        block: usize,
        /// Samples per window.
        window: usize,
    },
    /// Sequential access only: shuffled within windows.
    Forward {
        /// Samples per window.
        window: usize,
    },
}

/// Batches whose samples are exchanged so that each has samples of like lengths.
const EXCHANGED: usize = 32;

/// Changes an epoch's order so that the samples of a batch have like lengths, and a batch needs few empty places. Samples
/// move within groups of batches; the batches of a group come in the order of their first samples. What is left after whole
/// batches stays last.
pub fn of_like_lengths(rows: &mut [i64], lengths: &[i64], batch: usize) {
    let whole = rows.len() / batch.max(1) * batch;
    for group in rows[..whole].chunks_mut(EXCHANGED * batch.max(1)) {
        let mut places: Vec<usize> = (0..group.len()).collect();
        places.sort_by_key(|&place| lengths[group[place] as usize]);
        let mut batches: Vec<&[usize]> = places.chunks(batch).collect();
        batches.sort_by_key(|places| places[0]);
        let changed: Vec<i64> = batches.concat().into_iter().map(|place| group[place]).collect();
        group.copy_from_slice(&changed);
    }
}

/// Order of `len` samples in each epoch, computed one window at a time.
///
/// The order is a function of seed, epoch and position, so training can resume anywhere. If one window holds all
/// samples, the order does not depend on the access.
pub struct Order {
    random: Philox,
    len: usize,
    access: Access,
    // Samples of each class, for class-balanced order.
    classes: Vec<Vec<i64>>,
    // Cached blocks: (epoch, blocks).
    blocks: Option<(u64, Blocks)>,
    // Cached window: (epoch, window index, sample indices).
    window: Option<(u64, usize, Vec<i64>)>,
}

// Blocks of consecutive samples in random order. The remainder after whole blocks comes last; the offset of the blocks
// differs between epochs, and with it the remainder.
struct Blocks {
    order: Vec<i64>,
    size: usize,
    turn: usize,
    len: usize,
}

impl Blocks {
    fn row(&self, place: usize) -> usize {
        let start = self.order.get(place / self.size).map_or(place / self.size, |&block| block as usize) * self.size;
        (start + place % self.size + self.turn) % self.len
    }
}

impl Order {
    /// Creates an order from a random generator.
    pub fn new(random: Philox, len: usize, access: Access) -> Self {
        let access = match access {
            Access::Near { window, .. } | Access::Forward { window } if window >= len => Access::Anywhere,
            access => access,
        };
        Order {
            random,
            len,
            access,
            classes: Vec::new(),
            blocks: None,
            window: None,
        }
    }

    /// Draws all classes equally often; samples of rare classes repeat within an epoch. `codes` holds the class index
    /// of each sample; requires random access.
    pub fn balanced(mut self, codes: &[i64]) -> Self {
        let count = codes.iter().max().map_or(0, |&most| most as usize + 1);
        self.classes = vec![Vec::new(); count];
        for (row, &code) in codes.iter().enumerate() {
            self.classes[code as usize].push(row as i64);
        }
        self.classes.retain(|rows| !rows.is_empty());
        self
    }

    /// Number of samples that are shuffled together.
    pub fn span(&self) -> usize {
        match self.access {
            Access::Anywhere => self.len.max(1),
            Access::Near { window, .. } | Access::Forward { window } => window,
        }
    }

    /// Sample indices at `places` of an epoch.
    pub fn rows(&mut self, epoch: u64, places: Range<usize>) -> Vec<i64> {
        let (mut rows, span) = (Vec::with_capacity(places.len()), self.span());
        let mut place = places.start;
        while place < places.end.min(self.len) {
            let number = place / span;
            let end = places.end.min((number + 1) * span).min(self.len);
            let first = number * span;
            rows.extend_from_slice(&self.window(epoch, number)[place - first..end - first]);
            place = end;
        }
        rows
    }

    /// Ranges of consecutive samples in window `number` of an epoch; empty for random access.
    pub fn neighbours(&mut self, epoch: u64, number: usize) -> Vec<Range<usize>> {
        let (Access::Near { block, .. }, len, span) = (self.access, self.len, self.span()) else {
            return Vec::new();
        };
        let blocks = self.blocks(epoch, block);
        let starts = (number * span..((number + 1) * span).min(len)).step_by(block);
        // Ranges that wrap around the end of the data are truncated: they are only hints.
        starts.map(|place| blocks.row(place)).map(|row| row..(row + block).min(len)).collect()
    }

    fn window(&mut self, epoch: u64, number: usize) -> &[i64] {
        if self.window.as_ref().is_none_or(|(of, which, _)| (*of, *which) != (epoch, number)) {
            self.window = Some((epoch, number, self.mixed(epoch, number)));
        }
        self.window.as_ref().map_or(&[], |(_, _, rows)| rows)
    }

    fn mixed(&mut self, epoch: u64, number: usize) -> Vec<i64> {
        let first = number * self.span();
        // Epochs and windows share the 64-bit index: 2^40 epochs, 2^24 windows.
        let (stream, index) = match self.access {
            Access::Anywhere => (Stream::Order, epoch),
            _ => (Stream::Window, epoch << 24 | number as u64),
        };
        let mut places = self.random.permutation(stream, index, self.span().min(self.len - first));
        if !self.classes.is_empty() {
            let rows = self.by_turns(epoch);
            return places.into_iter().map(|place| rows[place as usize]).collect();
        }
        places.iter_mut().for_each(|place| *place += first as i64);
        if let Access::Near { block, .. } = self.access {
            let blocks = self.blocks(epoch, block);
            places.iter_mut().for_each(|place| *place = blocks.row(*place as usize) as i64);
        }
        places
    }

    // One sample of each class in turn, each class in random order, repeated.
    fn by_turns(&self, epoch: u64) -> Vec<i64> {
        let (mut rows, mut orders) = (vec![0; self.len], vec![Vec::new(); self.classes.len()]);
        for (place, row) in rows.iter_mut().enumerate() {
            let (class, turn) = (place % self.classes.len(), place / self.classes.len());
            let (members, order) = (&self.classes[class], &mut orders[class]);
            let (round, at) = (turn / members.len(), turn % members.len());
            if at == 0 {
                let index = epoch << 40 | (class as u64) << 24 | round as u64;
                *order = self.random.permutation(Stream::Balance, index, members.len());
            }
            *row = members[order[at] as usize];
        }
        rows
    }

    fn blocks(&mut self, epoch: u64, size: usize) -> &Blocks {
        let (random, len) = (self.random, self.len);
        let made = || {
            let mut turn = [0f32];
            random.fill_uniform(Stream::Block, epoch, &mut turn);
            let turn = (f64::from(turn[0]) * len as f64) as usize;
            Blocks {
                order: random.permutation(Stream::Block, epoch, len / size),
                size,
                turn,
                len,
            }
        };
        if self.blocks.as_ref().is_some_and(|(of, _)| *of != epoch) {
            self.blocks = None;
        }
        &self.blocks.get_or_insert_with(|| (epoch, made())).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: Access = Access::Near { block: 7, window: 21 };
    const FORWARD: Access = Access::Forward { window: 20 };

    #[test]
    fn batches_of_like_lengths_hold_the_same_samples_in_random_order() {
        let lengths = [3, 1, 2, 3, 1, 2, 9];
        let mut rows = [5, 0, 1, 2, 4, 3, 6];
        of_like_lengths(&mut rows, &lengths, 2);
        assert_eq!(rows, [5, 2, 0, 3, 1, 4, 6]);
    }

    #[test]
    fn every_sample_comes_once_an_epoch() {
        for access in [Access::Anywhere, NEAR, FORWARD] {
            for len in [1, 6, 20, 21, 22, 100, 105] {
                let mut order = Order::new(Philox::new(3), len, access);
                for epoch in 0..3 {
                    let mut rows = order.rows(epoch, 0..len);
                    rows.sort_unstable();
                    assert_eq!(rows, (0..len as i64).collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn parts_are_parts_of_the_whole() {
        for access in [Access::Anywhere, NEAR, FORWARD] {
            let whole = Order::new(Philox::new(3), 100, access).rows(5, 0..100);
            let mut order = Order::new(Philox::new(3), 100, access);
            for range in [90..100, 0..1, 15..47, 20..21] {
                assert_eq!(order.rows(5, range.clone()), whole[range]);
            }
        }
    }

    #[test]
    fn a_window_that_holds_all_mixes_all() {
        let whole = Order::new(Philox::new(3), 20, Access::Anywhere).rows(2, 0..20);
        assert_eq!(Order::new(Philox::new(3), 20, FORWARD).rows(2, 0..20), whole);
        assert_eq!(Order::new(Philox::new(3), 20, NEAR).rows(2, 0..20), whole);
    }

    #[test]
    fn balanced_classes_come_as_often_and_each_sample_of_one_as_often_as_another() {
        let codes: Vec<i64> = (0..100).map(|row| i64::from(row >= 90)).collect();
        let mut order = Order::new(Philox::new(3), 100, Access::Anywhere).balanced(&codes);
        let rows = order.rows(0, 0..100);
        assert_eq!(rows.iter().filter(|&&row| row >= 90).count(), 50);
        assert!((90..100).all(|row| rows.iter().filter(|&&other| other == row).count() == 5));
        let mut common: Vec<i64> = rows.iter().copied().filter(|&row| row < 90).collect();
        common.sort_unstable();
        common.dedup();
        assert_eq!(common.len(), 50);
        assert_ne!(order.rows(1, 0..100), rows);
    }

    #[test]
    fn windows_keep_to_their_places() {
        let rows = Order::new(Philox::new(3), 100, FORWARD).rows(0, 40..60);
        assert!(rows.iter().all(|row| (40..60).contains(row)));
        assert_ne!(rows, (40..60).collect::<Vec<_>>());
        let rows = Order::new(Philox::new(3), 10_000, Access::Near { block: 100, window: 500 }).rows(0, 0..500);
        let mut begun: Vec<i64> = rows.clone();
        begun.sort_unstable();
        let gaps = begun.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
        assert!(gaps <= 5, "five blocks, and one that goes round the end");
        let told = Order::new(Philox::new(3), 10_000, Access::Near { block: 100, window: 500 }).neighbours(0, 0);
        assert!(rows.iter().filter(|row| told.iter().any(|range| range.contains(&(**row as usize)))).count() > 400);
        assert_eq!(told.len(), 5);
    }

    #[test]
    fn samples_left_over_differ_between_epochs() {
        let mut order = Order::new(Philox::new(3), 104, Access::Near { block: 7, window: 21 });
        let mut last: Vec<Vec<i64>> = (0..4).map(|epoch| order.rows(epoch, 98..104)).collect();
        last.iter_mut().for_each(|rows| rows.sort_unstable());
        last.dedup();
        assert!(last.len() > 1);
    }
}

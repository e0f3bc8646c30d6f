//! Sequences that are computed a place at a time.

use std::ops::Range;

use super::executor::{enough, locked};
use super::{reorder, Executor, Memory, Work};
use crate::base::memory::zeros;
use crate::base::pool;
use crate::base::slice::Shares;
use crate::error::Result;

/// State of sequences that are computed a place at a time.
pub struct Walk {
    count: usize,
    // Sequences that there is memory for.
    room: usize,
    // What layers keep of the places before.
    kept: Vec<f32>,
    sources: Sources,
}

/// What a decoder sees of the source of each sequence, see [`Memory`].
#[derive(Default)]
pub struct Sources {
    /// Keys and values, `[count, sources, width]`.
    pub states: Vec<f32>,
    /// Values of a place.
    pub width: usize,
    /// First place of the document of each place, `[count, sources]`.
    pub starts: Vec<f32>,
    /// First place of the source that each sequence sees, `[count]`.
    pub seen: Vec<f32>,
}

impl Sources {
    // What some of the sequences see, of all that there is room for.
    fn of(&self, sequences: &Range<usize>, room: usize) -> Memory<'_> {
        let part = |size: usize| sequences.start * size / room.max(1)..sequences.end * size / room.max(1);
        Memory {
            states: &self.states[part(self.states.len())],
            width: self.width,
            starts: &self.starts[part(self.starts.len())],
            seen: &self.seen[part(self.seen.len())],
            slopes: None,
        }
    }
}

impl Executor {
    /// Number of values that a walk keeps of a sequence.
    pub fn kept_of_one(&self) -> usize {
        self.plan.kept(1)
    }

    /// Creates the state of `count` sequences and what they see of their sources, for [`Executor::step`] of a network with one
    /// place.
    pub fn walk(&self, count: usize, sources: Sources) -> Walk {
        Walk {
            count,
            room: count,
            kept: zeros(self.plan.kept(count)),
            sources,
        }
    }

    /// Continues each sequence of a walk from the places of the sequence `from`, which has the same source.
    pub fn reorder(&self, walk: &mut Walk, from: &[usize]) {
        self.plan.reorder(&mut walk.kept, from);
    }

    /// Removes a sequence from a walk; the last one takes its number.
    pub fn remove(&self, walk: &mut Walk, sequence: usize) {
        let Some(last) = walk.count.checked_sub(1) else { return };
        let mut from: Vec<usize> = (0..walk.room).collect();
        from[sequence] = last;
        self.plan.reorder(&mut walk.kept, &from);
        let Sources { states, starts, seen, .. } = &mut walk.sources;
        [states, starts, seen].into_iter().for_each(|values| reorder(values, &from));
        walk.count = last;
    }

    /// Computes one place of each sequence of a walk: its outputs `y`, from its inputs `x` and from what layers kept of the
    /// places before. Place 0 starts new sequences.
    ///
    /// # Shapes
    /// `weights` is the network's flat buffer, `x` is `[count, ...input]`, `y` is `[count, ...output]`.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if a thread fails.
    pub fn step(&self, weights: &[f32], (walk, place): (&mut Walk, usize), x: &[f32], y: &mut [f32]) -> Result<()> {
        let Walk { count, room, kept, sources } = walk;
        let (count, room) = (*count, *room);
        let (inputs, outputs) = (x.len() / count.max(1), y.len() / count.max(1));
        let (kept, y, buffers) = (Shares::new(kept), Shares::new(y), Shares::new(&mut []));
        let mut working = locked(&self.memory);
        let threads = self.threads.min(count);
        // A place is short: each thread computes sequences of its own and waits for no other.
        let most = count.div_ceil(threads.max(1));
        let size = self.plan.scratch(most, 1);
        let scratch = enough(&mut working.scratch, threads * size);
        pool::run(threads, &|worker| {
            let own = worker.share(count);
            let work = Work {
                worker: worker.alone(),
                count: own.len(),
                room,
                first: own.start,
                weights,
                buffers: &buffers,
                given: &[],
                memory: sources.of(&own, room),
                noise: &[],
                training: false,
                at: None,
                curves: None,
                place,
                kept: &kept,
                scratch: &scratch.narrow(worker.index * size..(worker.index + 1) * size),
            };
            let of = |size: usize| own.start * size..own.end * size;
            self.plan.forward(&work, &x[of(inputs)], &y.narrow(of(outputs)));
        })
    }
}

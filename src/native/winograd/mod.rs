//! Convolutions of few taps as fewer products, see [`minimal`].
//!
//! A convolution of stride 2 is a sum over the four phases of the larger image, each of stride 1 and with half the taps: of
//! 4x4 taps, 36 products make four results in place of 64. Pairs of results along both axes are a tile. For each of its
//! components, a matrix multiply adds up the channels of all tiles.
//!
//! Components are matrices with a row for each tile; threads split the tiles, and the channels of a gradient of weights.

mod compare;
mod minimal;
mod patches;

use std::ops::Range;

use minimal::LANES;
use patches::{filter, input, of_taps, output, pair, Pixels, Place, ZEROS};

use super::gemm::{multiply, Matrix, Out};
use super::windows::Windows;
use super::Work;
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Values of all components of the tiles that are computed at a time, 4 MB, but not fewer tiles than an efficient product needs.
const BLOCK: usize = 1 << 20;
const FEWEST: usize = 192;
/// Number of tiles of a batch from which on the transforms of the weights cost less than what they save.
const WORTH: usize = 256;
/// Share of products from which on they outweigh the transforms.
const SAVED: f64 = 1.5;
/// Number of channels from which on the products are larger than the transforms.
const CHANNELS: usize = 16;

/// Geometry of a convolution with 4x4 taps and stride 2, or 3x3 taps and stride 1, and padding of 1.
#[derive(Clone, Copy)]
pub struct Winograd {
    windows: Windows,
    // Stride, and taps of a phase along an axis.
    phases: usize,
    taps: usize,
}

impl Winograd {
    /// The geometry, if these windows have it.
    pub fn of(windows: &Windows) -> Option<Self> {
        let [kernel, stride, size, grid] = [windows.kernel, windows.stride, windows.size, windows.grid];
        let (phases, taps) = match (kernel, stride) {
            ([1, 4, 4], [1, 2, 2]) => (2, 2),
            ([1, 3, 3], [1, 1, 1]) => (1, 3),
            _ => return None,
        };
        let fits = size[0] == 1
            && windows.padding == [0, 1, 1]
            && size[1..].iter().eq([grid[1] * phases, grid[2] * phases].iter());
        let many = [windows.channels, windows.others]
            .iter()
            .all(|channels| (CHANNELS..=ZEROS.len()).contains(channels) && channels % LANES == 0);
        let fewer = Winograd { windows: *windows, phases, taps };
        (fits && many && fewer.saved() >= SAVED).then_some(fewer)
    }

    // Products of the direct way over those of this one: tiles at the edge of an odd image are half empty.
    fn saved(&self) -> f64 {
        let direct = self.windows.pixels() * self.windows.kernel.iter().product::<usize>();
        direct as f64 / (self.per_sample() * self.components() * self.phases * self.phases) as f64
    }

    /// True if it is faster than the direct product for `count` samples.
    pub fn pays(&self, count: usize) -> bool {
        count * self.per_sample() >= WORTH
    }

    // Components of a tile.
    fn components(&self) -> usize {
        (self.taps + 1).pow(2)
    }

    // Columns of a tile of the larger image: the channels of all phases.
    fn columns(&self) -> usize {
        self.phases * self.phases * self.windows.channels
    }

    fn tiles(&self) -> [usize; 2] {
        [self.windows.grid[1].div_ceil(2), self.windows.grid[2].div_ceil(2)]
    }

    fn per_sample(&self) -> usize {
        self.tiles().iter().product()
    }

    // Maximum number of tiles of a block.
    fn most(&self, count: usize, threads: usize) -> usize {
        let width = self.components() * (self.columns() + self.windows.others);
        (BLOCK / width).max(FEWEST).min(count.div_ceil(threads) * self.per_sample())
    }

    fn weights(&self) -> usize {
        self.components() * self.columns() * self.windows.others
    }

    /// Working values of any of the passes.
    pub fn scratch(&self, count: usize, threads: usize) -> usize {
        self.weights() + self.windows.weights() + threads * self.own(count, threads)
    }

    fn own(&self, count: usize, threads: usize) -> usize {
        self.most(count, threads) * self.components() * (self.columns() + self.windows.others)
    }

    // The transformed weights, or their gradient, and the thread's own memory for components of tiles.
    fn places<'a>(&self, work: &Work<'a>) -> (Shares<'a>, &'a mut [f32]) {
        let size = self.own(work.count, work.worker.count);
        let first = self.weights() + self.windows.weights() + work.worker.index * size;
        // SAFETY: threads' memory does not overlap.
        (work.scratch.narrow(0..self.weights()), unsafe { work.scratch.part(first..first + size) })
    }

    // The thread's tiles in blocks of nearly equal size.
    fn blocks(&self, tiles: Range<usize>, work: &Work) -> impl Iterator<Item = Range<usize>> {
        let (first, len) = (tiles.start, tiles.len());
        let blocks = len.div_ceil(self.most(work.count, work.worker.count).max(1));
        (0..blocks).map(move |i| first + len * i / blocks..first + len * (i + 1) / blocks)
    }

    // Sample, row and column of a tile.
    fn tile(&self, tile: usize) -> (usize, [usize; 2]) {
        let ([_, width], place) = (self.tiles(), tile % self.per_sample());
        (tile / self.per_sample(), [place / width, place % width])
    }

    // The two pixels along each axis of the smaller image that a tile makes.
    fn small(&self, [row, column]: [usize; 2]) -> Pixels {
        Pixels {
            height: self.windows.grid[1],
            width: self.windows.grid[2],
            channels: self.windows.others,
            step: 1,
            origin: [2 * row as isize, 2 * column as isize],
        }
    }

    // The pixels of a phase of the larger image that a tile of the smaller one sees.
    fn seen(&self, [row, column]: [usize; 2], phase: usize) -> Pixels {
        let origin = |tile: usize, phase: usize| (2 * tile * self.phases + phase) as isize - 1;
        self.large([origin(row, phase / self.phases), origin(column, phase % self.phases)])
    }

    fn large(&self, origin: [isize; 2]) -> Pixels {
        Pixels {
            height: self.windows.size[1],
            width: self.windows.size[2],
            channels: self.windows.channels,
            step: self.phases,
            origin,
        }
    }

    // The two pixels along each axis of a phase of the larger image that a tile makes, and what it sees of the smaller one.
    fn spread(&self, [row, column]: [usize; 2], phase: usize) -> (Pixels, Pixels) {
        // Pixel `phases * u + phase - 1` is inside from this u on.
        let first = |phase: usize| 1usize.saturating_sub(phase).div_ceil(self.phases);
        let [rows, columns] = [(row, phase / self.phases), (column, phase % self.phases)];
        let u = |(tile, phase): (usize, usize)| first(phase) + 2 * tile;
        let made = |axis: (usize, usize)| (self.phases * u(axis) + axis.1) as isize - 1;
        let seen = |axis: (usize, usize)| u(axis) as isize - (self.taps as isize - 1);
        let small = Pixels { origin: [seen(rows), seen(columns)], ..self.small([0, 0]) };
        (self.large([made(rows), made(columns)]), small)
    }

    /// Convolution of the larger images `x`; adds the bias, unless it is empty, and applies `then`.
    pub fn narrow(&self, work: &Work, x: &[f32], y: &Shares, (bias, then): (&[f32], Option<&Activation>)) {
        let (transformed, own) = self.places(work);
        let (columns, others) = (self.columns(), self.windows.others);
        let turned = self.turned(work);
        for row in work.worker.share(columns) {
            let (phase, channel) = (row / self.windows.channels, row % self.windows.channels);
            let tap = |a, b| &turned[(self.tap(phase, a, b) * self.windows.channels + channel) * others..][..others];
            self.filter(tap, &transformed, Place { first: row * others, stride: columns * others });
        }
        work.worker.wait();
        // SAFETY: all threads have written their parts and write no more.
        let weights = unsafe { transformed.whole() };
        for block in self.blocks(self.own_tiles(work), work) {
            let tiles = block.len();
            let [seen, made] = self.components_of(own, tiles, [columns, others]);
            for (row, tile) in block.clone().enumerate() {
                self.see(x, tile, 0..columns, seen, self.row(row, columns));
            }
            self.products(seen, weights, made, [tiles, columns, others]);
            for (row, tile) in block.enumerate() {
                let (sample, at) = self.tile(tile);
                let size = self.windows.pixels() * others;
                // SAFETY: the thread's own samples.
                let y = unsafe { y.part(sample * size..(sample + 1) * size) };
                let place = self.row(row, others);
                output(self.taps, (made, place), y, self.small(at), bias);
            }
        }
        finish(work, y, then);
    }

    /// Adjoint of [`Winograd::narrow`]: maps the smaller images `x` to the larger ones.
    pub fn widen(&self, work: &Work, x: &[f32], y: &Shares, (bias, then): (&[f32], Option<&Activation>)) {
        let (transformed, own) = self.places(work);
        let (channels, others, last) = (self.windows.channels, self.windows.others, self.taps - 1);
        let size = self.components() * others * channels;
        for other in work.worker.share(others) {
            let from = &work.weights[other * self.windows.width()..][..self.windows.width()];
            for phase in 0..self.phases * self.phases {
                // The filters are reversed.
                let tap = |a, b| &from[self.tap(phase, last - a, last - b) * channels..][..channels];
                let place = Place {
                    first: phase * size + other * channels,
                    stride: others * channels,
                };
                self.filter(tap, &transformed, place);
            }
        }
        work.worker.wait();
        // SAFETY: all threads have written their parts and write no more.
        let weights = unsafe { transformed.whole() };
        let (small, large) = (self.windows.pixels() * others, self.windows.picture());
        for block in self.blocks(self.own_tiles(work), work) {
            let tiles = block.len();
            let [seen, made] = self.components_of(own, tiles, [others, channels]);
            for phase in 0..self.phases * self.phases {
                for (row, tile) in block.clone().enumerate() {
                    let (sample, at) = self.tile(tile);
                    let x = &x[sample * small..(sample + 1) * small];
                    let place = self.row(row, others);
                    input(self.taps, (x, self.spread(at, phase).1, 0..others), seen, place);
                }
                self.products(seen, &weights[phase * size..], made, [tiles, others, channels]);
                for (row, tile) in block.clone().enumerate() {
                    let (sample, at) = self.tile(tile);
                    // SAFETY: the thread's own samples.
                    let y = unsafe { y.part(sample * large..(sample + 1) * large) };
                    let place = self.row(row, channels);
                    output(self.taps, (made, place), y, self.spread(at, phase).0, bias);
                }
            }
        }
        finish(work, y, then);
    }

    /// Gradient of the weights, from the larger images and the gradient of the smaller ones, or from the gradient of the
    /// larger ones and the smaller ones; with `add` it is added to `weights`.
    ///
    /// Threads split the channels of the larger images, so that there is nothing to sum.
    pub fn gradient(&self, work: &Work, (large, small): (&[f32], &[f32]), (weights, add): (&Shares, bool)) {
        let (sums, own) = self.places(work);
        let (columns, others, channels) = (self.columns(), self.windows.others, self.windows.channels);
        let share = work.worker.share(columns / LANES);
        let mine = share.start * LANES..share.end * LANES;
        let mut begun = false;
        for block in self.blocks(0..work.count * self.per_sample(), work) {
            let (tiles, width) = (block.len(), mine.len());
            let [seen, made] = self.components_of(own, tiles, [width, others]);
            for (row, tile) in block.enumerate() {
                let (sample, at) = self.tile(tile);
                let size = self.windows.pixels() * others;
                let small = &small[sample * size..(sample + 1) * size];
                self.see(large, tile, mine.clone(), seen, self.row(row, width));
                pair(self.taps, small, self.small(at), made, self.row(row, others));
            }
            for component in 0..self.components() {
                let seen = self.component(seen, component, tiles, width);
                let made = self.component(made, component, tiles, others);
                let memory = sums.narrow(component * others * columns..(component + 1) * others * columns);
                let out = Out {
                    memory: &memory,
                    width: columns,
                    row: 0,
                    columns: mine.clone(),
                };
                // SAFETY: the thread's own columns.
                unsafe { multiply(made.turned(), seen, out, begun) };
            }
            begun = true;
        }
        for other in 0..others {
            for phase in 0..self.phases * self.phases {
                let own = mine.start.max(phase * channels)..mine.end.min((phase + 1) * channels);
                if own.is_empty() {
                    continue;
                }
                let place = Place { first: other * columns + own.start, stride: others * columns };
                let first = other * self.windows.width() + own.start - phase * channels;
                // SAFETY: the thread's own columns.
                let from: [&[f32]; 16] =
                    std::array::from_fn(|i| unsafe { &*sums.part(place.of(i)..place.of(i) + own.len()) });
                let mut to: [&mut [f32]; 9] = std::array::from_fn(|i| {
                    let (a, b) = (i / self.taps, i % self.taps);
                    let first = first + self.tap(phase, a, b) * channels;
                    // SAFETY: as above.
                    unsafe { weights.part(first..first + if a < self.taps { own.len() } else { 0 }) }
                });
                of_taps(self.taps, &from, &mut to, add);
            }
        }
    }

    // Index of a tap of a phase among all taps of a window.
    fn tap(&self, phase: usize, a: usize, b: usize) -> usize {
        let (row, column) = (self.phases * a + phase / self.phases, self.phases * b + phase % self.phases);
        row * self.windows.kernel[2] + column
    }

    // The transpose of the weights, `[...kernel, channels, others]`.
    fn turned<'a>(&self, work: &Work<'a>) -> &'a [f32] {
        let first = self.weights();
        self.windows.turned(work, first);
        // SAFETY: all threads have written their parts and write no more.
        unsafe { work.scratch.narrow(first..first + self.windows.weights()).whole() }
    }

    // Transforms a filter; no other thread transforms it.
    fn filter<'a>(&self, tap: impl Fn(usize, usize) -> &'a [f32], to: &Shares, place: Place) {
        let taps = self.taps * self.taps;
        let from: [&[f32]; 9] = std::array::from_fn(|i| if i < taps { tap(i / self.taps, i % self.taps) } else { &[] });
        // SAFETY: the places of filters do not overlap.
        let mut to: [&mut [f32]; 16] = std::array::from_fn(|i| unsafe {
            to.part(place.of(i)..place.of(i) + if i < self.components() { from[0].len() } else { 0 })
        });
        filter(self.taps, &from, &mut to);
    }

    // Transforms some columns of what a tile sees of the larger image.
    fn see(&self, images: &[f32], tile: usize, columns: Range<usize>, to: &mut [f32], place: Place) {
        let (sample, at) = self.tile(tile);
        let (size, channels) = (self.windows.picture(), self.windows.channels);
        let image = &images[sample * size..(sample + 1) * size];
        for phase in 0..self.phases * self.phases {
            let own = columns.start.max(phase * channels)..columns.end.min((phase + 1) * channels);
            if !own.is_empty() {
                let place = Place { first: place.first + own.start - columns.start, ..place };
                let channels = own.start - phase * channels..own.end - phase * channels;
                input(self.taps, (image, self.seen(at, phase), channels), to, place);
            }
        }
    }

    fn own_tiles(&self, work: &Work) -> Range<usize> {
        let samples = work.worker.share(work.count);
        samples.start * self.per_sample()..samples.end * self.per_sample()
    }

    // Memory for the components of tiles of two widths.
    fn components_of<'a>(&self, own: &'a mut [f32], tiles: usize, widths: [usize; 2]) -> [&'a mut [f32]; 2] {
        let [a, b] = widths.map(|width| self.components() * tiles * width);
        let (a, rest) = own.split_at_mut(a);
        [a, &mut rest[..b]]
    }

    // Place of the components of a tile.
    fn row(&self, row: usize, width: usize) -> Place {
        Place { first: row * self.components() * width, stride: width }
    }

    // A component of all tiles.
    fn component<'a>(&self, values: &'a [f32], component: usize, tiles: usize, width: usize) -> Matrix<'a> {
        Matrix::spaced(&values[component * width..], tiles, width, self.components() * width)
    }

    // A product for each component.
    fn products(&self, seen: &[f32], weights: &[f32], made: &mut [f32], [tiles, from, to]: [usize; 3]) {
        let memory = Shares::new(made);
        for component in 0..self.components() {
            let b = Matrix::new(&weights[component * from * to..], from, to);
            let out = Out {
                memory: &memory,
                width: self.components() * to,
                row: 0,
                columns: component * to..(component + 1) * to,
            };
            // SAFETY: the memory is borrowed here alone.
            unsafe { multiply(self.component(seen, component, tiles, from), b, out, false) };
        }
    }
}

// Applies an activation to the thread's own samples.
fn finish(work: &Work, y: &Shares, then: Option<&Activation>) {
    if let Some(activation) = then {
        let (own, size) = (work.worker.share(work.count), y.len() / work.count.max(1));
        // SAFETY: threads' samples do not overlap.
        activation.apply(unsafe { y.part(own.start * size..own.end * size) });
    }
}

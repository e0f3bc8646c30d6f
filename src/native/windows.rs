//! Im2col in one to three dimensions: windows of images as rows, so that convolution and its adjoint are matrix
//! multiplies (Chellapilla et al., "High Performance Convolutional Neural Networks for Document Processing", 2006).
//!
//! Threads split the samples. Each processes its windows in blocks whose rows fit in its cache.

use std::ops::Range;

use super::gemm::{multiply, Matrix, Out};
use super::{Sides, Work};
use crate::base::math::wide;
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Values per block of rows, 2 MB. Smaller blocks would fit in a faster cache, but the overhead of one matrix multiply
/// per block would outweigh this gain.
const BLOCK: usize = 1 << 19;
/// Minimum number of rows for an efficient matrix multiply.
const FEWEST: usize = 512;
/// Rows transposed at once, whose cache lines stay in the L1 cache.
const TILE: usize = 16;

/// Geometry of windows on an image and of the image of their results.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    /// Channels of the larger image.
    pub channels: usize,
    /// Depth, height and width of the larger image.
    pub size: Sides,
    /// Depth, height and width of a window.
    pub kernel: Sides,
    /// Strides in pixels.
    pub stride: Sides,
    /// Zero padding.
    pub padding: Sides,
    /// Number of windows along each axis: the size of the smaller image.
    pub grid: Sides,
    /// Channels of the smaller image.
    pub others: usize,
}

/// Consecutive windows of one sample.
pub struct Piece {
    /// Index of the sample.
    pub sample: usize,
    /// Its windows.
    pub windows: Range<usize>,
    /// First row in the block.
    pub row: usize,
}

impl Windows {
    /// Values per window.
    pub fn width(&self) -> usize {
        self.kernel.iter().product::<usize>() * self.channels
    }

    /// Windows per image.
    pub fn pixels(&self) -> usize {
        self.grid.iter().product()
    }

    /// Values per image.
    pub fn picture(&self) -> usize {
        self.size.iter().product::<usize>() * self.channels
    }

    /// Number of weights, `[others, ...kernel, channels]`.
    pub fn weights(&self) -> usize {
        self.others * self.width()
    }

    // Maximum number of windows per block.
    fn most(&self) -> usize {
        (BLOCK / self.width()).max(FEWEST)
    }

    /// Scratch values for one thread's rows.
    pub fn rows(&self, count: usize, threads: usize) -> usize {
        self.most().min(count.div_ceil(threads) * self.pixels()) * self.width()
    }

    /// The thread's memory for rows.
    pub fn own_rows<'a>(&self, work: &Work<'a>) -> Shares<'a> {
        let size = self.rows(work.count, work.worker.count);
        work.scratch.narrow(work.worker.index * size..(work.worker.index + 1) * size)
    }

    /// The transpose of the weights, `[...kernel, channels, others]`, in the scratch memory from `first` on, which
    /// makes the matrix multiply a fifth faster. Waits for all threads.
    pub fn turned<'a>(&self, work: &Work<'a>, first: usize) -> Matrix<'a> {
        let (width, others) = (self.width(), self.others);
        let memory = work.scratch.narrow(first..first + width * others);
        let own = work.worker.share(width);
        // SAFETY: threads' rows do not overlap.
        let to = unsafe { memory.part(own.start * others..own.end * others) };
        for (i, to) in to.chunks_mut(TILE * others).enumerate() {
            let first = own.start + i * TILE;
            for (other, from) in work.weights[..width * others].chunks_exact(width).enumerate() {
                let from = &from[first..];
                to.chunks_exact_mut(others).zip(from).for_each(|(to, from)| to[other] = *from);
            }
        }
        work.worker.wait();
        // SAFETY: all threads have written their parts and write no more.
        Matrix::new(unsafe { memory.whole() }, width, others)
    }

    /// The thread's windows in blocks of nearly equal size.
    pub fn blocks(&self, work: &Work) -> impl Iterator<Item = Range<usize>> {
        let own = work.worker.share(work.count);
        let (first, len) = (own.start * self.pixels(), own.len() * self.pixels());
        let blocks = len.div_ceil(self.most());
        (0..blocks).map(move |i| first + len * i / blocks..first + len * (i + 1) / blocks)
    }

    /// Splits a block by sample.
    pub fn pieces(&self, block: Range<usize>) -> impl Iterator<Item = Piece> {
        let pixels = self.pixels();
        let samples = block.start / pixels..block.end.div_ceil(pixels);
        samples.map(move |sample| {
            let first = sample * pixels;
            let (start, end) = (block.start.max(first), block.end.min(first + pixels));
            Piece {
                sample,
                windows: start - first..end - first,
                row: start - block.start,
            }
        })
    }

    /// Gathers the windows of a block as the rows of a matrix in `rows`.
    ///
    /// # Safety
    /// No other thread may use `rows`, and the matrix is invalid after the next call.
    pub unsafe fn gather<'a>(&self, pictures: &[f32], block: Range<usize>, rows: &Shares<'a>) -> Matrix<'a> {
        let (len, width) = (block.len(), self.width());
        for Piece { sample, windows, row } in self.pieces(block) {
            // SAFETY: the caller guarantees exclusive access.
            let rows = unsafe { rows.part(row * width..(row + windows.len()) * width) };
            gather(self, &pictures[sample * self.picture()..][..self.picture()], windows, rows);
        }
        // SAFETY: as above; the parts are no longer in use.
        Matrix::new(unsafe { rows.whole() }, len, width)
    }

    /// Adjoint of a convolution: maps `small` `[windows, others]` to images; each thread writes its own samples.
    pub fn spread(&self, work: &Work, small: &[f32], pictures: &Shares, (bias, then): (&[f32], Option<&Activation>)) {
        let (width, others, picture) = (self.width(), self.others, self.picture());
        let weight = Matrix::new(work.weights, others, width);
        let rows = self.own_rows(work);
        for block in self.blocks(work) {
            let from = &small[block.start * others..block.end * others];
            let out = Out { memory: &rows, width, row: 0, columns: 0..width };
            // SAFETY: the thread's own rows.
            unsafe { multiply(Matrix::new(from, block.len(), others), weight, out, false) };
            for Piece { sample, windows, row } in self.pieces(block) {
                // SAFETY: the thread's own samples; nothing writes to the rows.
                let (to, rows) = unsafe { (pictures.part(sample * picture..(sample + 1) * picture), rows.whole()) };
                if windows.start == 0 {
                    match bias.is_empty() {
                        true => to.fill(0.0),
                        false => to.chunks_exact_mut(bias.len()).for_each(|pixel| pixel.copy_from_slice(bias)),
                    }
                }
                let last = windows.end == self.pixels();
                scatter(self, &rows[row * width..(row + windows.len()) * width], windows, to);
                if let (Some(activation), true) = (then, last) {
                    activation.apply(to);
                }
            }
        }
    }

    // Calls `each` with the offsets of a window's line in the row and in the image.
    #[inline(always)]
    fn lines<const FLAT: bool>(&self, windows: Range<usize>, mut each: impl FnMut(usize, Line)) {
        let (channels, kernel) = (self.channels, self.kernel.map(|side| side as isize));
        let [depth, height, width] = self.size.map(|side| side as isize);
        let mut row = windows.start / self.grid[2];
        let mut column = windows.start % self.grid[2];
        let first = |axis: usize, place: usize| (place * self.stride[axis]) as isize - self.padding[axis] as isize;
        let corner = |row: usize| [first(0, row / self.grid[1]), first(1, row % self.grid[1])];
        let [mut front, mut top] = corner(row);
        let mut at = 0;
        for _ in windows {
            let left = first(2, column);
            let whole = left >= 0 && left + kernel[2] <= width;
            for z in if FLAT { 0..1 } else { front..front + kernel[0] } {
                let height = if FLAT || z >= 0 && z < depth { height } else { 0 };
                let plane = z * height * width;
                for y in top..top + kernel[1] {
                    let line = if y < 0 || y >= height {
                        Line::Outside
                    } else if whole {
                        Line::Inside((plane + y * width + left) as usize * channels)
                    } else {
                        let (first, last) = ((-left).clamp(0, kernel[2]), (width - left).clamp(0, kernel[2]));
                        Line::Across {
                            from: (plane + y * width + left.clamp(0, width)) as usize * channels,
                            part: first as usize * channels..last.max(first) as usize * channels,
                        }
                    };
                    each(at, line);
                    at += self.line();
                }
            }
            column += 1;
            if column == self.grid[2] {
                (row, column) = (row + 1, 0);
                [front, top] = corner(row);
            }
        }
    }

    // True if every window lies in the only plane.
    fn flat(&self) -> bool {
        self.size[0] + 2 * self.padding[0] == 1
    }

    // Values per line of a window.
    #[inline(always)]
    fn line(&self) -> usize {
        self.kernel[2] * self.channels
    }
}

// A line of a window: its offset in the image, and the range that lies within the image.
enum Line {
    Outside,
    Inside(usize),
    Across { from: usize, part: Range<usize> },
}

// `LEN` is the length of a line if it is short, else 0; `FLAT` is true for images of one plane.
#[inline(always)]
fn gather_lines<const LEN: usize, const FLAT: bool>(
    windows: &Windows,
    picture: &[f32],
    range: Range<usize>,
    rows: &mut [f32],
) {
    let len = if LEN == 0 { windows.line() } else { LEN };
    windows.lines::<FLAT>(range, |at, line| {
        let to = &mut rows[at..at + len];
        match line {
            Line::Outside => to.fill(0.0),
            Line::Inside(from) => to.copy_from_slice(&picture[from..from + len]),
            Line::Across { from, part } => {
                to.fill(0.0);
                let n = part.len();
                to[part].copy_from_slice(&picture[from..from + n]);
            }
        }
    });
}

#[inline(always)]
fn scatter_lines<const LEN: usize, const FLAT: bool>(
    windows: &Windows,
    rows: &[f32],
    range: Range<usize>,
    picture: &mut [f32],
) {
    let len = if LEN == 0 { windows.line() } else { LEN };
    windows.lines::<FLAT>(range, |at, line| {
        let from = &rows[at..at + len];
        match line {
            Line::Outside => {}
            Line::Inside(to) => add(&mut picture[to..to + len], from),
            Line::Across { from: to, part } => add(&mut picture[to..to + part.len()], &from[part]),
        }
    });
}

#[inline(always)]
fn add(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

wide! {
    fn gather(windows: &Windows, picture: &[f32], range: Range<usize>, rows: &mut [f32]) {
        match windows.line() {
            3 if windows.flat() => gather_lines::<3, true>(windows, picture, range, rows),
            4 if windows.flat() => gather_lines::<4, true>(windows, picture, range, rows),
            9 if windows.flat() => gather_lines::<9, true>(windows, picture, range, rows),
            12 if windows.flat() => gather_lines::<12, true>(windows, picture, range, rows),
            _ if windows.flat() => gather_lines::<0, true>(windows, picture, range, rows),
            _ => gather_lines::<0, false>(windows, picture, range, rows),
        }
    }
    fn scatter(windows: &Windows, rows: &[f32], range: Range<usize>, picture: &mut [f32]) {
        match windows.line() {
            3 if windows.flat() => scatter_lines::<3, true>(windows, rows, range, picture),
            4 if windows.flat() => scatter_lines::<4, true>(windows, rows, range, picture),
            9 if windows.flat() => scatter_lines::<9, true>(windows, rows, range, picture),
            12 if windows.flat() => scatter_lines::<12, true>(windows, rows, range, picture),
            _ if windows.flat() => scatter_lines::<0, true>(windows, rows, range, picture),
            _ => scatter_lines::<0, false>(windows, rows, range, picture),
        }
    }
}

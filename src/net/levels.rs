//! Resolutions of a convolutional network, from the picture's down.

/// A picture this large on its longer side is not halved any more.
const SMALLEST: i64 = 7;

/// Height and width after each halving, rounded up, the picture's own first: until the longer side is at most 7, but at
/// most `most` times.
pub(super) fn halved(size: [i64; 2], most: usize) -> Vec<[i64; 2]> {
    let mut sizes = vec![size];
    while let Some(&[height, width]) = sizes.last().filter(|size| size[0].max(size[1]) > SMALLEST) {
        if sizes.len() > most {
            break;
        }
        sizes.push([(height + 1) / 2, (width + 1) / 2]);
    }
    sizes
}

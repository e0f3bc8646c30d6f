//! Documents within a window.

use std::ops::Range;

/// The places of each document of a window of this many places, in order; `starts` has the same value at all places of a
/// document, and is empty if there is only one.
pub fn documents(starts: &[f32], places: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut first = 0;
    std::iter::from_fn(move || {
        let range = first..end(starts, first).unwrap_or(places);
        first = range.end;
        (!range.is_empty()).then_some(range)
    })
}

/// The place after the document that begins at `first`; `None` if `starts` does not reach it.
pub fn end(starts: &[f32], first: usize) -> Option<usize> {
    let start = starts.get(first)?;
    Some(starts[first..].iter().position(|other| other != start).map_or(starts.len(), |len| first + len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_runs_of_one_start() {
        let found: Vec<_> = documents(&[0.0, 0.0, 2.0, 3.0, 3.0], 5).collect();
        assert_eq!(found, [0..2, 2..3, 3..5]);
        assert!(documents(&[], 4).eq(std::iter::once(0..4)));
        assert_eq!(documents(&[], 0).count(), 0);
    }
}

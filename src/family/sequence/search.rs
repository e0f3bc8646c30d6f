//! Beam search: the most likely text of each source.

use super::draft::Finish;
use super::writer::Writer;
use crate::base::pool::Alone;
use crate::error::{Error, Result};

/// A text that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its tokens, without the end.
    pub tokens: Vec<u32>,
    /// Natural logarithm of its probability.
    pub score: f64,
    /// Why it ended.
    pub finish: Finish,
}

/// Settings of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// Number of texts of each source that are continued at a time.
    pub beam: usize,
    /// Maximum number of tokens.
    pub most: usize,
    /// Texts are compared by their score divided by this power of their number of tokens, the end included.
    pub length_penalty: f64,
}

// Texts of one source.
#[derive(Default)]
struct Beam {
    open: Vec<(Vec<u32>, f64)>,
    done: Vec<Found>,
}

impl Search {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first that is out of range.
    pub fn check(&self) -> Result<()> {
        if self.beam == 0 {
            return Err(Error::parameter("beam", "must be at least 1", 0));
        }
        if !(self.length_penalty >= 0.0 && self.length_penalty.is_finite()) {
            return Err(Error::parameter("length_penalty", "must be at least 0 and finite", self.length_penalty));
        }
        Ok(())
    }

    fn worth(&self, score: f64, tokens: usize) -> f64 {
        score / (tokens as f64).powf(self.length_penalty)
    }

    // The open texts continued by one token, best first: the number of the text, the token, the score.
    fn next(&self, beam: &Beam, logits: &[&[f32]]) -> Vec<(usize, u32, f64)> {
        let mut next: Vec<(usize, u32, f64)> = Vec::new();
        for (i, ((_, score), logits)) in beam.open.iter().zip(logits).enumerate() {
            let total = log_sum(logits);
            // Beside the end, as many as can stay open.
            let best = largest(logits, self.beam + 1);
            next.extend(best.into_iter().map(|token| (i, token as u32, score + f64::from(logits[token]) - total)));
        }
        next.sort_by(|a, b| b.2.total_cmp(&a.2));
        next
    }

    // Ends or continues texts; returns for each that stays open the number of the one that it continues.
    fn advance(&self, beam: &mut Beam, logits: &[&[f32]], end: u32) -> Vec<usize> {
        let (mut open, mut from) = (Vec::new(), Vec::new());
        for (i, token, score) in self.next(beam, logits) {
            let mut tokens = beam.open[i].0.clone();
            if token == end {
                beam.done.push(Found { tokens, score, finish: Finish::End });
            } else {
                tokens.push(token);
                open.push((tokens, score));
                from.push(i);
            }
            if open.len() == self.beam {
                break;
            }
        }
        beam.open = open;
        beam.done.sort_by(|a, b| self.of(b).total_cmp(&self.of(a)));
        beam.done.truncate(self.beam);
        // With a penalty, an open text may still become worth more, if all its further tokens are likely: this is an estimate.
        let hope = beam.open.first().map(|(tokens, score)| self.worth(*score, tokens.len() + 1));
        let worst = beam.done.last().map(|found| self.of(found));
        let no_hope = hope.is_some_and(|hope| worst.is_some_and(|worst| hope <= worst));
        // One text at a time takes the likeliest token, which may be the end.
        if beam.done.len() == self.beam && (no_hope || self.beam == 1) {
            beam.open.clear();
        }
        from
    }

    fn of(&self, found: &Found) -> f64 {
        let tokens = found.tokens.len() + usize::from(found.finish == Finish::End);
        self.worth(found.score, tokens.max(1))
    }
}

impl Writer {
    /// The text of each source with the highest score that the search finds.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a setting is out of range.
    pub fn search(&self, sources: &[Vec<u32>], search: Search) -> Result<Vec<Found>> {
        search.check()?;
        let _alone = Alone::begin();
        let (end, outputs, width) = (self.language.end(), self.language.outputs() as usize, search.beam);
        let mut walk = self.steps.walk(sources.len() * width, self.read(sources, width)?);
        let mut beams: Vec<Beam> =
            sources.iter().map(|_| Beam { open: vec![(vec![], 0.0)], ..Beam::default() }).collect();
        let mut logits = vec![0f32; sources.len() * width * outputs];
        for place in 0..search.most.min(self.context) {
            let last = |beam: &Beam, i: usize| beam.open.get(i).and_then(|(tokens, _)| tokens.last()).copied();
            let each = beams.iter().flat_map(|beam| (0..width).map(move |i| last(beam, i).unwrap_or(end) as f32));
            let x: Vec<f32> = each.collect();
            self.steps.step(&self.weights, (&mut walk, place), &x, &mut logits)?;
            let mut from: Vec<usize> = (0..sources.len() * width).collect();
            for (number, beam) in beams.iter_mut().enumerate() {
                let rows: Vec<&[f32]> =
                    logits[number * width * outputs..].chunks(outputs).take(beam.open.len()).collect();
                let first = number * width;
                let moved = search.advance(beam, &rows, end);
                from[first..].iter_mut().zip(moved).for_each(|(to, i)| *to = first + i);
            }
            if beams.iter().all(|beam| beam.open.is_empty()) {
                break;
            }
            self.steps.reorder(&mut walk, &from);
        }
        Ok(beams.into_iter().map(|beam| best(beam, search)).collect())
    }
}

// The best text, ended or not.
fn best(beam: Beam, search: Search) -> Found {
    let open = beam.open.into_iter().map(|(tokens, score)| Found { tokens, score, finish: Finish::Length });
    let all = beam.done.into_iter().chain(open);
    let none = Found { tokens: vec![], score: 0.0, finish: Finish::Length };
    all.max_by(|a, b| search.of(a).total_cmp(&search.of(b))).unwrap_or(none)
}

fn log_sum(logits: &[f32]) -> f64 {
    let most = logits.iter().copied().fold(f32::MIN, f32::max);
    let sum: f64 = logits.iter().map(|logit| f64::from((logit - most).exp())).sum();
    f64::from(most) + sum.ln()
}

// Indices of the largest values, largest first.
fn largest(values: &[f32], count: usize) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::with_capacity(count + 1);
    for (i, value) in values.iter().enumerate() {
        if found.len() == count && found.last().is_some_and(|&last| *value <= values[last]) {
            continue;
        }
        let at = found.partition_point(|&other| values[other] >= *value);
        found.insert(at, i);
        found.truncate(count);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_values_come_in_order_and_equal_ones_in_that_of_their_indices() {
        assert_eq!(largest(&[1.0, 5.0, 3.0, 5.0, 4.0], 3), [1, 3, 4]);
        assert_eq!(largest(&[1.0, 2.0], 5), [1, 0]);
        assert!((log_sum(&[0.0, 3f32.ln()]) - 4f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        let search = Search { beam: 0, most: 9, length_penalty: 1.0 };
        assert_eq!(search.check().unwrap_err().to_string(), "beam: must be at least 1, got 0");
        let search = Search { beam: 1, length_penalty: -1.0, ..search };
        assert_eq!(search.check().unwrap_err().to_string(), "length_penalty: must be at least 0 and finite, got -1");
    }
}

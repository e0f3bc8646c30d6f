//! Counting model of token sequences: interpolated n-grams with Witten-Bell smoothing, a baseline for trained models.
//!
//! With c(h w) occurrences of token w after context h, c(h) the sum over all tokens, T(h) the number of different
//! tokens after h, and h' the context without its first token:
//!
//! p(w | h) = (c(h w) + T(h) p(w | h')) / (c(h) + T(h)),
//!
//! and p(w | h') where h did not occur. The empty context is interpolated with the uniform distribution.
//!
//! Sources: Witten and Bell, "The Zero-Frequency Problem: Estimating the Probabilities of Novel Events in Adaptive Text
//! Compression", 1991; the interpolated form is that of Chen and Goodman, "An Empirical Study of Smoothing Techniques
//! for Language Modeling", 1999.

mod ngrams;

use crate::error::{Error, Result};
use ngrams::{Ngrams, ROOT};

/// Longest n-gram that a model can count.
pub const MAX_ORDER: usize = 16;

/// An n-gram model of token sequences. Depends on neither libtorch nor random numbers.
#[derive(Clone, Debug)]
pub struct Counting {
    ngrams: Ngrams,
    symbols: u32,
    order: usize,
}

impl Counting {
    /// Counts the n-grams of up to `order` tokens in all documents. Tokens are `0..symbols`, including those that mark
    /// begin and end; the first token of a document is context only.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an order outside 1 to 16 or for no symbols, [`Error::Data`] for a token that is not
    /// less than `symbols` and for more tokens than can be counted (2^32 / `order`).
    pub fn learn(documents: &[&[u32]], symbols: usize, order: usize) -> Result<Self> {
        if !(1..=MAX_ORDER).contains(&order) {
            return Err(Error::parameter("order", format!("must be between 1 and {MAX_ORDER}"), order));
        }
        let symbols = match u32::try_from(symbols) {
            Ok(0) | Err(_) => {
                return Err(Error::parameter("symbols", format!("must be between 1 and {}", u32::MAX), symbols))
            }
            Ok(symbols) => symbols,
        };
        for (number, document) in documents.iter().enumerate() {
            if let Some((position, token)) = document.iter().enumerate().find(|(_, token)| **token >= symbols) {
                let last = symbols - 1;
                return Err(Error::Data(format!(
                    "documents: expected tokens from 0 to {last}, got {token} at position {position} of document {number}"
                )));
            }
        }
        // Each token adds at most one n-gram of each length.
        let tokens: usize = documents.iter().map(|document| document.len()).sum();
        let most = u32::MAX as usize / order;
        if tokens >= most {
            return Err(Error::Data(format!("documents: expected less than {most} tokens, got {tokens}; lower order")));
        }
        let mut model = Counting { ngrams: Ngrams::new(), symbols, order };
        for document in documents {
            model.add(document);
        }
        model.ngrams.shrink();
        Ok(model)
    }

    /// Natural logarithm of the probability of each token given those before it: n - 1 scores for n tokens, because the
    /// first is context only. Minus infinity for a token that is not less than `symbols`.
    pub fn scores(&self, document: &[u32]) -> Vec<f64> {
        let mut contexts = vec![ROOT];
        let mut scores = Vec::with_capacity(document.len().saturating_sub(1));
        for (position, &token) in document.iter().enumerate() {
            if position > 0 {
                scores.push(self.probability(&contexts, token).ln());
            }
            contexts = self.after(&contexts, token);
        }
        scores
    }

    fn add(&mut self, document: &[u32]) {
        // Sequences of 0, 1, 2, ... tokens that end before the current token.
        let mut contexts = vec![ROOT];
        for (position, &token) in document.iter().enumerate() {
            let mut next = vec![ROOT];
            for &context in &contexts {
                let node = self.ngrams.grow(context, token);
                if position > 0 {
                    self.ngrams.count(node);
                }
                next.push(node);
            }
            next.truncate(self.order);
            contexts = next;
        }
    }

    // Contexts in the order of their length.
    fn probability(&self, contexts: &[u32], token: u32) -> f64 {
        if token >= self.symbols {
            return 0.0;
        }
        let mut probability = 1.0 / f64::from(self.symbols);
        for &context in contexts {
            let (total, distinct) = self.ngrams.followers(context);
            // A sequence at the end of a document; longer ones have no followers either.
            if total == 0 {
                break;
            }
            let count = self.ngrams.child(context, token).map_or(0, |node| self.ngrams.occurrences(node));
            let (total, distinct) = (f64::from(total), f64::from(distinct));
            probability = (f64::from(count) + distinct * probability) / (total + distinct);
        }
        probability
    }

    // The known sequences that end with this token, shortest first. If one is unknown, so are all that end with it.
    fn after(&self, contexts: &[u32], token: u32) -> Vec<u32> {
        let known = contexts.iter().map_while(|&context| self.ngrams.child(context, token));
        std::iter::once(ROOT).chain(known).take(self.order).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTS: [&[u32]; 4] = [&[0, 1, 2, 1, 2, 3, 0], &[0, 2, 2, 1, 0], &[0, 0], &[3]];

    fn repeated(count: usize) -> Vec<u32> {
        [0, 1, 0, 2, 1, 1].repeat(count)
    }

    #[test]
    fn probabilities_of_all_symbols_sum_to_one_in_every_context() {
        let symbols = 5;
        for order in 1..=MAX_ORDER {
            let model = Counting::learn(&DOCUMENTS, symbols, order).unwrap();
            for context in 0..625 {
                let mut document: Vec<u32> = (0..4).map(|place| context / 5_u32.pow(place) % 5).collect();
                document.push(0);
                let sum: f64 = (0..symbols as u32)
                    .map(|token| {
                        document[4] = token;
                        model.scores(&document)[3].exp()
                    })
                    .sum();
                assert!((sum - 1.0).abs() < 1e-12, "order {order}, context {document:?}: {sum}");
            }
        }
    }

    #[test]
    fn scores_are_those_of_the_formula_by_hand() {
        // Tokens a b a c after the first: unigrams a 2, b 1, c 1. After a: b 1, c 1; after b: a 1; after c: nothing.
        let (end, a, b, c) = (0, 1, 2, 3);
        let model = Counting::learn(&[&[end, a, b, a, c]], 4, 2).unwrap();
        let unigram = |count: f64| (count + 3.0 / 4.0) / (4.0 + 3.0);
        let expected = [
            (1.0 + unigram(2.0)) / 2.0,
            (1.0 + 2.0 * unigram(1.0)) / 4.0,
            (1.0 + unigram(2.0)) / 2.0,
            (0.0 + 2.0 * unigram(2.0)) / 4.0,
            (1.0 + 2.0 * unigram(1.0)) / 4.0,
            unigram(0.0),
        ];
        let scores = model.scores(&[end, a, b, a, a, c, end]);
        assert_eq!(scores.len(), expected.len());
        for (score, expected) in scores.iter().zip(expected) {
            assert!((score - f64::ln(expected)).abs() < 1e-12, "{} {expected}", score.exp());
        }
    }

    #[test]
    fn a_symbol_that_never_occurred_has_a_score() {
        let model = Counting::learn(&DOCUMENTS, 6, 4).unwrap();
        let scores = model.scores(&[0, 5, 5, 4, 1]);
        assert!(scores.iter().all(|score| score.is_finite() && *score < 0.0), "{scores:?}");
        assert_eq!(model.scores(&[0, 6]), [f64::NEG_INFINITY]);
        assert_eq!(Counting::learn(&[], 4, 3).unwrap().scores(&[0, 1]), [f64::ln(0.25)]);
        assert!(model.scores(&[]).is_empty() && model.scores(&[3]).is_empty());
    }

    #[test]
    fn longer_ngrams_are_better_on_a_repeated_sequence() {
        let (train, test) = (repeated(200), repeated(20));
        let mean = |order| {
            let scores = Counting::learn(&[&train], 3, order).unwrap().scores(&test);
            scores.iter().sum::<f64>() / scores.len() as f64
        };
        let means: Vec<f64> = (1..=3).map(mean).collect();
        assert!(means.windows(2).all(|pair| pair[1] > pair[0] + 0.1), "{means:?}");
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        let fails = |symbols, order| Counting::learn(&DOCUMENTS, symbols, order).unwrap_err().to_string();
        assert_eq!(fails(4, 0), "order: must be between 1 and 16, got 0");
        assert_eq!(fails(4, 17), "order: must be between 1 and 16, got 17");
        assert_eq!(fails(0, 2), "symbols: must be between 1 and 4294967295, got 0");
        assert_eq!(fails(3, 2), "documents: expected tokens from 0 to 2, got 3 at position 5 of document 0");
    }
}

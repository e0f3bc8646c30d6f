//! Documents that are written token by token.

use std::sync::Arc;

use super::policy::Policy;
use super::writer::Writer;
use crate::base::pool::Alone;
use crate::base::{Philox, Stream};
use crate::error::Result;
use crate::native::{Sources, Walk};
use crate::vocabulary::{Rules, Writing};

/// Why a text ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finish {
    /// The model ended the document.
    End,
    /// A stop text appeared.
    Stop,
    /// It has the maximum number of tokens.
    Length,
}

/// Documents in progress. All have the same number of tokens behind them; those whose start is longer begin to be written
/// later.
pub struct Draft {
    writer: Arc<Writer>,
    policy: Policy,
    random: Philox,
    // Number of the first document in the stream of random numbers.
    first: u64,
    most: usize,
    stops: Vec<String>,
    // The character of each token that is one, if there are rules.
    characters: Vec<Option<char>>,
    rows: Vec<Row>,
    walk: Walk,
    // The document of each sequence of the walk: those that have not ended.
    open: Vec<usize>,
    // Tokens that the network has seen of each document, and the first of them in its window.
    seen: usize,
    start: usize,
    logits: Vec<f32>,
}

struct Row {
    rules: Option<Box<dyn Rules>>,
    tokens: Vec<u32>,
    // Tokens that were given.
    given: usize,
    writing: Writing,
    text: String,
    // Bytes of the text that have been returned.
    told: usize,
    finish: Option<Finish>,
}

impl Draft {
    pub(super) fn new(
        (writer, sources): (Arc<Writer>, Sources),
        documents: Vec<Vec<u32>>,
        policy: Policy,
        (seed, first): (u64, u64),
    ) -> Self {
        let rows: Vec<Row> = documents
            .into_iter()
            .map(|tokens| Row {
                rules: None,
                given: tokens.len(),
                tokens,
                writing: Writing::default(),
                text: String::new(),
                told: 0,
                finish: None,
            })
            .collect();
        Draft {
            policy,
            random: Philox::new(seed),
            first,
            most: usize::MAX,
            stops: Vec::new(),
            characters: Vec::new(),
            walk: writer.steps.walk(rows.len(), sources),
            open: (0..rows.len()).collect(),
            logits: vec![0.0; rows.len() * writer.language.outputs() as usize],
            rows,
            seen: 0,
            start: 0,
            writer,
        }
    }

    /// Ends each text after `most` tokens, or fewer if that was said before, and before the first of the texts `stops` in it.
    pub fn until(mut self, most: usize, stops: Vec<String>) -> Self {
        (self.most, self.stops) = (most.min(self.most), stops);
        if most == 0 {
            self.rows.iter_mut().for_each(|row| row.finish = Some(Finish::Length));
        }
        self
    }

    /// Lets only those characters follow in each text that its rules allow.
    pub fn ruled(mut self, rules: Vec<Box<dyn Rules>>) -> Self {
        if rules.is_empty() {
            return self;
        }
        let vocabulary = &self.writer.language.vocabulary;
        let character = |token| {
            let bytes = vocabulary.bytes(token);
            let mut characters = std::str::from_utf8(&bytes).unwrap_or_default().chars();
            characters.next().filter(|_| characters.next().is_none())
        };
        self.characters = (0..vocabulary.len() as u32).map(character).collect();
        self.rows.iter_mut().zip(rules).for_each(|(row, rules)| row.rules = Some(rules));
        self
    }

    /// True if all texts have ended.
    pub fn done(&self) -> bool {
        self.rows.iter().all(|row| row.finish.is_some())
    }

    /// Why each text has ended, if it has.
    pub fn finishes(&self) -> impl Iterator<Item = Option<Finish>> + '_ {
        self.rows.iter().map(|row| row.finish)
    }

    /// Writes up to `count` tokens of each document, and returns what has become certain of each text.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if a thread fails.
    pub fn advance(&mut self, count: usize) -> Result<Vec<String>> {
        let _alone = Alone::begin();
        let mut written = 0;
        while written < count && !self.done() {
            if self.seen - self.start == self.writer.context {
                self.start = self.seen - self.writer.kept();
                for place in self.start..self.seen {
                    self.feed(place, place - self.start)?;
                }
            }
            self.feed(self.seen, self.seen - self.start)?;
            self.seen += 1;
            written += usize::from(self.choose());
            self.leave();
        }
        Ok(self.rows.iter_mut().map(|row| row.told(&self.stops)).collect())
    }

    // Shows the network the token at `at` of each document, at this place of its window.
    fn feed(&mut self, at: usize, place: usize) -> Result<()> {
        let end = self.writer.language.end();
        let tokens = self.open.iter().map(|&i| self.rows[i].tokens.get(at).copied().unwrap_or(end) as f32);
        let x: Vec<f32> = tokens.collect();
        self.writer.steps.step(
            &self.writer.weights,
            (&mut self.walk, place),
            &x,
            &mut self.logits[..x.len() * self.writer.language.outputs() as usize],
        )
    }

    // Removes documents that have ended from the walk.
    fn leave(&mut self) {
        for sequence in (0..self.open.len()).rev() {
            if self.rows[self.open[sequence]].finish.is_some() {
                self.writer.steps.remove(&mut self.walk, sequence);
                self.open.swap_remove(sequence);
            }
        }
    }

    // Chooses the next token of all documents that have no further one; true if there were any.
    fn choose(&mut self) -> bool {
        let (outputs, seen) = (self.writer.language.outputs() as usize, self.seen);
        let (end, mut any) = (self.writer.language.end(), false);
        for (&i, logits) in self.open.iter().zip(self.logits.chunks_mut(outputs)) {
            let row = &mut self.rows[i];
            if row.tokens.len() > seen {
                continue;
            }
            // No text in training is empty.
            if row.tokens.last().is_none_or(|&token| token >= end) {
                logits[end as usize] = f32::NEG_INFINITY;
            }
            row.mask(&self.characters, logits);
            let number = (row.tokens.len() - row.given) as u64;
            let mut uniform = [0f32];
            self.random.fill_uniform(Stream::Write, (self.first + i as u64) << 32 | number, &mut uniform);
            let token = self.policy.choose(logits, uniform[0]);
            any = true;
            if token == end {
                row.text += &std::mem::take(&mut row.writing).end();
                row.finish = Some(Finish::End);
                continue;
            }
            row.tokens.push(token);
            if let (Some(rules), Some(Some(next))) = (&mut row.rules, self.characters.get(token as usize)) {
                rules.add(*next);
            }
            row.text += &row.writing.add(&self.writer.language.vocabulary.bytes(token));
            row.look(&self.stops);
            if row.finish.is_none() && row.tokens.len() - row.given >= self.most {
                row.text += &std::mem::take(&mut row.writing).end();
                row.look(&self.stops);
                row.finish = row.finish.or(Some(Finish::Length));
            }
        }
        any
    }
}

impl Row {
    // Excludes the tokens that the rules do not allow.
    fn mask(&self, characters: &[Option<char>], logits: &mut [f32]) {
        let Some(rules) = &self.rules else { return };
        let allows = |character: &Option<char>| character.is_some() && rules.allows(*character);
        // The last one is the end.
        let allowed: Vec<bool> = characters.iter().map(allows).chain([rules.allows(None)]).collect();
        let exchanged: Vec<bool> =
            characters.iter().map(|character| character.is_some_and(|next| rules.exchanged(next))).collect();
        let most = logits.iter().copied().fold(f32::MIN, f32::max);
        let of_all = logits.iter().zip(&allowed).zip(&exchanged).filter(|(_, exchanged)| **exchanged);
        let (mut kept, mut lost) = (0.0, 0.0);
        for ((logit, allowed), _) in of_all {
            *(if *allowed { &mut kept } else { &mut lost }) += (logit - most).exp();
        }
        let more = if kept > 0.0 { (1.0 + lost / kept).ln() } else { 0.0 };
        for (i, (logit, allowed)) in logits.iter_mut().zip(&allowed).enumerate() {
            match (allowed, exchanged.get(i)) {
                (false, _) => *logit = f32::NEG_INFINITY,
                (true, Some(true)) => *logit += more,
                _ => {}
            }
        }
    }

    // Ends the text before the first stop text.
    fn look(&mut self, stops: &[String]) {
        // Only text that has not been returned can hold one.
        let found = stops.iter().filter_map(|stop| self.text[self.told..].find(stop.as_str())).min();
        if let Some(place) = found {
            self.text.truncate(self.told + place);
            self.finish = Some(Finish::Stop);
        }
    }

    // The text since the last call, without an end that may be the beginning of a stop text.
    fn told(&mut self, stops: &[String]) -> String {
        let rest = &self.text[self.told..];
        let held = match self.finish {
            Some(_) => 0,
            None => stops.iter().map(|stop| overlap(rest, stop)).max().unwrap_or(0),
        };
        let piece = rest[..rest.len() - held].to_owned();
        self.told += piece.len();
        piece
    }
}

// Length of the longest end of `text` that begins `stop`.
fn overlap(text: &str, stop: &str) -> usize {
    let ends = (1..=stop.len().min(text.len())).rev();
    ends.into_iter()
        .find(|&len| {
            let first = text.len() - len;
            text.is_char_boundary(first) && stop.as_bytes().starts_with(&text.as_bytes()[first..])
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        Row {
            rules: None,
            tokens: vec![],
            given: 0,
            writing: Writing::default(),
            text: text.into(),
            told: 0,
            finish: None,
        }
    }

    // Allows "a" and "z"; the letters up to "m" stand in for one another.
    struct Letters;

    impl Rules for Letters {
        fn allows(&self, next: Option<char>) -> bool {
            matches!(next, Some('a' | 'z'))
        }

        fn exchanged(&self, next: char) -> bool {
            next <= 'm'
        }

        fn add(&mut self, _: char) {}

        fn copied(&self) -> Box<dyn Rules> {
            Box::new(Letters)
        }
    }

    #[test]
    fn allowed_characters_take_the_probability_of_those_that_they_stand_in_for() {
        let row = Row { rules: Some(Box::new(Letters)), ..row("") };
        // Probabilities .1, .3, .2 and .3 of the letters, .1 of the end.
        let mut logits = [0.1f32, 0.3, 0.2, 0.3, 0.1].map(f32::ln);
        row.mask(&['a', 'b', 'z', 'y'].map(Some), &mut logits);
        let found = logits.map(f32::exp);
        let wanted = [0.4, 0.0, 0.2, 0.0, 0.0];
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
    }

    #[test]
    fn text_that_may_become_a_stop_text_is_held_back() {
        let stops = ["\n\n".to_owned(), "END".to_owned()];
        let mut row = row("one E");
        row.look(&stops);
        assert_eq!(row.told(&stops), "one ");
        row.text += "N two\n";
        row.look(&stops);
        assert_eq!(row.told(&stops), "EN two");
        row.text += "\nthree";
        row.look(&stops);
        assert_eq!((row.told(&stops).as_str(), row.finish), ("", Some(Finish::Stop)));
        assert_eq!(row.text, "one EN two");
    }

    #[test]
    fn overlaps_keep_to_characters() {
        assert_eq!(overlap("aé", "éb"), 2);
        assert_eq!(overlap("abab", "ababab"), 4);
        assert_eq!(overlap("", "x"), 0);
    }
}

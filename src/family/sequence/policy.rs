//! How the next token is chosen from its logits.

use crate::error::{Error, Result};

/// Choice of the next token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Logits are divided by it; 0 takes the most likely token.
    pub temperature: f64,
    /// Number of most likely tokens that are considered; `None` for all.
    pub top_k: Option<usize>,
    /// The most likely tokens are considered whose probabilities first add up to this; `None` for all (Holtzman et al., "The
    /// Curious Case of Neural Text Degeneration", 2020).
    pub top_p: Option<f64>,
}

impl Policy {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first that is out of range.
    pub fn check(&self) -> Result<()> {
        if !(self.temperature >= 0.0 && self.temperature.is_finite()) {
            return Err(Error::parameter("temperature", "must be at least 0 and finite", self.temperature));
        }
        if self.top_k == Some(0) {
            return Err(Error::parameter("top_k", "must be at least 1; None considers all tokens", 0));
        }
        match self.top_p.filter(|top_p| !(*top_p > 0.0 && *top_p <= 1.0)) {
            Some(top_p) => {
                Err(Error::parameter("top_p", "must be above 0 and at most 1; None considers all tokens", top_p))
            }
            None => Ok(()),
        }
    }

    /// The token for a uniform random number in [0, 1).
    pub fn choose(&self, logits: &[f32], uniform: f32) -> u32 {
        let most = logits.iter().copied().fold(f32::MIN, f32::max);
        let best = logits.iter().position(|logit| *logit == most).unwrap_or(0);
        if self.temperature == 0.0 {
            return best as u32;
        }
        let weight = |logit: f32| (f64::from(logit - most) / self.temperature).exp();
        if self.top_k.is_none_or(|top_k| top_k >= logits.len()) && self.top_p.is_none() {
            let weights: Vec<f64> = logits.iter().map(|logit| weight(*logit)).collect();
            let target = weights.iter().sum::<f64>() * f64::from(uniform);
            return drawn((0..).zip(weights), target).unwrap_or(best as u32);
        }
        let mut weights: Vec<(u32, f64)> =
            logits.iter().enumerate().map(|(token, logit)| (token as u32, weight(*logit))).collect();
        // Equal weights keep the order of the tokens.
        weights.sort_by(|a, b| b.1.total_cmp(&a.1));
        weights.truncate(self.top_k.unwrap_or(usize::MAX));
        if let Some(top_p) = self.top_p {
            let wanted = top_p * weights.iter().map(|(_, weight)| weight).sum::<f64>();
            let mut sum = 0.0;
            let kept = weights.iter().position(|(_, weight)| {
                sum += weight;
                sum >= wanted
            });
            weights.truncate(kept.map_or(usize::MAX, |last| last + 1));
        }
        let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
        drawn(weights.into_iter(), total * f64::from(uniform)).unwrap_or(best as u32)
    }
}

// The token at which the sum of the weights passes `target`.
fn drawn(weights: impl Iterator<Item = (u32, f64)>, target: f64) -> Option<u32> {
    let mut sum = 0.0;
    let mut last = None;
    for (token, weight) in weights {
        sum += weight;
        if weight > 0.0 {
            last = Some(token);
        }
        if sum > target {
            return Some(token);
        }
    }
    // Rounding: the last token that is possible.
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Policy = Policy { temperature: 1.0, top_k: None, top_p: None };
    // Probabilities .5, .3, .2.
    const LOGITS: [f32; 3] = [-std::f32::consts::LN_2, -1.203_972_8, -1.609_438];

    fn counts(policy: Policy) -> [usize; 3] {
        let mut counts = [0; 3];
        for i in 0..1000 {
            counts[policy.choose(&LOGITS, (i as f32 + 0.5) / 1000.0) as usize] += 1;
        }
        counts
    }

    #[test]
    fn tokens_come_as_often_as_their_probabilities_say() {
        assert_eq!(counts(ALL), [500, 300, 200]);
        assert_eq!(counts(Policy { top_k: Some(2), ..ALL }), [625, 375, 0]);
        assert_eq!(counts(Policy { top_k: Some(99), ..ALL }), [500, 300, 200]);
        assert_eq!(counts(Policy { top_p: Some(0.6), ..ALL }), [625, 375, 0]);
        assert_eq!(counts(Policy { top_p: Some(1.0), ..ALL }), [500, 300, 200]);
        assert_eq!(counts(Policy { top_p: Some(1e-9), ..ALL }), [1000, 0, 0]);
        for temperature in [0.0, 1e-6] {
            assert_eq!(counts(Policy { temperature, ..ALL }), [1000, 0, 0]);
        }
        // Squared probabilities: .25, .09, .04 of .38.
        assert_eq!(counts(Policy { temperature: 0.5, ..ALL }), [658, 237, 105]);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        let refused = |policy: Policy| policy.check().unwrap_err().to_string();
        assert_eq!(refused(Policy { temperature: -1.0, ..ALL }), "temperature: must be at least 0 and finite, got -1");
        assert!(refused(Policy { temperature: f64::NAN, ..ALL }).starts_with("temperature"));
        assert_eq!(
            refused(Policy { top_k: Some(0), ..ALL }),
            "top_k: must be at least 1; None considers all tokens, got 0"
        );
        for top_p in [0.0, 1.5, f64::NAN] {
            assert!(refused(Policy { top_p: Some(top_p), ..ALL }).starts_with("top_p: must be above 0 and at most 1"));
        }
        assert!(ALL.check().is_ok());
    }
}

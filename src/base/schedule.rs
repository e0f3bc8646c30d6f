//! Schedules of factors that change during training.

use serde::{Deserialize, Serialize};

use crate::settings::Named;

/// Final factor of a decaying learning rate.
const LAST: f64 = 0.01;
const NAMES: [&str; 6] = ["constant", "linear", "cosine", "warmup", "cyclical", "plateau"];
/// Fraction of the total length over which a learning rate warms up.
const WARM: f64 = 0.1;

/// Schedule of a factor between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// 1 throughout.
    Constant,
    /// Linear decay from 1 to 0.01 over the total length.
    Linear,
    /// Cosine decay from 1 to 0.01 over the total length (Loshchilov and Hutter, "SGDR", 2017).
    Cosine,
    /// Rise from 0 to 1 over the length, then 1 (Bowman et al., "Generating Sentences from a Continuous Space", 2016).
    Warmup,
    /// Rise from 0 to 1 over one length, 1 over the next, repeated (Fu et al., "Cyclical Annealing Schedule", 2019).
    Cyclical,
    /// Halved whenever the loss has stopped falling.
    Plateau,
}

impl Named for Schedule {
    fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

impl Schedule {
    /// Factor of a learning rate after `epochs` of `total` epochs and `plateaus` plateaus of the loss. Warmup lasts the
    /// first tenth.
    pub fn rate(self, epochs: f64, total: f64, plateaus: u32) -> f64 {
        match self {
            Schedule::Warmup => self.factor(epochs, WARM * total).max(LAST),
            Schedule::Plateau => 0.5f64.powi(plateaus.min(60) as i32).max(LAST),
            _ => self.factor(epochs, total),
        }
    }

    /// Factor after `epochs`, for a schedule of `length` epochs.
    pub fn factor(self, epochs: f64, length: f64) -> f64 {
        let part = if length > 0.0 { (epochs / length).max(0.0) } else { f64::INFINITY };
        let done = part.min(1.0);
        match self {
            Schedule::Constant | Schedule::Plateau => 1.0,
            Schedule::Linear => LAST + (1.0 - LAST) * (1.0 - done),
            Schedule::Cosine => LAST + (1.0 - LAST) * (1.0 + (std::f64::consts::PI * done).cos()) / 2.0,
            Schedule::Warmup => done,
            Schedule::Cyclical => {
                if part.is_finite() {
                    (part % 2.0).min(1.0)
                } else {
                    1.0
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_schedule_has_its_course() {
        let course = |schedule: Schedule| [0.0, 5.0, 10.0, 15.0].map(|epochs| schedule.factor(epochs, 10.0));
        assert_eq!(course(Schedule::Constant), [1.0, 1.0, 1.0, 1.0]);
        assert_eq!(course(Schedule::Linear), [1.0, 0.505, 0.01, 0.01]);
        assert_eq!(course(Schedule::Warmup), [0.0, 0.5, 1.0, 1.0]);
        assert_eq!(course(Schedule::Cyclical), [0.0, 0.5, 1.0, 1.0]);
        assert_eq!(Schedule::Cyclical.factor(25.0, 10.0), 0.5);
        let cosine = course(Schedule::Cosine);
        assert!((cosine[1] - 0.505).abs() < 1e-12 && cosine[0] == 1.0 && (cosine[2] - 0.01).abs() < 1e-12);
    }

    #[test]
    fn learning_rates_warm_up_and_decay_at_plateaus() {
        assert_eq!([0.0, 0.5, 1.0, 9.0].map(|epochs| Schedule::Warmup.rate(epochs, 10.0, 0)), [0.01, 0.5, 1.0, 1.0]);
        assert_eq!([0, 1, 3].map(|plateaus| Schedule::Plateau.rate(5.0, 10.0, plateaus)), [1.0, 0.5, 0.125]);
        assert_eq!(Schedule::Linear.rate(10.0, 10.0, 7), 0.01);
    }
}

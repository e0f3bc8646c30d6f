//! Fields of a tune: meter, unit of length, tempo and key.

use super::super::key::LETTERS;
use super::super::score::is_meter;

/// Beats of a bar and their value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Meter {
    pub beats: u8,
    pub value: u8,
}

/// Sharps, or flats if negative, and true for minor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    pub fifths: i8,
    pub minor: bool,
}

impl Meter {
    /// Whole notes of a bar.
    pub fn whole(self) -> f64 {
        f64::from(self.beats) / f64::from(self.value)
    }
}

impl Key {
    /// Semitones by which the key changes a letter.
    pub fn accidental(self, letter: char) -> i8 {
        let place = LETTERS.find(letter).unwrap_or(0) as i8;
        i8::from(self.fifths > place) - i8::from(-self.fifths > 6 - place)
    }
}

/// Letter and value of a field, "K:D" in a line of its own.
pub fn field(line: &str) -> Option<(char, &str)> {
    let line = line.split('%').next()?;
    let mut letters = line.chars();
    let name = letters.next().filter(char::is_ascii_alphabetic)?;
    let value = letters.as_str().strip_prefix(':')?;
    Some((name, value.trim()))
}

/// "3/8" in whole notes; "1/0" is nothing.
pub fn fraction(text: &str) -> Option<f64> {
    let (above, below) = text.trim().split_once('/').unwrap_or((text.trim(), "1"));
    let [above, below] = [above, below].map(|part| part.trim().parse::<u32>().ok());
    let value = f64::from(above?) / f64::from(below?);
    (1e-4..=64.0).contains(&value).then_some(value)
}

/// "3/4", "C", "C|" or "(2+3)/8".
pub fn meter(text: &str) -> Option<Meter> {
    match text.trim() {
        "C" => return Some(Meter { beats: 4, value: 4 }),
        "C|" => return Some(Meter { beats: 2, value: 2 }),
        _ => {}
    }
    let (above, below) = text.trim().split_once('/')?;
    let mut parts = above.trim_matches(['(', ')', ' ']).split('+').map(|part| part.trim().parse::<u8>().ok());
    let beats = parts.try_fold(0u8, |sum, part| sum.checked_add(part?))?;
    let value = below.trim().parse().ok()?;
    is_meter(beats, value).then_some(Meter { beats, value })
}

/// Quarter notes a minute of "1/4=120", "3/8=60" or "120", which counts units of length.
pub fn tempo(text: &str, unit: f64) -> Option<f64> {
    let text: String = text.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let (length, count) = match text.split_once('=') {
        Some((lengths, count)) => {
            let parts: Option<Vec<f64>> = lengths.split_whitespace().map(fraction).collect();
            (
                parts.filter(|parts| !parts.is_empty()).map_or(unit, |parts| parts.iter().sum()),
                count.trim().to_owned(),
            )
        }
        None => (unit, text.trim().to_owned()),
    };
    let tempo = 4.0 * length * count.parse::<f64>().ok()?;
    (4.0..=1000.0).contains(&tempo).then_some(tempo)
}

/// "D", "Bb", "F#m", "A mix" or "D dorian"; anything else has no sharps or flats.
pub fn key(text: &str) -> Key {
    let plain = Key { fifths: 0, minor: false };
    if text.starts_with("Hp") {
        return Key { fifths: 2, minor: false };
    }
    let mut letters = text.trim().chars();
    let Some(place) = letters.next().and_then(|letter| LETTERS.find(letter)) else { return plain };
    let rest = letters.as_str();
    let (rest, accidental) = match rest.strip_prefix('#') {
        Some(rest) => (rest, 1),
        None => rest.strip_prefix('b').map_or((rest, 0), |rest| (rest, -1)),
    };
    let word = rest.split_whitespace().next().unwrap_or("");
    let mode = if word.contains('=') { String::new() } else { word.to_lowercase().chars().take(3).collect() };
    // A word such as "treble" is a clef.
    let (shift, minor) = match mode.as_str() {
        "m" | "min" | "aeo" => (-3, true),
        "mix" => (-1, false),
        "dor" => (-2, false),
        "phr" => (-4, false),
        "loc" => (-5, false),
        "lyd" => (1, false),
        _ => (0, false),
    };
    Key {
        fifths: (place as i8 - 1 + 7 * accidental + shift).clamp(-7, 7),
        minor,
    }
}

//! Keys: from names to sharps and flats and back.

use crate::error::{Error, Result};

/// Letters by the sharps of their major keys, from one flat on.
pub(super) const LETTERS: &str = "FCGDAEB";

/// Sharps, or flats if negative, and true for minor, of a name such as "D minor", "Bb major", "F#" or "Cm".
///
/// A name without mode and with a capital letter is major. Keys of more than 7 sharps or flats become those of the same
/// pitches.
///
/// # Errors
/// [`Error::Parameter`] for other names.
pub fn key(name: &str) -> Result<(i8, bool)> {
    named(name).ok_or_else(|| {
        Error::parameter(
            "key",
            "expected a name such as \"D minor\", \"Bb major\" or \"F# minor\"",
            format!("\"{name}\""),
        )
    })
}

fn named(name: &str) -> Option<(i8, bool)> {
    let name = name.trim();
    let letter = name.chars().next()?;
    let rest = name.get(1..)?;
    let place = LETTERS.find(letter.to_ascii_uppercase())? as i8 - 1;
    let marks = [("♯", 1), ("#", 1), ("-sharp", 1), (" sharp", 1), ("♭", -1), ("b", -1), ("-flat", -1), (" flat", -1)];
    let (rest, accidental) = marks
        .iter()
        .find_map(|&(mark, by)| rest.strip_prefix(mark).map(|rest| (rest, by)))
        .unwrap_or((rest.strip_prefix('-').unwrap_or(rest), if rest.starts_with('-') { -1 } else { 0 }));
    let minor = match rest.trim() {
        // "d" alone is minor for some programs.
        "" if letter.is_ascii_uppercase() => false,
        "m" => true,
        mode => match mode.to_lowercase().as_str() {
            "minor" | "min" => true,
            "major" | "maj" => false,
            _ => return None,
        },
    };
    let fifths = place + 7 * accidental - if minor { 3 } else { 0 };
    Some((if fifths.abs() > 7 { fifths - 12 * fifths.signum() } else { fifths }, minor))
}

/// Name of a key, such as "D minor".
pub fn key_name(fifths: i8, minor: bool) -> String {
    let place = i32::from(fifths) + if minor { 3 } else { 0 } + 1;
    let letter = LETTERS.chars().nth(place.rem_euclid(7) as usize).unwrap_or('C');
    let accidentals = place.div_euclid(7);
    let marks = if accidentals < 0 { "b" } else { "#" }.repeat(accidentals.unsigned_abs() as usize);
    format!("{letter}{marks} {}", if minor { "minor" } else { "major" })
}

/// Pitch class of the first note of a scale, 0 for C.
pub fn tonic(fifths: i8, minor: bool) -> u8 {
    (i32::from(fifths) * 7 + if minor { 9 } else { 0 }).rem_euclid(12) as u8
}

/// Pitch classes of a key, true for those in its scale: major, or natural minor with the raised seventh as well.
pub fn scale(fifths: i8, minor: bool) -> [bool; 12] {
    let steps: &[u8] = if minor { &[0, 2, 3, 5, 7, 8, 10, 11] } else { &[0, 2, 4, 5, 7, 9, 11] };
    let mut classes = [false; 12];
    for step in steps {
        classes[usize::from((tonic(fifths, minor) + step) % 12)] = true;
    }
    classes
}

/// The key this many semitones higher, with at most 6 sharps or 5 flats.
pub fn transposed(fifths: i8, semitones: i32) -> i8 {
    if semitones % 12 == 0 {
        return fifths;
    }
    ((i32::from(fifths) + 7 * semitones.rem_euclid(12) + 5).rem_euclid(12) - 5) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_signatures_are_each_other() {
        let names =
            ["Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#"];
        for fifths in -7..=7i8 {
            for minor in [false, true] {
                let name = names[(fifths + 7 + if minor { 3 } else { 0 }) as usize];
                let full = format!("{name} {}", if minor { "minor" } else { "major" });
                assert_eq!(key_name(fifths, minor), full);
                assert_eq!(key(&full).unwrap(), (fifths, minor));
                assert_eq!(key(&if minor { format!("{name}m") } else { name.to_owned() }).unwrap(), (fifths, minor));
            }
        }
        assert_eq!(key("B-flat major").unwrap(), (-2, false));
        assert_eq!(key("f♯ minor").unwrap(), (3, true));
        assert_eq!(key("Db minor").unwrap(), (4, true));
        assert_eq!(key("E- major").unwrap(), (-3, false));
        for wrong in ["", "H", "d", "X major", "D dorian", "♯", "é minor"] {
            assert!(key(wrong).unwrap_err().to_string().starts_with("key: expected a name such as"), "{wrong}");
        }
    }

    #[test]
    fn scales_start_on_the_tonic() {
        let classes = |fifths, minor| -> Vec<_> { (0..12).filter(|&i| scale(fifths, minor)[i]).collect() };
        assert_eq!(classes(0, false), [0, 2, 4, 5, 7, 9, 11]);
        assert_eq!(classes(-1, true), [0, 1, 2, 4, 5, 7, 9, 10]);
        assert_eq!((tonic(2, false), tonic(3, true), tonic(-3, false)), (2, 6, 3));
    }

    #[test]
    fn transposed_keys_have_transposed_tonics() {
        for fifths in -7..=7i8 {
            for semitones in -13..=13 {
                let tonics = [tonic(fifths, true), tonic(transposed(fifths, semitones), true)].map(i32::from);
                assert_eq!((tonics[0] + semitones).rem_euclid(12), tonics[1]);
                assert!(semitones % 12 == 0 || (-5..=6).contains(&transposed(fifths, semitones)));
            }
        }
    }
}

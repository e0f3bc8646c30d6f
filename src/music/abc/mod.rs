//! Tunes in ABC notation, a subset of version 2.1: what collections of folk tunes use.
//!
//! Read: the fields X, T, M, L, Q, K and V, notes with accidentals, octaves and lengths, rests, chords, ties, broken rhythm,
//! tuplets, bar lines, repeats and endings. Chord symbols, decorations, grace notes, slurs and lyrics are left out.
//!
//! Source: C. Walshaw and others, "The abc music standard 2.1", 2011.

mod body;
mod fields;
mod repeats;

use body::{Body, Token};
use fields::{Key, Meter};

use super::roll::VELOCITY;
use super::{Note, Score, Track};
use crate::error::{Error, Result};

/// Ticks of a quarter note.
const QUARTER: u32 = 480;
/// Ticks of a whole note.
const WHOLE: f64 = 4.0 * QUARTER as f64;

/// The tunes of a text, one a piece; its name is that of its first track.
///
/// # Errors
/// [`Error::Data`] for a text without tunes or without notes.
pub fn read_abc(text: &str) -> Result<Vec<Score>> {
    let mut tunes: Vec<Vec<&str>> = Vec::new();
    let whole = !text.lines().any(|line| line.starts_with("X:"));
    for line in text.trim_start_matches('\u{feff}').lines() {
        if line.starts_with("X:") || (whole && tunes.is_empty()) {
            tunes.push(Vec::new());
        }
        if let Some(tune) = tunes.last_mut() {
            tune.push(line);
        }
    }
    if !text.lines().any(|line| line.starts_with("K:")) {
        return Err(Error::Data("no tunes: expected lines that begin with \"X:\" and \"K:\"".into()));
    }
    let scores: Vec<Score> = tunes.iter().filter_map(|lines| tune(lines).transpose()).collect::<Result<_>>()?;
    match scores.is_empty() {
        true => Err(Error::Data("no notes".into())),
        false => Ok(scores),
    }
}

/// A tune; None if it has no notes.
fn tune(lines: &[&str]) -> Result<Option<Score>> {
    let (mut title, mut meter, mut unit, mut tempo, mut key) = (String::new(), None, None, None, None);
    let mut lines = lines.iter();
    for line in lines.by_ref() {
        let Some((name, value)) = fields::field(line) else { continue };
        match name {
            'T' if title.is_empty() => title = value.to_owned(),
            'M' => meter = fields::meter(value),
            'L' => unit = fields::fraction(value),
            'Q' => tempo = Some(value),
            'K' => {
                key = Some(fields::key(value));
                break;
            }
            _ => {}
        }
    }
    let Some(key) = key else { return Ok(None) };
    let meter = meter.unwrap_or(Meter { beats: 4, value: 4 });
    let unit = unit.unwrap_or(if meter.whole() < 0.75 { 1.0 / 16.0 } else { 1.0 / 8.0 });
    let mut body = Body::new(key, unit);
    lines.for_each(|line| body.line(line));
    let tempo = tempo.and_then(|value| fields::tempo(value, unit));
    let mut music = Music {
        tempos: tempo.map(|tempo| (0, tempo)).into_iter().collect(),
        ..Music::default()
    };
    music.meters.push((0, meter.beats, meter.value));
    music.keys.push((0, key.fifths, key.minor));
    let mut tracks = Vec::new();
    for (i, (name, tokens)) in body.voices().into_iter().enumerate() {
        let notes = music.render(&repeats::expanded(tokens)?, meter, i == 0)?;
        let name = if i == 0 { title.clone() } else { name };
        tracks.push(Track { name, notes, ..Track::default() });
    }
    if tracks.iter().all(|track| track.notes.is_empty()) {
        return Ok(None);
    }
    Score::new(QUARTER, 0, tracks, music.tempos, music.meters, music.keys).map(Some)
}

#[derive(Default)]
struct Music {
    tempos: Vec<(u32, f64)>,
    meters: Vec<(u32, u8, u8)>,
    keys: Vec<(u32, i8, bool)>,
}

impl Music {
    /// Notes of a voice; the first one says where meters, keys and tempos change.
    fn render(&mut self, tokens: &[Token], mut meter: Meter, first: bool) -> Result<Vec<Note>> {
        let (mut notes, mut now, mut begun): (Vec<Note>, f64, bool) = (Vec::new(), 0.0, false);
        // Notes whose tie waits for the next one of the same pitch.
        let mut tied: Vec<usize> = Vec::new();
        for token in tokens {
            match token {
                Token::Notes { pitches, length, tie } => {
                    let (start, end) = (tick(now)?, tick(now + length)?);
                    let mut held = Vec::new();
                    for &pitch in pitches {
                        let before = tied.iter().copied().find(|&i| notes[i].pitch == pitch && notes[i].end() == start);
                        let place = before.unwrap_or(notes.len());
                        match before {
                            Some(i) => notes[i].length = end - notes[i].start,
                            None => notes.push(Note { start, pitch, length: end - start, velocity: VELOCITY }),
                        }
                        held.push(place);
                    }
                    tied = if *tie { held } else { Vec::new() };
                    now += length;
                }
                Token::Rest(length) => now += length,
                Token::Bars(bars) => now += bars * meter.whole() * WHOLE,
                Token::Bar if !begun && now > 0.0 => {
                    begun = true;
                    if first {
                        self.upbeat(tick(now)?, meter);
                    }
                }
                Token::Meter(changed) => {
                    meter = *changed;
                    if first {
                        self.meters.push((tick(now)?, changed.beats, changed.value));
                    }
                }
                Token::Key(Key { fifths, minor }) if first => self.keys.push((tick(now)?, *fifths, *minor)),
                Token::Tempo(tempo) if first => self.tempos.push((tick(now)?, *tempo)),
                _ => {}
            }
        }
        Ok(notes)
    }

    /// A bar of its own for notes before the first whole bar.
    fn upbeat(&mut self, end: u32, meter: Meter) {
        let whole = (meter.whole() * WHOLE) as u32;
        if end >= whole {
            return;
        }
        let beats = |value: u8| {
            let ticks = end * u32::from(value);
            let beats = u8::try_from(ticks / (4 * QUARTER)).ok()?;
            (ticks % (4 * QUARTER) == 0).then_some((beats, value))
        };
        if let Some((beats, value)) = [4, 8, 16, 32].into_iter().find_map(beats) {
            self.meters.push((0, beats, value));
            self.meters.push((end, meter.beats, meter.value));
        }
    }
}

fn tick(time: f64) -> Result<u32> {
    match time < f64::from(u32::MAX) {
        true => Ok(time.round() as u32),
        false => Err(Error::Data("a tune is longer than ten hours".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tunes(text: &str) -> Vec<Score> {
        read_abc(text).unwrap()
    }

    /// Starts and lengths in eighths, and pitches.
    fn notes(body: &str) -> Vec<(f64, f64, u8)> {
        let score = tunes(&format!("X:1\nM:4/4\nL:1/8\nK:C\n{body}\n")).remove(0);
        let eighths = |ticks: u32| (f64::from(ticks) / 240.0 * 1e3).round() / 1e3;
        score.tracks[0]
            .notes
            .iter()
            .map(|note| (eighths(note.start), eighths(note.length), note.pitch))
            .collect()
    }

    fn pitches(body: &str) -> Vec<u8> {
        notes(body).into_iter().map(|(.., pitch)| pitch).collect()
    }

    #[test]
    fn fields_say_title_meter_tempo_and_key() {
        let score = &tunes("X:1\nT:The Test\nC:me\nM:6/8\nQ:3/8=60\nK:Em % two\nw:la\nEFG|\n")[0];
        assert_eq!(
            (score.tracks[0].name.as_str(), score.meters[0], score.keys[0]),
            ("The Test", (0, 3, 8), (0, 1, true))
        );
        assert_eq!(score.tempos, [(0, 90.0)]);
        assert_eq!(score.tracks[0].notes.iter().map(|note| note.pitch).collect::<Vec<_>>(), [64, 66, 67]);
    }

    #[test]
    fn an_upbeat_is_a_bar_of_its_own() {
        let score = &tunes("X:1\nM:6/8\nK:C\nG|c3 e3|c6|\n")[0];
        assert_eq!(score.meters, [(0, 1, 8), (240, 6, 8)]);
        assert_eq!(score.bars().iter().map(|bar| bar.start).collect::<Vec<_>>(), [0, 240, 1680]);
    }

    #[test]
    fn lengths_octaves_and_accidentals_are_read() {
        let expected = [(0.0, 2.0, 48), (2.0, 0.5, 60), (2.5, 1.5, 72), (4.0, 0.25, 84), (4.25, 1.0, 61)];
        assert_eq!(notes("C,2 C/ c3/2 c'// ^C"), expected);
        assert_eq!(pitches("^c c _b b =b b | c b"), [73, 73, 82, 82, 83, 83, 72, 83]);
        assert_eq!(pitches("[K:D] f c [K:Bb] b e [K:Amix] g c f"), [78, 73, 82, 75, 79, 73, 78]);
    }

    #[test]
    fn rests_ties_chords_and_rhythms_are_read() {
        assert_eq!(notes("c z c2- | c2"), [(0.0, 1.0, 72), (2.0, 4.0, 72)]);
        assert_eq!(
            notes("[CEG]2 [ce]"),
            [(0.0, 2.0, 60), (0.0, 2.0, 64), (0.0, 2.0, 67), (2.0, 1.0, 72), (2.0, 1.0, 76)]
        );
        assert_eq!(notes("c>d e<<f"), [(0.0, 1.5, 72), (1.5, 0.5, 74), (2.0, 0.25, 76), (2.25, 1.75, 77)]);
        let triplet = notes("(3cde f");
        assert_eq!(triplet.iter().map(|note| note.0).collect::<Vec<_>>(), [0.0, 0.667, 1.333, 2.0]);
        assert_eq!(notes("c | Z2 | d")[1].0, 17.0);
    }

    #[test]
    fn what_is_no_note_is_left_out() {
        assert_eq!(pitches("\"Am7\"c !trill!d {ag}e (fg) .a ~b u\\\nvc % a b c"), [72, 74, 76, 77, 79, 81, 83, 72]);
    }

    #[test]
    fn repeats_and_endings_are_played() {
        assert_eq!(pitches("C|:D|E:|F"), [60, 62, 64, 62, 64, 65]);
        assert_eq!(pitches("C D:|E::F:|"), [60, 62, 60, 62, 64, 64, 65, 65]);
        assert_eq!(pitches("|:C|1 D:|2 E||F:|"), [60, 62, 60, 64, 65, 65]);
        assert_eq!(pitches("|:C [1 D:|[2 E|]"), [60, 62, 60, 64]);
    }

    #[test]
    fn a_file_has_several_tunes_and_a_tune_several_voices() {
        let text = "X:1\nT:A\nK:C\nC\n\nX:2\nT:B\nK:G\nV:1\nF4|\nV:2\nF,,2\n\nX:3\nK:C\nz4\n";
        let made = tunes(text);
        assert_eq!(made.iter().map(|score| score.tracks[0].name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(made[1].tracks.iter().map(|track| track.notes[0].pitch).collect::<Vec<_>>(), [66, 42]);
    }

    #[test]
    fn texts_without_music_are_refused() {
        assert!(read_abc("a letter\n").unwrap_err().to_string().starts_with("no tunes: expected lines"));
        assert_eq!(read_abc("X:1\nK:C\nz\n").unwrap_err().to_string(), "no notes");
        let long = format!("X:1\nL:1/1\nK:C\n{}C\n", "Z9999|".repeat(99));
        assert!(read_abc(&long).unwrap_err().to_string().contains("hours"));
    }
}

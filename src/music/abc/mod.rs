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

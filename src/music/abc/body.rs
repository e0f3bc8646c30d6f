//! The body of a tune: from text to tokens of voices.

use std::iter::Peekable;
use std::str::Chars;

use super::fields::{self, Key, Meter};
use super::WHOLE;

/// What a voice consists of. Lengths are in ticks.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// Pitches that sound together, and whether they are tied to the next ones.
    Notes {
        pitches: Vec<u8>,
        length: f64,
        tie: bool,
    },
    Rest(f64),
    /// A number of bars of rest.
    Bars(f64),
    Bar,
    DoubleBar,
    RepeatStart,
    RepeatEnd,
    /// What is played in these passes only.
    Ending(Vec<u32>),
    Meter(Meter),
    Key(Key),
    Tempo(f64),
}

pub struct Body {
    voices: Vec<(String, Voice)>,
    current: usize,
    start: (Key, f64),
}

struct Voice {
    tokens: Vec<Token>,
    key: Key,
    unit: f64,
    // Accidentals of this bar, by letter.
    accidentals: Vec<(char, i8)>,
    // Factors of the notes of a tuplet, and of the note behind a broken rhythm.
    tuplet: (f64, u32),
    broken: f64,
}

/// Characters of a remark at most.
const LONGEST: usize = 1_000;

type Text<'a> = Peekable<Chars<'a>>;

impl Body {
    pub fn new(key: Key, unit: f64) -> Self {
        Body { voices: Vec::new(), current: 0, start: (key, unit) }
    }

    /// The voices with their names.
    pub fn voices(self) -> Vec<(String, Vec<Token>)> {
        self.voices.into_iter().map(|(name, voice)| (name, voice.tokens)).collect()
    }

    /// Reads a line.
    pub fn line(&mut self, line: &str) {
        match fields::field(line) {
            Some((name, value)) => self.field(name, value),
            None => self.music(line.split('%').next().unwrap_or("")),
        }
    }

    fn field(&mut self, name: char, value: &str) {
        if name == 'V' {
            let name = value.split_whitespace().next().unwrap_or("1");
            self.current = self.place(name);
            return;
        }
        let voice = self.voice();
        match name {
            'K' => {
                voice.key = fields::key(value);
                voice.tokens.push(Token::Key(voice.key));
            }
            'M' => voice.tokens.extend(fields::meter(value).map(Token::Meter)),
            'L' => voice.unit = fields::fraction(value).unwrap_or(voice.unit),
            'Q' => voice.tokens.extend(fields::tempo(value, voice.unit).map(Token::Tempo)),
            _ => {}
        }
    }

    fn place(&mut self, name: &str) -> usize {
        let (key, unit) = self.start;
        self.voices.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            let voice = Voice {
                tokens: Vec::new(),
                key,
                unit,
                accidentals: Vec::new(),
                tuplet: (1.0, 0),
                broken: 1.0,
            };
            self.voices.push((name.to_owned(), voice));
            self.voices.len() - 1
        })
    }

    fn voice(&mut self) -> &mut Voice {
        if self.voices.is_empty() {
            self.current = self.place("1");
        }
        let last = self.voices.len() - 1;
        &mut self.voices[self.current.min(last)].1
    }

    fn music(&mut self, line: &str) {
        let mut text = line.chars().peekable();
        while let Some(&letter) = text.peek() {
            match letter {
                '"' | '!' | '+' => skip(&mut text, letter),
                '{' => skip(&mut text, '}'),
                '|' | ':' => self.voice().bar(&mut text),
                '[' => self.bracket(&mut text),
                '(' => self.voice().parenthesis(&mut text),
                '-' => {
                    text.next();
                    if let Some(Token::Notes { tie, .. }) = self.voice().tokens.last_mut() {
                        *tie = true;
                    }
                }
                '>' | '<' => self.voice().break_rhythm(&mut text),
                'z' | 'x' => {
                    text.next();
                    let voice = self.voice();
                    let length = voice.length(&mut text);
                    voice.tokens.push(Token::Rest(length));
                }
                'Z' | 'X' => {
                    text.next();
                    let bars = factor(&mut text);
                    self.voice().tokens.push(Token::Bars(bars));
                }
                '^' | '_' | '=' | 'A'..='G' | 'a'..='g' => {
                    let voice = self.voice();
                    if let Some(pitch) = voice.pitch(&mut text) {
                        let length = voice.length(&mut text);
                        voice.tokens.push(Token::Notes { pitches: vec![pitch], length, tie: false });
                    }
                }
                _ => {
                    text.next();
                }
            }
        }
    }

    /// A chord, a field, or an ending.
    fn bracket(&mut self, text: &mut Text<'_>) {
        let mut ahead = text.clone();
        ahead.next();
        match (ahead.next(), ahead.next()) {
            (Some('|'), _) => self.voice().bar(text),
            (Some('1'..='9'), _) => {
                text.next();
                self.voice().ending(text);
            }
            (Some(name), Some(':')) if name.is_ascii_alphabetic() => {
                let field: String = text.by_ref().skip(1).take_while(|&letter| letter != ']').collect();
                if let Some((name, value)) = fields::field(&field) {
                    self.field(name, value);
                }
            }
            _ => {
                text.next();
                self.voice().chord(text);
            }
        }
    }
}

impl Voice {
    /// A bar line with its repeats.
    fn bar(&mut self, text: &mut Text<'_>) {
        let mut line = String::new();
        while let Some(&letter) = text.peek() {
            match letter {
                '|' | ':' | ']' => line.push(letter),
                '[' if line.is_empty() => {}
                _ => break,
            }
            text.next();
        }
        self.accidentals.clear();
        let (before, after) = (line.starts_with(':'), line.ends_with(':'));
        let colons = line.chars().filter(|&letter| letter == ':').count();
        match (before, after) {
            (true, true) if line.contains('|') || colons > 1 => {
                self.tokens.extend([Token::RepeatEnd, Token::RepeatStart]);
            }
            // A lone colon is no bar line.
            (true, true) => {}
            (true, false) => self.tokens.push(Token::RepeatEnd),
            (false, true) => self.tokens.push(Token::RepeatStart),
            _ if line.len() > 1 => self.tokens.push(Token::DoubleBar),
            _ => self.tokens.push(Token::Bar),
        }
        if text.peek().is_some_and(char::is_ascii_digit) {
            self.ending(text);
        }
    }

    /// Passes of an ending, "1", "1,3" or "1-3".
    fn ending(&mut self, text: &mut Text<'_>) {
        let mut passes = Vec::new();
        let mut range = false;
        loop {
            match (number(text), passes.last().copied()) {
                (Some(pass), Some(first)) if range => passes.extend(first + 1..=pass.min(first + 9)),
                (Some(pass), _) => passes.push(pass),
                (None, _) => break,
            }
            range = text.peek() == Some(&'-');
            if !range && text.peek() != Some(&',') {
                break;
            }
            text.next();
        }
        self.tokens.push(Token::Ending(passes));
    }

    /// A slur, or a tuplet "(3", "(3:2" or "(3:2:3".
    fn parenthesis(&mut self, text: &mut Text<'_>) {
        text.next();
        let Some(notes) = number(text) else { return };
        let mut more = || {
            let there = text.peek() == Some(&':');
            if there {
                text.next();
            }
            there.then(|| number(text)).flatten()
        };
        let usual = match notes {
            2 | 4 | 8 => 3,
            _ => 2,
        };
        let (time, count) = (more().unwrap_or(usual), more().unwrap_or(notes));
        if (2..=16).contains(&notes) && (1..=16).contains(&time) {
            self.tuplet = (f64::from(time) / f64::from(notes), count.min(64));
        }
    }

    /// Lengthens the last notes and shortens the next, or the other way.
    fn break_rhythm(&mut self, text: &mut Text<'_>) {
        let Some(&mark) = text.peek() else { return };
        let mut short = 1.0;
        while text.peek() == Some(&mark) {
            text.next();
            short = f64::max(short / 2.0, 1.0 / 16.0);
        }
        let (before, after) = if mark == '>' { (2.0 - short, short) } else { (short, 2.0 - short) };
        if let Some(Token::Notes { length, .. } | Token::Rest(length)) = self.tokens.last_mut() {
            *length *= before;
            self.broken = after;
        }
    }

    /// Ticks of the note or rest whose factor follows.
    fn length(&mut self, text: &mut Text<'_>) -> f64 {
        let mut length = self.unit * WHOLE * factor(text) * std::mem::replace(&mut self.broken, 1.0);
        if self.tuplet.1 > 0 {
            self.tuplet.1 -= 1;
            length *= self.tuplet.0;
        }
        length
    }

    fn chord(&mut self, text: &mut Text<'_>) {
        let (mut pitches, mut inner, mut tied) = (Vec::new(), None, false);
        while let Some(&letter) = text.peek() {
            match letter {
                ']' => {
                    text.next();
                    break;
                }
                '^' | '_' | '=' | 'A'..='G' | 'a'..='g' => {
                    pitches.extend(self.pitch(text));
                    let own = factor(text);
                    // The first note says how long the chord is.
                    inner.get_or_insert(own);
                }
                '"' | '!' => skip(text, letter),
                _ => {
                    tied |= letter == '-';
                    text.next();
                }
            }
        }
        let length = self.length(text) * inner.unwrap_or(1.0);
        if pitches.is_empty() {
            return;
        }
        self.tokens.push(Token::Notes { pitches, length, tie: tied });
    }

    /// A pitch with its accidentals and octaves; None without a letter, or outside MIDI.
    fn pitch(&mut self, text: &mut Text<'_>) -> Option<u8> {
        let mut written = None;
        while let Some(&mark @ ('^' | '_' | '=')) = text.peek() {
            text.next();
            let by = i8::from(mark == '^') - i8::from(mark == '_');
            written = Some((written.unwrap_or(0i8) + by).clamp(-2, 2));
        }
        let letter = text.next_if(|letter| matches!(letter, 'A'..='G' | 'a'..='g'))?;
        let name = letter.to_ascii_uppercase();
        let mut octave = if letter.is_ascii_lowercase() { 1 } else { 0 };
        while let Some(&mark @ ('\'' | ',')) = text.peek() {
            text.next();
            octave = (octave + if mark == '\'' { 1 } else { -1 }).clamp(-9, 9);
        }
        let accidental = match written {
            Some(written) => {
                self.accidentals.push((name, written));
                written
            }
            None => {
                let known = self.accidentals.iter().rev().find(|(letter, _)| *letter == name);
                known.map_or_else(|| self.key.accidental(name), |&(_, accidental)| accidental)
            }
        };
        let step = match name {
            'C' => 0,
            'D' => 2,
            'E' => 4,
            'F' => 5,
            'G' => 7,
            'A' => 9,
            _ => 11,
        };
        u8::try_from(60 + step + 12 * octave + i32::from(accidental)).ok().filter(|&pitch| pitch < 128)
    }
}

/// Skips to the end of what a mark opens.
fn skip(text: &mut Text<'_>, end: char) {
    let mut ahead = text.clone();
    ahead.next();
    text.next();
    // Without its end near by it is one character.
    if ahead.by_ref().take(LONGEST).any(|letter| letter == end) {
        *text = ahead;
    }
}

/// A number that follows.
fn number(text: &mut Text<'_>) -> Option<u32> {
    let mut value = None;
    while let Some(digit) = text.peek().and_then(|letter| letter.to_digit(10)) {
        text.next();
        value = Some((value.unwrap_or(0u32) * 10 + digit).min(99_999));
    }
    value
}

/// The factor of a length: "3", "3/2", "/" or "//".
fn factor(text: &mut Text<'_>) -> f64 {
    let mut value = f64::from(number(text).unwrap_or(1));
    while text.next_if_eq(&'/').is_some() {
        value /= f64::from(number(text).unwrap_or(2).max(1));
    }
    value.max(1.0 / 256.0)
}

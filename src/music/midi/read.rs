//! Reading MIDI files.

use std::collections::{HashMap, VecDeque};

use midly::{EventIter, MetaMessage, MidiMessage, TrackEventKind};

use super::DRUMS;
use crate::error::{Error, Result};
use crate::music::score::{is_meter, tempo_of_microseconds};
use crate::music::{Note, Score, Track};

/// Ticks of a quarter note, and of a second, of files whose ticks are parts of a second.
const TIMED: (u32, f64) = (480, 960.0);

/// The pieces of a file: one, or each track of a file of type 2.
///
/// A track of a piece is what a track of the file plays on one channel with one instrument. A note-off ends the oldest note
/// of its pitch; notes that are never ended last to the end of their track. Key signatures that do not exist and tempos
/// that are no music are left out, and meters that do not exist become 4/4. If the ticks are parts of a second (SMPTE), the
/// tempo is 120.
///
/// # Errors
/// [`Error::Data`] for files that are damaged, cut off, longer than ten hours or without notes.
pub fn read_midi(bytes: &[u8]) -> Result<Vec<Score>> {
    match read_damaged_midi(bytes)? {
        (_, Some(damage)) => Err(damage),
        (scores, None) => Ok(scores),
    }
}

/// The pieces of a file up to its first damage, if any, and that damage. Notes that sound there end there.
///
/// # Errors
/// [`Error::Data`] if nothing can be read, or the pieces are longer than ten hours.
pub fn read_damaged_midi(bytes: &[u8]) -> Result<(Vec<Score>, Option<Error>)> {
    let (kind, count, division, chunks) = header(bytes)?;
    let (tracks, damage) = tracks(chunks, count);
    let pieces: Vec<Vec<Raw>> = match kind {
        2 => tracks.into_iter().map(|track| vec![track]).collect(),
        _ => vec![tracks],
    };
    let scores: Vec<Score> = pieces
        .into_iter()
        .filter(|tracks| tracks.iter().any(|track| !track.notes.is_empty()))
        .map(|tracks| piece(tracks, division))
        .collect::<Result<_>>()?;
    match scores.is_empty() {
        true => Err(damage.unwrap_or_else(|| Error::Data("no notes".into()))),
        false => Ok((scores, damage)),
    }
}

/// What a tick is.
#[derive(Clone, Copy)]
enum Division {
    Quarters(u32),
    Seconds(f64),
}

/// A track of the file.
#[derive(Default)]
struct Raw {
    name: String,
    // Notes by channel and instrument.
    notes: Vec<(u8, u8, Raws)>,
    tempos: Vec<(u64, f64)>,
    meters: Vec<(u64, u8, u8)>,
    keys: Vec<(u64, i8, bool)>,
    // Where the piece ends, as far as this track knows.
    end: u64,
}

/// Start, end, pitch and velocity of notes.
type Raws = Vec<(u64, u64, u8, u8)>;

fn damage(what: impl Into<String>) -> Error {
    Error::Data(format!("damaged: {}", what.into()))
}

fn damaged<T>(what: impl Into<String>) -> Result<T> {
    Err(damage(what))
}

/// Type, number of tracks, division, and the bytes after them.
fn header(bytes: &[u8]) -> Result<(u16, usize, Division, &[u8])> {
    if bytes.is_empty() {
        return Err(Error::Data("empty file".into()));
    }
    // MIDI in a file of Windows.
    let bytes = match bytes {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'R', b'M', b'I', b'D', b'd', b'a', b't', b'a', _, _, _, _, inner @ ..] => {
            inner
        }
        _ => bytes,
    };
    if !bytes.starts_with(b"MThd") {
        return Err(Error::Data("no MIDI file: it does not begin with \"MThd\"".into()));
    }
    let (size, rest) = match (number(bytes, 4), bytes.get(8..)) {
        (Some(size), Some(rest)) => (size as usize, rest),
        _ => return damaged("the header is cut off"),
    };
    if size < 6 || rest.len() < size {
        return damaged("the header is cut off");
    }
    let word = |at: usize| u16::from_be_bytes([rest[at], rest[at + 1]]);
    let (kind, count, division) = (word(0), usize::from(word(2)), word(4));
    if kind > 2 {
        return damaged(format!("expected type 0, 1 or 2, got {kind}"));
    }
    let division = match division.to_be_bytes() {
        [0, 0] => return damaged("expected ticks of a quarter note, got 0"),
        [frames, parts] if frames >= 128 => {
            let rate = match 256 - u32::from(frames) {
                rate @ (24 | 25 | 30) => f64::from(rate),
                29 => 30_000.0 / 1_001.0,
                other => return damaged(format!("expected 24, 25, 29 or 30 frames a second, got {other}")),
            };
            if parts == 0 {
                return damaged("expected ticks of a frame, got 0");
            }
            Division::Seconds(rate * f64::from(parts))
        }
        _ => Division::Quarters(division.into()),
    };
    Ok((kind, count, division, &rest[size..]))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// The tracks of the chunks, as many as announced, and the first damage; what follows them is left out.
fn tracks(mut bytes: &[u8], count: usize) -> (Vec<Raw>, Option<Error>) {
    let mut tracks = Vec::new();
    while tracks.len() < count {
        let (Some(size), Some(rest)) = (number(bytes, 4), bytes.get(8..)) else {
            let there = tracks.len();
            return (tracks, Some(damage(format!("expected {count} tracks, got {there}"))));
        };
        let (size, place) = (size as usize, tracks.len() + 1);
        let mut wrong =
            (rest.len() < size).then(|| damage(format!("expected {size} bytes of track {place}, got {}", rest.len())));
        let (own, next) = rest.split_at(size.min(rest.len()));
        match &bytes[..4] {
            b"MTrk" => {
                let (raw, broken) = track(own, place);
                tracks.push(raw);
                wrong = wrong.or(broken);
            }
            name if name.iter().all(|byte| (32..127).contains(byte)) => {}
            _ => wrong = wrong.or_else(|| Some(damage(format!("expected track {place}, got other bytes")))),
        }
        if wrong.is_some() {
            return (tracks, wrong);
        }
        bytes = next;
    }
    (tracks, None)
}

/// A track, up to the place where it breaks off, if it does.
fn track(bytes: &[u8], place: usize) -> (Raw, Option<Error>) {
    let mut raw = Raw::default();
    let mut sounding: HashMap<(u8, u8), VecDeque<(usize, usize)>> = HashMap::new();
    let mut programs = [0u8; 16];
    let (mut tick, mut ended, mut last_change) = (0u64, false, 0);
    let mut status = None;
    let mut events = EventIter::new(bytes);
    let mut read = 0;
    while let Some(Ok(event)) = events.next() {
        read = bytes.len() - events.unread().len();
        tick += u64::from(event.delta.as_int());
        match event.kind {
            TrackEventKind::Midi { channel, message } => {
                status = events.running_status();
                let channel = channel.as_int();
                match message {
                    MidiMessage::NoteOn { key, vel } if vel > 0 => {
                        let part = part(&mut raw.notes, channel, programs[usize::from(channel)]);
                        let notes = &mut raw.notes[part].2;
                        sounding.entry((channel, key.as_int())).or_default().push_back((part, notes.len()));
                        notes.push((tick, u64::MAX, key.as_int(), vel.as_int()));
                    }
                    MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } => {
                        let oldest = sounding.get_mut(&(channel, key.as_int())).and_then(VecDeque::pop_front);
                        if let Some((part, i)) = oldest {
                            raw.notes[part].2[i].1 = tick;
                            raw.end = tick;
                        }
                    }
                    MidiMessage::ProgramChange { program } => programs[usize::from(channel)] = program.as_int(),
                    _ => {}
                }
            }
            TrackEventKind::Meta(MetaMessage::EndOfTrack) => {
                ended = true;
                break;
            }
            TrackEventKind::Meta(meta) => {
                // Some programs keep the running status here, against the standard.
                *events.running_status_mut() = status;
                if raw.meta(tick, &meta) {
                    last_change = tick;
                }
            }
            _ => *events.running_status_mut() = status,
        }
    }
    let broken = (!ended).then(|| damage(format!("track {place} breaks off at byte {read} of {}", bytes.len())));
    for (part, i) in sounding.into_values().flatten() {
        raw.notes[part].2[i].1 = tick;
        raw.end = tick;
    }
    // A change of tempo after the last note does not make a piece longer.
    if !raw.notes.is_empty() && last_change <= raw.end {
        raw.end = tick;
    }
    (raw, broken)
}

fn part(notes: &mut Vec<(u8, u8, Raws)>, channel: u8, program: u8) -> usize {
    let known = notes.iter().position(|(a, b, _)| (*a, *b) == (channel, program));
    known.unwrap_or_else(|| {
        notes.push((channel, program, Raws::new()));
        notes.len() - 1
    })
}

impl Raw {
    /// Keeps what a meta event says; true for a change of tempo, meter or key.
    fn meta(&mut self, tick: u64, meta: &MetaMessage<'_>) -> bool {
        match *meta {
            MetaMessage::TrackName(name) if self.name.is_empty() => self.name = text(name),
            MetaMessage::Tempo(micros) => {
                self.tempos.extend(tempo_of_microseconds(micros.as_int()).map(|tempo| (tick, tempo)));
            }
            MetaMessage::TimeSignature(beats, power, ..) => {
                let value = 1u8.checked_shl(power.into()).unwrap_or(0);
                let (beats, value) = if is_meter(beats, value) { (beats, value) } else { (4, 4) };
                self.meters.push((tick, beats, value));
            }
            MetaMessage::KeySignature(fifths, minor) if (-7..=7).contains(&fifths) => {
                self.keys.push((tick, fifths, minor))
            }
            MetaMessage::KeySignature(..) => {}
            _ => return false,
        }
        !matches!(meta, MetaMessage::TrackName(_))
    }
}

/// Text in UTF-8, or in Latin-1.
fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| bytes.iter().copied().map(char::from).collect())
}

/// The piece of some tracks.
fn piece(tracks: Vec<Raw>, division: Division) -> Result<Score> {
    let resolution = match division {
        Division::Quarters(ticks) => ticks,
        Division::Seconds(_) => TIMED.0,
    };
    let tick = |tick: u64| -> Result<u32> {
        let tick = match division {
            Division::Quarters(_) => tick as f64,
            Division::Seconds(ticks) => (tick as f64 / ticks * TIMED.1).round(),
        };
        match tick < f64::from(u32::MAX) {
            true => Ok(tick as u32),
            false => Err(Error::Data(format!("the piece lasts {tick:.0} ticks; at most {} are supported", u32::MAX))),
        }
    };
    let (mut made, mut tempos, mut meters, mut keys, mut end) = (Vec::new(), vec![], vec![], vec![], 0);
    for mut raw in tracks {
        end = end.max(tick(raw.end)?);
        for (at, tempo) in raw.tempos.into_iter().filter(|_| matches!(division, Division::Quarters(_))) {
            tempos.extend(tick(at).map(|at| (at, tempo)));
        }
        meters.extend(raw.meters.into_iter().filter_map(|(at, beats, value)| Some((tick(at).ok()?, beats, value))));
        keys.extend(raw.keys.into_iter().filter_map(|(at, fifths, minor)| Some((tick(at).ok()?, fifths, minor))));
        raw.notes.sort_by_key(|&(channel, ..)| channel);
        for (channel, program, notes) in raw.notes {
            let note = |(start, end, pitch, velocity): (u64, u64, u8, u8)| -> Result<Note> {
                let (start, end) = (tick(start)?, tick(end)?);
                Ok(Note { start, pitch, length: end - start, velocity })
            };
            let notes = notes.into_iter().map(note).collect::<Result<_>>()?;
            made.push(Track {
                name: raw.name.clone(),
                program,
                drums: channel == DRUMS,
                notes,
            });
        }
    }
    Score::new(resolution, end, made, tempos, meters, keys).map_err(|error| match error {
        Error::Parameter { .. } => Error::Data(error.to_string()),
        other => other,
    })
}

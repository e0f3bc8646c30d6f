//! Writing MIDI files.

use midly::num::{u15, u24, u28, u4, u7};
use midly::{Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};

use super::DRUMS;
use crate::error::{Error, Result};
use crate::music::{Score, Track};

/// A file of type 1: tempos, meters and keys in its first track, and a track for each of the piece.
///
/// Tracks without notes are lost when the file is read again; everything else is the same.
///
/// # Errors
/// [`Error::Internal`] if a track does not fit into a file.
pub fn write_midi(score: &Score) -> Result<Vec<u8>> {
    let timing = Timing::Metrical(u15::from(score.resolution as u16));
    let mut file = Smf::new(Header::new(Format::Parallel, timing));
    file.tracks.push(conductor(score));
    for (track, channel) in score.tracks.iter().zip(channels(&score.tracks)) {
        file.tracks.push(events(track, channel, score.length));
    }
    let mut bytes = Vec::new();
    file.write_std(&mut bytes).map_err(|_| Error::Internal("a MIDI file".into()))?;
    Ok(bytes)
}

/// A channel for each track: the tenth for percussion; if there are more than 15 others, those of one instrument share.
pub fn channels(tracks: &[Track]) -> Vec<u8> {
    let crowded = tracks.iter().filter(|track| !track.drums).count() > 15;
    let mut taken: Vec<u8> = Vec::new();
    let mut others = 0;
    let mut channel = |track: &Track| {
        if track.drums {
            return DRUMS;
        }
        let known = taken.iter().position(|&program| program == track.program).filter(|_| crowded);
        let place = known.unwrap_or(others) % 15;
        if known.is_none() {
            taken.push(track.program);
            others += 1;
        }
        if place < usize::from(DRUMS) {
            place as u8
        } else {
            place as u8 + 1
        }
    };
    tracks.iter().map(&mut channel).collect()
}

fn conductor(score: &Score) -> Vec<TrackEvent<'static>> {
    let mut list: Vec<(u32, MetaMessage<'static>)> = Vec::new();
    list.extend(score.meters.iter().map(|&(tick, beats, value)| {
        let clocks = (96 / value.max(1)).max(1);
        (tick, MetaMessage::TimeSignature(beats, value.trailing_zeros() as u8, clocks, 8))
    }));
    list.extend(score.keys.iter().map(|&(tick, fifths, minor)| (tick, MetaMessage::KeySignature(fifths, minor))));
    list.extend(score.tempos.iter().map(|&(tick, tempo)| {
        let micros = (6e7 / tempo).round().clamp(1.0, 16_777_215.0);
        (tick, MetaMessage::Tempo(u24::from(micros as u32)))
    }));
    list.sort_by_key(|&(tick, _)| tick);
    let mut events = Events::default();
    for (tick, meta) in list {
        events.push(tick, TrackEventKind::Meta(meta));
    }
    events.end(0)
}

fn events(track: &Track, channel: u8, length: u32) -> Vec<TrackEvent<'_>> {
    let channel = u4::from(channel);
    let mut list: Vec<(u32, bool, u8, u8)> = Vec::with_capacity(2 * track.notes.len());
    for note in &track.notes {
        list.push((note.start, true, note.pitch, note.velocity));
        list.push((note.end(), false, note.pitch, 0));
    }
    // What ends at a tick ends before another note starts.
    list.sort_unstable();
    let mut events = Events::default();
    if !track.name.is_empty() {
        events.push(0, TrackEventKind::Meta(MetaMessage::TrackName(track.name.as_bytes())));
    }
    let program = MidiMessage::ProgramChange { program: u7::from(track.program) };
    events.push(0, TrackEventKind::Midi { channel, message: program });
    for (tick, starts, pitch, velocity) in list {
        let (key, vel) = (u7::from(pitch), u7::from(velocity));
        let message = if starts { MidiMessage::NoteOn { key, vel } } else { MidiMessage::NoteOff { key, vel } };
        events.push(tick, TrackEventKind::Midi { channel, message });
    }
    events.end(length)
}

/// Events with the ticks between them.
#[derive(Default)]
struct Events<'a> {
    list: Vec<TrackEvent<'a>>,
    tick: u32,
}

impl<'a> Events<'a> {
    /// Adds an event that is not before the last one.
    fn push(&mut self, tick: u32, kind: TrackEventKind<'a>) {
        // The longest wait of a file is 28 bits; an empty text splits a longer one.
        const MOST: u32 = (1 << 28) - 1;
        while tick - self.tick > MOST {
            self.list.push(TrackEvent {
                delta: u28::from(MOST),
                kind: TrackEventKind::Meta(MetaMessage::Text(b"")),
            });
            self.tick += MOST;
        }
        self.list.push(TrackEvent { delta: u28::from(tick - self.tick), kind });
        self.tick = tick;
    }

    fn end(mut self, tick: u32) -> Vec<TrackEvent<'a>> {
        self.push(tick.max(self.tick), TrackEventKind::Meta(MetaMessage::EndOfTrack));
        self.list
    }
}

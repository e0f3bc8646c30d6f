//! Sound by the samples of a soundfont.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

use rustysynth::{SoundFont, Synthesizer, SynthesizerSettings};

use crate::error::{Error, Result};
use crate::music::midi::channels;
use crate::music::Score;

/// Left and right, of this number of samples.
pub fn played(score: &Score, frames: usize, rate: u32, font: &[u8]) -> Result<Vec<Vec<f32>>> {
    // The crate panics for some damaged fonts.
    let play = AssertUnwindSafe(|| play(score, frames, rate, font));
    catch_unwind(play).unwrap_or_else(|_| Err(damaged("it is damaged")))
}

fn damaged(why: impl std::fmt::Display) -> Error {
    Error::Data(format!("soundfont: expected the bytes of an SF2 file, {why}"))
}

fn play(score: &Score, frames: usize, rate: u32, font: &[u8]) -> Result<Vec<Vec<f32>>> {
    let font = Arc::new(SoundFont::new(&mut &font[..]).map_err(damaged)?);
    let mut synthesizer = Synthesizer::new(&font, &SynthesizerSettings::new(rate as i32)).map_err(damaged)?;
    let clock = score.clock();
    let frame = |tick: u32| ((clock.seconds(tick) * f64::from(rate)) as usize).min(frames);
    let places = channels(&score.tracks);
    // What ends ends before another note starts.
    let mut events: Vec<(usize, bool, usize, u8, u8)> = Vec::new();
    for (track, note) in score.notes() {
        events.push((frame(note.start), true, track, note.pitch, note.velocity));
        events.push((frame(note.end()), false, track, note.pitch, 0));
    }
    events.sort_unstable();
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    let mut programs = [None; 16];
    let mut now = 0;
    for (at, starts, track, pitch, velocity) in events {
        synthesizer.render(&mut left[now..at], &mut right[now..at]);
        now = at;
        let (channel, program) = (places[track], score.tracks[track].program);
        if programs[usize::from(channel)].replace(program) != Some(program) {
            synthesizer.process_midi_message(channel.into(), 0xC0, program.into(), 0);
        }
        match starts {
            true => synthesizer.note_on(channel.into(), pitch.into(), velocity.into()),
            false => synthesizer.note_off(channel.into(), pitch.into()),
        }
    }
    synthesizer.render(&mut left[now..], &mut right[now..]);
    Ok(vec![left, right])
}

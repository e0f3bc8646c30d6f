//! Scores as texts of frames: a frame has the pitches that sound in a step, from low to high, and an end.
//!
//! A pitch that sounds in two frames in succession is one note. A text can also show a part of a score first: the frames of
//! some voices and then those of all voices, or the frames after a gap and then those before it and in it.

use super::alphabet::{pitch, pitch_of, step, FRAME, GAP, PART, WHOLE};
use super::score::{Note, Score, Track};

/// Pitches that sound at a time, from low to high.
pub type Frame = Vec<u8>;

/// The characters of texts of frames.
pub fn alphabet() -> String {
    (0..128).map(pitch).chain([FRAME, WHOLE, GAP, PART]).collect()
}

/// The frames of the notes of a score, `steps` of them in a quarter note; percussion is left out.
pub fn frames(score: &Score, steps: u32) -> Vec<Frame> {
    let step = |tick: u32| step(tick, steps, score.resolution) as usize;
    let mut frames = vec![Frame::new(); step(score.length)];
    for note in score.tracks.iter().filter(|track| !track.drums).flat_map(|track| &track.notes) {
        let start = step(note.start);
        let end = step(note.start + note.length).max(start + 1);
        if frames.len() < end {
            frames.resize(end, Frame::new());
        }
        frames[start..end].iter_mut().for_each(|frame| frame.push(note.pitch));
    }
    for frame in &mut frames {
        frame.sort_unstable();
        frame.dedup();
    }
    frames
}

/// The text of frames.
pub fn write(frames: &[Frame]) -> String {
    frames.iter().flat_map(|frame| frame.iter().map(|&p| pitch(p)).chain([FRAME])).collect()
}

/// The frames of the last score in a text. A frame without an end is left out.
pub fn read(text: &str) -> Vec<Frame> {
    let (mut frames, mut frame) = (Vec::new(), Frame::new());
    for character in text.chars() {
        match character {
            FRAME => frames.push(std::mem::take(&mut frame)),
            WHOLE => (frames, frame) = (Vec::new(), Frame::new()),
            _ => frame.extend(pitch_of(character)),
        }
    }
    frames
}

/// Notes of frames in `count` tracks. A note goes on in its track; new ones are given to free tracks, the highest to the first.
/// Notes for which there is no track are of the last one.
pub fn tracks(frames: &[Frame], count: usize) -> Vec<Vec<Note>> {
    let mut tracks = vec![Vec::<Note>::new(); count.max(1)];
    for (start, frame) in frames.iter().enumerate() {
        let start = start as u32;
        let mut free: Vec<usize> = (0..tracks.len()).collect();
        let mut new = Vec::new();
        for (rank, &pitch) in frame.iter().rev().enumerate() {
            let goes_on = |note: &&mut Note| note.pitch == pitch && note.start + note.length == start;
            let held = tracks
                .iter_mut()
                .enumerate()
                .find_map(|(i, notes)| Some((i, notes.iter_mut().rev().find(goes_on)?)));
            match held {
                Some((track, note)) => {
                    note.length += 1;
                    free.retain(|&other| other != track);
                }
                None => new.push((rank, pitch)),
            }
        }
        for (rank, pitch) in new {
            let track = free.iter().copied().min_by_key(|track| track.abs_diff(rank)).unwrap_or(count.max(1) - 1);
            free.retain(|&other| other != track);
            tracks[track].push(Note { start, pitch, length: 1, velocity: 80 });
        }
    }
    tracks.iter_mut().for_each(|notes| notes.sort_unstable());
    tracks
}

/// A score of frames, with one track for each voice.
pub fn score(frames: &[Frame], steps: u32, voices: &[Track]) -> Score {
    let notes = tracks(frames, voices.len());
    let tracks = voices.iter().zip(notes).map(|(voice, notes)| Track { notes, ..voice.clone() });
    Score {
        resolution: steps,
        length: frames.len() as u32,
        tracks: tracks.collect(),
        tempos: vec![(0, 120.0)],
        meters: vec![(0, 4, 4)],
        keys: vec![],
    }
}

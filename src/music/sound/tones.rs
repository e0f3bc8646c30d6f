//! Waveforms and envelopes of the families of General MIDI.

/// How an instrument sounds.
#[derive(Clone, Copy)]
pub struct Tone {
    /// Amplitudes of the harmonics.
    pub harmonics: &'static [f32],
    /// Seconds to full loudness.
    pub attack: f32,
    /// Seconds in which the loudness falls by a factor of e, towards `sustain`; at middle C if that is 0.
    pub decay: f32,
    /// Part of the loudness that stays.
    pub sustain: f32,
    /// Seconds to silence behind the note.
    pub release: f32,
    /// Hundredths of a semitone between two voices that play it; 0 for one voice.
    pub spread: f32,
}

const fn tone(harmonics: &'static [f32], envelope: [f32; 4], spread: f32) -> Tone {
    let [attack, decay, sustain, release] = envelope;
    Tone { harmonics, attack, decay, sustain, release, spread }
}

const PIANO: &[f32] = &[1.0, 0.5, 0.32, 0.2, 0.14, 0.1, 0.06, 0.05, 0.04, 0.03];
const BELL: &[f32] = &[1.0, 0.05, 0.02, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.18];
const ORGAN: &[f32] = &[1.0, 0.7, 0.45, 0.5, 0.0, 0.25, 0.0, 0.3];
const PLUCKED: &[f32] = &[1.0, 0.65, 0.4, 0.3, 0.22, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05, 0.04];
const BASS: &[f32] = &[1.0, 0.7, 0.35, 0.2, 0.1, 0.06];
const BOWED: &[f32] = &[1.0, 0.55, 0.42, 0.32, 0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05];
const VOICES: &[f32] = &[1.0, 0.45, 0.5, 0.28, 0.1, 0.06, 0.04, 0.03];
const BRASS: &[f32] = &[1.0, 0.9, 0.8, 0.65, 0.5, 0.36, 0.25, 0.17, 0.12, 0.08];
const REED: &[f32] = &[1.0, 0.15, 0.65, 0.12, 0.4, 0.1, 0.25, 0.08, 0.16, 0.05, 0.1];
const PIPE: &[f32] = &[1.0, 0.22, 0.1, 0.04, 0.02];
const SQUARE: &[f32] = &[1.0, 0.0, 0.33, 0.0, 0.2, 0.0, 0.14, 0.0, 0.11, 0.0, 0.09];
const SOFT: &[f32] = &[1.0, 0.4, 0.25, 0.15, 0.1, 0.06];

/// By eights of programs: piano, chromatic percussion, organ, guitar, bass, strings, ensemble, brass, reed, pipe, lead, pad,
/// effects, ethnic, percussive, sound effects.
const FAMILIES: [Tone; 16] = [
    tone(PIANO, [0.004, 0.9, 0.0, 0.25], 1.5),
    tone(BELL, [0.002, 0.6, 0.0, 0.6], 0.0),
    tone(ORGAN, [0.02, 0.1, 0.95, 0.08], 0.0),
    tone(PLUCKED, [0.003, 0.6, 0.0, 0.15], 0.0),
    tone(BASS, [0.006, 0.9, 0.0, 0.1], 0.0),
    tone(BOWED, [0.07, 0.3, 0.85, 0.15], 3.0),
    tone(BOWED, [0.12, 0.3, 0.9, 0.3], 8.0),
    tone(BRASS, [0.04, 0.25, 0.75, 0.1], 2.0),
    tone(REED, [0.03, 0.2, 0.85, 0.08], 0.0),
    tone(PIPE, [0.05, 0.2, 0.9, 0.12], 0.0),
    tone(SQUARE, [0.008, 0.3, 0.7, 0.1], 3.0),
    tone(SOFT, [0.25, 0.5, 0.85, 0.5], 9.0),
    tone(SOFT, [0.1, 1.2, 0.3, 0.5], 9.0),
    tone(PLUCKED, [0.003, 0.4, 0.0, 0.12], 0.0),
    tone(BELL, [0.002, 0.25, 0.0, 0.2], 0.0),
    tone(SOFT, [0.05, 0.8, 0.2, 0.4], 12.0),
];
const CHOIR: Tone = tone(VOICES, [0.06, 0.4, 0.9, 0.25], 6.0);

/// The tone of a program.
pub fn tone_of(program: u8) -> Tone {
    match program {
        // Choir aahs, voice oohs and synth voice.
        52..=54 => CHOIR,
        _ => FAMILIES[usize::from(program / 8).min(15)],
    }
}

//! MIDI files.

mod read;
mod write;

pub use read::{read_damaged_midi, read_midi};
pub(super) use write::channels;
pub use write::write_midi;

/// Channel of percussion, the tenth.
const DRUMS: u8 = 9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::{Note, Score, Track};

    /// A file of these tracks, each without its end.
    fn file(kind: u8, division: u16, tracks: &[&[u8]]) -> Vec<u8> {
        let mut bytes = [b"MThd\0\0\0\x06\0", &[kind, 0, tracks.len() as u8][..], &division.to_be_bytes()].concat();
        for track in tracks {
            let events = [*track, b"\0\xff\x2f\0"].concat();
            bytes.extend([b"MTrk".as_slice(), &(events.len() as u32).to_be_bytes(), &events].concat());
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Score {
        let mut scores = read_midi(bytes).unwrap();
        assert_eq!(scores.len(), 1);
        scores.remove(0)
    }

    fn starts(track: &Track) -> Vec<(u32, u32, u8)> {
        track.notes.iter().map(|note| (note.start, note.length, note.pitch)).collect()
    }

    fn fault(bytes: &[u8]) -> String {
        read_midi(bytes).unwrap_err().to_string()
    }

    #[test]
    fn running_status_and_starts_without_loudness_are_read() {
        let score = read(&file(0, 96, &[b"\0\x90\x3c\x40\x60\x3c\0\0\x3e\x40\x60\x3e\0"]));
        assert_eq!(starts(&score.tracks[0]), [(0, 96, 60), (96, 96, 62)]);
        assert_eq!((score.resolution, score.length, score.tempos[0].1), (96, 192, 120.0));
    }

    #[test]
    fn running_status_survives_texts() {
        let score = read(&file(0, 96, &[b"\0\x90\x3c\x40\0\xff\x01\x01a\x60\x3c\0"]));
        assert_eq!(starts(&score.tracks[0]), [(0, 96, 60)]);
    }

    #[test]
    fn the_first_end_ends_the_oldest_note() {
        let track = b"\0\x90\x3c\x40\x08\x90\x3c\x50\x08\x80\x3c\0\x10\x80\x3c\0\0\x80\x3c\0";
        let score = read(&file(0, 96, &[track]));
        assert_eq!(starts(&score.tracks[0]), [(0, 8, 60), (8, 24, 60)]);
        assert_eq!(score.tracks[0].notes[1].velocity, 0x50);
    }

    #[test]
    fn hanging_notes_end_with_their_track_and_empty_ones_last_a_tick() {
        let score = read(&file(0, 96, &[b"\0\x90\x3c\x40\0\x90\x40\x40\0\x80\x40\0\x30\xb0\x40\x10"]));
        assert_eq!(starts(&score.tracks[0]), [(0, 48, 60), (0, 1, 64)]);
    }

    #[test]
    fn a_file_of_one_track_is_split_by_channel_and_instrument() {
        let track =
            b"\0\xc2\x28\0\x92\x3c\x40\0\x99\x24\x40\x10\x82\x3c\0\0\xc2\x29\0\x92\x3e\x40\x10\x82\x3e\0\0\x89\x24\0\
        \0\x90\x30\x40\x10\x80\x30\0";
        let score = read(&file(0, 96, &[track]));
        let shown: Vec<_> =
            score.tracks.iter().map(|track| (track.program, track.drums, track.notes[0].pitch)).collect();
        assert_eq!(shown, [(0, false, 0x30), (0x28, false, 0x3c), (0x29, false, 0x3e), (0, true, 0x24)]);
    }

    #[test]
    fn tracks_of_type_2_are_pieces() {
        let note = b"\0\x90\x3c\x40\x10\x80\x3c\0";
        let slow = [b"\0\xff\x51\x03\x0f\x42\x40".as_slice(), note].concat();
        let scores = read_midi(&file(2, 96, &[note, b"", &slow])).unwrap();
        assert_eq!(scores.iter().map(|score| score.tempos[0].1).collect::<Vec<_>>(), [120.0, 60.0]);
    }

    #[test]
    fn ticks_that_are_parts_of_a_second_are_timed() {
        // 25 frames of 40 ticks: milliseconds; the tempo does not count.
        let track = b"\0\xff\x51\x03\x0f\x42\x40\0\x90\x3c\x40\x87\x68\x80\x3c\0";
        let score = read(&file(0, 0xe728, &[track]));
        assert_eq!((score.seconds(score.length), score.tempos.len()), (1.0, 1));
        assert_eq!(fault(&file(0, 0xe700, &[track])), "damaged: expected ticks of a frame, got 0");
        assert_eq!(fault(&file(0, 0xff28, &[track])), "damaged: expected 24, 25, 29 or 30 frames a second, got 1");
        assert_eq!(fault(&file(0, 0, &[track])), "damaged: expected ticks of a quarter note, got 0");
    }

    #[test]
    fn keys_meters_and_tempos_that_do_not_exist_do_no_harm() {
        let note = b"\x60\x90\x3c\x40\x60\x80\x3c\0";
        let absurd = b"\0\xff\x59\x02\xee\0\0\xff\x58\x04\0\x09\x18\x08\0\xff\x51\x03\0\0\0";
        let sane = b"\0\xff\x59\x02\xff\x01\0\xff\x58\x04\x05\x03\x18\x08\0\xff\x51\x03\x09\x27\xc0";
        let score = read(&file(0, 96, &[&[absurd.as_slice(), note].concat()]));
        assert_eq!((score.keys.len(), &score.meters[..], &score.tempos[..]), (0, &[(0, 4, 4)][..], &[(0, 120.0)][..]));
        let score = read(&file(0, 96, &[&[sane.as_slice(), note].concat()]));
        assert_eq!((score.keys[0], score.meters[0], score.tempos[0]), ((0, -1, true), (0, 5, 8), (0, 100.0)));
    }

    #[test]
    fn a_tempo_behind_the_last_note_makes_no_piece_longer() {
        let score = read(&file(0, 96, &[b"\0\x90\x3c\x40\x60\x80\x3c\0\x60\xff\x51\x03\x0f\x42\x40"]));
        assert_eq!((score.length, score.tempos.len()), (96, 1));
        // A rest at the end counts.
        let score = read(&file(0, 96, &[b"\0\x90\x3c\x40\x60\x80\x3c\0\x60\xff\x01\0"]));
        assert_eq!(score.length, 192);
    }

    #[test]
    fn files_that_cannot_be_used_say_why() {
        let good = file(1, 96, &[b"\0\x90\x3c\x40\x10\x80\x3c\0"]);
        assert_eq!(fault(b""), "empty file");
        assert_eq!(fault(b"MThx\0\0\0\x06"), "no MIDI file: it does not begin with \"MThd\"");
        assert_eq!(fault(&good[..9]), "damaged: the header is cut off");
        assert_eq!(fault(&good[..18]), "damaged: expected 1 tracks, got 0");
        assert_eq!(fault(&good[..good.len() - 3]), "damaged: expected 12 bytes of track 1, got 9");
        assert_eq!(fault(&file(3, 96, &[b""])), "damaged: expected type 0, 1 or 2, got 3");
        assert_eq!(fault(&file(1, 96, &[b"\0\x3c\x40"])), "damaged: track 1 breaks off at byte 0 of 7");
        assert_eq!(fault(&file(1, 96, &[b"\0\xc0\x05"])), "no notes");
        let long = file(1, 1, &[b"\0\x90\x3c\x40\xff\xff\x7f\x80\x3c\0"]);
        assert!(fault(&long).starts_with("the piece lasts 291.3 hours"), "{}", fault(&long));
        for end in 0..good.len() {
            assert!(read_midi(&good[..end]).is_err());
        }
    }

    #[test]
    fn damaged_files_are_read_up_to_the_damage_on_request() {
        let track: &[u8] = b"\0\x90\x3c\x40\x10\x80\x3c\0\0\x90\x3e\x40\x10\x80\x3e\0";
        let good = file(1, 96, &[track, track]);
        let notes = |bytes: &[u8]| {
            let (scores, damage) = read_damaged_midi(bytes).unwrap();
            let count: usize = scores[0].tracks.iter().map(|track| track.notes.len()).sum();
            (count, damage.map(|damage| damage.to_string()))
        };
        assert_eq!(notes(&good), (4, None));
        let second = good.len() - 28;
        assert_eq!(notes(&good[..second]), (2, Some("damaged: expected 2 tracks, got 1".into())));
        let (count, damage) = notes(&good[..good.len() - 6]);
        assert_eq!((count, damage.unwrap().as_str()), (4, "damaged: expected 20 bytes of track 2, got 14"));
        let mut broken = good.clone();
        broken[second + 8 + 9] = 0x3c;
        assert_eq!(notes(&broken), (3, Some("damaged: track 2 breaks off at byte 11 of 20".into())));
        for end in 0..good.len() {
            let _ = read_damaged_midi(&good[..end]);
        }
        assert_eq!(read_damaged_midi(&good[..16]).unwrap_err().to_string(), "damaged: expected 2 tracks, got 0");
    }

    #[test]
    fn other_chunks_and_windows_files_are_read() {
        let good = file(1, 96, &[b"\0\x90\x3c\x40\x10\x80\x3c\0"]);
        let other = [&good[..14], b"XFIH\0\0\0\x02ab", &good[14..]].concat();
        assert_eq!(read(&other), read(&good));
        let size = (good.len() as u32).to_le_bytes();
        let riff = [b"RIFF".as_slice(), &size, b"RMIDdata", &size, &good].concat();
        assert_eq!(read(&riff), read(&good));
    }

    #[test]
    fn what_is_written_is_read_the_same() {
        let notes = |seed: u32| -> Vec<Note> {
            let number =
                |i: u32, by: u32, most: u32| (i.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 7) / by % most;
            let note = |i: u32| Note {
                start: number(i, 1, 90_000),
                pitch: number(i, 3, 128) as u8,
                length: number(i, 5, 900),
                velocity: 1 + number(i, 7, 127) as u8,
            };
            (0..300).map(note).collect()
        };
        for count in [1, 17] {
            let track = |i: u32| Track {
                name: format!("♪ {i} "),
                program: 7 * i as u8,
                drums: i == 1,
                notes: notes(i),
            };
            let tempos = vec![(0, 97.0), (500, 33.3), (7000, 201.5)];
            let meters = vec![(0, 3, 4), (960, 5, 8), (40_000, 255, 1)];
            let keys = vec![(0, -3, true), (960, 7, false)];
            let tracks = (0..count).map(track).collect();
            let score = Score::new(480, 30_000_000, tracks, tempos, meters, keys).unwrap();
            assert_eq!(read(&write_midi(&score).unwrap()), score);
        }
    }

    #[test]
    fn tracks_have_channels_of_their_own() {
        let track = |program, drums| Track { program, drums, ..Track::default() };
        let list: Vec<Track> = (0..16).map(|i| track(i, i == 3)).collect();
        assert_eq!(channels(&list), [0, 1, 2, 9, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15]);
        let many: Vec<Track> = (0..30).map(|i| track(i % 4, false)).collect();
        assert_eq!(channels(&many)[..6], [0, 1, 2, 3, 0, 1]);
    }
}

"""MIDI files: the notes of other readers, and damage in words."""

import io
import struct
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from ganvas import Score, _core
from ganvas.exceptions import DataError, GanvasError

mido = pytest.importorskip("mido")


def read(content):
    (score,) = [Score._of(core) for core in _core.Score.read_midi(content)]
    return score


def chunk(name, content):
    return name + struct.pack(">I", len(content)) + content


def file(*tracks, kind=1, division=480, end=b"\x00\xff\x2f\x00"):
    """A file of these events, given as bytes."""
    header = chunk(b"MThd", struct.pack(">HHh", kind, len(tracks), division))
    return header + b"".join(chunk(b"MTrk", track + end) for track in tracks)


def on(delta, pitch, velocity=80, channel=0):
    return variable(delta) + bytes([0x90 | channel, pitch, velocity])


def off(delta, pitch, channel=0):
    return variable(delta) + bytes([0x80 | channel, pitch, 0])


def meta(delta, kind, content):
    return variable(delta) + bytes([0xFF, kind, len(content)]) + content


def variable(number):
    """A number in groups of seven bits."""
    groups = [number & 127]
    while number := number >> 7:
        groups.append(128 | (number & 127))
    return bytes(reversed(groups))


def tempo(delta, bpm):
    return meta(delta, 0x51, round(6e7 / bpm).to_bytes(3, "big"))


NOTE = on(0, 60) + off(480, 60)


def rows(score):
    return score.notes[:, :3].tolist()


def notes_of_mido(content):
    """Notes by mido: start, end, pitch and velocity in ticks, by track, channel and instrument."""
    midi = mido.MidiFile(file=io.BytesIO(content), clip=False)
    parts = defaultdict(list)
    for place, track in enumerate(midi.tracks):
        now, sounding, programs = 0, defaultdict(list), defaultdict(int)
        for message in track:
            now += message.time
            if message.type == "program_change":
                programs[message.channel] = message.program
            elif message.type == "note_on" and message.velocity:
                part = parts[place, message.channel, programs[message.channel]]
                part.append([now, None, message.note, message.velocity])
                sounding[message.channel, message.note].append(part[-1])
            elif message.type in ("note_on", "note_off") and sounding[message.channel, message.note]:
                sounding[message.channel, message.note].pop(0)[1] = now
        for notes in sounding.values():
            for note in notes:
                note[1] = now
    return [separated(notes) for _, notes in sorted(parts.items(), key=lambda part: part[0][:2])], midi


def separated(notes):
    """Notes of which none overlaps another of its pitch; equal starts are one note."""
    made = {}
    for start, end, pitch, velocity in notes:
        old = made.get((pitch, start), (0, 0))
        made[pitch, start] = max(old[0], end, start + 1), max(old[1], velocity)
    for (pitch, start), (end, velocity) in made.items():
        later = [other for of, other in made if of == pitch and other > start]
        made[pitch, start] = min([end, *later]), velocity
    return sorted((start, end, pitch, velocity) for (pitch, start), (end, velocity) in made.items())


def ticks(score):
    parts = []
    for _, _, _, notes in score._core.tracks:
        start, pitch, length, velocity = notes.T
        parts.append(sorted(zip(start, start + length, pitch, velocity, strict=True)))
    return parts


def agrees(content):
    theirs, midi = notes_of_mido(content)
    score = read(content)
    assert ticks(score) == theirs
    assert score._core.resolution == midi.ticks_per_beat
    assert Score._of(_core.Score.read_midi(score._core.write_midi())[0]) == score


@pytest.mark.parametrize("seed", range(8))
def test_notes_are_those_that_mido_reads(seed):
    rng = np.random.default_rng(seed)
    midi = mido.MidiFile(type=1, ticks_per_beat=int(rng.integers(24, 960)))
    for _ in range(3):
        track = mido.MidiTrack()
        midi.tracks.append(track)
        for _ in range(60):
            kind = str(rng.choice(["note_on", "note_on", "note_off", "program_change", "control_change"]))
            pitch, wait, channel = int(rng.integers(60, 68)), int(rng.integers(0, 90)), int(rng.integers(0, 3))
            if kind.startswith("note"):
                track.append(mido.Message(kind, note=pitch, velocity=pitch, time=wait, channel=channel))
            elif kind == "program_change":
                track.append(mido.Message(kind, program=pitch, time=wait, channel=channel))
            else:
                track.append(mido.Message(kind, control=7, value=pitch, time=wait, channel=channel))
    content = io.BytesIO()
    midi.save(file=content)
    agrees(content.getvalue())


def corpus():
    music21 = pytest.importorskip("music21")
    return [
        file for file in sorted(Path(music21.__file__).parent.rglob("*")) if file.suffix.lower() in (".mid", ".midi")
    ]


def test_files_of_the_corpus_of_music21_keep_their_notes():
    files = corpus()
    assert len(files) > 20
    for path in files:
        content = path.read_bytes()
        try:
            _core.Score.read_midi(content)
        except DataError as error:
            assert str(error) == "no notes"
            continue
        agrees(content)


def test_mutated_files_are_scores_or_errors_in_words():
    count = 3000
    base = file(
        tempo(0, 100) + meta(0, 0x58, b"\x03\x02\x18\x08") + meta(0, 0x59, b"\xff\x01"),
        meta(0, 0x03, b"piano") + b"\x00\xc0\x05" + b"".join(on(7 * i, 50 + i) + off(30, 50 + i) for i in range(20)),
        b"".join(on(3, 36 + i % 5, channel=9) + off(60, 36 + i % 5, channel=9) for i in range(20)),
    )
    rng = np.random.default_rng(0)
    outcomes = set()
    begin = time.perf_counter()
    for _ in range(count):
        content = bytearray(base)
        for _ in range(int(rng.integers(1, 5))):
            place = int(rng.integers(0, len(content)))
            match rng.integers(0, 4):
                case 0:
                    content[place] = int(rng.integers(0, 256))
                case 1:
                    del content[place : place + int(rng.integers(1, 9))]
                case 2:
                    content[place:place] = rng.bytes(int(rng.integers(1, 9)))
                case _:
                    content[place:] = b""
            content = content or bytearray(b"\x00")
        try:
            for core in _core.Score.read_midi(bytes(content)):
                score = Score._of(core)
                assert score.duration <= 36_000
                assert len(score.notes) < 100
            outcomes.add("score")
        except GanvasError as error:
            assert type(error) is DataError
            outcomes.add(str(error).split(":")[0])
    assert time.perf_counter() - begin < count * 0.01
    assert {"score", "damaged", "no MIDI file"} <= outcomes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty file"),
        (b"hello", 'no MIDI file: it does not begin with "MThd"'),
        (file(NOTE)[:12], "damaged: the header is cut off"),
        (file(NOTE)[:-3], "damaged: expected 13 bytes of track 1, got 10"),
        (file(NOTE)[:14], "damaged: expected 1 tracks, got 0"),
        (file(NOTE, kind=3), "damaged: expected type 0, 1 or 2, got 3"),
        (file(NOTE, division=0), "damaged: expected ticks of a quarter note, got 0"),
        (file(NOTE, division=-256 * 7 + 4), "damaged: expected 24, 25, 29 or 30 frames a second, got 7"),
        (file(b"\x00\x3c\x50"), "damaged: track 1 breaks off at byte 0 of 7"),
        (file(NOTE, end=b""), "damaged: track 1 breaks off at byte 9 of 9"),
        (file(tempo(0, 90)), "no notes"),
        (file(on(0, 60) + off((1 << 28) - 1, 60), division=1), "the piece lasts 37282.7 hours"),
    ],
    ids=range(12),
)
def test_damage_is_an_error_in_words(content, message):
    with pytest.raises(DataError) as caught:
        _core.Score.read_midi(content)
    assert str(caught.value).startswith(message)


def test_ticks_can_be_parts_of_a_second():
    # 25 frames of 40 ticks a second.
    score = read(file(on(0, 60) + off(1500, 60), division=-25 * 256 + 40))
    assert score.duration == pytest.approx(1.5)


def test_keys_and_meters_that_do_not_exist_are_left_out():
    strange = meta(0, 0x59, b"\xee\x00") + meta(0, 0x58, b"\x00\x02\x18\x08") + NOTE
    for content in (file(strange), file(NOTE)):
        score = read(content)
        assert (score.key, score.meter, score.tempo) == (None, "4/4", 120)


def test_overlaps_end_the_oldest_note_and_doubles_are_one():
    overlap = on(0, 60) + on(100, 60) + off(100, 60) + off(100, 60)
    np.testing.assert_allclose(read(file(overlap, division=100)).notes[:, :2], [[0, 1], [1, 2]])
    double = on(0, 60, 50) + on(0, 60, 70) + off(100, 60) + off(100, 60)
    np.testing.assert_array_equal(read(file(double, division=100)).notes, [[0, 2, 60, 70]])


def test_a_note_without_length_lasts_a_tick_and_no_velocity_ends_one():
    assert rows(read(file(on(0, 60) + off(0, 60), division=4))) == [[0, 0.25, 60]]
    assert rows(read(file(on(0, 60) + on(4, 60, 0), division=4))) == [[0, 1, 60]]


def test_notes_without_end_last_to_the_end_of_their_track():
    assert rows(read(file(on(0, 60) + on(4, 62) + off(4, 62), division=4))) == [[0, 2, 60], [1, 1, 62]]


def test_beats_stay_beats_when_the_tempo_changes():
    changes = tempo(0, 60) + on(0, 60) + tempo(480, 120) + off(480, 60) + tempo(480 * 1000, 30)
    score = read(file(changes))
    assert rows(score) == [[0, 2, 60]]
    assert (score.beats, score.duration, score.tempo) == (2, pytest.approx(1.5), 60)


def test_bars_follow_the_meters():
    five, three = b"\x05\x03\x18\x08", b"\x03\x02\x18\x08"
    score = read(file(meta(0, 0x58, five) + on(0, 60) + meta(2400, 0x58, three) + off(480 * 6, 60)))
    assert (score.meter, score.bars) == ("5/8", 4)
    assert [score[i].beats for i in range(4)] == [2.5, 2.5, 3, 3]
    assert score[3].meter == "3/4"


def test_channels_and_types_make_tracks_and_pieces():
    both = NOTE + on(0, 36, channel=9) + off(1, 36, channel=9) + on(0, 70, channel=2) + off(9, 70, channel=2)
    single = read(file(both, kind=0))
    assert [track.drums for track in single.tracks] == [False, False, True]
    pieces = _core.Score.read_midi(file(NOTE, b"", on(0, 70) + off(9, 70), kind=2))
    assert [rows(Score._of(piece))[0][2] for piece in pieces] == [60, 70]


def test_drums_alone_are_a_score():
    score = read(file(on(0, 36, channel=9) + off(9, 36, channel=9)))
    assert [track.instrument for track in score.tracks] == ["drums"]
    assert not score.roll().any()


def test_many_tracks_keep_their_instruments():
    score = Score({number: [(0, 1, 40 + number)] for number in range(30)})
    back = read(score._core.write_midi())
    assert [track.program for track in back.tracks] == list(range(30))
    np.testing.assert_array_equal(back.notes, score.notes)

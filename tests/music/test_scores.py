"""Scores: what they say about themselves, and how they change."""

import copy
import io
import pickle
import warnings

import numpy as np
import pytest

import ganvas
from ganvas import Score
from ganvas.exceptions import DataError, ParameterError, ShapeError, UnknownNameError

TUNE = [(0, 1, 60), (1, 0.5, 62, 100), (1.5, 1.5, 64), (3, 3, 67)]
BAND = {"piano": TUNE, "bass": [(0, 3, 36), (3, 3, 31)], "drums": [(0, 0.25, 36), (3, 0.25, 38)]}


@pytest.fixture
def band():
    return Score(BAND, tempo=90, meter="3/4", key="D minor")


def test_a_score_says_what_it_holds(band):
    assert (band.tempo, band.meter, band.key, band.bars, band.beats) == (90, "3/4", "D minor", 2, 6)
    assert band.duration == pytest.approx(4.0)
    assert [track.instrument for track in band.tracks] == ["acoustic grand piano", "acoustic bass", "drums"]
    assert [(track.program, track.drums) for track in band.tracks] == [(0, False), (32, False), (0, True)]
    expected = [[0, 1, 60, 80], [1, 0.5, 62, 100], [1.5, 1.5, 64, 80], [3, 3, 67, 80]]
    np.testing.assert_array_equal(band.tracks[0].notes, expected)
    assert band.notes.shape == (8, 4)
    assert (np.diff(band.notes[:, 0]) >= 0).all()


def test_the_repr_is_one_line(band):
    said = "<Score: 2 bars of 3/4, 4 s at 90, D minor, acoustic grand piano, acoustic bass, drums, 8 notes>"
    assert repr(band) == said
    assert repr(Score([])) == "<Score: 0 bars of 4/4, 0 s at 120, acoustic grand piano, 0 notes>"


def test_a_score_cannot_be_changed(band):
    with pytest.raises(AttributeError, match="tempo of Score cannot be set"):
        band.tempo = 3
    with pytest.raises(AttributeError):
        band._core = None
    with pytest.raises(ValueError, match="read-only"):
        band.tracks[0].notes[0, 0] = 1


def test_equal_scores_are_one_key_of_a_dictionary(band):
    same = Score(BAND, tempo=90, meter="3/4", key="D minor")
    assert {band: 1}[same] == 1
    assert band != band.transpose(1)
    assert band != band.with_tempo(91)
    assert band != 3


def test_scores_are_copied_and_pickled(band):
    for made in (copy.copy(band), copy.deepcopy(band), pickle.loads(pickle.dumps(band))):
        assert made == band
        assert (made.key, made.meter, made.tempo) == ("D minor", "3/4", 90)


def test_clips_and_parts_are_the_same(band):
    assert band[1:2] == band.clip(1, 2) == band[1] == band[-1]
    np.testing.assert_array_equal(band[1:].tracks[0].notes, [[0, 3, 67, 80]])
    assert len(list(band)) == 2
    with pytest.raises(IndexError, match="expected one of 2 bars, got 2"):
        band[2]
    with pytest.raises(ParameterError, match="bars: must be a first bar and a later end between 0 and 2"):
        band.clip(1, 3)


def test_pitches_move_and_percussion_stays(band):
    higher = band.transpose(3)
    np.testing.assert_array_equal(higher.tracks[0].notes[:, 2], band.tracks[0].notes[:, 2] + 3)
    np.testing.assert_array_equal(higher.tracks[2].notes, band.tracks[2].notes)
    assert higher.key == "F minor"
    with pytest.raises(ParameterError, match="must keep all pitches between 0 and 127"):
        band.transpose(70)


def test_tempo_and_instruments_are_replaced(band):
    assert band.with_tempo(180).duration == pytest.approx(2.0)
    played = band.with_instruments(["flute", 42, "drums"])
    assert [(track.program, track.drums) for track in played.tracks] == [(73, False), (42, False), (0, True)]
    with pytest.raises(ParameterError, match="instruments: expected one for each of the 3 tracks, got 1"):
        band.with_instruments(["flute"])
    for wrong in ("flute", 3):
        with pytest.raises(ParameterError, match=f"tracks, got {wrong!r}"):
            band.with_instruments(wrong)


def test_a_sum_plays_one_after_the_other_from_the_next_bar():
    first = Score([(0, 1, 60)], meter="3/4")
    second = Score([(0, 1, 62)], tempo=60, meter="2/4", resolution=7)
    both = first + second
    np.testing.assert_array_equal(both.notes[:, :3], [[0, 1, 60], [3, 1, 62]])
    assert (both.bars, both.duration) == (2, pytest.approx(1.5 + 1))
    assert both[1].meter == "2/4"


def test_the_melody_is_the_top_line(band):
    melody = band.melody()
    np.testing.assert_array_equal(melody.notes, band.tracks[0].notes)
    assert len(melody.tracks) == 1


@pytest.mark.parametrize("pitches", [88, 128])
def test_rolls_become_scores_and_come_back(pitches):
    roll = np.random.default_rng(0).random((23, pitches)) < 0.1
    score = Score.of(roll, resolution=2)
    assert score.beats == 11.5
    lowest = 21 if pitches == 88 else 0
    np.testing.assert_array_equal(score.roll(2)[:, lowest : lowest + pitches], roll)
    assert Score.of(roll.astype(np.float32), resolution=2) == score
    assert Score.of(score) is score


def test_a_roll_of_rests_is_a_score_without_notes():
    score = Score.of(np.zeros((16, 88), bool))
    assert (score.beats, len(score.notes), score.roll().shape) == (4, 0, (16, 128))


def test_short_names_are_instruments_of_general_midi():
    pretty_midi = pretty()
    for number in range(128):
        name = Score([], instrument=number).tracks[0].instrument
        ours, theirs = (
            "".join(filter(str.isalnum, text.lower()))
            for text in (name, pretty_midi.program_to_instrument_name(number))
        )
        # The first edition of the standard says voice.
        assert ours == theirs.replace("synthchoir", "synthvoice")
        assert Score([], instrument=name.upper()).tracks[0].program == number
    short = {"piano": 0, "bass": 32, "violin": 40, "flute": 73, "strings": 48, "choir": 52, "guitar": 24}
    assert {name: Score([], instrument=name).tracks[0].program for name in short} == short


WRONG = [
    ({"notes": [(0, 1)]}, ShapeError, r"notes: expected \(n, 3\) or \(n, 4\): .* got \(1, 2\)"),
    ({"notes": [(0, 1, "x")]}, ParameterError, "notes: expected rows of 3 or 4 numbers"),
    ({"notes": [(0, 1, 60), (-1, 1, 60)]}, ParameterError, r"at least 0, got \(-1, 1, 60, 80\) in row 1"),
    ({"notes": [(0, 1, 128)]}, ParameterError, "notes: expected pitches between 0 and 127"),
    ({"notes": [(0, 1, 60.5)]}, ParameterError, "notes: expected pitches between 0 and 127"),
    ({"notes": [(0, 1, 60, 0)]}, ParameterError, "notes: expected velocities between 1 and 127"),
    ({"notes": [(0, float("nan"), 60)]}, ParameterError, "notes: expected finite numbers"),
    ({"notes": [(1e9, 1, 60)]}, ParameterError, "notes: expected at most 1000000 quarter notes"),
    ({"notes": [(0, 1e5, 60)], "tempo": 60}, DataError, "the piece lasts 27.8 hours"),
    ({"tempo": 0}, ParameterError, "tempo: must be between 3.58 and 60000 quarter notes a minute, got 0"),
    ({"tempo": "fast"}, ParameterError, "tempo: expected a number, got 'fast'"),
    ({"meter": "3"}, ParameterError, "meter: expected beats and their value such as \"3/4\", got '3'"),
    ({"meter": "4/3"}, ParameterError, "meter: must have 1 to 255 beats"),
    ({"key": "H"}, ParameterError, 'key: expected a name such as "D minor"'),
    ({"key": 3}, ParameterError, 'key: expected a name such as "D minor" or None, got 3'),
    ({"instrument": "flutes"}, UnknownNameError, 'unknown instrument "flutes"; did you mean "flute"'),
    ({"instrument": 128}, ParameterError, "instrument: must be between 0 and 127, got 128"),
    ({"instrument": None}, ParameterError, "instrument: expected a name or a program, got None"),
    ({"length": -1}, ParameterError, "length: must be between 0 and 1000000 quarter notes, got -1"),
    ({"resolution": 0}, ParameterError, "resolution: must be between 1 and 32767, got 0"),
]


@pytest.mark.parametrize(("given", "kind", "message"), WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_what_is_no_music_is_an_error_in_words(given, kind, message):
    with pytest.raises(kind, match=message):
        Score(**{"notes": [(0, 1, 60)], **given})


@pytest.mark.parametrize(
    ("obj", "kind", "message"),
    [
        ("song.mid", ParameterError, "score: expected a Score, .* files are read by Score.read, got str"),
        (3, ParameterError, "score: expected a Score, .* got int"),
        (np.zeros((4, 12)), ShapeError, r"roll: expected \(T, 88\) or \(T, 128\), got \(4, 12\)"),
        (np.full((4, 88), 2), DataError, "roll: expected booleans, or 0 and 1"),
    ],
)
def test_what_is_no_score_is_an_error_in_words(obj, kind, message):
    with pytest.raises(kind, match=message):
        Score.of(obj)


def pretty():
    with warnings.catch_warnings():
        # A package that it imports is deprecated.
        warnings.simplefilter("ignore")
        return pytest.importorskip("pretty_midi")


def test_pretty_midi_has_the_same_notes_both_ways(band):
    made = pretty().PrettyMIDI(io.BytesIO(band._core.write_midi()))
    assert [instrument.is_drum for instrument in made.instruments] == [False, False, True]
    there = band.to_pretty_midi()
    for track, instrument in zip(band.tracks, there.instruments, strict=True):
        seconds = [(note.start, note.end, note.pitch, note.velocity) for note in instrument.notes]
        start, length, pitch, velocity = track.notes.T
        np.testing.assert_allclose(
            sorted(seconds), sorted(zip(start / 1.5, (start + length) / 1.5, pitch, velocity, strict=True)), atol=1e-5
        )
    back = Score.of(there)
    np.testing.assert_allclose(back.notes, band.notes, atol=1 / 200)
    assert (back.tempo, back.meter, back.key) == (90, "3/4", "D minor")


def test_music21_has_the_same_notes_both_ways(band):
    pytest.importorskip("music21")
    stream = band.to_music21()
    flat = stream.flatten()
    found = [(float(n.offset), float(n.quarterLength), n.pitch.midi, n.volume.velocity) for n in flat.notes]
    assert sorted(found) == sorted(map(tuple, band.notes.tolist()))
    assert [part.partName for part in stream.parts] == ["piano", "bass", "drums"]
    back = Score.of(stream)
    np.testing.assert_allclose(back.notes[:, :3], band.notes[:, :3], atol=1e-3)
    assert (back.meter, back.tempo, [track.program for track in back.tracks[:2]]) == ("3/4", 90, [0, 32])


def test_symusic_has_the_same_notes():
    symusic = pytest.importorskip("symusic")
    score = Score({"piano": TUNE, "violin": [(0, 6, 70)]}, tempo=90, meter="3/4")
    theirs = symusic.Score.from_midi(score._core.write_midi())
    found = sorted((n.start, n.duration, n.pitch, n.velocity) for track in theirs.tracks for n in track.notes)
    assert found == sorted(map(tuple, (score.notes * [480, 480, 1, 1]).astype(int).tolist()))
    for given in (theirs, theirs.to("quarter")):
        back = Score.of(given)
        np.testing.assert_array_equal(back.notes, score.notes)
        assert (back.tempo, back.meter) == (90, "3/4")


def test_a_score_is_part_of_the_package():
    assert "Score" in ganvas.__all__
    assert ganvas.Score is Score


def test_pieces_of_too_many_bars_are_refused():
    with pytest.raises(DataError, match="the piece has 160000 bars; at most 100000 are supported"):
        Score([(0, 1, 60)], length=10_000, meter="1/64")
    score = Score([(0, 1, 60)], length=1_000, meter="1/64")
    assert score.bars == 16_000

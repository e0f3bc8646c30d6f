"""Models of music."""

import itertools
import pickle

import numpy as np
import pytest
import torch

import ganvas
from ganvas import MusicTrainer, Score
from ganvas.exceptions import (
    DataError,
    DtypeError,
    IgnoredWarning,
    NotFittedError,
    ParameterError,
    ShapeError,
    UnknownNameError,
)

PARAMS = {"width": 32, "depth": 1, "context": 96, "epochs": 2, "verbose": 0, "random_state": 0}
SCALES = {"D minor": {2, 4, 5, 7, 9, 10, 0, 1}, "E major": {4, 6, 8, 9, 11, 1, 3}}


def band(seed):
    """A melody, a bass and drums of four bars, in sixteenths."""
    random = np.random.default_rng(seed)
    melody = [(beat, random.choice([0.5, 1.0, 0.75]), random.choice([60, 62, 64, 65, 67, 72])) for beat in range(12)]
    bass = [(3 * bar, 3, random.choice([36, 41, 43])) for bar in range(4)]
    drums = [(beat, 0.25, random.choice([36, 38, 42])) for beat in range(12)]
    return Score({"violin": melody, "bass": bass, "drums": drums}, meter="3/4", tempo=100, length=12)


@pytest.fixture(scope="module")
def chorales():
    return ganvas.data.load_chorales("train")[:16]


@pytest.fixture(scope="module")
def frames(chorales):
    return MusicTrainer(**PARAMS).fit(chorales)


@pytest.fixture(scope="module")
def notes():
    return MusicTrainer(**{**PARAMS, "epochs": 25}, lr=1e-2).fit([band(i) for i in range(12)])


@pytest.fixture(scope="module", params=["frames", "notes"])
def model(request):
    return request.getfixturevalue(request.param)


def example(model):
    return ganvas.data.load_chorales("test")[0].clip(0, 4) if model.sample(bars=1).meter == "4/4" else band(99)


def rows(score):
    """Start, length and pitch of all notes, sorted, with instruments."""
    found = [(t.program, t.drums, *note[:3]) for t in score.tracks for note in t.notes.tolist()]
    return sorted(found)


@pytest.mark.parametrize("key", SCALES)
def test_samples_keep_the_key_exactly(model, key):
    for score in model.sample(bars=4, n=3, key=key, random_state=0):
        assert score.key == key
        pitched = np.concatenate([track.notes for track in score.tracks if not track.drums])
        assert set(pitched[:, 2].astype(int) % 12) <= SCALES[key]


def test_samples_have_the_bars_the_tempo_and_the_meter(model):
    score = model.sample(bars=3, tempo=77, random_state=1)
    assert (score.bars, round(score.tempo, 3)) == (3, 77)
    assert score.meter == example(model).meter
    assert score.beats == 3 * int(score.meter[0])
    assert model.sample(bars=2, random_state=0) == model.sample(bars=2, random_state=0)
    assert model.sample(bars=2, random_state=0) != model.sample(bars=2, random_state=1)


def test_frames_are_in_any_meter_of_whole_steps(frames):
    assert frames.sample(bars=2, meter="3/4", random_state=0).beats == 6
    with pytest.raises(ParameterError, match="a bar of 5/8 has no whole number of steps, 1 of them in a quarter note"):
        frames.sample(meter="5/8")


def test_notes_are_in_meters_that_were_seen(notes):
    assert notes.sample(bars=2, random_state=0).meter == "3/4"
    with pytest.raises(ParameterError, match="meter: must be one of the training scores, 3/4, got 4/4"):
        notes.sample(meter="4/4")


def test_instruments_are_kept(frames, notes):
    score = frames.sample(bars=4, instruments=["piano", "bass"], random_state=0)
    assert [track.program for track in score.tracks] == [0, 32]
    assert score.roll(1).sum(1).max() <= 2
    score = notes.sample(bars=4, instruments=["bass"], random_state=0)
    assert {track.program for track in score.tracks} == {32}
    with pytest.raises(ParameterError, match="instruments: no training score has 'flute'"):
        notes.sample(instruments=["flute"])
    with pytest.raises(ParameterError, match="instruments: the model has no percussion"):
        frames.sample(instruments=["drums"])


def test_rhythms_are_kept(model):
    source = example(model)
    score = model.sample(rhythm=source, random_state=0)
    assert (score.bars, score.beats) == (source.bars, source.beats)
    if not any(track.drums for track in source.tracks):
        # Frames have the notes of a roll: voices in unison are one.
        source = Score.of(source.roll(1), resolution=1)
        score = Score.of(score.roll(1), resolution=1)
    times = [[row[:4] for row in rows(one)] for one in (source, score)]
    assert sorted(times[0]) == sorted(times[1])
    assert rows(source) != rows(score)


def test_continuations_begin_with_the_piece(model):
    piece = example(model)
    score = model.continue_(piece, bars=2, random_state=0)
    assert score.bars == piece.bars + 2
    assert rows(score.clip(0, piece.bars)) == rows(piece)


def test_infilled_pieces_are_unchanged_elsewhere(model):
    piece = example(model)
    score = model.infill(piece, bars=(1, 3), random_state=0)
    assert (score.bars, score.beats) == (piece.bars, piece.beats)
    for first, end in ((0, 1), (3, 4)):
        assert rows(score.clip(first, end)) == rows(piece.clip(first, end))
    assert rows(score) != rows(piece)
    assert score.tempo == piece.tempo


@pytest.mark.parametrize("voices", [1, 3])
def test_harmonies_keep_the_melody_and_have_the_voices(frames, voices):
    melody = ganvas.data.load_chorales("test")[1].melody()
    score = frames.harmonise(melody, voices=voices, random_state=0)
    assert rows(Score._of(melody._core))[0] in rows(score)
    assert set(rows(melody)) <= set(rows(score))
    roll, line = score.roll(1), melody.roll(1)
    sounding = line.any(1)
    assert (roll[: len(line)][sounding].sum(1) == voices + 1).all()
    top = 127 - np.argmax(roll[: len(line), ::-1], axis=1)
    assert (top[sounding] == 127 - np.argmax(line[sounding, ::-1], axis=1)).all()
    assert len(score.tracks) == voices + 1
    assert score.beats == melody.beats


def parallels(score: Score) -> int:
    """Count parallel fifths and octaves of four voices."""
    found = 0
    for before, after in itertools.pairwise([np.flatnonzero(step) for step in score.roll(1)]):
        if len(before) == len(after) == 4:
            for low, high in itertools.combinations(range(4), 2):
                intervals = [(frame[high] - frame[low]) % 12 for frame in (before, after)]
                same = (after[low] - before[low]) * (after[high] - before[high]) > 0
                found += intervals in ([0, 0], [7, 7]) and same
    return found


def test_harmonies_avoid_parallel_fifths_and_octaves_unless_they_are_allowed(frames):
    melodies = [chorale.melody() for chorale in ganvas.data.load_chorales("test")[:6]]
    free, apart = (
        sum(parallels(frames.harmonise(m, temperature=1.0, parallels=allowed, random_state=0)) for m in melodies)
        for allowed in (True, False)
    )
    assert apart < 0.1 * free


def test_harmonies_of_notes_keep_the_melody(notes):
    melody = Score._of(band(5).melody()._core)
    score = notes.harmonise(melody, voices=1, random_state=0)
    assert set(rows(melody)) <= set(rows(score))
    assert score.beats == melody.beats


def test_a_piece_in_another_key_is_composed_on_in_that_key(frames, chorales):
    piece = ganvas.data.load_chorales("test")[0].clip(0, 4)
    higher = frames.continue_(piece.transpose(1), bars=2, random_state=0)
    assert frames._shift(piece.transpose(1)._core) == 1 + frames._shift(piece._core)
    assert rows(higher) == rows(frames.continue_(piece, bars=2, random_state=0).transpose(1))


def test_labels_condition(chorales):
    y = np.where(np.arange(16) % 2, "calm", "wild")
    model = MusicTrainer(**PARAMS, hidden_labels=0).fit(chorales, y)
    assert list(model.classes_) == ["calm", "wild"]
    assert model.sample(bars=2, y="calm", random_state=0).bars == 2
    assert model.score_samples(chorales[:2], y="wild").shape == (2,)
    with pytest.raises(ParameterError, match="y: expected labels among 'calm', 'wild', got 'sad'"):
        model.sample(y="sad")


def test_scores_are_nats_a_step(model):
    piece = example(model).clip(0, 2)
    tokens = model.vocabulary_.encode(model._notation().write(piece._core)).tolist()
    end = len(model.vocabulary_)
    window = np.full((1, model.context_), end, np.float32)
    window[0, : len(tokens) + 1] = [end, *tokens]
    logits = model.network_(torch.from_numpy(window))[0].double().numpy()
    logs = logits - np.log(np.exp(logits).sum(0))
    total = sum(logs[token, place] for place, token in enumerate([*tokens, end]))
    steps = piece.beats * model._notation().resolution
    assert len(tokens) < model.context_
    assert model.score_samples([piece])[0] == pytest.approx(total / steps, rel=1e-4)
    assert model.score([piece, piece]) == pytest.approx(total / steps, rel=1e-4)


def test_taste_changes_the_ranking(frames, chorales):
    model = pickle.loads(pickle.dumps(frames))
    liked = [chorales[0]] * 20
    before = model.score_samples(chorales[:1])
    model.partial_fit(liked, epochs=4)
    assert model.score_samples(chorales[:1])[0] > before[0]


def test_files_of_models_compose_the_same(model, tmp_path):
    model.save(tmp_path / "music.ganvas")
    loaded = MusicTrainer.load(tmp_path / "music.ganvas")
    assert loaded.sample(bars=2, random_state=0) == model.sample(bars=2, random_state=0)
    with pytest.raises(ParameterError, match="needs the training scores"):
        loaded.evaluate_against_counting()


def test_resumed_trainings_are_uninterrupted(chorales, tmp_path):
    whole = MusicTrainer(**PARAMS).fit(chorales)
    MusicTrainer(**{**PARAMS, "epochs": 1}, lr_schedule="constant").fit(chorales, checkpoint_dir=tmp_path / "a")
    MusicTrainer(**PARAMS).fit(chorales, checkpoint_dir=tmp_path / "b")
    again = MusicTrainer(**PARAMS).fit(chorales, checkpoint_dir=tmp_path / "b", resume="auto")
    assert np.array_equal(again.score_samples(chorales[:2]), whole.score_samples(chorales[:2]))


def test_counting_is_the_rival(frames):
    with pytest.warns(UserWarning, match="-grams counted in the training scores"):
        found = frames.evaluate_against_counting()
    assert found.model > 0
    assert found.counting > 0


def test_rolls_are_read():
    rolls = np.zeros((6, 16, 88), bool)
    rolls[:, ::2, 40] = True
    rolls[:, :, 20] = True
    model = MusicTrainer(**PARAMS, resolution=2).fit(rolls)
    assert model.sample(bars=1, random_state=0).beats == 4
    assert model._notation().resolution == 2


def test_transposition_is_measured(chorales):
    alike = MusicTrainer(**PARAMS, parts=0).fit(chorales)
    keys = [score.transpose(i % 12 - 6) for i, score in enumerate(chorales)]
    moved = MusicTrainer(**PARAMS, parts=0).fit(keys)
    ratio = moved._layout.tokens / alike._layout.tokens
    assert 9 < ratio <= 11.5


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"vocabulary": "words"}, UnknownNameError, 'unknown vocabulary "words"'),
        ({"tracks": "all"}, UnknownNameError, 'unknown tracks "all"'),
        ({"vocabulary": "frames", "tracks": "keep"}, ParameterError, 'tracks: expected "merge" or None'),
        ({"resolution": 0}, ParameterError, "resolution: must be between 1 and 96"),
        ({"parts": 1}, ParameterError, "parts: must be between 0 and 0.9"),
        ({"transpose": 12}, ParameterError, "transpose: must be between 0 and 11"),
        ({"context": 1}, ParameterError, "context: must be between 2"),
        ({"preset": "musegan"}, UnknownNameError, "there are none for this estimator"),
    ],
)
def test_parameters_out_of_range_are_refused(chorales, params, error, words):
    model = MusicTrainer(**{**PARAMS, **params})
    with pytest.raises(error, match=words):
        model.fit(chorales)
    with pytest.raises(NotFittedError):
        model.sample()


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        ([], DataError, "X: expected scores, got none"),
        (3, DtypeError, "X: expected a path, scores or piano rolls, got int"),
        (b"MThd", DtypeError, "X: expected a path, scores or piano rolls, got bytes"),
        ([Score([], length=4)], DataError, "X: expected scores with notes, got 1 without"),
        (np.zeros((2, 8, 50)), ShapeError, "roll: expected"),
        ("nowhere", DataError, "nowhere"),
    ],
)
def test_other_data_are_refused(X, error, words):
    with pytest.raises(error, match=words):
        MusicTrainer(**PARAMS).fit(X)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda m: m.sample(bars=0), ParameterError, "bars: must be between 1"),
        (lambda m: m.sample(n=0), ParameterError, "n: must be at least 1"),
        (lambda m: m.sample(tempo=-1), ParameterError, "tempo: must be between 4 and 1000"),
        (lambda m: m.sample(key="H dur"), ParameterError, "key: expected a name"),
        (lambda m: m.sample(key=3), ParameterError, "key: expected a name"),
        (lambda m: m.sample(meter="waltz"), ParameterError, 'meter: expected beats and their value such as "3/4"'),
        (lambda m: m.sample(instruments=[]), ParameterError, "instruments: expected names or numbers"),
        (lambda m: m.sample(temperature=-1), ParameterError, "temperature"),
        (lambda m: m.sample(rhythm="a"), DtypeError, "rhythm: expected a Score, got str"),
        (lambda m: m.continue_(None), DtypeError, "score: expected a Score, got NoneType"),
        (lambda m: m.continue_(Score([], length=4)), ParameterError, "score: expected notes"),
        (lambda m: m.infill(Score([(0, 4, 60)]), (0, 2)), ParameterError, "bars: must be between 1 and 1, got 2"),
        (lambda m: m.infill(Score([(0, 4, 60)]), 3), ParameterError, "bars: expected a first bar"),
        (lambda m: m.harmonise(Score([(0, 4, 60)]), voices=9), ParameterError, "voices: must be between 1 and 8"),
    ],
)
def test_requests_out_of_range_are_refused(frames, call, error, words):
    with pytest.raises(error, match=words):
        call(frames)


def test_texts_that_show_a_part_first_begin_with_a_mark(frames, chorales):
    notation, core = frames._notation(), chorales[0]._core
    plain, part, gap = notation.write(core), notation.part(core), notation.after_gap(core)
    assert (part[1:-1], gap[1:-1]) == (plain, plain)
    assert len({plain[0], part[0], gap[0]}) == 3
    train, _ = frames._texts
    marked = sum(len(text) for text in train if text[0] in (part[0], gap[0]))
    assert 0.4 < marked / sum(map(len, train)) < 0.6


def test_parts_are_needed_for_what_fills_in(chorales):
    model = MusicTrainer(**PARAMS, parts=0).fit(chorales)
    for call in (lambda: model.harmonise(chorales[0].melody()), lambda: model.infill(chorales[0], (0, 1))):
        with pytest.raises(ParameterError, match="needs a model that was trained with parts above 0, got parts=0"):
            call()


def test_the_top_of_several_voices_is_the_melody(frames, chorales):
    with pytest.warns(IgnoredWarning, match="melody: several notes sound at a time"):
        score = frames.harmonise(chorales[0].clip(0, 2), voices=1, random_state=0)
    assert len(score.tracks) == 2


def test_instruments_that_were_not_seen_are_named(notes):
    with pytest.raises(DataError, match="instrument 73, which no training score has"):
        notes.score_samples([Score([(0, 1, 60)], instrument="flute", meter="3/4")])


def test_scores_of_percussion_alone_are_left_out_of_frames(chorales, capsys):
    drums = Score({"drums": [(0, 1, 36)]}, resolution=4)
    MusicTrainer(**{**PARAMS, "verbose": 1, "epochs": 1}).fit([drums, *chorales])
    assert "16 scores (1 without notes left out)" in capsys.readouterr().out
    with pytest.raises(DataError, match="X: expected scores with notes, got 2 without, percussion not counted"):
        MusicTrainer(**PARAMS, vocabulary="frames").fit([drums, drums])
    assert MusicTrainer(**{**PARAMS, "context": 4}, vocabulary="notes").fit([drums, drums]).sample(bars=1).bars == 1


@pytest.mark.parametrize("vocabulary", ["frames", "notes"])
def test_pieces_that_are_mostly_silent_are_told(vocabulary):
    silent = Score([(0, 1, 60), (30, 1, 62)], length=64, resolution=4)
    params = {**PARAMS, "context": 8}
    with pytest.warns(UserWarning, match=r"X: \d+ % of the (steps|bars) have no notes"):
        MusicTrainer(**params, vocabulary=vocabulary, parts=0, transpose=0).fit([silent] * 4)

"""Scores that stay in their files."""

import shutil
import warnings

import numpy as np
import pytest
from peak import growth

from ganvas import MusicTrainer, Score
from ganvas.data import ScoreFiles, load_chorales, load_scores
from ganvas.exceptions import DataError, IgnoredWarning, ParameterError, UnknownNameError

PARAMS = {"width": 16, "depth": 1, "epochs": 1, "random_state": 0, "verbose": 0}


@pytest.fixture
def midi(tmp_path):
    """Files of short chorales, one of them in a folder."""
    (tmp_path / "more").mkdir()
    for number, score in enumerate(load_chorales("train")[:12]):
        score.clip(0, 4).to_midi(tmp_path / ("more" if number == 5 else "") / f"{number:02}.mid")
    return tmp_path


def test_files_have_the_scores_that_the_loader_reads(midi):
    files = ScoreFiles(midi)
    assert repr(files) == "ScoreFiles(12 files)"
    assert list(files) == load_scores(midi) == list(files)
    assert list(ScoreFiles(midi / "00.mid")) == load_scores(midi / "00.mid")


@pytest.mark.parametrize("settings", [{}, {"vocabulary": "frames"}, {"tracks": "merge", "transpose": 2}])
def test_training_on_files_is_training_on_their_scores(midi, settings):
    # Without parts, which both draw in other orders, and with all scores in training.
    settings = {**PARAMS, "parts": 0, "validation": 0, "context": 48, **settings}
    whole, streamed = MusicTrainer(**settings).fit(load_scores(midi)), MusicTrainer(**settings).fit(ScoreFiles(midi))
    tokens = [dict(vars(model._layout)) for model in (whole, streamed)]
    assert tokens[0] == tokens[1]
    if not settings.get("transpose"):
        np.testing.assert_array_equal(whole.history_["loss"], streamed.history_["loss"])
    assert streamed.sample(bars=2, random_state=0).bars == 2


def test_parts_and_held_out_scores(midi):
    model = MusicTrainer(**PARAMS, validation=0.3).fit(ScoreFiles(midi))
    assert np.isfinite(model.history_["validation_loss"]).all()
    alone = MusicTrainer(**PARAMS, validation=0.3, parts=0).fit(ScoreFiles(midi))
    # Half of the characters show a part first.
    assert 1.7 < model._layout.tokens / alone._layout.tokens < 2.4
    melody = load_scores(midi)[0].melody()
    assert model.harmonise(melody, voices=1, random_state=0).bars == melody.bars
    before = model.score_samples(load_scores(midi))
    model.partial_fit(ScoreFiles(midi), epochs=2)
    assert model.score_samples(load_scores(midi)).mean() > before.mean()


def test_silent_files_are_told(tmp_path):
    for i in range(3):
        Score([(0, 1, 60), (39, 1, 60)]).to_midi(tmp_path / f"{i}.mid")
    for vocabulary, what in (("frames", "steps"), ("notes", "bars")):
        with pytest.warns(UserWarning, match=f"X: [0-9]+ % of the {what} have no notes"):
            MusicTrainer(**PARAMS, vocabulary=vocabulary, resolution=1, parts=0, context=16).fit(ScoreFiles(tmp_path))


def test_files_that_cannot_be_read_are_counted_once(midi):
    (midi / "99.mid").write_bytes(b"no music")
    with pytest.warns(IgnoredWarning, match="12 of 13 files read, 1 left out: damaged 1") as caught:
        MusicTrainer(**PARAMS).fit(ScoreFiles(midi))
    assert sum("files read" in str(warning.message) for warning in caught) == 1
    with pytest.raises(DataError, match=r"99\.mid"):
        MusicTrainer(**PARAMS).fit(ScoreFiles(midi, on_error="raise"))


def test_refused_files(midi, tmp_path):
    with pytest.raises(ParameterError, match="y: expected None for ScoreFiles, which have no classes"):
        MusicTrainer(**PARAMS).fit(ScoreFiles(midi), np.zeros(12, int))
    labelled = MusicTrainer(**PARAMS).fit(load_scores(midi), np.arange(12) % 2)
    with pytest.raises(ParameterError, match="X: expected a list of scores with classes y, got ScoreFiles"):
        labelled.partial_fit(ScoreFiles(midi))
    with pytest.raises(UnknownNameError, match='unknown on_error "ignore"'):
        ScoreFiles(midi, on_error="ignore")
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        ScoreFiles(midi / "none")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match=r"expected files named \*.mid, \*.midi or \*.abc, got none"):
        ScoreFiles(empty)
    (empty / "rest.abc").write_text("X:1\nK:C\nz4\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(DataError, match=r"no notes|without"):
            MusicTrainer(**PARAMS).fit(ScoreFiles(empty))


@pytest.mark.slow
def test_memory_does_not_grow_with_the_files(tmp_path):
    notes = np.random.default_rng(0).integers(48, 72, 20_000)
    Score([(i / 4, 0.25, int(pitch)) for i, pitch in enumerate(notes)]).to_midi(tmp_path / "000.mid")
    for i in range(1, 300):
        shutil.copy(tmp_path / "000.mid", tmp_path / f"{i:03}.mid")
    # Six million notes of at least 12 bytes.
    megabytes = 300 * 20_000 * 12 / 2**20
    small = "[ganvas.Score([(i, 1, 60) for i in range(20_000)])]"
    assert growth("MusicTrainer", small, "ganvas.data.ScoreFiles(sys.argv[1])", tmp_path) < megabytes / 2

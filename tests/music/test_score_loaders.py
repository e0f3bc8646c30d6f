"""Chorales, and folders of scores."""

import json
from pathlib import Path

import numpy as np
import pytest

import ganvas
from ganvas import Score
from ganvas.data import load_chorales, load_scores
from ganvas.exceptions import DataError, IgnoredWarning, UnknownNameError


def test_the_chorales_have_the_usual_split_and_four_voices():
    parts = {split: load_chorales(split) for split in ("train", "valid", "test")}
    assert {split: len(scores) for split, scores in parts.items()} == {"train": 229, "valid": 76, "test": 77}
    assert sum(round(score.beats) for score in parts["test"]) == 4725
    assert load_chorales() == parts["train"] + parts["valid"] + parts["test"]
    for score in parts["test"]:
        assert [track.name for track in score.tracks] == ["soprano", "alto", "tenor", "bass"]
        assert {track.instrument for track in score.tracks} == {"choir aahs"}
        assert (score.notes[:, :2] == np.rint(score.notes[:, :2])).all()
        # Equal consecutive pitches are one note.
        for track in score.tracks:
            start, length, pitch, _ = track.notes.T
            touch = start[1:] == (start + length)[:-1]
            assert not (touch & (pitch[1:] == pitch[:-1])).any()
    with pytest.raises(UnknownNameError, match='unknown split "dev"'):
        load_chorales("dev")


def test_the_chorales_have_the_pitches_of_their_origin(real_data):
    path = real_data / "music" / "jsb" / "jsb-chorales-quarter.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    for split, pieces in json.loads(path.read_text()).items():
        for score, frames in zip(load_chorales(split), pieces, strict=True):
            # An octave lower.
            found = [np.flatnonzero(step).tolist() for step in score.roll(1)]
            assert found == [sorted({pitch - 12 for pitch in frame}) for frame in frames]


def test_every_score_of_the_package_has_an_origin():
    folder = Path(ganvas.data.__file__).parent / "_scores"
    files = [file.name for file in folder.iterdir() if file.name != "ORIGIN.md"]
    assert files == ["chorales.json.gz"]
    assert "`chorales.json.gz`" in (folder / "ORIGIN.md").read_text()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "b").mkdir()
    Score([(0, 1, 60)]).to_midi(tmp_path / "a.mid")
    Score([(0, 1, 62)]).to_midi(tmp_path / "b" / "c.MIDI")
    (tmp_path / "d.abc").write_text("X:1\nK:C\nC\n\nX:2\nK:C\nD\n")
    (tmp_path / "readme.txt").write_text("no music")
    return tmp_path


def test_a_folder_gives_all_pieces_of_its_files(folder):
    assert [score.notes[0, 2] for score in load_scores(folder)] == [60, 62, 60, 62]
    assert len(load_scores(folder / "d.abc")) == 2


def test_files_that_cannot_be_read_are_counted_by_reason(folder):
    content = (folder / "a.mid").read_bytes()
    (folder / "e.mid").write_bytes(content[:-5])
    (folder / "f.mid").write_bytes(b"hello")
    (folder / "g.mid").write_bytes(b"")
    (folder / "h.abc").write_text("X:1\nK:C\nz4\n")
    said = "^3 of 7 files read, 4 left out: damaged 2, empty 1, no notes 1$"
    with pytest.warns(IgnoredWarning, match=said) as caught:
        assert len(load_scores(folder)) == 4
    assert caught[0].filename == __file__
    with pytest.raises(DataError, match=r"e\.mid: damaged"):
        load_scores(folder, on_error="raise")
    with pytest.raises(UnknownNameError, match='unknown on_error "ignore"'):
        load_scores(folder, on_error="ignore")


def test_a_folder_without_music_is_an_error_with_the_reasons(tmp_path):
    with pytest.raises(DataError, match=r"expected files named \*\.mid, \*\.midi or \*\.abc, got none"):
        load_scores(tmp_path)
    for name in ("a.mid", "b.mid"):
        Score([]).to_midi(tmp_path / name)
    said = r"0 of 2 files read, 2 left out: no notes 2; the first: .*a\.mid: no notes"
    with pytest.raises(DataError, match=said):
        load_scores(tmp_path)
    with pytest.raises(DataError, match=r"a\.mid: no notes"):
        load_scores(tmp_path / "a.mid")
    with pytest.raises(FileNotFoundError):
        load_scores(tmp_path / "missing")


def test_damaged_files_are_read_up_to_the_damage_on_request(tmp_path):
    score = Score([(i, 1, 60 + i) for i in range(8)])
    score.to_midi(tmp_path / "whole.mid")
    content = (tmp_path / "whole.mid").read_bytes()
    (tmp_path / "cut.mid").write_bytes(content[:-30])
    with pytest.raises(DataError, match=r"cut.mid: damaged: expected"):
        Score.read(tmp_path / "cut.mid")
    with pytest.warns(IgnoredWarning, match=r"cut.mid: damaged: expected .*; what is before it was read"):
        found = Score.read(tmp_path / "cut.mid", damaged="cut")
    assert 0 < len(found.notes) < 8
    assert found.notes[:, 2].tolist() == score.notes[: len(found.notes), 2].tolist()
    with pytest.warns(IgnoredWarning, match="1 of 2 files read up to their damage; the first: .*cut.mid"):
        assert len(load_scores(tmp_path, on_error="cut")) == 2
    assert Score.read(tmp_path / "whole.mid", damaged="cut") == score
    with pytest.raises(UnknownNameError, match='unknown damaged "no"'):
        Score.read(tmp_path / "whole.mid", damaged="no")

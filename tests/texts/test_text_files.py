"""Texts that stay in their files."""

import numpy as np
import pytest
from peak import growth

import ganvas
from ganvas import TextTrainer
from ganvas.data import TextFiles
from ganvas.exceptions import DataError, ParameterError, UnknownNameError

PARAMS = {"width": 16, "depth": 1, "context": 16, "epochs": 2, "verbose": 0, "random_state": 0, "progress": False}
NAMES = ganvas.data.load_names()[:600]


def lines(folder, texts=NAMES, name="names.txt", **how):
    path = folder / name
    path.write_text("\n".join(texts) + "\n", **how)
    return path


@pytest.mark.parametrize(("vocabulary", "size"), [("characters", None), ("bytes", None), ("bpe", 300), ("words", 700)])
def test_models_of_files_are_those_of_lists(vocabulary, size, tmp_path):
    params = {**PARAMS, "vocabulary": vocabulary, "vocabulary_size": size, "validation": 0}
    own = TextTrainer(**params).fit(NAMES)
    streamed = TextTrainer(**params).fit(TextFiles(lines(tmp_path), per="line"))
    # Words have all characters of the texts once more.
    if vocabulary != "words":
        assert len(own.vocabulary_) == len(streamed.vocabulary_)
        np.testing.assert_array_equal(own.history_["loss"], streamed.history_["loss"])
        assert own.generate("a", n=3, random_state=1) == streamed.generate("a", n=3, random_state=1)
    assert streamed._layout.texts == 600
    assert np.isfinite(streamed.score_samples(NAMES[:5])).all()


def test_a_part_is_held_out_and_training_goes_on(tmp_path):
    files = TextFiles(lines(tmp_path, ["", *NAMES, ""]), per="line")
    model = TextTrainer(**PARAMS).fit(files)
    assert (model._layout.texts, model._layout.left_out) == (600, 2)
    assert np.isfinite(model.history_["validation_loss"]).all()
    tokens = sum(len(name) + 1 for name in NAMES)
    assert 0.85 * tokens < model._layout.tokens < 0.95 * tokens
    model.partial_fit(files, epochs=1)
    assert model.history_["epoch"][-1] == 3
    with pytest.raises(ParameterError, match="X: needs the training texts, which stay in their files"):
        model.copied(["emma"])
    assert model.copied(["emma"], X=files) == ["emma"]


def test_texts_are_whole_files_or_lines(tmp_path):
    (tmp_path / "deep").mkdir()
    lines(tmp_path, ["one", "two"], "b.txt", encoding="utf-16")
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfa\r\n\r\nlast \xe2\x80\xa8 b")
    lines(tmp_path / "deep", ["three"], "c.txt")
    assert list(TextFiles(tmp_path, per="line")) == ["a", "", "last \u2028 b", "one", "two"]
    assert list(TextFiles(tmp_path)) == ganvas.data.load_texts(tmp_path)
    assert repr(TextFiles(tmp_path, "**/*.txt")) == "TextFiles(3 files, per='file')"


def test_what_files_do_not_have_is_refused(tmp_path):
    files = TextFiles(lines(tmp_path), per="line")
    with pytest.raises(ParameterError, match="y: expected None for TextFiles, which have no classes"):
        TextTrainer(**PARAMS).fit(files, np.zeros(600))
    with pytest.raises(UnknownNameError, match='unknown per "word"'):
        TextFiles(tmp_path, per="word")
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        TextFiles(tmp_path / "none")
    with pytest.raises(DataError, match=r'expected files named "\*.md", got none'):
        TextFiles(tmp_path, "*.md")
    with pytest.raises(ParameterError, match="encoding: expected a text encoding"):
        TextFiles(tmp_path, encoding="no")
    (tmp_path / "bad.txt").write_bytes(b"good\nb\xe9d\n")
    with pytest.raises(DataError, match=r"bad.txt: expected text in utf-8, got other bytes after line"):
        list(TextFiles(tmp_path / "bad.txt", per="line"))
    (tmp_path / "wide.txt").write_bytes("letters\nand more\n".encode("utf-16-le"))
    with pytest.raises(DataError, match=r"wide.txt: expected text in utf-8, got NUL characters"):
        list(TextFiles(tmp_path / "wide.txt", per="line"))
    assert list(TextFiles(tmp_path / "wide.txt", per="line", encoding="utf-16-le")) == ["letters", "and more"]
    (tmp_path / "empty.txt").write_text("\n\n")
    with pytest.raises(DataError, match="X: expected texts, got TextFiles"):
        TextTrainer(**PARAMS).fit(TextFiles(tmp_path / "empty.txt", per="line"))


@pytest.mark.slow
def test_memory_does_not_grow_with_the_files(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("w") as file:
        for i in range(1_200):
            file.write("\n".join(f"{i} {name} of the many lines of a large file" for name in NAMES) + "\n")
    megabytes = path.stat().st_size / 2**20
    assert megabytes > 30
    small = '["a small text for the memory that every run takes"] * 9'
    assert growth("TextTrainer", small, 'ganvas.data.TextFiles(sys.argv[1], per="line")', path) < megabytes / 2

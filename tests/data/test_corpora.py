import hashlib
from collections import Counter
from pathlib import Path

import pytest

import ganvas
from ganvas.data import load_names, load_shakespeare


def test_shakespeare_is_one_text_with_the_usual_split():
    text = load_shakespeare()
    assert len(text) == 1_115_394
    assert len(set(text)) == 65
    assert text.startswith("First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\n")
    assert int(0.9 * len(text)) == 1_003_854


def test_names_are_a_list_in_the_order_of_the_file():
    names = load_names()
    assert len(names) == 32_033
    assert (names[0], names[18_029], names[-1]) == ("emma", "liam", "zzyzx")
    assert all(name.isascii() and name.isalpha() and name.islower() for name in names)
    assert {len(name) for name in names} == set(range(2, 16))
    assert Counter(Counter(names).values()) == {1: 26_955, 2: 2_539}
    # A caller may change the list.
    names.clear()
    assert load_names()


@pytest.mark.parametrize(
    ("load", "sha256"),
    [
        (load_shakespeare, "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"),
        (lambda: "\n".join(load_names()), "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d"),
    ],
)
def test_texts_are_those_of_their_origin(load, sha256):
    assert hashlib.sha256(load().encode()).hexdigest() == sha256


def test_every_text_has_an_origin():
    folder = Path(ganvas.data.__file__).parent / "_texts"
    origins = (folder / "ORIGIN.md").read_text()
    files = [file.name for file in folder.iterdir() if file.name != "ORIGIN.md"]
    assert len(files) == 2
    assert all(f"`{file}`" in origins for file in files)

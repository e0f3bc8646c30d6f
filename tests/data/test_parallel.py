"""Pairs of texts read from files."""

import numpy as np
import pytest

from ganvas.data import load_pairs
from ganvas.exceptions import DataError, ParameterError, ShapeError


def write(folder, name, text):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_two_files_have_a_pair_in_each_line(tmp_path):
    # A line separator of Unicode and an empty line are of a text.
    a = write(tmp_path, "a.de", "eins\u2028zwei\r\n\r\ndrei\r\n")
    b = write(tmp_path, "b.en", "one\ntwo\nthree")
    assert load_pairs(a, b) == (["eins\u2028zwei", "", "drei"], ["one", "two", "three"])


def test_tables_have_the_target_in_the_last_column_unless_named(tmp_path):
    path = write(tmp_path, "a.csv", 'en,de,"no"\n"a, b","say ""x""",1\n"two\nlines",c,2\n\n')
    X, y = load_pairs(path)
    assert X.tolist() == [["a, b", 'say "x"'], ["two\nlines", "c"]]
    assert y == ["1", "2"]
    assert load_pairs(path, source="de", target="en") == (['say "x"', "c"], ["a, b", "two\nlines"])
    tabs = write(tmp_path, "a.TSV", 'x\ty\n"he\tsaid "\n')
    assert load_pairs(tabs) == (['"he'], ['said "'])


def test_json_lines_have_texts_by_name(tmp_path):
    path = write(tmp_path, "a.jsonl", '{"q": "why", "s": null, "a": "so"}\n\n{"a": "x", "q": "é", "s": "t", "z": 1}\n')
    X, y = load_pairs(path, source=["s", "q"])
    assert (X.tolist(), y) == ([["", "why"], ["t", "é"]], ["so", "x"])
    assert isinstance(X, np.ndarray)


@pytest.mark.parametrize(
    ("name", "text", "params", "error", "message"),
    [
        ("a.csv", "x,y\na,b,c\n", {}, DataError, "a.csv: expected 2 columns, got 3 in line 2"),
        ("a.csv", 'x,y\n"a,b\n', {}, DataError, "a.csv: expected a table, got unexpected end of data in line 2"),
        ("a.csv", "x,y\n", {}, DataError, "a.csv: expected rows of at least 2 columns, got 0 of 2"),
        ("a.tsv", "x,y\na,b\n", {}, DataError, "a.tsv: expected rows of at least 2 columns, got 1 of 1"),
        (
            "a.csv",
            "x,y\na,b\n",
            {"source": "z"},
            ParameterError,
            "source: expected one of the columns 'x', 'y', got 'z'",
        ),
        ("a.csv", "x,y\na,b\n", {"source": "y"}, ParameterError, "source: expected columns other than the target 'y'"),
        ("a.csv", "x,y\na,b\n", {"target": 1}, ParameterError, "target: expected one of the columns 'x', 'y', got 1"),
        ("a.jsonl", '{"a": 1}\n', {}, DataError, "a.jsonl: expected texts, got int for 'a' in line 1"),
        (
            "a.jsonl",
            '{"a": "", "b": ""}\n{"a": ""}',
            {},
            DataError,
            "expected 'b', as in the first line, got none in line 2",
        ),
        ("a.jsonl", "[1]\n", {}, DataError, "a.jsonl: expected a JSON object, got list in line 1"),
        ("a.jsonl", "{\n", {}, DataError, "a.jsonl: expected a JSON object, got Expecting property name"),
        ("a.xml", "", {}, ParameterError, "or two files, got 'a.xml'"),
    ],
)
def test_what_is_no_table_of_texts_is_refused(name, text, params, error, message, tmp_path):
    with pytest.raises(error) as raised:
        load_pairs(write(tmp_path, name, text), **params)
    assert message in str(raised.value)


def test_files_of_unequal_lengths_and_folders_are_refused(tmp_path):
    a, b = write(tmp_path, "a.de", "1\n2\n"), write(tmp_path, "b.en", "1\n")
    with pytest.raises(ShapeError, match=r"a.de has 2 lines, .*b.en has 1; each line is one pair"):
        load_pairs(a, b)
    with pytest.raises(ParameterError, match="source and target: expected None for two files of lines"):
        load_pairs(a, a, target="x")
    with pytest.raises(ParameterError, match="path: expected a file, got the folder"):
        load_pairs(tmp_path)
    with pytest.raises(FileNotFoundError):
        load_pairs(tmp_path / "none.csv")

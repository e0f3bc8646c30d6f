import codecs
import re
import unicodedata

import pytest

from ganvas.data import load_texts
from ganvas.exceptions import DataError, ParameterError, UnknownNameError


def test_a_folder_is_one_text_per_file_in_the_order_of_their_names(tmp_path):
    for name, text in {"b.txt": "two", "a.txt": "one", "c.md": "other", "d.txt": ""}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "e.txt").write_text("three")
    (tmp_path / "z.txt").mkdir()
    assert load_texts(tmp_path) == ["one", "two", ""]
    assert load_texts(tmp_path, "*.md") == ["other"]
    assert load_texts(tmp_path, "**/*.txt") == ["one", "two", "", "three"]
    assert load_texts(tmp_path / "c.md") == ["other"]


@pytest.mark.parametrize(
    "content",
    [
        "naïve\n🙂\n".encode(),
        codecs.BOM_UTF8 + "naïve\r\n🙂\r".encode(),
        codecs.BOM_UTF16_LE + "naïve\r🙂\r\n".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "naïve\n🙂\n".encode("utf-16-be"),
        codecs.BOM_UTF32_LE + "naïve\n🙂\n".encode("utf-32-le"),
    ],
)
def test_marks_are_removed_and_newlines_are_of_one_kind(content, tmp_path):
    (tmp_path / "a.txt").write_bytes(content)
    assert load_texts(tmp_path) == ["naïve\n🙂\n"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf_8_sig"])
def test_the_encoding_of_the_user_is_used(encoding, tmp_path):
    (tmp_path / "a.txt").write_bytes("naïve text".encode(encoding))
    assert load_texts(tmp_path, encoding=encoding) == ["naïve text"]


def test_a_mark_is_removed_in_an_encoding_without_marks(tmp_path):
    (tmp_path / "a.txt").write_bytes(codecs.BOM_UTF16_LE + "text".encode("utf-16-le"))
    assert load_texts(tmp_path, encoding="utf-16-le") == ["text"]


def test_characters_are_kept_unless_a_form_is_given(tmp_path):
    text = "e\u0301 \u00e9 \ufb01 \u05e9\u05dc\u05d5\u05dd 日本 \0 </s>"
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert load_texts(tmp_path) == [text]
    for form in ["NFC", "NFD", "NFKC", "NFKD"]:
        assert load_texts(tmp_path, normalize=form.lower()) == [unicodedata.normalize(form, text)]


@pytest.mark.parametrize(
    ("content", "params", "error", "message"),
    [
        (
            b"caf\xe9",
            {},
            DataError,
            'a.txt: expected text in utf-8, got byte 0xE9 at offset 3; pass its encoding, such as encoding="cp1252"',
        ),
        (
            b"caf\x81",
            {"encoding": "cp1252"},
            DataError,
            "a.txt: expected text in cp1252, got byte 0x81 at offset 3; pass another encoding",
        ),
        (
            "text".encode("utf-16-le"),
            {},
            DataError,
            'a.txt: expected text in utf-8, got NUL characters; if it is UTF-16, pass encoding="utf-16-le"',
        ),
        (b"", {"pattern": "*.md"}, DataError, 'expected files named "*.md", got none'),
        (b"", {"encoding": "hex"}, ParameterError, "encoding: expected a text encoding of Python, got 'hex'"),
        (b"", {"encoding": "latin77"}, ParameterError, "encoding: expected a text encoding of Python, got 'latin77'"),
        (b"", {"encoding": 8}, ParameterError, "encoding: expected a text encoding of Python, got 8"),
    ],
)
def test_what_is_not_text_is_refused_with_a_remedy(content, params, error, message, tmp_path):
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(error, match=re.escape(message) + "$"):
        load_texts(tmp_path, **params)


def test_an_unknown_form_names_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError, match='unknown normalize "nfcc"; did you mean "nfc"'):
        load_texts(tmp_path, normalize="nfcc")


def test_a_missing_file_is_a_file_not_found_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_texts(tmp_path / "none.txt")

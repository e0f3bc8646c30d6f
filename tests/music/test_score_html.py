"""Scores in a notebook, read as a browser reads them."""

import base64
import io
import wave
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest

from ganvas import Score, data

VOID = {"audio"}


class Page(HTMLParser):
    """Elements with their attributes; fails if they are not nested."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found, self.words = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.found.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.words.append(text)

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


def sound_of(page):
    (player,) = page.all("audio")
    assert "controls" in player
    head, content = player["src"].split(",", 1)
    assert head == "data:audio/wav;base64"
    with wave.open(io.BytesIO(base64.b64decode(content, validate=True))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22050)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


@pytest.fixture
def band():
    return Score({"piano": [(i, 1, 60 + i) for i in range(8)], "bass": [(0, 4, 36)], "drums": [(0, 1, 38), (2, 1, 42)]})


def test_a_page_has_the_notes_and_the_sound(band):
    page = Page(band._repr_html_())
    assert len(page.all("rect")) == len(band.notes)
    np.testing.assert_allclose(sound_of(page), band.sound(22050), atol=1e-4)
    assert {"C2", "C3", "C4", "drums"} <= set(page.words)
    assert {"acoustic grand piano", "acoustic bass"} <= set(page.words)
    assert len({group["fill"] for group in page.all("g")}) == 3


def test_notes_lie_inside_the_picture_from_left_to_right_and_upwards(band):
    page = Page(band._repr_html_())
    (picture,) = page.all("svg")
    width, height = float(picture["width"]), float(picture["height"])
    boxes = np.array([[float(rect[key]) for key in ("x", "y", "width", "height")] for rect in page.all("rect")])
    assert (boxes >= 0).all()
    assert (boxes[:, 0] + boxes[:, 2] <= width).all()
    assert (boxes[:, 1] + boxes[:, 3] <= height).all()
    assert (np.diff(boxes[:8, 0]) > 0).all()
    assert (np.diff(boxes[:8, 1]) < 0).all()
    # The lowest pitch is above percussion.
    assert boxes[8, 1] < boxes[9:, 1].min()


def test_the_picture_is_xml_and_the_page_needs_no_other_file(band):
    text = band._repr_html_()
    ET.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])
    page = Page(text)
    links = [attrs[key] for _, attrs in page.found for key in ("src", "href") if key in attrs]
    assert all(link.startswith("data:") for link in links)
    assert "<script" not in text
    assert "url(" not in text
    # Lines and words have the colour of the page, light or dark.
    assert all(words["fill"] == "currentColor" for words in page.all("text"))


def test_a_long_piece_is_cut_and_says_so():
    score = Score([(i, 1, 60 + i % 12) for i in range(400)])
    text = score._repr_html_()
    page = Page(text)
    assert len(page.all("rect")) == 256
    assert len(sound_of(page)) == 60 * 22050
    assert "shown: the first 64 of 100 bars; sound: the first 60 of 200 seconds" in page.words
    assert len(text) < 4_000_000


def test_a_dense_piece_shows_fewer_bars():
    score = Score([(i / 40, 1 / 40, 30 + i % 60) for i in range(6400)], tempo=600)
    page = Page(score._repr_html_())
    assert len(page.all("rect")) == 3200
    assert "shown: the first 20 of 40 bars" in page.words


def test_names_of_tracks_are_escaped(tmp_path):
    mido = pytest.importorskip("mido")
    midi = mido.MidiFile()
    for name in ("<script>alert(1)</script>", "a & b\x07"):
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        track += [mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=480)]
        midi.tracks.append(track)
    midi.save(tmp_path / "a.mid")
    page = Page(Score.read(tmp_path / "a.mid")._repr_html_())
    assert not page.all("script")
    assert "<script>alert(1)</script>" in page.words
    assert "a & b" in page.words


def test_a_score_without_notes_has_a_page():
    for score in (Score([]), Score([], length=8)):
        page = Page(score._repr_html_())
        assert not page.all("audio")
        assert "0 notes" in page.words[0]


def test_a_chorale_is_a_few_megabytes():
    text = data.load_chorales("test")[0]._repr_html_()
    assert len(text) < 4_000_000
    assert len(Page(text).all("g")) == 4

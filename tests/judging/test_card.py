"""`report` of estimators of arrays: a page in one file, with what was measured and what was said."""

import copy
import hashlib
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from tests.tiny import IMAGES, RING, names, tiny

import ganvas
from ganvas import VaeTrainer
from ganvas.exceptions import NotFittedError, ParameterError, ShapeError

CLASSES = np.arange(128) % 3
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def gan():
    return tiny().fit(RING)


class Reader(HTMLParser):
    """Collects tags, sources and text; raises an error if tags are not closed in their order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.sources, self.text = [], [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.sources += [value for name, value in attributes if name in ("src", "href", "srcset", "data")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data if "style" not in self.open else ""


def card(model, folder, *args, **kwargs):
    path = model.report(folder / "card.html", *args, **kwargs)
    assert names(folder) == ["card.html"]
    assert path.stat().st_size < 2_000_000
    text = path.read_text(encoding="utf-8")
    read = Reader(text)
    assert "http" not in text
    assert "url(" not in text
    assert "@import" not in text
    assert not {"script", "link", "iframe"} & set(read.tags)
    assert all(source.startswith("data:image/png;base64,") for source in read.sources)
    return read


def cells(text):
    return [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>.*?</t[hd]>", text)]


def test_a_page_without_data_says_what_it_lacks(gan, tmp_path):
    read = card(gan, tmp_path)
    assert read.text.count("not stated") == 4
    assert "No measures" in read.text
    assert "Copies were not looked for: X was not passed" in read.text
    assert "no hash" in read.text
    assert len(read.sources) == 2, "samples and history"
    for fact in (
        ganvas.__version__,
        np.__version__,
        "generator 12,",
        "non_saturating",
        gan.explain(),
        "512 in 16 steps",
    ):
        assert fact in read.text, fact
    assert "interrupted" not in read.text


def test_measures_are_those_of_evaluate(gan, tmp_path):
    report = gan.evaluate(RING[:60], X_train=RING[60:])
    read = card(gan, tmp_path, RING[:60], X_train=RING[60:])
    shown = cells((tmp_path / "card.html").read_text(encoding="utf-8"))
    table = report._table()
    del table["speed ↑"]
    for name, row in table.items():
        first = shown.index(name)
        assert shown[first + 1 : first + 6] == list(row.values()), name
    for sentence in report.sentences():
        assert sentence in read.text
    assert "No measures" not in read.text
    assert len(read.sources) == 3, "samples, measures and history"


def test_copies_are_shown_beside_their_training_samples(tmp_path):
    rows = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    gan = tiny().fit(rows[:150])
    assert "No sign of copies" in card(gan, tmp_path, rows[150:], X_train=rows[:150]).text
    gan._samples = lambda n, y, seed: rows[:n]
    read = card(gan, tmp_path, rows[150:], X_train=rows[:150])
    assert "Copies found" in read.text
    assert "100.0% of samples; 50.0% are expected" in read.text
    text = (tmp_path / "card.html").read_text(encoding="utf-8")
    pairs = re.findall(r"<tr><th>0</th><td>([^<]*)</td><td>([^<]*)</td>", text)
    assert len(pairs) == 8
    assert all(made == near for made, near in pairs)
    assert pairs[0][0] == ", ".join(f"{value:.4g}" for value in rows[0])
    read = card(gan, tmp_path, rows[150:])
    assert "Copies were not looked for: X_train was not passed" in read.text


@pytest.mark.parametrize("order", ["C", "F", "strided"])
def test_the_hash_is_that_of_the_bytes_in_c_order(gan, tmp_path, order, monkeypatch):
    from ganvas._judging import card as module

    monkeypatch.setattr(module, "_BLOCK", 100)
    train = {"C": RING, "F": np.asfortranarray(RING), "strided": np.repeat(RING, 2, 0)[::2]}[order]
    wanted = hashlib.sha256(np.ascontiguousarray(RING)).hexdigest()
    read = card(gan, tmp_path, X_train=train)
    assert wanted in read.text
    assert "(128, 2), float32" in read.text
    assert "Copies were not looked for: X was not passed" in read.text
    assert wanted not in card(gan, tmp_path, X_train=RING[::-1]).text


def test_lists_are_hashed_as_they_are_read(gan, tmp_path):
    read = card(gan, tmp_path, X_train=RING.tolist())
    assert "as ganvas reads them" in read.text


def test_statements_are_shown_and_escaped(gan, tmp_path):
    said = {
        name: f'{name} <script src="x">&amp;"' for name in ("title", "licence", "consent", "intended_use", "limits")
    }
    read = card(gan, tmp_path, **said)
    for text in said.values():
        assert text in read.text
    assert "not stated" not in read.text
    assert card(gan, tmp_path, licence=" ", consent="").text.count("not stated") == 4


def test_names_of_classes_are_escaped(tmp_path):
    gan = tiny().fit(IMAGES, np.array(["<i>", "b&c", "d"])[CLASSES])
    assert "3 classes: <i>, b&c, d" in card(gan, tmp_path).text


def of_kinds():
    rng = np.random.default_rng(0)
    yield "colour", rng.integers(0, 256, (40, 6, 6, 3), np.uint8), {}
    yield "volume", rng.random((40, 6, 6, 6)).astype(np.float32), {"kind": "volume"}
    yield "series", rng.normal(size=(40, 12, 2)), {"kind": "series"}
    yield "tiles", np.array(list("ab#"))[rng.integers(0, 3, (40, 5, 6))], {}
    yield "roll", rng.integers(0, 2, (40, 2, 4, 6)), {"kind": "roll"}


@pytest.mark.parametrize(("X", "params"), [pytest.param(X, p, id=name) for name, X, p in of_kinds()])
def test_every_kind_of_data(X, params, tmp_path):
    gan = tiny(epochs=1, **params).fit(X)
    read = card(gan, tmp_path, X[:20], X_train=X[20:], features="pixels")
    assert "above the training samples" in read.text
    assert hashlib.sha256(X[20:].tobytes()).hexdigest() in read.text
    assert len(read.sources) == 4


def test_texts(tmp_path):
    words = [a + b + c for a in "abcd" for b in "aeiou" for c in "ns<"]
    vae = VaeTrainer(latent_dim=2, epochs=1, verbose=0, random_state=0, net="lstm").fit(words)
    read = card(vae, tmp_path, words[:30], X_train=words[30:])
    assert "nearest training sample" in read.text
    assert "rebuilt" in read.text
    assert "as ganvas reads them" in read.text


def test_noise_in_colour_stays_small(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 64, 3), np.uint8)
    gan = tiny(epochs=1).fit(noise[:40])
    gan._samples = lambda n, y, seed: noise[np.arange(n) % 64]
    read = card(gan, tmp_path, noise[:30], X_train=noise[30:], features=lambda images: images.mean((1, 2)))
    assert len(read.sources) == 4


def test_a_saved_model_has_a_card(gan, tmp_path):
    gan.save(tmp_path / "gan.safetensors")
    loaded = ganvas.GanTrainer.load(tmp_path / "gan.safetensors")
    (tmp_path / "gan.safetensors").unlink()
    assert "Samples seen" in card(loaded, tmp_path).text


def test_the_model_is_left_alone(gan, tmp_path):
    before = gan._run.to_bytes("{}")
    card(gan, tmp_path, RING[:60], X_train=RING[60:])
    assert gan._run.to_bytes("{}") == before


def test_errors_leave_no_file_and_no_change(gan, tmp_path, monkeypatch):
    path = tmp_path / "card.html"
    with pytest.raises(NotFittedError):
        tiny().report(path)
    with pytest.raises(IsADirectoryError, match=r"such as card\.html"):
        gan.report(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        gan.report(tmp_path / "none" / "card.html")
    with pytest.raises(ParameterError, match="licence: expected a string or None, got int"):
        gan.report(path, licence=4)
    with pytest.raises(ParameterError, match="y: expected None without X"):
        gan.report(path, y=CLASSES)
    with pytest.raises(ParameterError, match="y_train: expected None without X_train"):
        gan.report(path, y_train=CLASSES)
    with pytest.raises(ShapeError):
        gan.report(path, X_train=RING[:, :1])
    assert names(tmp_path) == []
    path.write_text("before")
    with pytest.raises(ShapeError):
        gan.report(path, RING[:3])
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
        with pytest.raises(OSError, match="full"):
            gan.report(path)
    assert names(tmp_path) == ["card.html"]
    assert path.read_text() == "before"


def test_diagnoses_are_told(gan, tmp_path):
    assert "nothing was found" in card(gan, tmp_path).text
    sick = copy.deepcopy(gan)
    sick._told = (("oscillation", 3, "it moves by <55 %>", "lower lr"),)
    assert "oscillation (epoch 3): it moves by <55 %>; lower lr" in card(sick, tmp_path).text

"""Streamed training data."""

import signal
import threading
import time

import numpy as np
import pytest
import torch
from PIL import Image

import ganvas
from ganvas import GanTrainer, VaeTrainer
from ganvas.data import ImageFolder
from ganvas.exceptions import DataError, DtypeError, ParameterError, ShapeError

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {"epochs": 2, "batch_size": 32, "base_channels": 8, "random_state": 0}


def weights(model):
    return [tensor.numpy() for tensor in model._run.state_dict("generator").values()]


def gan(X, **settings):
    return GanTrainer(**{**SMALL, **settings}).fit(X)


def assert_equal(a, b):
    for left, right in zip(weights(a), weights(b), strict=True):
        np.testing.assert_array_equal(left, right)


def mapped(path, array, **options):
    np.save(path, array)
    return np.load(path, mmap_mode="r", **options)


@pytest.mark.parametrize("form", ["bytes", "floats", "doubles", "colours", "colours first", "a view", "booleans"])
def test_a_memory_mapped_array_trains_as_one_in_memory_does(tmp_path, digits, form):
    X = {
        "bytes": digits,
        "floats": (digits / 255).astype(np.float32),
        "doubles": digits / 255,
        "colours": np.stack([digits] * 3, -1),
        "colours first": np.stack([digits] * 3, 1),
        "a view": digits,
        "booleans": digits > 127,
    }[form]
    streamed = mapped(tmp_path / "x.npy", X)
    if form == "a view":
        X, streamed = X[100:], streamed[100:]
    a, b = gan(X), gan(streamed)
    assert_equal(a, b)
    assert a.sample(2, random_state=0).dtype == b.sample(2, random_state=0).dtype == X.dtype


def test_maps_that_no_file_holds_any_more_are_read_from_memory(tmp_path, digits):
    streamed = mapped(tmp_path / "x.npy", digits)
    (tmp_path / "x.npy").unlink()
    assert_equal(gan(digits), gan(streamed))
    assert_equal(gan(255 - digits), gan(255 - streamed))


def test_a_memory_mapped_table_trains_as_one_in_memory_does(tmp_path):
    X = ganvas.data.ring(500)
    a = GanTrainer(epochs=2, random_state=0).fit(X)
    b = GanTrainer(epochs=2, random_state=0).fit(mapped(tmp_path / "x.npy", X))
    assert_equal(a, b)
    assert b.n_features_in_ == 2


def test_an_autoencoder_learns_from_a_stream_with_labels(tmp_path, digits):
    y = np.arange(len(digits)) % 3
    settings = {"epochs": 2, "random_state": 0, "net": "mlp", "latent_dim": 4}
    a = VaeTrainer(**settings).fit(digits, y)
    b = VaeTrainer(**settings).fit(mapped(tmp_path / "x.npy", digits), y)
    np.testing.assert_array_equal(a.transform(digits[:9], y[:9]), b.transform(digits[:9], y[:9]))
    np.testing.assert_array_equal(a.predict(digits[:9], y[:9]), b.predict(digits[:9], y[:9]))
    np.testing.assert_array_equal(a.history_["kl"], b.history_["kl"])


def test_partial_fit_goes_on_with_a_stream(tmp_path, digits):
    streamed = mapped(tmp_path / "x.npy", digits)
    assert_equal(gan(digits, epochs=1).partial_fit(digits), gan(streamed, epochs=1).partial_fit(streamed))
    with pytest.raises(ShapeError, match=r"^partial_fit: fitted on \(16, 16, 1\), got \(8, 16, 1\)$"):
        gan(streamed, epochs=1).partial_fit(streamed[:, :8])


class Stop(ganvas.callbacks.Callback):
    def on_step(self, estimator, step):
        if step == 11:
            raise KeyboardInterrupt


@pytest.mark.parametrize("kind", ["array", "dataset", "iterable"])
def test_a_stream_resumes_at_the_sample_where_it_stopped(tmp_path, digits, monkeypatch, kind):
    X = {"array": mapped(tmp_path / "x.npy", digits), "dataset": Pairs(digits), "iterable": Iterated(digits)}[kind]
    whole = gan(X)
    with pytest.raises(KeyboardInterrupt):
        GanTrainer(**SMALL, callbacks=[Stop()]).fit(X, checkpoint_dir=tmp_path / "runs")
    assert_equal(whole, GanTrainer(**SMALL).fit(X, checkpoint_dir=tmp_path / "runs", resume="auto"))


class Pairs(torch.utils.data.Dataset):
    """As in torchvision: a sample and its label."""

    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return self.values[i], 7


class Iterated(torch.utils.data.IterableDataset):
    def __init__(self, values):
        self.values = values
        self.begun = 0

    def __iter__(self):
        self.begun += 1
        return iter(self.values)


class Dictionaries:
    """As in Hugging Face."""

    column_names, features = ["label", "image"], {}

    def __init__(self, values):
        self.values = values
        self.shape = (len(values), 2)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return {"label": 3, "image": Image.fromarray(self.values[i])}


@pytest.mark.parametrize("kind", [Pairs, Iterated, Dictionaries])
def test_a_dataset_trains_as_its_array_does(digits, kind):
    assert_equal(gan(digits), gan(kind(digits)))


def test_tensors_of_a_dataset_come_back_as_tensors(digits):
    X = torch.from_numpy(digits.copy())[:, None].float() / 255
    a, b = gan(X), gan(Pairs(X))
    assert_equal(a, b)
    assert torch.equal(a.sample(3, random_state=0), b.sample(3, random_state=0))
    assert b.sample(3).shape == (3, 1, 16, 16)


def test_an_iterable_is_mixed_within_windows(digits, monkeypatch):
    # 5,120 images of 64 kB are five windows of 64 MB.
    large = [np.full((256, 256), i % 256, np.uint8) for i in range(5 * 1024)]
    seen = []
    X = Iterated(large)
    model = GanTrainer(net="mlp", epochs=1, batch_size=256, random_state=0, hidden=(4,))

    class Watch(ganvas.callbacks.Callback):
        def on_step(self, estimator, step):
            seen.append(step)

    model.callbacks = [Watch()]
    model.fit(X)
    assert seen == list(range(1, 21))
    assert X.begun == 3  # the first samples, the count, and the training itself


def test_an_iterable_that_ends_early_says_so(digits):
    class Shrinks(Iterated):
        def __iter__(self):
            self.begun += 1
            return iter(self.values if self.begun < 3 else self.values[:100])

    with pytest.raises(DataError, match=r"^X: expected 256 samples each time it is gone through, got 100$"):
        gan(Shrinks(digits))


def test_exceptions_of_a_dataset_are_passed_through(digits):
    class Breaks(Pairs):
        def __getitem__(self, i):
            if i == 200 and self.trains:
                raise KeyError("no such file")
            return self.values[i]

    X = Breaks(np.concatenate([digits] * 5))
    X.trains = False
    model = gan(X, epochs=1)
    X.trains = True
    with pytest.raises(KeyError, match="no such file"):
        model.partial_fit(X)
    assert np.isfinite(model.sample(2)).all()
    X.trains = False
    model.partial_fit(X)


def test_values_that_are_not_finite_are_found(tmp_path, digits):
    X = (np.concatenate([digits] * 5) / 255).astype(np.float32)
    X[1200, 3, 4] = np.nan
    model = GanTrainer(**SMALL)
    with pytest.raises(DataError, match=r"^X: sample 1200 holds a value that is not finite$"):
        model.fit(mapped(tmp_path / "x.npy", X))
    assert not model.__sklearn_is_fitted__()
    # Only the first thousand samples of a dataset are read before training.
    for kind in (Pairs, Iterated):
        with pytest.raises(DataError, match=r"^X: sample 1200 holds a value that is not finite$"):
            gan(kind(X))


def test_changes_of_an_iterable_between_passes_are_detected(digits):
    class Changes(Iterated):
        def __iter__(self):
            self.begun += 1
            return iter(np.roll(self.values, self.begun % 2, axis=1))

    X = Changes(digits)
    a = gan(X, epochs=4)
    assert X.begun == 2 + 4
    with np.testing.assert_raises(AssertionError):
        assert_equal(a, gan(digits, epochs=4))


def test_samples_of_other_shapes_are_named(digits):
    values = [*digits, digits[0][:8]]
    with pytest.raises(ShapeError, match=r"^X: expected samples of \(16, 16\), got \(8, 16\) for sample 256$"):
        gan(Pairs(values))


@pytest.mark.parametrize(
    ("X", "error", "text"),
    [
        (
            (i for i in range(3)),
            ParameterError,
            "X: a generator can be iterated over only once; pass an array",
        ),
        (Pairs([]), ShapeError, "X: expected at least 2 samples, got an empty dataset"),
        (Pairs([np.zeros((8, 8), np.uint8)]), ShapeError, "X: expected at least 2 samples, got 1"),
        (Pairs([{"sound": 1}]), DtypeError, "X: expected samples, or dictionaries with image or img or pixel_values"),
        (
            torch.utils.data.DataLoader(Pairs([])),
            DtypeError,
            "X: expected samples, got a DataLoader of batches; pass its dataset",
        ),
        (Pairs(["one", "two"]), DtypeError, "X: expected numbers or pictures, got str; open files in the dataset"),
    ],
)
def test_datasets_that_cannot_be_used_say_why(X, error, text):
    with pytest.raises(error) as caught:
        GanTrainer().fit(X)
    assert str(caught.value).startswith(text)


@pytest.fixture
def folder(tmp_path, digits):
    for i, image in enumerate(digits[:64]):
        place = tmp_path / "pictures" / "ab"[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{i:03}.{'png' if i % 3 else 'jpg'}")
    return tmp_path / "pictures"


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_folder_trains_as_its_array_does(folder, mode):
    pictures = ImageFolder(folder, size=16, mode=mode)
    assert_equal(gan(pictures.load()), gan(pictures))


def test_a_large_folder_is_not_decoded_at_once(folder, monkeypatch):
    monkeypatch.setattr("ganvas._data.streams._RESIDENT", 1000)
    a = gan(folder, batch_size=16, epochs=1)
    monkeypatch.undo()
    assert_equal(a, gan(folder, batch_size=16, epochs=1))


def test_a_picture_that_is_damaged_later_is_named_and_nothing_is_lost(folder, digits):
    pictures = ImageFolder(folder, size=16, mode="L")
    model = gan(pictures, epochs=1)
    (folder / "b" / "041.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"^b/041\.png: expected a picture, got an empty file"):
        model.partial_fit(pictures)
    (folder / "b" / "041.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"041\.png"):
        model.partial_fit(pictures)
    assert np.isfinite(model.sample(2)).all()


def test_a_file_that_is_cut_off_is_an_error(tmp_path, digits):
    streamed = mapped(tmp_path / "x.npy", digits)
    with (tmp_path / "x.npy").open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(DataError, match=r"x\.npy: expected 65664 bytes, got 1000$"):
        gan(streamed)


class Slow(Pairs):
    def __getitem__(self, i):
        if self.trains:
            time.sleep(0.05)
        return self.values[i]


def test_a_slow_dataset_is_stopped_at_once_and_can_be_watched(digits):
    X = Slow(digits)
    X.trains = False
    model = gan(X, epochs=1)
    X.trains = True
    thread = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
    thread.start()
    watched = []

    def watch():
        for _ in range(20):
            watched.append(len(model.history_["epoch"]))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.monotonic()
    # A batch takes 1.6 seconds.
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(X)
    assert time.monotonic() - begun < 1.2
    watcher.join(5)
    assert watched == [1] * 20
    assert np.isfinite(model.sample(2)).all()

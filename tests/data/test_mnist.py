import gzip
import hashlib
import http.server
import threading

import numpy as np
import pooch
import pytest

from ganvas.data import load_mnist, mnist
from ganvas.exceptions import DataError, ParameterError, UnknownNameError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (5, 28, 28), np.uint8)
LABELS = np.array([7, 2, 1, 0, 4], np.uint8)
IMAGES_IDX = b"\0\0\x08\3\0\0\0\5\0\0\0\x1c\0\0\0\x1c" + IMAGES.tobytes()
LABELS_IDX = b"\0\0\x08\1\0\0\0\5" + LABELS.tobytes()
NAME = "train-images-idx3-ubyte.gz"


@pytest.fixture
def root(tmp_path):
    """Folder with five digits, one split gzipped and the other not."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    (folder / NAME).write_bytes(gzip.compress(IMAGES_IDX))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(LABELS_IDX))
    (folder / "t10k-images-idx3-ubyte").write_bytes(IMAGES_IDX)
    (folder / "t10k-labels-idx1-ubyte").write_bytes(LABELS_IDX)
    return folder


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_folder_is_read_gzipped_or_not(root, split):
    X, y = load_mnist(str(root), split, return_y=True)
    np.testing.assert_array_equal(X, IMAGES)
    np.testing.assert_array_equal(y, LABELS)
    assert (X.dtype, y.dtype) == (np.uint8, np.int64)


def test_images_do_not_need_the_labels(root):
    (root / "train-labels-idx1-ubyte.gz").unlink()
    np.testing.assert_array_equal(load_mnist(root), IMAGES)


@pytest.mark.parametrize("size", [8, 32, 64])
def test_images_are_resized(root, size):
    X = load_mnist(root, size=size)
    assert X.shape == (5, size, size)
    np.testing.assert_allclose(X.mean(axis=(1, 2)), IMAGES.mean(axis=(1, 2)), rtol=0.05)


def test_an_unknown_split_names_the_nearest(root):
    with pytest.raises(UnknownNameError) as error:
        load_mnist(root, split="tarin")
    assert str(error.value) == 'unknown split "tarin"; did you mean "train"? known: train, test'
    with pytest.raises(UnknownNameError) as error:
        load_mnist(root, split=3)
    assert str(error.value) == 'unknown split "3"; did you mean "train"? known: train, test'


def test_a_wrong_size_is_a_parameter_error(root):
    with pytest.raises(ParameterError) as error:
        load_mnist(root, size=7)
    assert str(error.value) == "size: must be between 8 and 256, got 7"


def test_a_folder_without_the_files_says_what_it_lacks(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(FileNotFoundError) as error:
            load_mnist(folder)
        assert str(error.value) == (
            f"{folder}: expected train-images-idx3-ubyte or {NAME}, got neither; root=None downloads them"
        )


def test_images_of_another_shape_are_a_data_error(root):
    (root / "t10k-images-idx3-ubyte").write_bytes(LABELS_IDX)
    with pytest.raises(DataError) as error:
        load_mnist(root, "test")
    assert str(error.value) == "t10k-images-idx3-ubyte: expected (n, 28, 28) of uint8, got (5,) of uint8"


def test_labels_of_another_number_are_a_data_error(root):
    (root / "t10k-labels-idx1-ubyte").write_bytes(b"\0\0\x08\1\0\0\0\2\1\2")
    with pytest.raises(DataError) as error:
        load_mnist(root, "test", return_y=True)
    assert str(error.value) == "t10k-labels-idx1-ubyte: expected 5 labels, one for each image, got 2"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder instead of the user's."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(pooch, "os_cache", lambda project: folder / project)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder / "ganvas"


@pytest.fixture
def server(monkeypatch):
    """A local server that sends the five digits; `cut` bytes are missing at the end."""

    class Handler(http.server.BaseHTTPRequestHandler):
        cut = 0
        requests = 0

        def do_GET(self):
            type(self).requests += 1
            content = gzip.compress(IMAGES_IDX if "images" in self.path else LABELS_IDX, mtime=0)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) - self.cut])

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setattr(mnist, "_URL", f"http://127.0.0.1:{listening.server_port}/")
        yield Handler
        listening.shutdown()
        thread.join()


def expect_the_five_digits(monkeypatch):
    for name, content in [(NAME, IMAGES_IDX), ("train-labels-idx1-ubyte.gz", LABELS_IDX)]:
        digest = hashlib.sha256(gzip.compress(content, mtime=0)).hexdigest()
        monkeypatch.setitem(mnist._SHA256, name, digest)


def files(folder):
    return sorted(path.name for path in folder.glob("*"))


def test_the_files_are_downloaded_once(cache, server, monkeypatch):
    expect_the_five_digits(monkeypatch)
    for _ in range(2):
        X, y = load_mnist(return_y=True)
        np.testing.assert_array_equal(X, IMAGES)
        np.testing.assert_array_equal(y, LABELS)
    assert server.requests == 2
    assert files(cache) == [NAME, "train-labels-idx1-ubyte.gz"]


def test_a_damaged_file_in_the_cache_is_downloaded_again(cache, server, monkeypatch):
    expect_the_five_digits(monkeypatch)
    cache.mkdir(parents=True)
    (cache / NAME).write_bytes(b"damaged")
    np.testing.assert_array_equal(load_mnist(), IMAGES)


def test_a_wrong_sha256_is_a_data_error_and_leaves_no_file(cache, server):
    with pytest.raises(DataError) as error:
        load_mnist()
    assert str(error.value) == (
        f"{NAME}: expected sha256 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609, "
        f"got another file from {mnist._URL}{NAME}"
    )
    assert files(cache) == []


def test_a_download_that_breaks_off_is_a_connection_error_and_leaves_no_file(cache, server):
    server.cut = 100
    with pytest.raises(ConnectionError, match="could not be downloaded"):
        load_mnist()
    assert files(cache) == []


def test_without_network_the_error_says_what_to_do(cache, monkeypatch):
    monkeypatch.setattr(mnist, "_URL", "http://127.0.0.1:1/")
    with pytest.raises(ConnectionError) as error:
        load_mnist()
    assert str(error.value) == (
        f"http://127.0.0.1:1/{NAME}: could not be downloaded; root= names a folder that holds the file"
    )
    assert files(cache) == []


def test_the_real_digits_are_read(real_data):
    X, y = load_mnist(real_data / "mnist", "test", return_y=True)
    assert X.shape == (10_000, 28, 28)
    np.testing.assert_array_equal(np.bincount(y), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])

"""The channel axis of images is detected if only one reading is plausible."""

import numpy as np
import pytest
import torch

from ganvas import AutoencoderTrainer, GanTrainer
from ganvas._data.kinds import KINDS, likely
from ganvas.exceptions import ShapeError

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {"net": "mlp", "hidden": (8,), "epochs": 1, "batch_size": 4, "random_state": 0, "progress": False}


def pictures(*shape):
    return np.random.default_rng(0).integers(0, 256, (8, *shape), np.uint8)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((20, 20, 2), "nhwc"),
        ((2, 20, 20), "nchw"),
        ((64, 64, 5), "nhwc"),
        ((13, 64, 64), "nchw"),
        ((16, 16, 30), "nhwc"),
        ((200, 145, 145), "nchw"),
        ((20, 30, 2), "nhwc"),
        ((2, 20, 30), "nchw"),
        ((3, 32, 4), "nchw"),
        ((4, 4, 2), "nhwc"),
        ((3, 20, 30), "nchw"),
        ((20, 30, 3), "nhwc"),
        ((1, 3, 4), "nchw"),
        ((8, 8, 4), "nhwc"),
        ((4, 4, 3), "nhwc"),
    ],
)
def test_the_plausible_reading_is_taken(shape, axes):
    assert KINDS["image"].axes((10, *shape), None) == axes


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((20, 20, 20), "ndhw"),
        ((10, 20, 10), "ndhw"),
        ((8, 12, 9, 3), "ndhwc"),
        ((16, 16, 16, 2), "ndhwc"),
        ((1, 8, 9, 10), "ncdhw"),
    ],
)
def test_sides_that_cannot_be_channels_make_a_volume(shape, axes):
    assert likely(np.empty((10, *shape), np.uint8), None).axes((10, *shape), None) == axes


@pytest.mark.parametrize("shape", [(3, 3, 3), (3, 8, 3), (3, 8, 8, 3)])
def test_two_plausible_readings_are_refused(shape):
    with pytest.raises(ShapeError, match="cannot tell where the channels of"):
        KINDS["image"].axes((10, *shape), None)


@pytest.mark.parametrize("form", ["array", "tensor", "memory map", "dataset"])
@pytest.mark.parametrize(("axes", "shape"), [("last", (10, 10, 2)), ("first", (5, 10, 10))])
def test_every_way_in_finds_the_channels_and_the_start_line_says_where(tmp_path, capsys, form, axes, shape):
    X = pictures(*shape)
    last = X if axes == "last" else X.transpose(0, 2, 3, 1)
    expected = GanTrainer(**SMALL, channels="last", verbose=0).fit(last).sample(2)
    if form == "memory map":
        np.save(tmp_path / "x.npy", X)
        given = np.load(tmp_path / "x.npy", mmap_mode="r")
    else:
        given = {"array": X, "tensor": torch.from_numpy(X), "dataset": Dataset(X)}[form]
    gan = GanTrainer(**SMALL).fit(given)
    assert f"images 10x10x{last.shape[-1]} (channels {axes}), uint8" in capsys.readouterr().out
    samples = np.asarray(gan.sample(2))
    np.testing.assert_array_equal(samples if axes == "last" else samples.transpose(0, 2, 3, 1), expected)


class Dataset(torch.utils.data.Dataset):
    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return self.values[i]


def test_the_channel_axis_of_colour_images_is_detected(capsys):
    GanTrainer(**SMALL).fit(pictures(8, 8, 3))
    assert "images 8x8x3, uint8" in capsys.readouterr().out


def test_an_autoencoder_reads_bands_the_same_way_later():
    X = pictures(8, 8, 2)
    model = AutoencoderTrainer(net="mlp", hidden=(8,), epochs=1, batch_size=4, random_state=0, verbose=0).fit(X)
    assert model.reconstruct(X[:1]).shape == (1, 8, 8, 2)
    assert model._run.data().words()["channels"] == 2

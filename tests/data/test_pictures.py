"""Folders, files, lists and datasets of pictures give the pixels of Pillow and NumPy."""

import io
import struct

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from ganvas import AutoencoderTrainer, GanTrainer, plot
from ganvas.data import ImageFolder, load_folder
from ganvas.exceptions import DataError, DtypeError, ShapeError

pytestmark = pytest.mark.usefixtures("one_thread")
RNG = np.random.default_rng(0)
SMALL = {"net": "mlp", "hidden": (8,), "epochs": 1, "batch_size": 4, "random_state": 0, "verbose": 0}


def tiff(array):
    """A TIFF with one strip and any sample format."""
    sample_format = {"u": 1, "i": 2, "f": 3}[array.dtype.kind]
    height, width = array.shape
    entries = [(256, width), (257, height), (258, array.itemsize * 8), (259, 1), (262, 1), (273, 0), (277, 1)]
    entries += [(278, height), (279, array.nbytes), (339, sample_format)]
    start = 8 + 2 + 12 * len(entries) + 4
    words = [struct.pack("<HHII", tag, 4, 1, start if tag == 273 else value) for tag, value in entries]
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(words) + bytes(4) + array.tobytes()


def deep(dtype):
    values = {
        "uint16": RNG.integers(0, 4096, (6, 12, 12)),
        "int8": RNG.integers(-128, 128, (6, 12, 12)),
        "int16": RNG.integers(-1024, 3000, (6, 12, 12)),
        "int32": RNG.integers(-(2**30), 2**30, (6, 12, 12)),
        "uint32": RNG.integers(0, 2**32, (6, 12, 12)),
        "float32": RNG.random((6, 12, 12)),
    }
    return values[dtype].astype(dtype)


@pytest.mark.parametrize("dtype", ["uint16", "int8", "int16", "int32", "uint32", "float32"])
def test_pictures_beyond_8_bits_keep_their_values(tmp_path, dtype):
    X = deep(dtype)
    for i, array in enumerate(X):
        (tmp_path / f"{i}.tif").write_bytes(tiff(array))
    loaded = load_folder(tmp_path, mode="L")
    # Pillow has no int16.
    assert loaded.dtype == np.dtype("int32" if dtype == "int16" else dtype)
    np.testing.assert_array_equal(loaded, X)
    pictures = ImageFolder(tmp_path)
    assert (pictures.shape, pictures.dtype) == ((6, 12, 12, 3), loaded.dtype)
    np.testing.assert_array_equal(pictures[1:4], X[1:4, ..., None].repeat(3, -1))


@pytest.mark.parametrize("suffix", ["png", "pgm", "tif"])
def test_16_bit_grey_is_read_alike_in_every_format(tmp_path, suffix):
    X = RNG.integers(0, 65536, (12, 12), np.uint16)
    if suffix == "pgm":
        (tmp_path / "a.pgm").write_bytes(b"P5 12 12 65535\n" + X.astype(">u2").tobytes())
    else:
        Image.fromarray(X).save(tmp_path / f"a.{suffix}")
    loaded = load_folder(tmp_path, mode="L")
    assert loaded.dtype == np.uint16
    np.testing.assert_array_equal(loaded[0], X)


def test_deep_pictures_are_resized_within_their_own_range(tmp_path):
    X = np.zeros((40, 60), np.float32)
    X[:, 25:] = 1
    (tmp_path / "a.tif").write_bytes(tiff(X))
    made = load_folder(tmp_path, size=16, mode="L")[0]
    expected = np.asarray(ImageOps.fit(Image.fromarray(X), (16, 16), Image.Resampling.BICUBIC))
    np.testing.assert_allclose(made, expected.clip(0, 1), atol=1e-6)
    assert 0 <= made.min() < made.max() <= 1


def test_the_first_picture_decides_the_type_and_another_is_named(tmp_path):
    Image.new("L", (12, 12), 9).save(tmp_path / "a.png")
    Image.fromarray(np.full((12, 12), 900, np.uint16)).save(tmp_path / "b.png")
    with pytest.raises(DataError, match=r"^b\.png: expected uint8 values as in a\.png, got uint16; convert the"):
        load_folder(tmp_path)
    (tmp_path / "a.png").rename(tmp_path / "c.png")
    with pytest.raises(DataError, match=r"^c\.png: expected uint16 values as in b\.png, got uint8; convert the"):
        load_folder(tmp_path)


def test_floats_that_are_not_finite_are_named(tmp_path):
    X = np.ones((12, 12), np.float32)
    X[3, 4:6] = np.nan
    (tmp_path / "a.tif").write_bytes(tiff(X))
    with pytest.raises(DataError, match=r"^a\.tif: 2 values are not finite"):
        load_folder(tmp_path)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_a_folder_of_deep_pictures_trains_as_its_array_does(tmp_path, dtype, stream):
    X = deep(dtype)
    for i, array in enumerate(X):
        (tmp_path / f"{i}.tif").write_bytes(tiff(array))
    expected = GanTrainer(**SMALL).fit(X)
    pictures = ImageFolder(tmp_path, mode="L")
    made = GanTrainer(**SMALL).fit(pictures if stream else pictures.load())
    a, b = expected.sample(3), made.sample(3)
    assert a.dtype == b.dtype == X.dtype
    np.testing.assert_array_equal(a, b)


def turned(image):
    """The picture with an orientation tag."""
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    image.save(buffer, "PNG", exif=exif)
    return Image.open(buffer)


NOISE = Image.fromarray(RNG.integers(0, 256, (12, 12, 4), np.uint8), "RGBA")
FORMS = {
    "L": NOISE.convert("L"),
    "1": NOISE.convert("1"),
    "RGB": NOISE.convert("RGB"),
    "P": NOISE.convert("RGB").quantize(7),
    "CMYK": NOISE.convert("CMYK"),
    "YCbCr": NOISE.convert("YCbCr"),
    "RGBA": NOISE,
    "LA": NOISE.convert("LA"),
    "I;16": Image.fromarray(RNG.integers(0, 65536, (12, 12), np.uint16)),
    "I": Image.fromarray(RNG.integers(-(2**20), 2**20, (12, 12), np.int32)),
    "F": Image.fromarray(RNG.random((12, 12), np.float32)),
    "turned": turned(NOISE.convert("RGB")),
}


def expected(form):
    """The pixels according to NumPy and Pillow."""
    image = FORMS[form]
    if form == "turned":
        return np.rot90(np.asarray(NOISE.convert("RGB")), -1)
    if form in ("RGBA", "LA"):
        wanted = "L" if form == "LA" else "RGB"
        alpha = np.asarray(image.getchannel("A"), np.float64)[..., None] / 255
        colour = np.asarray(image.convert("RGB"), np.float64) * alpha + 255 * (1 - alpha)
        return colour if wanted == "RGB" else colour[..., 0]
    if form in ("L", "I;16", "I", "F"):
        return np.asarray(image)
    return np.asarray(image.convert("L" if form == "1" else "RGB"))


class Dataset(torch.utils.data.Dataset):
    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return self.values[i], 7


@pytest.mark.parametrize("form", FORMS)
def test_lists_datasets_and_folders_read_pictures_alike(tmp_path, form):
    image, wanted = FORMS[form], expected(form)
    from ganvas._data.streams import training_data

    listed, layout = training_data(GanTrainer(), [image] * 3, None, None)
    assert layout.dtype == str(wanted.dtype if form not in ("RGBA", "LA") else np.dtype(np.uint8))
    shape = (12, 12, 3) if wanted.ndim == 3 else (12, 12, 1)
    np.testing.assert_allclose(listed[0], wanted.reshape(shape), atol=1 if form in ("RGBA", "LA") else 0, rtol=1e-6)
    streamed, of_dataset = training_data(GanTrainer(), Dataset([image] * 3), None, None)
    assert layout == of_dataset
    np.testing.assert_array_equal(streamed[:3], listed)
    if form in ("CMYK", "YCbCr", "F", "I"):
        image.save(tmp_path / "a.tif")
    else:
        image.save(tmp_path / "a.png", exif=image.getexif())
    # YCbCr is converted during reading; CMYK and other modes are the same.
    loaded = load_folder(tmp_path, mode="RGB" if wanted.ndim == 3 else "L")[0]
    np.testing.assert_allclose(loaded.reshape(shape), listed[0], atol=1 if form == "YCbCr" else 0)


def test_pictures_of_another_size_or_kind_are_named():
    with pytest.raises(DataError, match="12x12 colour uint8 and, for sample 1, 12x12 grey uint8; resize them"):
        GanTrainer(**SMALL).fit([FORMS["RGB"], FORMS["L"]])
    with pytest.raises(DataError, match="12x12 grey uint8 and, for sample 1, 12x12 grey float32"):
        GanTrainer(**SMALL).fit([FORMS["L"], FORMS["F"]])
    with pytest.raises(DtypeError, match="expected pictures, got int for sample 1"):
        GanTrainer(**SMALL).fit([FORMS["L"], 3])
    with pytest.raises(ShapeError, match=r"expected pictures, got one; pass a list, \[picture\]"):
        GanTrainer(**SMALL).fit(FORMS["L"])


def test_a_dataset_that_changes_to_deep_pictures_raises_an_error():
    images = [FORMS["L"]] * 1000 + [FORMS["I;16"]] * 24
    with pytest.raises(DtypeError, match="expected bytes, as the first samples are, got uint16; convert"):
        GanTrainer(**SMALL | {"batch_size": 128}).fit(Dataset(images))


def test_a_fitted_model_reads_pictures_as_it_reads_arrays(tmp_path):
    X = np.stack([RNG.integers(0, 256, (12, 12), np.uint8) for _ in range(8)])
    model = AutoencoderTrainer(net="mlp", hidden=(8,), epochs=1, batch_size=4, random_state=0, verbose=0).fit(X)
    palette = [Image.fromarray(x).convert("LA") for x in X]
    np.testing.assert_array_equal(model.transform(palette), model.transform(X))
    between = model.interpolate(X[0], X[1], steps=3)
    np.testing.assert_array_equal(model.interpolate(palette[0], palette[1], steps=3), between)
    palette[1].save(tmp_path / "one.png")
    np.testing.assert_array_equal(model.interpolate(palette[0], tmp_path / "one.png", steps=3), between)


def test_plots_read_pictures_as_fit_does():
    ax = Figure().add_subplot()
    drawn = plot.grid([FORMS["P"]] * 2, ax=ax, columns=2, padding=0).images[0].get_array()
    np.testing.assert_array_equal(drawn[:, :12, :3], expected("P"))


def test_an_empty_path_is_not_the_current_folder():
    with pytest.raises(FileNotFoundError, match='no such folder: ""'):
        GanTrainer().fit("")

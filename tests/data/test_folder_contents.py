"""Contents of a folder are read or reported: classes, links, splits of data sets, formats, damaged files."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from ganvas import AutoencoderTrainer, GanTrainer
from ganvas.data import ImageFolder, class_names, load_folder
from ganvas.exceptions import DataError, ParameterError

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {"net": "mlp", "hidden": (8,), "epochs": 1, "batch_size": 4, "random_state": 0, "verbose": 0}


def save(path, grey=0, size=(12, 12)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, grey).save(path)
    return path


def greys(path):
    return load_folder(path, mode="L")[:, 0, 0].tolist()


def test_all_that_lies_below_a_sub_folder_is_of_its_class(tmp_path):
    save(tmp_path / "cat" / "0.png", 1)
    save(tmp_path / "dog" / "more" / "0.png", 2)
    save(tmp_path / "dog" / "z.png", 3)
    folder = ImageFolder(tmp_path)
    assert (folder.classes, folder.y.tolist()) == (["cat", "dog"], [0, 1, 1])
    # Pictures of a folder come before those of its sub-folders.
    assert greys(tmp_path) == [1, 3, 2]


def test_what_is_left_out_is_named(tmp_path):
    save(tmp_path / "cat" / "0.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "cat" / "gone.png").symlink_to(tmp_path / "nothing.png")
    (tmp_path / "cat" / "back").symlink_to(tmp_path / "cat")
    (tmp_path / "cat" / "scan.dcm").write_bytes(b"")
    (tmp_path / "cat" / "notes.txt").write_text("no picture")
    with pytest.warns(UserWarning) as warned:
        assert class_names(tmp_path) == ["cat"]
    (said,) = [str(warning.message) for warning in warned]
    assert said.startswith(f"{tmp_path}: left out ")
    for part in (
        "1 folders without pictures (empty/)",
        "1 links that lead nowhere (cat/gone.png)",
        "1 links that lead back (cat/back)",
        "1 files of formats that are not read (cat/scan.dcm)",
    ):
        assert part in said
    assert warned[0].filename == __file__


def test_links_are_followed_wherever_they_lead(tmp_path):
    save(tmp_path / "cache" / "a" / "1.png", 7)
    save(tmp_path / "pets" / "cat" / "0.png", 5)
    (tmp_path / "pets" / "dog").symlink_to(tmp_path / "cache" / "a")
    (tmp_path / "pets" / "cat" / "1.png").symlink_to(Path("..", "..", "cache", "a", "1.png"))
    assert class_names(tmp_path / "pets") == ["cat", "dog"]
    assert greys(tmp_path / "pets") == [5, 7, 7]


@pytest.mark.parametrize("names", [("test", "train"), ("train",), ("Test", "Train", "Val")])
def test_parts_of_a_data_set_are_no_classes(tmp_path, names):
    for name in names:
        save(tmp_path / name / "cat" / "0.png")
    with pytest.raises(DataError) as error:
        load_folder(tmp_path)
    listed = ", ".join(f"{name}/" for name in names)
    assert str(error.value) == (
        f"{tmp_path}: expected classes, got parts of a data set ({listed}); pass one of them, as {tmp_path / names[0]}"
    )
    save(tmp_path / "bus" / "0.png")
    assert class_names(tmp_path) == sorted([*names, "bus"])


def test_a_missing_folder_is_named_with_what_is_there(tmp_path):
    save(tmp_path / "pics" / "cat" / "0.png")
    wrong = tmp_path / "pics" / "cta" / "more"
    for read in (load_folder, class_names, ImageFolder, GanTrainer().fit, GanTrainer().plot_data):
        for path in (wrong, str(wrong)):
            with pytest.raises(FileNotFoundError) as error:
                read(path)
            assert str(error.value) == f"no such folder: {wrong}; {tmp_path / 'pics'} holds the folders 'cat'"


@pytest.mark.parametrize(
    ("name", "remedy"), [("a.png", "pass its folder, "), ("x.npy", "pass numpy.load("), ("t.csv", "pandas.read_csv(")]
)
def test_a_file_in_place_of_a_folder_is_an_error_with_a_remedy(tmp_path, name, remedy):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(NotADirectoryError) as error:
        GanTrainer().fit(str(tmp_path / name))
    assert str(error.value).startswith(f"expected a folder of pictures, got the file {tmp_path / name}; ")
    assert remedy in str(error.value)


def test_a_list_of_files_is_read_in_its_order(tmp_path, monkeypatch):
    files = [save(tmp_path / f"{i}.png", 10 * i) for i in range(6)][::-1]
    X = np.stack([np.full((12, 12, 3), 10 * i, np.uint8) for i in range(6)][::-1])
    expected = GanTrainer(**SMALL).fit(X).sample(2)
    monkeypatch.setenv("HOME", str(tmp_path))
    for given in (files, [str(file) for file in files], tuple(files), np.array([f"~/{file.name}" for file in files])):
        np.testing.assert_array_equal(GanTrainer(**SMALL).fit(given).sample(2), expected)


def test_lists_that_are_none_of_files_say_why(tmp_path):
    file = save(tmp_path / "0.png")
    with pytest.raises(FileNotFoundError, match=r"no such picture: .*1\.png; strings in a list are taken for paths"):
        GanTrainer().fit([file, tmp_path / "1.png"])
    with pytest.raises(ParameterError, match="expected files of pictures, got the folder"):
        GanTrainer().fit([tmp_path])
    with pytest.raises(ParameterError, match="expected paths of pictures, got int for sample 1"):
        GanTrainer().fit([file, 3])


def encoded(kind):
    buffer = io.BytesIO()
    Image.new("RGB", (12, 12)).save(buffer, kind)
    return buffer.getvalue()


FOREIGN = [
    (b"", "an empty file; replace or delete it"),
    (b"\n<!DOCTYPE html><html>", "HTML; it may be a page that was saved in place of the picture; download it again"),
    (b'<?xml version="1.0"?><svg>', "SVG; convert it to PNG or JPEG"),
    (b'{"error": 404}', "JSON; it may be a page that was saved in place of the picture; download it again"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", "PostScript; convert it to PNG or JPEG"),
    (b"%PDF-1.7\n", "PDF; convert it to PNG or JPEG"),
    (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS; fetch the files with git lfs pull"),
    (bytes(128) + b"DICM", "DICOM; read it with pydicom and pass an array"),
    (
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99),
        "HEIC; convert it to PNG or JPEG, or pip install pillow-heif and call pillow_heif.register_heif_opener() "
        "before",
    ),
    (b"\0\0\0\x14ftypisom\0\0\0\0mp42", "a film; save its frames as PNG or JPEG"),
    (b"no picture at all", None),
]


@pytest.mark.parametrize(("content", "said"), FOREIGN)
def test_a_file_that_is_no_picture_is_named_with_its_format_and_a_remedy(tmp_path, content, said):
    save(tmp_path / "cats" / "a.png")
    (tmp_path / "cats" / "b.jpg").write_bytes(content)
    wanted = f"{Path('cats', 'b.jpg')}: expected a picture, got "
    wanted += said or "a damaged or unknown file; replace or delete it"
    for options in ({}, {"size": 8}):
        with pytest.raises(DataError) as error:
            load_folder(tmp_path, **options)
        assert str(error.value) == wanted


@pytest.mark.parametrize("suffix", ["avif", "jpg"])
def test_avif_is_read_or_named(tmp_path, suffix, monkeypatch):
    if not features.check("avif"):
        pytest.skip("this Pillow was built without AVIF")
    (tmp_path / f"a.{suffix}").write_bytes(encoded("AVIF"))
    assert load_folder(tmp_path).shape == (1, 12, 12, 3)
    monkeypatch.delitem(Image.OPEN, "AVIF")
    with pytest.raises(DataError, match="got AVIF; convert it to PNG or JPEG, or install a Pillow"):
        load_folder(tmp_path)


def test_the_size_is_kept_where_all_have_one(tmp_path):
    for name, kind in (("a.png", "PNG"), ("b.jpg", "JPEG"), ("c.gif", "GIF"), ("d.tif", "TIFF")):
        Image.new("L", (30, 20), 128).save(tmp_path / name, kind)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (20, 30), 128).save(tmp_path / "e.jpg", exif=exif)
    folder = ImageFolder(tmp_path, mode="L")
    assert folder.shape == (5, 20, 30)
    np.testing.assert_allclose(folder.load(), 128, atol=2)
    save(tmp_path / "f.png", size=(30, 21))
    with pytest.raises(DataError) as error:
        ImageFolder(tmp_path)
    assert str(error.value) == (
        "f.png: sizes differ: expected 20x30 pixels as in a.png, got 21x30; pass size=, as in "
        "ImageFolder(path, size=64), to bring all to one size"
    )


@pytest.mark.parametrize(
    ("sizes", "side"), [([(28, 28)] * 2, 28), ([(28, 28), (29, 29)], 64), ([(30, 20)] * 2, 64), ([(200, 200)] * 2, 64)]
)
def test_a_path_keeps_squares_of_one_size(tmp_path, capsys, sizes, side):
    for i, size in enumerate(sizes):
        save(tmp_path / f"{i}.png", size=size)
    GanTrainer(**SMALL | {"batch_size": 2, "verbose": 1}).fit(tmp_path)
    assert f"images {side}x{side}x3" in capsys.readouterr().out
    assert ImageFolder(tmp_path, size="auto").shape == (2, side, side, 3)


def test_a_picture_that_changes_its_size_later_is_named(tmp_path):
    for i in range(3):
        save(tmp_path / f"{i}.png")
    folder = ImageFolder(tmp_path)
    save(tmp_path / "1.png", size=(12, 13))
    with pytest.raises(DataError, match=r"^1\.png: sizes differ: expected 12x12 pixels as in 0\.png, got 13x12"):
        folder.load()


def test_a_fitted_model_reads_a_folder_as_it_was_fitted(tmp_path):
    for i in range(8):
        save(tmp_path / f"{i}.png", 30 * i, size=(40, 30))
    model = AutoencoderTrainer(net="mlp", hidden=(8,), epochs=1, batch_size=4, random_state=0, verbose=0)
    model.fit(load_folder(tmp_path, size=16, mode="L"))
    assert model.transform(tmp_path).shape[0] == 8
    np.testing.assert_array_equal(model.transform(tmp_path), model.transform(load_folder(tmp_path, 16, "L")))
    assert model.partial_fit(tmp_path) is model


def test_skipped_pages_give_a_warning(tmp_path):
    pages = [Image.new("L", (12, 12), grey) for grey in (1, 2, 3)]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    with pytest.warns(UserWarning, match=r"^stack\.tif: read the first of 3 frames or pages"):
        assert greys(tmp_path) == [1]

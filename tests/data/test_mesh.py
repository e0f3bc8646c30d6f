import sys

import numpy as np
import pytest

from ganvas.data import save_mesh
from ganvas.exceptions import DataError, DtypeError, ParameterError, ShapeError, UnknownNameError

BOX = np.zeros((6, 7, 8), bool)
BOX[1:4, 2:6, 3:5] = True


def obj(file):
    lines = [line.split() for line in file.read_text().splitlines()]
    points = np.array([line[1:] for line in lines if line[0] == "v"], float)
    return points, np.array([line[1:] for line in lines if line[0] == "f"], int) - 1


def ply(file):
    head, body = file.read_bytes().split(b"end_header\n")
    counts = [int(line.split()[2]) for line in head.split(b"\n") if line.startswith(b"element")]
    points = np.frombuffer(body, "<f4", 3 * counts[0]).reshape(-1, 3)
    rows = np.frombuffer(body[points.nbytes :], [("count", "u1"), ("vertices", "<i4", 3)])
    assert (rows["count"] == 3).all()
    return points, rows["vertices"][: counts[1]]


def volume(points, faces):
    """Volume inside a closed surface, by the divergence theorem."""
    a, b, c = points[faces].transpose(1, 0, 2)
    return float((a * np.cross(b, c)).sum() / 6)


@pytest.mark.parametrize(("name", "read"), [("box.obj", obj), ("BOX.PLY", ply)])
def test_a_mesh_encloses_the_solid(name, read, tmp_path):
    points, faces = read(save_mesh(tmp_path / name, BOX))
    np.testing.assert_allclose(points.min(0), [0.5, 1.5, 2.5])
    np.testing.assert_allclose(points.max(0), [3.5, 5.5, 4.5])
    # Marching cubes cut the edges of the box of 3 x 4 x 2 voxels.
    assert 20 < abs(volume(points, faces)) < 24


def test_a_solid_that_fills_the_grid_is_closed(tmp_path):
    for values in (np.ones((4, 4, 4), bool), np.full((4, 4, 4, 1), 200, np.uint8)):
        points, faces = obj(save_mesh(tmp_path / "full.obj", values, level=0.5))
        edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
        assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
        assert points.min() >= -1


@pytest.mark.parametrize(
    ("values", "params", "error", "text"),
    [
        (np.zeros((3, 3)), {}, ShapeError, r"volume: expected \(d, h, w\), got \(3, 3\)"),
        (np.array([["a"]]), {}, DtypeError, "volume: expected booleans or numbers, got <U1"),
        (np.full((2, 2, 2), np.nan), {}, DataError, "volume: 8 values are not finite"),
        (np.zeros((2, 2, 2)), {"level": 3}, DataError, "volume: has no surface at level 3, its values are 0 to 0"),
        (BOX, {"level": "half"}, ParameterError, "level: expected a finite number or None, got 'half'"),
    ],
)
def test_what_has_no_surface_is_refused(values, params, error, text, tmp_path):
    with pytest.raises(error, match=f"^{text}$"):
        save_mesh(tmp_path / "a.obj", values, **params)
    assert not list(tmp_path.iterdir())


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(UnknownNameError, match=r'^unknown format "\.stl"; did you mean'):
        save_mesh(tmp_path / "a.stl", BOX)


def test_without_scikit_image_the_remedy_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "skimage.measure", None)
    with pytest.raises(ImportError, match=r"^save_mesh needs scikit-image; run: python -m pip install scikit-image$"):
        save_mesh(tmp_path / "a.obj", BOX)

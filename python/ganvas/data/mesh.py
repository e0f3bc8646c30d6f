"""Export of voxels as surface meshes."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import choice
from ..exceptions import DataError, DtypeError, ParameterError, ShapeError

_FORMATS = (".obj", ".ply")


def save_mesh(path: str | os.PathLike[str], volume: ArrayLike, level: float | None = None) -> Path:
    """Save the surface of a solid as a mesh.

    The surface is computed by marching cubes (Lorensen and Cline, 1987) of scikit-image, which must be installed.

    Parameters
    ----------
    path : path-like
        Output file; the suffix selects the format: ".obj" (Wavefront) or ".ply" (binary, little-endian).
    volume : array-like of shape (d, h, w)
        Voxels, True or large inside.
    level : float or None, default None
        Value at the surface. None: 0.5 for booleans and for floats in 0..1, else the midpoint between the minimum and
        the maximum.

    Returns
    -------
    pathlib.Path
        The file. Coordinates are in voxels; the first axis is x, and the third axis, z, points up.

    Raises
    ------
    ImportError
        scikit-image is not installed.
    ShapeError, DtypeError, DataError
        `volume` is not a volume, or has no surface at `level`.
    ParameterError
        `level` is not a finite number.
    UnknownNameError
        The suffix is not supported.

    Examples
    --------
    >>> from ganvas.data import save_mesh, shapes3d
    >>> save_mesh("chair.ply", shapes3d(1, size=16, random_state=0)[0]).name  # doctest: +SKIP
    'chair.ply'
    """
    file = Path(path).expanduser()
    choice("format", file.suffix.lower(), _FORMATS)
    values = np.asarray(volume)
    if values.dtype.kind not in "biuf":
        raise DtypeError(f"volume: expected booleans or numbers, got {values.dtype}")
    if values.ndim == 4 and values.shape[3] == 1:
        values = values[..., 0]
    if values.ndim != 3 or min(values.shape) < 1:
        raise ShapeError(f"volume: expected (d, h, w), got {values.shape}")
    values = values.astype(np.float32)
    if not np.isfinite(values).all():
        raise DataError(f"volume: {int((~np.isfinite(values)).sum())} values are not finite")
    vertices, faces = _surface(values, _level(values, level))
    write = {".obj": _obj, ".ply": _ply}[file.suffix.lower()]
    file.write_bytes(write(vertices, faces))
    return file


def _level(values: NDArray[np.float32], level: float | None) -> float:
    if level is None:
        low, high = float(values.min()), float(values.max())
        return 0.5 if low >= 0 and high <= 1 else (low + high) / 2
    if isinstance(level, bool) or not isinstance(level, int | float | np.number) or not np.isfinite(level):
        raise ParameterError(f"level: expected a finite number or None, got {level!r}")
    return float(level)


def _surface(values: NDArray[np.float32], level: float) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    try:
        from skimage.measure import marching_cubes
    except ImportError as error:
        raise ImportError("save_mesh needs scikit-image; run: python -m pip install scikit-image") from error
    # A margin closes solids that touch the border.
    outside = min(float(values.min()), 2 * level - float(values.max()))
    padded = np.pad(values, 1, constant_values=outside)
    if not padded.min() < level < padded.max():
        raise DataError(
            f"volume: has no surface at level {level:g}, its values are {values.min():g} to {values.max():g}"
        )
    vertices, faces, _, _ = marching_cubes(padded, level, allow_degenerate=False)
    return vertices.astype(np.float32) - 1, faces.astype(np.int32)


def _obj(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> bytes:
    points = "".join(f"v {x:g} {y:g} {z:g}\n" for x, y, z in vertices.tolist())
    # Vertex indices of OBJ start at 1.
    triangles = "".join(f"f {a} {b} {c}\n" for a, b, c in (faces + 1).tolist())
    return (points + triangles).encode()


def _ply(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> bytes:
    head = (
        "ply\nformat binary_little_endian 1.0\n"
        f"element vertex {len(vertices)}\nproperty float x\nproperty float y\nproperty float z\n"
        f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    rows = np.empty(len(faces), [("count", "u1"), ("vertices", "<i4", 3)])
    rows["count"], rows["vertices"] = 3, faces
    return head.encode() + vertices.astype("<f4").tobytes() + rows.tobytes()


__all__ = ["save_mesh"]

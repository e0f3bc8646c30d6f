"""Scores of textures, from saved pictures alone; does not import ganvas.

    python benches/quality/textures_score.py source.png texture.png ...

*distance* is the sliced Wasserstein distance between the patches of 7 by 7 pixels of a texture and of its source, at
full and half resolution, relative to the deviation of the source's patches; patches of the texture continue at its
edges.
*seam* is the mean step in colour across the edges of a texture that is repeated, over the mean step inside it.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

PATCH, DIRECTIONS, QUANTILES = 7, 128, 512


def directions(channels: int) -> np.ndarray:
    """Return unit vectors, (patch values, directions)."""
    vectors = np.random.default_rng(20_11).normal(size=(PATCH * PATCH * channels, DIRECTIONS))
    return vectors / np.linalg.norm(vectors, axis=0)


def patches(picture: np.ndarray, wrap: bool) -> np.ndarray:
    """Return all patches (n, values) of a picture (h, w, c)."""
    if wrap:
        picture = np.pad(picture, ((0, PATCH - 1), (0, PATCH - 1), (0, 0)), mode="wrap")
    windows = np.lib.stride_tricks.sliding_window_view(picture, (PATCH, PATCH), axis=(0, 1))
    return windows.reshape(-1, PATCH * PATCH * picture.shape[2])


def halved(picture: np.ndarray) -> np.ndarray:
    """Return the means of two by two pixels."""
    height, width = (side // 2 * 2 for side in picture.shape[:2])
    return picture[:height, :width].reshape(height // 2, 2, width // 2, 2, -1).mean((1, 3))


def distance(texture: np.ndarray, source: np.ndarray, wrap: bool) -> float:
    """Return the distance of a texture from its source, pictures (h, w, c) in 0..1."""
    found = []
    for _ in range(2):
        vectors, levels = directions(source.shape[2]), (np.arange(QUANTILES) + 0.5) / QUANTILES
        mine, theirs = (patches(x, way) @ vectors for x, way in ((texture, wrap), (source, False)))
        apart = np.abs(np.quantile(mine, levels, axis=0) - np.quantile(theirs, levels, axis=0)).mean()
        found.append(apart / theirs.std(0).mean())
        texture, source = halved(texture), halved(source)
    return float(np.mean(found))


def seam(texture: np.ndarray) -> float:
    """Return the step across the edges over the step inside."""
    across = np.abs(texture[0] - texture[-1]).mean() + np.abs(texture[:, 0] - texture[:, -1]).mean()
    return float(across / (np.abs(np.diff(texture, axis=0)).mean() + np.abs(np.diff(texture, axis=1)).mean()))


def tiled(source: np.ndarray, size: int) -> np.ndarray:
    """Repeat the middle of a source, three quarters of its sides: a trivial rival."""
    height, width = (side * 3 // 4 for side in source.shape[:2])
    top, left = (source.shape[0] - height) // 2, (source.shape[1] - width) // 2
    middle = source[top : top + height, left : left + width]
    return np.tile(middle, (-(-size // height), -(-size // width), 1))[:size, :size]


def score(texture: np.ndarray, source: np.ndarray, seam_at: tuple[int, int] | None = None) -> dict[str, float]:
    """Return distance, that of the halves of the source from each other, and seam."""
    left, right = np.array_split(source, 2, axis=1)
    real = distance(left, right, wrap=False)
    far = distance(texture, source, wrap=seam_at is None)
    # Of a picture that was repeated by hand, the seam is inside.
    whole = texture if seam_at is None else texture[: seam_at[0], : seam_at[1]]
    return {"distance": far, "real halves": real, "seam": seam(whole)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("textures", nargs="+", type=Path)
    args = parser.parse_args()
    source, *textures = (np.asarray(Image.open(file).convert("RGB")) / 255 for file in [args.source, *args.textures])
    for file, texture in zip(args.textures, textures, strict=True):
        print(file.name, score(texture, source))


if __name__ == "__main__":
    main()

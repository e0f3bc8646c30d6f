"""Errors of pictures that were made of other pictures, from arrays alone; does not import ganvas.

Peak signal-to-noise ratios are those of 8-bit RGB values, of each picture and then averaged; of a hole, over its pixels
alone. SSIM is scikit-image's with Gaussian weights (sigma 1.5), over whole pictures. The trivial rivals: biharmonic
inpainting and bicubic enlargement of scikit-image and Pillow, grey copied into each channel, and a ridge regression of
each missing value on all known values (inpainting) or on 5x5 pixels around it (enlargement, colours), fitted on the
training pictures.
"""

from pathlib import Path

import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity
from skimage.restoration import inpaint_biharmonic

SIDE, HELD_OUT, RIDGE, WINDOW = 32, 40, 1.0, 5
GREY = np.array([0.299, 0.587, 0.114])


def load(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read training pictures, and the last 40 of each class as test pictures: uint8 (n, 32, 32, 3)."""
    train, test = [], []
    for name in sorted(path.name for path in (folder / "cifar10").iterdir() if path.is_dir()):
        files = sorted((folder / "cifar10" / name).iterdir())
        pictures = [np.asarray(Image.open(file).convert("RGB")) for file in files]
        train += pictures[:-HELD_OUT]
        test += pictures[-HELD_OUT:]
    return np.stack(train), np.stack(test)


def centre() -> np.ndarray:
    """Mark what lies outside the centre of 12x12 pixels."""
    known = np.ones((SIDE, SIDE), bool)
    known[10:22, 10:22] = False
    return known


def half() -> np.ndarray:
    """Mark the left half."""
    known = np.ones((SIDE, SIDE), bool)
    known[:, SIDE // 2 :] = False
    return known


def smaller(pictures: np.ndarray, factor: int) -> np.ndarray:
    """Scale pictures down with Pillow's bicubic filter."""
    side = SIDE // factor
    return np.stack(
        [np.asarray(Image.fromarray(one).resize((side, side), Image.Resampling.BICUBIC)) for one in pictures]
    )


def larger(pictures: np.ndarray) -> np.ndarray:
    """Scale pictures up with Pillow's bicubic filter."""
    return np.stack(
        [np.asarray(Image.fromarray(one).resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for one in pictures]
    )


def grey(pictures: np.ndarray) -> np.ndarray:
    """Brightness of pictures, (n, h, w)."""
    return np.rint(pictures @ GREY).astype(np.uint8)


def score(made: np.ndarray, wanted: np.ndarray, known: np.ndarray | None = None) -> dict[str, float]:
    """Return PSNR, in the hole if there is one, and SSIM."""
    square = np.square(made.astype(np.float64) - wanted)
    errors = square.reshape(len(square), -1).mean(1) if known is None else square[:, ~known].mean((1, 2))
    ratios = 10 * np.log10(255**2 / np.maximum(errors, 1e-3))
    similar = [
        structural_similarity(a, b, channel_axis=-1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
        for a, b in zip(made, wanted, strict=True)
    ]
    return {"psnr": round(float(ratios.mean()), 3), "ssim": round(float(np.mean(similar)), 4)}


def bytes_of(values: np.ndarray) -> np.ndarray:
    return np.rint(values).clip(0, 255).astype(np.uint8)


def biharmonic(test: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Fill holes with the biharmonic equation."""
    filled = [inpaint_biharmonic(one / 255, ~known, channel_axis=-1) * 255 for one in test]
    return np.where(known[..., None], test, bytes_of(np.stack(filled)))


def ridge_inpainting(train: np.ndarray, test: np.ndarray, known: np.ndarray, penalty: float = 3e6) -> np.ndarray:
    """Predict missing values from all known ones."""
    inputs, targets = train[:, known].reshape(len(train), -1) / 1.0, train[:, ~known].reshape(len(train), -1) / 1.0
    predicted = _ridge(inputs, targets, test[:, known].reshape(len(test), -1) / 1.0, penalty)
    made = test.copy()
    made[:, ~known] = bytes_of(predicted.reshape(len(test), -1, 3))
    return made


def ridge_windows(inputs: np.ndarray, targets: np.ndarray, test: np.ndarray, seed: int = 0) -> np.ndarray:
    """Predict the pixels of targets from windows of 5x5 pixels of inputs of the same sides, from 200,000 windows."""
    random = np.random.default_rng(seed)
    places = random.integers(0, [len(inputs), SIDE, SIDE], (200_000, 3))
    x = _windows(inputs, places)
    everywhere = np.stack(np.meshgrid(np.arange(len(test)), np.arange(SIDE), np.arange(SIDE), indexing="ij"), -1)
    predicted = _ridge(x, targets[tuple(places.T)] / 1.0, _windows(test, everywhere.reshape(-1, 3)), 1e3)
    return bytes_of(predicted.reshape(len(test), SIDE, SIDE, -1))


def _windows(pictures: np.ndarray, places: np.ndarray) -> np.ndarray:
    pictures = pictures.reshape(*pictures.shape[:3], -1)
    reach = WINDOW // 2
    padded = np.pad(pictures, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="reflect")
    n, row, column = places.T
    parts = [padded[n, row + i, column + j] for i in range(WINDOW) for j in range(WINDOW)]
    return np.concatenate(parts, -1).astype(np.float64)


def _ridge(x: np.ndarray, y: np.ndarray, test: np.ndarray, penalty: float) -> np.ndarray:
    middle, level = x.mean(0), y.mean(0)
    centred = x - middle
    weights = np.linalg.solve(centred.T @ centred + penalty * np.eye(x.shape[1]), centred.T @ (y - level))
    return (test - middle) @ weights + level

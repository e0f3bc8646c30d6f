"""Reports of models that turn pictures into pictures."""

import numpy as np
from PIL import Image

from .. import metrics
from . import intervals
from .report import Measure

# Side of the windows of SSIM, and the smallest squared error that counts.
_WINDOW, _LEAST = 11, 1e-10


def measured(wanted: np.ndarray, made: np.ndarray, rival: tuple[str, np.ndarray]) -> dict[str, Measure]:
    """Score pictures of the range 0 to 1, and those of the trivial rival.

    Parameters
    ----------
    wanted, made : float array of shape (n, h, w, c)
        True pictures, and those of the model; NaN in `wanted` where a picture was known.
    rival : (str, array)
        Name and pictures of the rival.
    """
    name, others = rival
    measures = {"psnr": (decibels, "peak signal-to-noise ratio of what is generated, dB")}
    # Structure is compared in windows.
    if min(wanted.shape[1:3]) >= _WINDOW:
        measures["ssim"] = (_similar, "structural similarity of translated and true pictures")
    found = {}
    for key, (of, meaning) in measures.items():
        ours, theirs = of(wanted, made), of(wanted, others)
        low, high = intervals.of_mean(ours)
        rivals = float(theirs.mean())
        found[key] = Measure(float(ours.mean()), low, high, rival=rivals, rival_name=name, meaning=meaning)
    return found


def decibels(wanted: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return the peak signal-to-noise ratio of each picture, of values that are not NaN in `wanted`."""
    errors = np.nanmean(np.square(made.astype(np.float64) - wanted).reshape(len(made), -1), 1)
    return np.asarray(-10 * np.log10(np.maximum(errors, _LEAST)))


def _similar(wanted: np.ndarray, made: np.ndarray) -> np.ndarray:
    pairs = zip(np.where(np.isnan(wanted), made, wanted), made, strict=True)
    return np.array([metrics.ssim(x[None], y[None], data_range=1) for x, y in pairs])


def filled(pictures: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Give each unknown pixel the value of the nearest known one; `known` is ``(n, h, w)``, somewhere True."""
    from sklearn.neighbors import NearestNeighbors

    made = pictures.copy()
    for one, mark in zip(made, known, strict=True):
        tree = NearestNeighbors(n_neighbors=1).fit(np.argwhere(mark))
        nearest = tree.kneighbors(np.argwhere(~mark), return_distance=False)[:, 0]
        one[~mark] = one[mark][nearest]
    return made


def enlarged(pictures: np.ndarray, sides: tuple[int, ...]) -> np.ndarray:
    """Enlarge pictures with Pillow's bicubic filter."""
    height, width = sides
    return np.stack(
        [
            np.stack(
                [
                    np.asarray(Image.fromarray(channel).resize((width, height), Image.Resampling.BICUBIC))
                    for channel in np.moveaxis(one.astype(np.float32), -1, 0)
                ],
                -1,
            )
            for one in pictures
        ]
    ).clip(0, 1)


def untouched(pictures: np.ndarray, channels: int) -> np.ndarray:
    """Return pictures as they are, with this number of channels: the mean of all of them is repeated if it differs."""
    if pictures.shape[-1] == channels:
        return pictures
    return pictures.mean(-1, keepdims=True).repeat(channels, -1)

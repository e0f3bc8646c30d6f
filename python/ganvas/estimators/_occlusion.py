"""Occlusion maps: how a model's opinion of a sample changes if parts of it are hidden."""

from typing import Any

import numpy as np

from .. import plot
from .._data.windows import usual_sizes, window_sizes, windows
from ._array_trainer import ArrayTrainer

# Size in bytes of the occluded samples that are scored at a time.
_BYTES = 1 << 26


class Occlusion(ArrayTrainer):
    """Methods that hide parts of samples."""

    def _opinion(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        """Return a score per sample of the core, ``(n,)``: higher = more real, or more likely."""
        raise NotImplementedError

    def _judged(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray | None]:
        """Read samples, and the labels that `_opinion` needs."""
        return self._read(X, y)

    def occlusion_map(self, X: Any, y: Any = None, size: Any = None, stride: Any = None) -> np.ndarray:
        """Compute how much each part of a sample supports its score.

        A window slides over each sample. At each place, the values in the window are replaced by neutral ones, and the
        score of the changed sample is subtracted from that of the sample. The score is that of the discriminator for a
        GAN, and `score_samples` for an autoencoder.

        Neutral values are interpolated from those around the window (by inverse distance; along one side linearly), so
        that an even background is not changed at all: a constant value would be a new, conspicuous object. Piano rolls
        get the nearest of their two values, maps of tiles the most frequent symbol around the window. In rows, where
        neighbours do not tell anything about a column, a column gets its mean in the training data (the middle of the
        range under a likelihood that needs one). A window as large as the sample gets the sample's mean.

        Parameters
        ----------
        X : array-like
            Samples in the form of the training data, at least one.
        y : array-like, label or None
            Labels, for a conditional model; required if the discriminator of a GAN is given labels.
        size : int, sequence of int or None
            Size of the window, in positions along each side. None: a quarter of each side; for rows 1.
        stride : int, sequence of int or None
            Distance between two windows. None: half of the size, at least 1. Windows at the end of a side are moved
            inwards, so that each position is hidden at least once.

        Returns
        -------
        numpy.ndarray, float32
            Score minus score without the window, the mean over the windows that contain a position: ``(n, h, w)`` for
            images and tiles, ``(n, d, h, w)`` for volumes, ``(n, t)`` for series, ``(n, bars, steps, pitches)`` for
            piano rolls, ``(n, d)`` for rows. Positive where a sample looks less real, or less likely, without what is
            there; negative where it looks better without.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError
        ParameterError
            `size` or `stride` is invalid, labels are missing, or the model was fitted on texts, whose tokens have log
            probabilities of their own and no fixed places.

        Notes
        -----
        At the edges of a sample only one side of a window is known, and its values are continued to the edge; where the
        training data are always empty there, the map shows the effect of this.

        Each sample is scored as often as there are places of the window: 49 times by default for images of even sides
        of at least 8. A discriminator that judges several samples together (`pac`) gets copies of one sample. Scores of
        an autoencoder are estimates whose noise depends on the sample's values; differences far below the largest one
        say little.

        References
        ----------
        M. D. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", 2014.
        """
        self._fitted()
        return self._occluded(*self._judged(X, y), size, stride)[0]

    def plot_occlusion(
        self, X: Any, y: Any = None, n: int = 8, size: Any = None, stride: Any = None, ax: Any = None
    ) -> Any:
        """Plot samples above their occlusion maps.

        Parameters
        ----------
        X, y, size, stride
            As for `occlusion_map`.
        n : int, default 8
            Number of samples, from the first.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        self._fitted()
        array, codes = self._first(n, *self._judged(X, y))
        maps, scores = self._occluded(array, codes, size, stride)
        kind = self._layout.kind
        # Channels share a map. A volume shows the largest value of each sign along the axis that it is seen from.
        wide = np.broadcast_to(maps[..., None], array.shape) if maps.ndim < array.ndim else maps
        shown = kind.maps(np.maximum(wide, 0)) - kind.maps(np.maximum(-wide, 0))
        return plot.occlusion(self._drawn_as(array), shown, scores, ax=ax)

    def _occluded(
        self, array: np.ndarray, codes: np.ndarray | None, size: Any, stride: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return occlusion maps and the scores of the samples."""
        data, kind = self._run.data(), self._layout.kind
        # Rows have columns only.
        sides = tuple(data.sides) or tuple(data.sizes)
        usual = usual_sizes(sides) if data.sides else (1,)
        sizes = window_sizes("size", size, sides, usual)
        strides = window_sizes("stride", stride, sides, tuple(max(1, own // 2) for own in sizes))
        if not kind.symbolic and array.dtype == np.uint8:
            array = array.astype(np.float32)
        places = list(windows(sides, sizes, strides))
        together = max(1, _BYTES // array.nbytes)
        changes, counts = np.zeros((len(array), *sides)), np.zeros(sides)
        hidden = [kind.occluded(array, places[0], data)]
        scores = self._opinion(array, codes).astype(np.float64)
        for first in range(0, len(places), together):
            some = places[first : first + together]
            copies = np.repeat(array[None], len(some), axis=0)
            for copy, window in zip(copies, some, strict=True):
                copy[(slice(None), *window)] = hidden.pop() if hidden else kind.occluded(array, window, data)
            labels = None if codes is None else np.tile(codes, (len(some), *[1] * (codes.ndim - 1)))
            found = self._opinion(copies.reshape(-1, *array.shape[1:]), labels).reshape(len(some), -1)
            for change, window in zip(scores - found, some, strict=True):
                changes[(slice(None), *window)] += change.reshape(-1, *[1] * len(sides))
                counts[window] += 1
        return (changes / counts).astype(np.float32), scores

"""Methods of estimators that translate pictures."""

import dataclasses
from typing import Any

import numpy as np

from .. import plot
from .._checks import integer
from .._data.known import read_known
from .._data.translated import AnySize, Form, Pictures
from .._judging import Report, translations
from .._run.precision import evaluating
from .._run.random import seed_from
from ..exceptions import ParameterError, ShapeError
from ._fitted import Fitted

# Number of pictures that are kept to be drawn during training.
_KEPT = 16
# Maximum number of pictures that are judged.
_JUDGED = 1_000


class Translating(Fitted):
    """Methods that translate, corrupt and score pictures."""

    channels: str | None
    pairing_: str
    corruption_: dict[str, Any] | None

    _layout: Pictures
    # Pictures of the last training, in the network's range.
    _shown: np.ndarray

    def transform(self, X: Any, known: Any = None) -> Any:
        """Translate pictures.

        Parameters
        ----------
        X : array-like, path, or list of pictures of several sizes
            Pictures as in `fit`, of any size, at least one. With a corruption, what it leaves: for "downscale" small
            pictures, for "grey" pictures of one channel, or of colours that are ignored, for "edges" the edges as by
            `corrupt`, for "noise" and "mask" the pictures.
        known : array-like of bool, or of the integers 0 and 1, or None
            For "mask": True where a pixel is known; of the shape of X, without its axis of channels, or also without
            its axis of samples. Unknown values of X are ignored; they may be NaN.

        Returns
        -------
        pictures
            In the form of Y: container, dtype, range and axis order; with a corruption, in the form of X. Known values
            equal those of X. A list for a list of several sizes.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError
        ParameterError
            `known` is missing, or given without a mask.

        Notes
        -----
        Pictures larger than those of the training are translated in parts of their size, which overlap by a quarter and
        are blended; smaller ones are extended by reflection. A part does not see the others.
        """
        self._fitted()
        masks = self._corrupted() == "mask"
        if masks and known is None:
            raise ParameterError("known: expected an array, True where a pixel is known, got None")
        if not masks and known is not None:
            raise ParameterError('known: expected None without corruption="mask"')
        if isinstance(X, list) and len({np.shape(one) for one in X}) > 1 and not any(isinstance(one, str) for one in X):
            if masks and (not isinstance(known, list) or len(known) != len(X)):
                raise ParameterError(f"known: expected a list of {len(X)} arrays, one for each picture")
            marks = known if masks else [None] * len(X)
            return [self._one(one, mark) for one, mark in zip(X, marks, strict=True)]
        if masks:
            form = self._layout.source
            array, marks = read_known(AnySize(), X, known, self.channels, form.layout)
            made = form.units(self._translated(_masked(form.unit(array), marks)))
            return form.layout.restore(np.where(marks, array, made))
        return self._layout.target.restored(self._translated(self._left(X)))

    def inverse_transform(self, Y: Any) -> Any:
        """Translate pictures of Y back to those of X, for ``pairing="none"``.

        Parameters
        ----------
        Y : array-like, path, or list of pictures
            Pictures as in `fit`, of any size.

        Returns
        -------
        pictures
            In the form of X.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError
        ParameterError
            The model was fitted on pairs or with a corruption, and has no way back.
        """
        self._fitted()
        if self.pairing_ != "none":
            raise ParameterError('inverse_transform: needs pairing="none"; fit another model with X and Y exchanged')
        layout = self._layout
        array = layout.target.unit(layout.target.read(Y, self.channels, "Y"))
        return layout.source.restored(self._translated(array, back=True))

    def corrupt(self, X: Any, random_state: Any = 0) -> Any:
        """Return what the corruption leaves of pictures.

        Parameters
        ----------
        X : array-like or path
            Whole pictures as in `fit`.
        random_state : int, RandomState or Generator, default 0
            Seed of masks and noise.

        Returns
        -------
        pictures
            What `transform` takes, in the container and dtype of X; grey pictures and edges have no axis of
            channels.
        known : numpy.ndarray of bool, shape (n, h, w)
            Only for "mask", as a second value: True where a pixel is known. Other pixels are in the middle of the
            range.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError
        ParameterError
            The model has no corruption.
        """
        self._fitted()
        left = self._remains(X, random_state)
        form = self._layout.source
        if self._corrupted() == "mask":
            return form.restored(left[..., :-1]), left[..., -1] > 0
        return form.restored(left) if left.shape[-1] == form.channels else form.bare(left)

    def score(self, X: Any, Y: Any = None, known: Any = None) -> float:
        """Mean peak signal-to-noise ratio of translated pictures.

        Parameters
        ----------
        X : array-like or path
            Pictures as in `fit`; with a corruption, whole pictures, which are corrupted first.
        Y : array-like, path or None
            What they should become; None with a corruption.
        known : array-like or None
            For "mask": as in `transform`. None: masks as in training.

        Returns
        -------
        float
            Decibels, higher = better: of each picture and then averaged; for "mask" of the unknown pixels alone.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError, ParameterError
        """
        _, wanted, made = self._compared(X, Y, known, 0)
        return float(translations.decibels(wanted, made).mean())

    def evaluate(self, X: Any, Y: Any = None, *, known: Any = None, random_state: Any = 0) -> Report:
        """Score translated pictures beside those of a trivial rival.

        The rival fills holes with the nearest known pixels, enlarges pictures with Pillow's bicubic filter, leaves
        grey, noisy and other pictures as they are, and answers edges with the mean picture.

        Parameters
        ----------
        X, Y, known
            As for `score`; pictures that the model has not seen, at most 1,000 of which are translated. Without pairs,
            Y has what pictures of X should become, if that is known.
        random_state : int, RandomState or Generator, default 0
            Seed of the choice of pictures, and of masks and noise.

        Returns
        -------
        Report
            A mapping from names to measures with 95 % intervals, displayed as a table: "psnr", for "mask" of the
            unknown pixels alone, and, of pictures with sides of at least 11 pixels, "ssim" of whole ones.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError, ParameterError
        """
        seed = seed_from(random_state)
        left, wanted, made = self._compared(X, Y, known, seed, _JUDGED)
        rival = self._rival(left, wanted)
        measures = translations.measured(wanted, made, rival)
        return Report(f"{type(self).__name__}, {len(made):,} pictures", measures)

    def plot_translations(self, X: Any, Y: Any = None, known: Any = None, n: int = 8, ax: Any = None) -> Any:
        """Plot pictures, their translations, what they should be, and the difference.

        Parameters
        ----------
        X, Y, known
            As for `score`; without Y, a model of pairs draws input and output alone.
        n : int, default 8
            Number of pictures, from the first.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        self._fitted()
        n, layout, name = integer("n", n, 1), self._layout, self._corrupted()
        some = layout.source.read(X, self.channels)[:n]
        if name is None:
            left = layout.source.unit(some)
            truth = None if Y is None else layout.target.unit(layout.target.read(Y, self.channels, "Y")[:n])
        else:
            truth = layout.source.unit(some)
            left = self._run.corrupt(truth, 0)
            if name == "mask" and known is not None:
                left = _masked(truth, self._marks(X, known)[:n])
        made = self._translated(left)
        shown = left[..., :-1] if name == "mask" else left
        return plot.translations(_visible(shown), _visible(made), None if truth is None else _visible(truth), ax=ax)

    def _compared(
        self, X: Any, Y: Any, known: Any, seed: int, most: int | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Translate pictures whose result is known.

        Returns
        -------
        left : array of shape (n, h, w, c)
            What the network translates, in its range.
        wanted, made : array of shape (n, h, w, c)
            What it should make, and makes, in the range 0 to 1; NaN in `wanted` where a mask leaves it known.
        """
        self._fitted()
        name, layout = self._corrupted(), self._layout
        if name is None:
            if Y is None:
                raise ParameterError("Y: expected pictures, got None")
            left = self._left(X)
            wanted = layout.target.unit(layout.target.read(Y, self.channels, "Y"))
            if len(left) != len(wanted):
                raise ShapeError(f"Y: expected {len(left):,} pictures as in X, got {len(wanted):,}")
        else:
            if Y is not None:
                raise ParameterError("Y: expected None for a model with a corruption, whose pictures are X")
            wanted = layout.source.unit(layout.source.read(X, self.channels))
            left = self._run.corrupt(wanted, seed)
            if name == "mask" and known is not None:
                left = _masked(wanted, self._marks(X, known))
        if most is not None and len(left) > most:
            chosen = np.sort(np.random.default_rng(seed).permutation(len(left))[:most])
            left, wanted = left[chosen], wanted[chosen]
        if name == "mask" and (left[..., -1] > 0).all((1, 2)).any():
            raise ParameterError(
                "known: expected an unknown pixel in each picture, got a picture that is known as a whole"
            )
        made = self._translated(left)
        if made.shape != wanted.shape:
            raise ShapeError(f"Y: expected pictures {made.shape} like the translated ones, got {wanted.shape}")
        # The network's range has a length of 2.
        wanted, made = (wanted + 1) / 2, (made + 1) / 2
        return left, np.where(left[..., -1:] > 0, np.nan, wanted) if name == "mask" else wanted, made

    def _rival(self, left: np.ndarray, wanted: np.ndarray) -> tuple[str, np.ndarray]:
        """Name and pictures of the trivial rival, in the range 0 to 1."""
        pictures, channels = ((left + 1) / 2).clip(0, 1), wanted.shape[-1]
        match self._corrupted():
            case "mask":
                return "nearest known pixel", translations.filled(pictures[..., :-1], left[..., -1] > 0)
            case "downscale":
                return "bicubic enlargement", translations.enlarged(pictures, wanted.shape[1:3])
            case "edges":
                return "mean picture", np.broadcast_to(wanted.mean(0), wanted.shape)
            case name:
                titles = {"grey": "grey pictures", "noise": "noisy pictures"}
                return titles.get(name or "", "pictures as they are"), translations.untouched(pictures, channels)

    def _one(self, picture: Any, known: Any) -> Any:
        """Translate one picture of a list."""
        batch = picture[None] if hasattr(picture, "shape") else np.asarray(picture)[None]
        return self.transform(batch, None if known is None else np.asarray(known)[None])[0]

    def _marks(self, X: Any, known: Any) -> np.ndarray:
        """Read where values of X are known, ``(n, h, w, c)``."""
        form = self._layout.source
        return read_known(AnySize(), X, known, self.channels, form.layout)[1]

    def _corrupted(self) -> str | None:
        return None if self.corruption_ is None else self.corruption_["name"]

    def _left(self, X: Any) -> np.ndarray:
        """Read what a network translates, in its range, ``(n, h, w, c)``."""
        form, name = self._layout.source, self._corrupted()
        if name not in ("grey", "edges"):
            return form.unit(form.read(X, self.channels))
        if name == "grey" and np.ndim(X) == 4:
            return self._run.corrupt(form.unit(form.read(X, self.channels)), 0)
        bare = Form(dataclasses.replace(form.layout, axes="nhw"), 1)
        return bare.unit(bare.read(X, None))

    def _remains(self, X: Any, random_state: Any) -> np.ndarray:
        """Corrupt whole pictures; in the network's range."""
        if self.corruption_ is None:
            raise ParameterError("corrupt: the model was fitted on X and Y, without a corruption")
        form = self._layout.source
        return self._run.corrupt(form.unit(form.read(X, self.channels)), seed_from(random_state))

    def _translated(self, left: np.ndarray, *, back: bool = False) -> np.ndarray:
        with evaluating(self):
            return self._run.translate(np.ascontiguousarray(left), back)

    def _show(self, array: np.ndarray) -> None:
        """Keep pictures of the training that are drawn on the way."""
        self._shown = array[:_KEPT]

    def _draw_samples(self, figure: Any, place: tuple[int, int, int], n: int) -> None:
        layout, shown = self._layout, self._shown[: max(1, min(n, len(self._shown)) // 2)]
        if self.corruption_ is None:
            left, truth = shown[..., : layout.source.channels], shown[..., layout.source.channels :]
        else:
            truth, left = shown, self._run.corrupt(shown, 0)
        made = self._translated(left)
        seen = left[..., :-1] if self._corrupted() == "mask" else left
        paired = None if self.pairing_ == "none" else _visible(truth)
        plot.translations(_visible(seen), _visible(made), paired, ax=figure.add_subplot(*place))


def _masked(pictures: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Join pictures of the network's range, 0 where they are unknown, and the mask.

    A pixel is known if all its channels are.
    """
    whole = np.asarray(known.all(-1, keepdims=True))
    return np.concatenate([np.where(whole, pictures, 0), whole], -1).astype(np.float32)


def _visible(pictures: np.ndarray) -> np.ndarray:
    """Convert pictures of the network's range to 0..1, with one, three or four channels."""
    shown = (pictures.clip(-1, 1) + 1) / 2
    return shown if shown.shape[-1] in (1, 3, 4) else shown.mean(-1, keepdims=True)

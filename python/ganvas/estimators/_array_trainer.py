"""Base class of the estimators of arrays: images, volumes, rows, series and maps."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .. import _core
from .._checks import integer
from .._data.arrays import Layout, check_fitted, measure, read
from .._data.labels import Labels
from .._data.pictures import with_labels
from .._data.scale import checked_range, warn_outside
from .._data.streams import Stream, parts, some, training_data
from .._run.random import seed_from
from .._run.ranks import Ranks
from .._run.torch import plain_modes
from ..data import load_digits
from ..exceptions import ParameterError
from ..presets import check_size, with_preset
from ._judged import Judged
from ._plots import Plots
from ._trainer import Trainer

if TYPE_CHECKING:
    from typing_extensions import Self


class ArrayTrainer(Trainer, Judged, Plots):
    """Base of the estimators of arrays.

    A subclass declares its parameters in ``__init__`` and creates its run in ``_create``.
    """

    # Parameters of all estimators of arrays.
    channels: str | None
    kind: str | None
    value_range: Any

    _layout_type: ClassVar[Any] = Layout
    _layout: Layout

    def _create(self, options: dict[str, Any], data: _core.Data, array: np.ndarray | Stream, device: str) -> _core.Run:
        raise NotImplementedError

    def _learn_labels(self, options: dict[str, Any], y: Any, array: Any) -> tuple[Labels, np.ndarray | None]:
        """Determine the kind of labels and encode y; removes the options it uses."""
        return Labels.learn(y, len(array))

    def fit(
        self,
        X: Any = None,
        y: Any = None,
        *,
        checkpoint_dir: str | Path | None = None,
        save_every: int = 1,
        resume: str | None = None,
        keep: int = 2,
    ) -> "Self":
        """Train a new model.

        Parameters
        ----------
        X : array-like, path, dataset or None
            Images ``(n, h, w)``, ``(n, h, w, c)`` or ``(n, c, h, w)``, volumes of voxels ``(n, d, h, w)``,
            ``(n, d, h, w, c)`` or ``(n, c, d, h, w)``, rows ``(n, d)``, with ``kind="series"`` windows
            ``(n, t, features)``, maps of tiles ``(n, h, w)`` of one-character strings, with ``kind="tiles"`` also of
            integers or as lists of text lines, with ``kind="roll"`` piano rolls of two values
            ``(n, bars, steps, pitches)``, ``(n, bars, steps, pitches, tracks)`` with fewer than 12 tracks or
            ``(n, tracks, bars, steps, pitches)``, or a folder of pictures. Four axes are a volume if neither end is a
            more plausible place for channels, as in ``(n, 32, 32, 32)``; ``kind="volume"`` or a last axis of size 1
            marks any other volume. NumPy arrays of any numeric dtype, torch tensors, lists and data frames (pandas,
            polars, PyArrow and others supported by narwhals) with numeric columns. Masked or missing values raise an
            error.
            Images and volumes of bytes have the range 0..255; floats 0..1 or -1..1 if they lie within, up to a
            thousandth, else their minimum and maximum; ``value_range`` sets another range. Rows are standardised by
            column, series by feature. The symbols of tiles, 2 to 256, are those of the first call. None uses the
            built-in digits. `VaeTrainer` and `AutoencoderTrainer` also take texts, a list, an array or a column of
            strings, one a sample; strings that are paths of pictures, or end as their names do, are taken for such
            unless ``net`` or ``kind`` names texts. Empty and missing texts are left out with a warning. Scores of music
            are samples as well: a list of `Score` or of objects of pretty_midi, music21 or symusic, or a file or folder
            of MIDI or ABC; results are scores.

            Offsets and scales are applied in float64 if float32 cannot hold the dtype of X (float64, integers of 32 and
            64 bits), or if its values lie far from 0.

            All later calls expect data on the same scale; for example, bytes passed to a model of floats in 0..1 raise
            a DataError. Single values outside the range are clipped; `score_samples` decreases with their distance.

            Pictures of a folder are read in colour. Their size is kept if all are squares of one size from 8 to 128
            pixels, else they are resized to squares of 64; `ganvas.data.ImageFolder` sets size and mode. A list may
            hold picture files or Pillow images: 8-bit ones are composited on white and converted to grey or RGB, others
            keep their type and values.

            Memory-mapped arrays, `ganvas.data.ImageFolder`, folders of more than 512 MB of pixels and datasets (torch
            or Hugging Face, map-style or iterable) are not loaded into memory; they are prefetched during training. If
            a dataset yields pairs, the first element is the sample; the range is determined from its first 1,000
            samples. An iterable dataset without a length is iterated once to count it.
        y : array-like, "folder" or None
            Labels: classes (integers, strings) or numbers, ``(n,)`` or ``(n, k)``, on which the model is conditioned.
            "folder" uses the names of the sub-folders of X. None trains an unconditional model. In scikit-learn's
            pipelines, transformers are called by `fit_transform`, which ignores y.
        checkpoint_dir : path, optional
            Folder for checkpoints, also written on Ctrl-C and SIGTERM.
        save_every : int, default 1
            Epochs between two checkpoints.
        resume : {"auto"} or None
            "auto" continues from the newest checkpoint in ``checkpoint_dir``, if there is one, up to ``epochs`` in
            total; the result equals that of an uninterrupted run.
        keep : int, default 2
            Number of checkpoints to keep.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, UnknownNameError
            A parameter is invalid; the estimator is unchanged.
        ShapeError, DtypeError, DataError
            X cannot be used.
        FileNotFoundError, NotADirectoryError
            X is a path of a folder that does not exist.
        DivergedError
            A loss became NaN or infinite; the last finite weights are kept.
        CheckpointError
            The checkpoint has other settings or data, or no checkpoint in the folder can be read.
        """
        return self._fit(X, y, checkpoint_dir=checkpoint_dir, save_every=save_every, resume=resume, keep=keep)

    def partial_fit(self, X: Any = None, y: Any = None, *, epochs: int = 1) -> "Self":
        """Continue training from the last call.

        Weights, optimisers, averages, counters and random streams continue. The first call creates the model as `fit`
        does, with the estimator's ``epochs`` as the length of all schedules, and trains for `epochs` passes.

        Changes by `set_params` since the last call take effect for ``lr``, ``discriminator_lr``, ``batch_size`` and
        ``epochs``; other changes are ignored with a warning. The passes of each call count towards the length of the
        schedules, after which they keep their last value ("cyclical" continues, "plateau" has no length). If
        ``batch_size`` is None, a call with fewer samples uses smaller batches.

        Parameters
        ----------
        X : array-like, path or None
            Data as in `fit`; samples of the same shape, in the same range.
        y : array-like, "folder" or None
            Labels; required if and only if `fit` was given labels.
        epochs : int, default 1
            Number of passes through X.

        Returns
        -------
        self

        Raises
        ------
        ShapeError
            X has another shape than the data of the first fit.
        """
        return self._partial_fit(X, y, epochs)

    def _measured(
        self, array: np.ndarray | Stream, layout: Layout, said: tuple[float, float] | None
    ) -> tuple[Layout, _core.Data]:
        """Measure the training data and set the layout's range."""
        data = measure(parts(array), layout, array.shape[1:], said)
        layout = dataclasses.replace(layout, range=list(data.range or ()))
        if said is not None:
            check_fitted(some(array), layout, layout, "as value_range says")
        return layout, data

    def _opened(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Open the folder X if y is "folder", unless a class of the model has this name."""
        self._fitted()
        return (X, y) if "folder" in self._labels.classes else with_labels(X, y, self)

    def _read(self, X: Any, y: Any = None) -> tuple[np.ndarray, np.ndarray | None]:
        """Read samples and labels for a fitted model."""
        X, y = self._opened(X, y)
        array, _ = read(self, X, self.channels, self._layout, least=1)
        return array, self._labels.coded(y, array)

    def _first(
        self, n: int, array: np.ndarray, codes: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the first `n` samples, or all if there are fewer, and their labels."""
        n = min(integer("n", n, 1), len(array))
        return array[:n], None if codes is None else codes[:n]

    def _new(
        self, X: Any, y: Any
    ) -> tuple[np.ndarray | Stream, np.ndarray | None, _core.Run, tuple[Layout, Labels, dict[str, Any]]]:
        """Read the data and create a run for them; the estimator is unchanged.

        Returns
        -------
        array, y, run
        known : (Layout, Labels, dict)
            Further arguments of `_adopt`.
        """
        # Columns are recorded on another instance, so that an error leaves the estimator unchanged.
        told = type(self)()
        said = checked_range(self.value_range)
        reading = self._reading()
        X, y = with_labels(load_digits() if X is None else X, y, told)
        array, layout = training_data(told, X, reading["channels"], None, reading["kind"])
        options = {**self._options(array.shape[1:]), "seed": seed_from(self.random_state)}
        labels, y = self._learn_labels(options, y, array)
        with plain_modes():
            layout, data = self._measured(array, layout, said)
            data = data.labelled(labels.describe())
            run = self._create(options, data, array, Ranks().device(self.device))
        if said is not None and run.data().span is None:
            raise ParameterError(
                "value_range: expected None for rows that are standardised by column, which only a likelihood that "
                f"needs a range does not do, got {self.value_range!r}"
            )
        return array, y, run, (layout, labels, told.__dict__)

    def _more(self, X: Any, y: Any) -> tuple[np.ndarray | Stream, np.ndarray | None]:
        X, y = with_labels(load_digits() if X is None else X, y, self)
        array, _ = training_data(self, X, self.channels, self._layout)
        y = self._labels.required(y, array)
        if isinstance(array, np.ndarray):
            warn_outside(array, self._run.data())
        return array, y

    def _options(self, sample: tuple[int, ...]) -> dict[str, Any]:
        """Return the model's parameters, including those of the preset."""
        family = [kind.__name__ for kind in type(self).__mro__]
        check_size(self.preset, family, sample)
        return with_preset(self.preset, family, self._params())

    def _draw_samples(self, figure: Any, place: tuple[int, int, int], n: int) -> None:
        ax = figure.add_subplot(*place, projection=self._layout.kind.projection)
        self.plot_samples(n=n, ax=ax, random_state=0)

    def _reading(self) -> dict[str, Any]:
        """Return how arrays are read, as the parameters or the preset say."""
        family = [kind.__name__ for kind in type(self).__mro__]
        return with_preset(self.preset, family, {"kind": self.kind, "channels": self.channels})

    def _options_for(self, data: Any) -> dict[str, Any]:
        return self._options(data.shape[1:])

    @property
    def value_range_(self) -> tuple[float, float] | None:
        """Range (low, high) that is mapped to the network's -1..1; None for rows that are standardised by column."""
        return self._fitted().data().span

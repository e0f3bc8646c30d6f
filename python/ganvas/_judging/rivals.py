"""Trivial rivals: models that need no training, which a trained model should beat."""

import numpy as np
from sklearn.decomposition import PCA

#: Names of the rivals by kind of data; others have the first.
NAMES = {
    "": "Gaussian on PCA",
    "roll": "rounded Gaussian on PCA",
    "tiles": "pairs of neighbours",
    "text": "pairs of tokens",
}
# Maximum number of principal components of a Gaussian, and the fraction of the variance that they have.
_COMPONENTS, _VARIANCE = 64, 0.95


def draw(kind: str, train: np.ndarray, classes: np.ndarray | None, seed: int) -> np.ndarray:
    """Draw samples of the trivial rival of a kind of data, as many as there are training samples.

    Parameters
    ----------
    kind : str
    train : numpy.ndarray of shape (n, *sizes)
        Samples in the form of the core.
    classes : numpy.ndarray of shape (n,) or None
        Codes of classes: the rival is fitted to each, and sample i is of class ``classes[i]``. Classes of one sample
        are drawn from all samples.
    seed : int

    Returns
    -------
    numpy.ndarray of shape (n, *sizes)
    """
    random = np.random.default_rng(seed)
    make = {"tiles": neighbouring, "text": following}.get(kind, gaussian)
    made = make(train, len(train), random)
    for code in np.unique(classes) if classes is not None else ():
        places = np.flatnonzero(classes == code)
        if len(places) > 1:
            made[places] = make(train[places], len(places), random)
    return two_valued(made, train) if kind == "roll" else made


def two_valued(made: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Round values to the nearer end of the range of the training data."""
    low, high = float(train.min()), float(train.max())
    return np.where(made > (low + high) / 2, high, low).astype(np.float32)


def gaussian(train: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """Draw from a Gaussian fitted to the principal components of samples.

    The components have 95 % of the variance, at most 64 of them; the rest of the variance is not drawn. Values are
    limited to the range of each value in the training data.

    Parameters
    ----------
    train : numpy.ndarray of shape (m, ...)
    n : int
    random : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of shape (n, ...), float32
    """
    rows = train.reshape(len(train), -1).astype(np.float64)
    pca = _pca(rows, min(_COMPONENTS, len(rows) - 1, rows.shape[1]))
    shares = np.cumsum(pca.explained_variance_) / max(rows.var(axis=0, ddof=1).sum(), np.finfo(np.float64).tiny)
    kept = 1 + int(np.searchsorted(shares, _VARIANCE))
    drawn = random.normal(size=(n, len(pca.components_))) * np.sqrt(pca.explained_variance_)
    drawn[:, kept:] = 0
    made = pca.inverse_transform(drawn).clip(rows.min(0), rows.max(0))
    return made.reshape(n, *train.shape[1:]).astype(np.float32)


def projected(train: np.ndarray, samples: np.ndarray, width: int) -> np.ndarray:
    """Reconstruct samples from `width` principal components of the training data, limited to their range."""
    rows = train.reshape(len(train), -1).astype(np.float64)
    pca = _pca(rows, min(width, len(rows) - 1, rows.shape[1]))
    made = pca.inverse_transform(pca.transform(samples.reshape(len(samples), -1).astype(np.float64)))
    return made.clip(rows.min(0), rows.max(0)).reshape(samples.shape).astype(np.float32)


def neighbouring(train: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """Draw maps of symbols one by one, each by its frequency after those to its left and above.

    Counts for the pair of neighbours are smoothed by those of the single place, which are smoothed by those of all
    places.

    Parameters
    ----------
    train : numpy.ndarray of shape (m, h, w)
        Codes, integers from 0.

    Returns
    -------
    numpy.ndarray of shape (n, h, w), int64
    """
    codes = train.astype(np.int64)
    symbols = int(codes.max()) + 1
    # The border is a symbol of its own.
    padded = np.pad(codes, ((0, 0), (1, 0), (1, 0)), constant_values=symbols)
    left, above = padded[:, 1:, :-1], padded[:, :-1, 1:]
    counts = np.zeros((symbols + 1, symbols + 1, symbols))
    np.add.at(counts, (left.ravel(), above.ravel(), codes.ravel()), 1)
    overall = counts.sum((0, 1)) / codes.size
    single = counts.sum(1) + overall
    chances = counts + (single / single.sum(1, keepdims=True))[:, None]
    steps = np.cumsum(chances / chances.sum(2, keepdims=True), axis=2)
    made = np.full((n, codes.shape[1] + 1, codes.shape[2] + 1), symbols)
    for y in range(1, made.shape[1]):
        for x in range(1, made.shape[2]):
            edges = steps[made[:, y, x - 1], made[:, y - 1, x]]
            made[:, y, x] = (random.random((n, 1)) > edges[:, :-1]).sum(1)
    return made[:, 1:, 1:]


def following(train: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """Draw texts token by token, each by its frequency after the one before it.

    Parameters
    ----------
    train : numpy.ndarray of shape (m, t)
        Tokens; those that follow the end of a text are negative.

    Returns
    -------
    numpy.ndarray of shape (n, t)
    """
    pairs = np.lib.stride_tricks.sliding_window_view(train, 2, axis=1).reshape(-1, 2)
    pairs = pairs[pairs[:, 0] >= 0]
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    made = np.full((n, train.shape[1]), -1, train.dtype)
    made[:, 0] = random.choice(train[:, 0], n)
    for place in range(1, train.shape[1]):
        writing = made[:, place - 1] >= 0
        first, last = (np.searchsorted(pairs[:, 0], made[writing, place - 1], side) for side in ("left", "right"))
        # Negative numbers follow the end of a text; a token that was seen nowhere ends it as well.
        found = pairs[random.integers(first, np.maximum(last, first + 1)).clip(max=len(pairs) - 1), 1]
        made[writing, place] = np.where(last > first, found, -1)
    return made


def _pca(rows: np.ndarray, components: int) -> PCA:
    # Constant data have no variance to explain.
    with np.errstate(invalid="ignore"):
        return PCA(components, random_state=0).fit(rows)

"""Tastes and their scores; does not import ganvas.

All chorales at hand have the tonic C, so that a piece is in minor if E flat sounds longer than E. A piece is lively if
few of its pitches are held from the step before.
"""

import itertools
from collections.abc import Callable

import numpy as np
from music_score import Piece
from sklearn.metrics import roc_auc_score

# About a third of the training chorales hold less than this.
HELD = 0.33


def classes(piece: Piece) -> np.ndarray:
    """Return the fraction of the time that each pitch class sounds, from C on."""
    found = np.bincount([pitch % 12 for frame in piece for pitch in frame], minlength=12)
    return found / max(found.sum(), 1)


def minor(piece: Piece) -> bool:
    """Return True if a piece with the tonic C is in minor."""
    found = classes(piece)
    return bool(found[3] > found[4])


def lively(piece: Piece) -> bool:
    """Return True if few pitches are held."""
    held = sum(len(set(before) & set(after)) for before, after in itertools.pairwise(piece))
    return held < HELD * sum(len(frame) for frame in piece[1:])


TASTES: dict[str, Callable[[Piece], bool]] = {"minor": minor, "lively": lively}


def distances(pieces: list[Piece], liked: list[Piece]) -> np.ndarray:
    """Return the distance of each piece's pitch classes from the mean of those that are liked."""
    middle = np.mean([classes(piece) for piece in liked], axis=0)
    return np.array([np.abs(classes(piece) - middle).sum() for piece in pieces])


def area(scores: np.ndarray, wanted: np.ndarray) -> float:
    """Return the area under the ROC curve."""
    return float(roc_auc_score(wanted, scores))

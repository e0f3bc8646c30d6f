"""Keys of pieces, estimated from how long each pitch class sounds."""

import collections

import numpy as np

from .. import _core

# Ratings of the pitch classes from the tonic on, for major and minor.
_PROFILES = np.array(
    [
        [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
        [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
    ]
)
# Share of the pieces in a key, estimated with errors, from which on all pieces are taken to be in it.
_ONE_KEY = 0.6
# Share of the time for a pitch class that never sounds, and nats a note that are no difference.
_RARE, _NEAR = 0.005, 0.05


def durations(score: _core.Score) -> np.ndarray:
    """Measure how long each pitch class sounds, in quarter notes, ``(12,)``; percussion is left out."""
    notes = np.concatenate([np.empty((0, 4)), *(notes for _, _, drums, notes in score.tracks if not drums)])
    return np.bincount(notes[:, 1].astype(int) % 12, weights=notes[:, 2], minlength=12) / score.resolution


def estimated(found: np.ndarray) -> tuple[int, bool]:
    """Estimate the tonic, 0 for C, and whether the key is minor, from how long each pitch class sounds.

    References
    ----------
    C. Krumhansl, "Cognitive Foundations of Musical Pitch", 1990.
    """
    rotated = np.array([np.roll(profile, tonic) for profile in _PROFILES for tonic in range(12)])
    centred = rotated - rotated.mean(axis=1, keepdims=True)
    fit = centred @ (found - found.mean()) / np.linalg.norm(centred, axis=1)
    best = int(np.argmax(fit))
    return best % 12, best >= 12


def one_key(pieces: list[np.ndarray]) -> bool:
    """Return True if most pieces have the same tonic, or the same sharps or flats."""
    keys = [estimated(piece) for piece in pieces]
    tonics = collections.Counter(tonic for tonic, _ in keys)
    signatures = collections.Counter((tonic + 3 * minor) % 12 for tonic, minor in keys)
    return max(*tonics.values(), *signatures.values()) >= _ONE_KEY * len(pieces)


def shift_from(found: np.ndarray, known: np.ndarray) -> int:
    """Return how many semitones higher a piece is than pieces in which the pitch classes sound for `known` times.

    The smallest transposition, -5 to 6, of those that are nearly as likely as the likeliest one.
    """
    shares = found / max(found.sum(), 1e-9)
    logs = np.log((known + _RARE) / (known + _RARE).sum())
    fits = {shift: float(np.roll(shares, -shift) @ logs) for shift in range(-5, 7)}
    near = [shift for shift, fit in fits.items() if fit >= max(fits.values()) - _NEAR]
    return min(near, key=abs)

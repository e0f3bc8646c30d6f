"""Interpolation between latents."""

import numpy as np

from .._checks import choice


def walk(start: np.ndarray, end: np.ndarray, steps: int, kind: str) -> np.ndarray:
    """Return ``steps`` latents from `start` to `end`, both included, float32 ``(steps, latent_dim)``.

    Parameters
    ----------
    start, end : numpy.ndarray of shape (latent_dim,)
    steps : int
    kind : {"slerp", "linear"}
        Along the great circle (Shoemake, 1985) or the straight line.
    """
    choice("kind", kind, ("slerp", "linear"))
    t = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    lengths = np.linalg.norm(start) * np.linalg.norm(end)
    angle = np.arccos(np.clip(start @ end / lengths, -1, 1)) if lengths > 0 else 0.0
    if kind == "linear" or np.sin(angle) < 1e-4:
        return (1 - t) * start + t * end
    return np.sin((1 - t) * angle) / np.sin(angle) * start + np.sin(t * angle) / np.sin(angle) * end

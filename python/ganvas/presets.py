"""Well-known settings by name, each one dictionary, all in one place."""

from typing import Any

from ._checks import choice
from .exceptions import ShapeError

#: Parameters of `GanTrainer` by preset; ``size`` is what the preset's images must measure, ``about`` its description.
PRESETS: dict[str, dict[str, Any]] = {
    "dcgan64": {
        "about": "DCGAN at 64 px (Radford et al., 2016)",
        "size": 64,
        "net": "dcgan",
        "objective": "non_saturating",
        "latent_dim": 100,
        "base_channels": 64,
        "depth": 1,
        "batch_size": 128,
        "epochs": 5,
        "lr": 2e-4,
        "betas": (0.5, 0.999),
        "n_critic": 1,
    },
}
_NOTES = ("about", "size")


def presets() -> dict[str, str]:
    """List the presets.

    Returns
    -------
    dict of str to str
        What each preset is, by name.

    Examples
    --------
    >>> import ganvas
    >>> ganvas.presets()
    {'dcgan64': 'DCGAN at 64 px (Radford et al., 2016)'}
    """
    return {name: preset["about"] for name, preset in PRESETS.items()}


def with_preset(name: str | None, options: dict[str, Any]) -> dict[str, Any]:
    """Fill what is None in ``options`` from a preset; an option that is not None wins."""
    if name is None:
        return options
    chosen = {key: value for key, value in _get(name).items() if key not in _NOTES}
    return {key: chosen.get(key) if value is None else value for key, value in options.items()}


def check_size(name: str | None, shape: tuple[int, ...]) -> None:
    """Refuse images of another size than the preset is made for; ``shape`` is (height, width, channels) or (dim,)."""
    size = None if name is None else _get(name).get("size")
    if size is not None and shape[:2] != (size, size):
        raise ShapeError(f"{name} needs {size} px; load_mnist(size={size})")


def _get(name: str) -> dict[str, Any]:
    return PRESETS[choice("preset", name, tuple(PRESETS))]


__all__ = ["PRESETS", "presets"]

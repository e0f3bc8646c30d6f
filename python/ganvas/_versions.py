"""Versions of the installed packages, for bug reports."""

import importlib.metadata
import platform

import torch

from . import _core

_PACKAGES = ("numpy", "scikit-learn", "narwhals", "matplotlib", "tqdm", "pooch", "Pillow")


def versions() -> dict[str, str]:
    """Return the versions of ganvas, Python, torch and the packages it uses, and the machine."""
    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none"
    return {
        "ganvas": _core.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "torch": torch.__version__,
        "threads": str(torch.get_num_threads()),
        "cuda device": device,
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def show_versions() -> None:
    """Print the versions of ganvas, Python, torch and the packages it uses.

    Examples
    --------
    >>> import ganvas
    >>> ganvas.show_versions()  # doctest: +ELLIPSIS
    ganvas ...
    """
    rows = versions()
    width = max(map(len, rows))
    print("\n".join(f"{name:<{width}}  {value}" for name, value in rows.items()))

"""The torch version that the extension was built for, and its modes.

Imported before the extension: torch's libraries must be loaded first, and a version mismatch must raise a readable
error before an undefined symbol does.
"""

import contextlib
from collections.abc import Iterator

import torch

NEEDED = "2.11.0"


def check_version(found: str, needed: str = NEEDED) -> None:
    """Raise if torch is not the version that the extension was built for.

    Parameters
    ----------
    found, needed : str
        Versions; the part after ``+`` (the CUDA build) is ignored.

    Raises
    ------
    ImportError
        The versions differ.
    """
    if found.split("+")[0] != needed:
        raise ImportError(
            f'ganvas needs torch {needed}, found torch {found}; run: python -m pip install "torch=={needed}"'
        )


@contextlib.contextmanager
def plain_modes() -> Iterator[None]:
    """Context manager that disables the caller's ``inference_mode``, ``no_grad`` and ``autocast`` during training."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        yield


check_version(torch.__version__)

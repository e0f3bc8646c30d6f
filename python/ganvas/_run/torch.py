"""The torch that the extension was built for, and its modes.

Imported before the extension: torch's libraries must be loaded, and another version is an error in words before it is
an undefined symbol.
"""

import contextlib
from collections.abc import Iterator

import torch

NEEDED = "2.11.0"


def check_version(found: str, needed: str = NEEDED) -> None:
    """Refuse a torch that the extension was not built for.

    Parameters
    ----------
    found, needed : str
        Versions; what follows a ``+`` (the CUDA build) does not count.

    Raises
    ------
    ImportError
        If they differ.
    """
    if found.split("+")[0] != needed:
        raise ImportError(
            f'ganvas needs torch {needed}, found torch {found}; run: python -m pip install "torch=={needed}"'
        )


@contextlib.contextmanager
def plain_modes() -> Iterator[None]:
    """Train as usual inside a caller's ``inference_mode``, ``no_grad`` or ``autocast``; they hold again afterwards."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        yield


check_version(torch.__version__)

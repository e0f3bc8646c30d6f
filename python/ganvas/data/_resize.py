"""Resizing for the loaders."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Pillow widens this kernel for downscaling, which avoids aliasing.
BICUBIC = Image.Resampling.BICUBIC


def resize(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize grey images (n, h, w) to (n, size, size)."""
    resized = np.empty((len(images), size, size), np.uint8)
    for image, out in zip(images, resized, strict=True):
        out[:] = np.asarray(Image.fromarray(image).resize((size, size), BICUBIC))
    return resized

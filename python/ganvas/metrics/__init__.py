"""Measures of generated samples, images, latents and speed.

Functions of arrays or tensors, which return a number or a named tuple. Samples may have any shape and are flattened to
rows of features; bytes (uint8) are divided by 255, and other values are used as they are. The measures of pairs of
images, `psnr`, `ssim` and `ms_ssim`, use all values as they are. Distances of pixels capture little of the content of
natural images: pass features of a network in place of the images. Functions that draw random numbers use a fixed seed
by default, so that equal arguments give equal results.
"""

from .copies import Memorisation, memorisation
from .distributions import frechet_distance, kernel_distance, mmd, sliced_wasserstein
from .images import ms_ssim, psnr, ssim
from .judges import TwoSampleTest, train_on_synthetic, two_sample_test
from .latents import LinearSeparability, linear_separability, perceptual_path_length
from .neighbours import DensityCoverage, PrecisionRecall, density_coverage, precision_recall
from .speed import GenerationSpeed, generation_speed
from .variety import Diversity, ModeHistogram, diversity, mode_histogram

__all__ = [
    "DensityCoverage",
    "Diversity",
    "GenerationSpeed",
    "LinearSeparability",
    "Memorisation",
    "ModeHistogram",
    "PrecisionRecall",
    "TwoSampleTest",
    "density_coverage",
    "diversity",
    "frechet_distance",
    "generation_speed",
    "kernel_distance",
    "linear_separability",
    "memorisation",
    "mmd",
    "mode_histogram",
    "ms_ssim",
    "perceptual_path_length",
    "precision_recall",
    "psnr",
    "sliced_wasserstein",
    "ssim",
    "train_on_synthetic",
    "two_sample_test",
]


def __dir__() -> list[str]:
    return list(__all__)

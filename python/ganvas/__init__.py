"""Generative models for people who work in notebooks.

>>> from ganvas import GanTrainer
>>> gan = GanTrainer(epochs=1, random_state=0, verbose=0).fit()
>>> gan.sample(4).shape
(4, 16, 16)
"""

from ._run import torch as _torch  # isort: skip  # torch's libraries must be loaded before the extension
from . import callbacks, data, exceptions, metrics, objectives, plot
from ._core import __version__
from ._judging import Comparison, Measure, Report, compare
from ._versions import show_versions
from .estimators.autoencoder import AutoencoderTrainer
from .estimators.flow import FlowTrainer
from .estimators.gan import GanTrainer
from .estimators.music import MusicTrainer
from .estimators.seq2seq import Seq2SeqTrainer
from .estimators.style import StyleTrainer
from .estimators.text import TextTrainer
from .estimators.translation import TranslationTrainer
from .estimators.vae import VaeTrainer
from .estimators.vq_vae import VqVaeTrainer
from .presets import presets
from .score import Score

__all__ = [
    "AutoencoderTrainer",
    "Comparison",
    "FlowTrainer",
    "GanTrainer",
    "Measure",
    "MusicTrainer",
    "Report",
    "Score",
    "Seq2SeqTrainer",
    "StyleTrainer",
    "TextTrainer",
    "TranslationTrainer",
    "VaeTrainer",
    "VqVaeTrainer",
    "__version__",
    "callbacks",
    "compare",
    "data",
    "exceptions",
    "metrics",
    "objectives",
    "plot",
    "presets",
    "show_versions",
]

del _torch


def __dir__() -> list[str]:
    return list(__all__)

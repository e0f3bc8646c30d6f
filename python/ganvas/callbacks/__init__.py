"""Callbacks: functions called during training.

A callback may read, sample, plot and save the estimator that it is passed. An exception in a callback stops the
training and is raised to the caller; the estimator keeps its current state.
"""

from .best import EarlyStopping, KeepBest
from .callback import Callback
from .evaluate import Evaluate
from .live import LivePlot
from .snapshots import Snapshots

__all__ = ["Callback", "EarlyStopping", "Evaluate", "KeepBest", "LivePlot", "Snapshots"]


def __dir__() -> list[str]:
    return list(__all__)

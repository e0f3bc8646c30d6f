"""Judgement of fitted models: reports of measures beside those of real data and of a trivial rival."""

from .comparison import Comparison, compare
from .report import Measure, Report

__all__ = ["Comparison", "Measure", "Report", "compare"]

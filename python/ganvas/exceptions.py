"""Exceptions and warnings of ganvas.

Each class derives from `GanvasError` and from the builtin (or scikit-learn) class that a caller would expect, so that
`except ValueError` and `except GanvasError` both work. Missing or unreadable files raise the usual `FileNotFoundError`,
`PermissionError` and other `OSError`; exceptions of your own callbacks and `KeyboardInterrupt` are not wrapped.
"""

from sklearn.exceptions import NotFittedError as _SklearnNotFittedError


class GanvasError(Exception):
    """Base class of all exceptions of ganvas."""


class NotFittedError(GanvasError, _SklearnNotFittedError):
    """The estimator has not been fitted."""


class DataError(GanvasError, ValueError):
    """The values of X, or a data file, cannot be used."""


class ShapeError(GanvasError, ValueError):
    """An array has the wrong number of axes or the wrong sizes."""


class DtypeError(GanvasError, TypeError, ValueError):
    """An array has a non-numeric dtype."""


class ParameterError(GanvasError, ValueError):
    """A parameter is out of range or does not fit the data."""


class UnknownNameError(ParameterError):
    """A name is not in its registry; the message lists the known names."""


class BusyError(GanvasError, RuntimeError):
    """The estimator is already training."""


class DivergedError(GanvasError, ArithmeticError):
    """A loss is not finite; the last finite weights are kept."""


class CheckpointError(GanvasError, ValueError):
    """A checkpoint is damaged, or belongs to another model."""


class DeviceError(GanvasError, RuntimeError):
    """The device is not available on this machine."""


class TorchError(GanvasError, RuntimeError):
    """libtorch failed; the message is the first line of its error."""


class InternalError(GanvasError, RuntimeError):
    """An internal error of ganvas; please report it."""


class CopyWarning(UserWarning):
    """A generated text is mostly a passage of the training texts."""


class DiagnosisWarning(UserWarning):
    """A training goes wrong; `diagnosis_` has the evidence and a remedy."""


class CollapseWarning(DiagnosisWarning):
    """The posterior of a model has collapsed."""


class DataRangeWarning(UserWarning):
    """Values lie outside the range of the training data."""


class IgnoredWarning(UserWarning):
    """Samples or parameters have no effect on training."""


__all__ = [
    "BusyError",
    "CheckpointError",
    "CollapseWarning",
    "CopyWarning",
    "DataError",
    "DataRangeWarning",
    "DeviceError",
    "DiagnosisWarning",
    "DivergedError",
    "DtypeError",
    "GanvasError",
    "IgnoredWarning",
    "InternalError",
    "NotFittedError",
    "ParameterError",
    "ShapeError",
    "TorchError",
    "UnknownNameError",
]


def __dir__() -> list[str]:
    return list(__all__)

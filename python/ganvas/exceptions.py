"""Every error that ganvas raises of its own.

Each class is a `GanvasError` and also the builtin (or scikit-learn class) that a caller would expect, so that
`except ValueError` and `except GanvasError` both work. Files that are missing or not readable raise the usual
`FileNotFoundError`, `PermissionError` and other `OSError`; exceptions of your own callbacks and
`KeyboardInterrupt` pass through untouched.
"""

from sklearn.exceptions import NotFittedError as _SklearnNotFittedError


class GanvasError(Exception):
    """Base class of every error that ganvas raises of its own."""


class NotFittedError(GanvasError, _SklearnNotFittedError):
    """The estimator has not been fitted yet."""


class DataError(GanvasError, ValueError):
    """The values of X, or a file of data, cannot be used."""


class ShapeError(GanvasError, ValueError):
    """An array has the wrong number of axes or the wrong sizes."""


class DtypeError(GanvasError, TypeError, ValueError):
    """An array holds something other than numbers."""


class ParameterError(GanvasError, ValueError):
    """A parameter is outside its range or does not fit the data."""


class UnknownNameError(ParameterError):
    """A name is not in its registry; the message has the nearest and the list."""


class BusyError(GanvasError, RuntimeError):
    """The estimator is already training."""


class DivergedError(GanvasError, ArithmeticError):
    """A loss is not finite any more; the last good weights are kept."""


class CheckpointError(GanvasError, ValueError):
    """A checkpoint is damaged, or belongs to another model."""


class DeviceError(GanvasError, RuntimeError):
    """The device does not exist on this machine."""


class TorchError(GanvasError, RuntimeError):
    """libtorch failed; the message is the first line of its own."""


class InternalError(GanvasError, RuntimeError):
    """A fault of ganvas itself; please report it."""


class CollapseWarning(UserWarning):
    """A model has stopped to use its latents."""


class DataRangeWarning(UserWarning):
    """Values lie outside the range that the model was fitted to."""


class IgnoredWarning(UserWarning):
    """Samples or parameters have no effect on a training."""


__all__ = [
    "BusyError",
    "CheckpointError",
    "CollapseWarning",
    "DataError",
    "DataRangeWarning",
    "DeviceError",
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

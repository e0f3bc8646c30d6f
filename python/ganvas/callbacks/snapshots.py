"""Pictures of samples during training."""

import base64
from typing import Any, ClassVar

from .._checks import integer
from .._run.ranks import Ranks
from ..exceptions import ParameterError
from .callback import Callback

# Pictures that are kept at most, the largest size of one in bytes, and its width and height in inches.
_KEPT, _BYTES, _SIZE = 8, 40_000, (2.0, 2.0)


class Snapshots(Callback):
    """Keep small pictures of samples at some epochs, for `report`.

    The page then shows how samples of the same latents changed over the training. The model's random stream is not
    advanced. At most eight pictures are kept: the first epoch, and the multiples of a power of two, which doubles when
    there are too many; of 30 epochs 1, 4, 8 and so on up to 28. They are small, and saved with the model and in
    checkpoints, so that a training that continues keeps them; `fit` of a new model discards them. For estimators of
    arrays.

    Parameters
    ----------
    n : int, default 16
        Number of samples of a picture.

    Examples
    --------
    >>> import ganvas, pathlib, tempfile
    >>> gan = ganvas.GanTrainer(epochs=3, callbacks=[ganvas.callbacks.Snapshots(n=4)], verbose=0).fit()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     card = gan.report(pathlib.Path(folder) / "card.html")
    ...     "over the epochs of training" in card.read_text(encoding="utf-8")
    True
    """

    # Pictures are part of the epoch's checkpoint.
    _measures: ClassVar[bool] = True

    def __init__(self, n: int = 16) -> None:
        self.n = n

    def on_train_begin(self, estimator: Any) -> None:
        """Check the parameters."""
        self._n = integer("n", self.n, 1)
        if not hasattr(estimator, "report"):
            raise ParameterError(f"callbacks: Snapshots needs an estimator of arrays, got {type(estimator).__name__}")

    def on_epoch_end(self, estimator: Any, row: dict[str, float]) -> None:
        """Draw a picture, unless the epoch is not kept."""
        # Imported here, because judging trains models of scikit-learn.
        from .._judging.page import picture

        epoch = int(row["epoch"])
        if not _keeps(epoch, epoch) or not Ranks().leads:
            return
        data = picture(lambda figure: estimator._draw_samples(figure, (1, 1, 1), self._n), _SIZE, _BYTES)
        before = [[known, text] for known, text in estimator._snapshots if known < epoch and _keeps(known, epoch)]
        estimator._snapshots = [*before, [epoch, base64.b64encode(data).decode("ascii")]]


def _keeps(epoch: int, newest: int) -> bool:
    """Return True if the picture of an epoch is kept when the newest one is drawn."""
    step = 1
    while newest // step + 1 > _KEPT:
        step *= 2
    return epoch == 1 or epoch % step == 0

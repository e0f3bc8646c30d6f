"""Measures of generated samples during training."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from .._checks import integer
from ..exceptions import ParameterError
from .callback import Callback

if TYPE_CHECKING:
    from .._judging.watch import Watch


class Evaluate(Callback):
    """Compare generated samples with real ones after epochs, in `history_`.

    Each measure has a column of its name; epochs without a measurement have NaN. Samples always come from the same
    latents, and the model's random stream is not advanced. Features are found at the beginning of the training: with
    ``features="auto"`` a small network is trained first. For estimators of arrays.

    Parameters
    ----------
    X : array-like, path or dataset
        Samples that the model is not trained on, in the form of the training data.
    y : array-like or None
        Their labels, for a conditional model: samples are generated for them. None draws labels.
    metrics : sequence of str, default ("kernel_distance", "coverage")
        Measures of samples, as for `evaluate`: "frechet_distance", "kernel_distance", "sliced_wasserstein",
        "precision", "recall", "density", "coverage", "diversity"; "fid" and "kid" for the first two.
    every : int, default 1
        Epochs between two measurements.
    n_samples : int, default 1000
        Number of samples that are generated, and maximum number of samples of X.
    features : {"auto", "pixels"}, path, callable or torch.nn.Module, default "auto"
        As for `evaluate`.

    Examples
    --------
    >>> import ganvas
    >>> X = ganvas.data.ring(600, random_state=0)
    >>> watch = ganvas.callbacks.Evaluate(X[500:], metrics=["coverage"])
    >>> gan = ganvas.GanTrainer(epochs=2, random_state=0, callbacks=[watch], verbose=0).fit(X[:500])
    >>> len(gan.history_["coverage"])
    2
    """

    _measures: ClassVar[bool] = True
    _watch: "Watch"

    def __init__(
        self,
        X: Any,
        y: Any = None,
        metrics: Sequence[str] = ("kernel_distance", "coverage"),
        every: int = 1,
        n_samples: int = 1_000,
        features: Any = "auto",
    ) -> None:
        self.X = X
        self.y = y
        self.metrics = metrics
        self.every = every
        self.n_samples = n_samples
        self.features = features

    def names(self) -> list[str]:
        """Return the names of the measures.

        Raises
        ------
        ParameterError, UnknownNameError
        """
        from .._judging.samples import names_of

        return names_of(self.metrics)

    def on_train_begin(self, estimator: Any) -> None:
        """Check the parameters, read X and find the features."""
        from .._judging.watch import Watch

        self._every = integer("every", self.every, 1)
        n = integer("n_samples", self.n_samples, 2)
        if not hasattr(estimator, "evaluate") or not hasattr(estimator, "_opened"):
            raise ParameterError(f"callbacks: Evaluate needs an estimator of arrays, got {type(estimator).__name__}")
        self._watch = Watch(estimator, (self.X, self.y), self.names(), n, self.features)

    def on_epoch_end(self, estimator: Any, row: dict[str, float]) -> None:
        """Measure, every `every` epochs."""
        if int(row["epoch"]) % self._every == 0:
            for name, value in self._watch.measured(estimator).items():
                estimator._run.note(name, value)

    def on_train_end(self, estimator: Any) -> None:
        """Release the samples."""
        del self._watch

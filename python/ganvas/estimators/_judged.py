"""Reports of estimators of arrays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._judging import Report
from ._fitted import Fitted


class Judged(Fitted):
    """Methods that judge a fitted model."""

    def evaluate(
        self,
        X: Any,
        y: Any = None,
        *,
        X_train: Any = None,
        y_train: Any = None,
        metrics: str | Sequence[str] | None = None,
        features: Any = "auto",
        random_state: Any = 0,
    ) -> Report:
        """Measure the model beside real data and a trivial rival.

        As many samples are generated as there are other real samples, those of X_train or of one half of X. Both are
        compared with the rest of X by the same measures. The trivial rival is fitted to these other samples: a Gaussian
        on their principal components; for tiles and texts the frequencies of neighbours; for reconstructions the
        principal components, as many as the model has latent values.

        Parameters
        ----------
        X : array-like, path or dataset
            Samples that the model has not seen, in the form of the training data. At most 10,000 are compared.
        y : array-like, "folder" or None
            Labels of X. A conditional model then generates samples for labels of real data; classes are required for
            the measures of classes.
        X_train, y_train : array-like or None
            Training data and their labels. None: one half of X takes their place, and copies are not looked for.
        metrics : str, sequence of str, or None
            Names of measures. None: all that fit the model and the data, except for "two_sample_test" and
            "train_on_synthetic", which train classifiers. "fid" and "kid" stand for "frechet_distance" and
            "kernel_distance".

            - Of samples: "frechet_distance", "kernel_distance", "sliced_wasserstein", "precision", "recall", "density",
              "coverage", "diversity", see `ganvas.metrics`.
            - Of classes: "class_accuracy" of a conditional model, "class_frequencies" of another.
            - Of reconstructions: "psnr" and "ssim" of images, "explained_variance" of numbers, "rebuilt" symbols of
              tiles and texts; "bound" of the log likelihood.
            - "memorisation", with X_train; "speed"; "two_sample_test"; "train_on_synthetic" of a conditional model.

        features : {"auto", "pixels"}, path, callable or torch.nn.Module, default "auto"
            Features of samples. "auto": rows as they are, counts of characters for texts, else 64 of a small network
            that is trained on the real samples, with the same result for equal data and seeds; the last four networks
            are kept in memory. "pixels": values on a common scale. A path of a TorchScript file, such as Inception of
            the StyleGAN repositories (``inception-2015-12-05.pt``), or a module: takes ``(n, c, h, w)`` in 0..1. A
            function takes ``(n, h, w, c)``, and both return ``(n, d)``. Features of Inception describe photographs: a
            Fréchet distance of MNIST by them is not comparable with one of other features, and says little of digits.
        random_state : int, RandomState, Generator or None, default 0
            Seed of the samples, of the halves of X and of the encoder. The model's own stream is not advanced.

        Returns
        -------
        Report
            A mapping from names to measures with 95 % intervals, displayed as a table.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError
        ParameterError
            A measure does not fit the model or the data.
        UnknownNameError

        Examples
        --------
        >>> import ganvas
        >>> X = ganvas.data.ring(600, random_state=0)
        >>> gan = ganvas.GanTrainer(epochs=1, random_state=0, verbose=0).fit(X[:300])
        >>> report = gan.evaluate(X[300:], X_train=X[:300], metrics=["coverage", "recall"])
        >>> list(report)
        ['coverage', 'recall']
        """
        # Imported here, because judging trains models of scikit-learn.
        from .._judging.arrays import JUDGES, evaluate
        from .._judging.samples import names_of

        self._fitted()
        wanted = None if metrics is None else names_of(metrics, JUDGES)
        return evaluate(self, (X, y), (X_train, y_train), wanted, features, random_state, strict=True)

    def report(
        self,
        path: str | Path,
        X: Any = None,
        y: Any = None,
        *,
        X_train: Any = None,
        y_train: Any = None,
        title: str | None = None,
        licence: str | None = None,
        consent: str | None = None,
        intended_use: str | None = None,
        limits: str | None = None,
        features: Any = "auto",
        random_state: Any = 0,
    ) -> Path:
        """Write a model card: one page of HTML without other files.

        The page has statements of the author, form and hash of the training data, samples, measures with intervals and
        rivals, a check for copies, losses, settings, seed, versions and limits (Mitchell et al., "Model Cards for Model
        Reporting", 2019). It has less than 2 MB, and needs no network.

        Parameters
        ----------
        path : path
            File to write, such as ``card.html``. It is written to a temporary file and renamed: an existing file is
            unchanged if there is an error.
        X, y : as for `evaluate`, or None
            Samples that the model has not seen, and their labels. None: the page has no measures, and says so.
        X_train, y_train : array-like or None
            Training data and their labels. The page then has their shape and the SHA-256 of their bytes in C order, and
            with X also the check for copies and the nearest training samples. Those are visible in the page: do not
            publish it if the training data are confidential.
        title : str or None
            Title of the page. None: the estimator and the form of its data.
        licence, consent, intended_use, limits : str or None
            Licence of the data, consent of the people in the data, what the model is for, and limits known to the
            author. The page shows "not stated" for None and for empty texts.
        features : {"auto", "pixels"}, path, callable or torch.nn.Module, default "auto"
            As for `evaluate`.
        random_state : int, RandomState, Generator or None, default 0
            As for `evaluate`. The model's own stream is not advanced.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        NotFittedError
        FileNotFoundError, IsADirectoryError
            The folder of `path` does not exist, or `path` is a folder.
        ParameterError
            A statement is not a string, or labels are given without samples.
        ShapeError, DtypeError, DataError
            As for `evaluate`.

        Examples
        --------
        >>> import ganvas, pathlib, tempfile
        >>> gan = ganvas.GanTrainer(epochs=1, random_state=0, verbose=0).fit()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     card = gan.report(pathlib.Path(folder) / "card.html", licence="CC BY 4.0")
        ...     "CC BY 4.0" in card.read_text(encoding="utf-8")
        True
        """
        from .._judging import card

        self._fitted()
        words = card.Words(title, licence, consent, intended_use, limits)
        return card.write(self, path, (X, y), (X_train, y_train), words, features, random_state)

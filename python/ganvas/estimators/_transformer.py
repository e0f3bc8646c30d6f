"""scikit-learn's interface of transformers."""

from typing import Any

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin

from .._data.frames import index_of
from ._coder import Coder


class Transformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Coder):
    """Methods of an estimator that transforms samples to latents and back."""

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> np.ndarray:
        """Fit to X and encode it; y is ignored.

        In a pipeline, a column transformer or a feature union, the model is fitted to X alone, so that the latents do
        not depend on labels. Call ``fit(X, y)`` for a conditional model.

        Parameters
        ----------
        X : array-like
            As for `fit`.
        y : ignored
            Ignored; present for scikit-learn's pipelines, which pass the target to every transformer.
        **fit_params
            Passed to `fit`.

        Returns
        -------
        numpy.ndarray
            As returned by `transform`; a data frame after ``set_output(transform="pandas")`` or "polars".
        """
        return self.fit(X, **fit_params).transform(X)

    def transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Encode samples.

        Parameters
        ----------
        X : array-like
            Samples in the form of the training data, at least one.
        y : array-like, label, "folder" or None
            Labels, for a conditional model; "folder" uses the names of the sub-folders of X. None: the most likely
            class of each sample, or the mean of numeric labels.

        Returns
        -------
        numpy.ndarray
            Posterior means, float32 ``(n, latent_dim)``; for a vector-quantised model the indices of the codes, int64
            ``(n, places)``. After ``set_output(transform="pandas")`` a frame with the index of X and the columns of
            `get_feature_names_out`.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError, ParameterError
        """
        return self._encoded(X, y, indices=True)

    def inverse_transform(self, Z: Any, y: Any = None) -> Any:
        """Decode latents.

        Parameters
        ----------
        Z : array-like of shape (n, latent_dim)
            Latents, or indices of codes, as returned by `transform`.
        y : array-like, label or None
            Labels, required by a conditional model; one label applies to all.

        Returns
        -------
        samples
            Means of the decoder's distributions, for tiles the most likely symbols, in the form of X; a
            list of texts, each the likeliest token after those before it.

        Raises
        ------
        NotFittedError, ShapeError, DataError, ParameterError
        """
        self._fitted()
        return self._restored(self._decode(Z, y), index_of(Z))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the column names of `transform`.

        Parameters
        ----------
        input_features : ignored
            Ignored; present for scikit-learn's pipelines.

        Returns
        -------
        numpy.ndarray of str, dtype object
            Lower-case class name with an index: ``vaetrainer0``.

        Raises
        ------
        NotFittedError
        """
        self._fitted()
        return super().get_feature_names_out(input_features)

    @property
    def _n_features_out(self) -> int:
        """Number of columns returned by `transform`."""
        shape = self._fitted().code()
        return int(np.prod(shape if self.n_codes_ is None else shape[1:]))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

"""scikit-learn's interface of transformers."""

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin


class Transformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """Methods of an estimator that transforms samples to latents."""

    if TYPE_CHECKING:
        # Attributes of the estimator that uses this mixin.
        def __getattr__(self, name: str) -> Any: ...

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

"""scikit-learn's grammar of transformers."""

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin


class Transformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """Methods of an estimator whose latents are the features of the next step."""

    if TYPE_CHECKING:
        # The estimator that they belong to.
        def __getattr__(self, name: str) -> Any: ...

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> np.ndarray:
        """Fit to X and encode it; y is ignored.

        As a transformer in a pipeline, a column transformer or a feature union within a pipeline, the model learns from
        X alone, so that its latents are the same whether labels are known or not. Call ``fit(X, y)`` for a model that
        is conditional on y.

        Parameters
        ----------
        X : array-like
            As for `fit`.
        y : ignored
            Not used; there for scikit-learn's pipelines, which pass the target to every transformer.
        **fit_params
            Passed to `fit`.

        Returns
        -------
        numpy.ndarray
            As `transform` returns it; a data frame after ``set_output(transform="pandas")`` or "polars".
        """
        return self.fit(X, **fit_params).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns of what `transform` returns.

        Parameters
        ----------
        input_features : ignored
            Not used; there for scikit-learn's pipelines.

        Returns
        -------
        numpy.ndarray of str, dtype object
            The name of the class in lower case with a number: ``vaetrainer0``.

        Raises
        ------
        NotFittedError
        """
        self._fitted()
        return super().get_feature_names_out(input_features)

    @property
    def _n_features_out(self) -> int:
        """Columns of what `transform` returns."""
        shape = self._fitted().code()
        return int(np.prod(shape if self.n_codes_ is None else shape[1:]))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

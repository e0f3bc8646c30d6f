"""Models of scikit-learn that metrics train."""

from typing import Any

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def logistic() -> Any:
    """Return a logistic regression of standardised features."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))

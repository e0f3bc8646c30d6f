"""Number of draws required for the mean evidence lower bound of a sample.

    python benches/quality/draws.py

For each data set a model is trained, and test samples are scored with 1 to 64 draws (from 2 on in antithetic pairs) and
with 2,048 draws as reference. Reported for each number of draws: the fraction of noise in the variance of the scores,
the rank correlation with the reference, and the fraction of samples that change sides at the tenth percentile.
"""

import argparse
import datetime
import json
import os
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from sklearn.datasets import load_breast_cancer

import ganvas
from ganvas.estimators import _scores

DRAWS = [1, 2, 4, 8, 16, 32, 64]
EXACT, SAMPLES = 2048, 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "draws.json")
    args = parser.parse_args()
    digits = ganvas.data.load_digits()
    mnist = ganvas.data.load_mnist(Path(os.environ.get("GANVAS_DATA", "data")) / "mnist")[:10_400]
    cancer = np.random.default_rng(0).permutation(load_breast_cancer().data)
    usual = {"net": "mlp", "epochs": 20, "random_state": 0, "verbose": 0, "progress": False}
    cases = {
        "digits, bernoulli": (digits, usual),
        "digits, gaussian": (digits, usual | {"likelihood": "gaussian"}),
        "digits, binarized": (digits, usual | {"binarize": "dynamic"}),
        "digits, gaussian mixture": (digits, usual | {"prior": "gaussian_mixture"}),
        "digits, iaf": (digits, usual | {"bottleneck": "iaf"}),
        "mnist, bernoulli": (mnist, usual),
        "rows, gaussian": (cancer, usual | {"latent_dim": 5, "epochs": 200}),
    }
    result = {}
    for name, (data, parameters) in cases.items():
        test = min(SAMPLES, len(data) // 3)
        model = ganvas.VaeTrainer(**parameters).fit(data[:-test])
        exact = scores(model, data[-test:], EXACT)
        result[name] = {str(count): compared(scores(model, data[-test:], count), exact) for count in DRAWS}
        print(name, result[name], flush=True)
    words = {"exact": EXACT, "cases": result, "date": datetime.date.today().isoformat()}
    args.out.write_text(json.dumps(words, indent=1) + "\n")


def scores(model: ganvas.VaeTrainer, X: np.ndarray, draws: int) -> np.ndarray:
    """Score with this number of draws."""
    before, _scores._DRAWS = _scores._DRAWS, draws
    try:
        return model.score_samples(X)
    finally:
        _scores._DRAWS = before


def compared(found: np.ndarray, exact: np.ndarray) -> dict[str, float]:
    sides = [values < np.quantile(values, 0.1) for values in (found, exact)]
    return {
        "noise": round(float(np.var(found - exact) / np.var(exact)), 6),
        "rank_correlation": round(float(spearmanr(found, exact).statistic), 5),
        "changed_sides": round(float((sides[0] != sides[1]).mean()), 4),
    }


if __name__ == "__main__":
    main()

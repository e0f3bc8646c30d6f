"""Warnings come from this package only, and point to the caller's line."""

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer, _callers
from ganvas._warnings import warn
from ganvas.callbacks import Callback
from ganvas.exceptions import CollapseWarning

pytestmark = pytest.mark.usefixtures("one_thread")

RING = ganvas.data.ring(128, random_state=0)
FRAME = pd.DataFrame(RING, columns=["x", "y"])
SMALL = {"net": "mlp", "hidden": (8,), "epochs": 1, "verbose": 0, "random_state": 0}


def gan(**params):
    return GanTrainer(**{**SMALL, **params})


def vae(**params):
    return VaeTrainer(**{**SMALL, "latent_dim": 2, **params})


def collapsing():
    return vae(epochs=501, beta=1e6, batch_size=64)


def score(model, X, y=None):
    return 0.0


def resume(folder):
    gan(epochs=2).fit(RING, checkpoint_dir=folder)
    newest = sorted(folder.glob("*.safetensors"))[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    gan(epochs=3).fit(RING, checkpoint_dir=folder, resume="auto")


class Ask(Callback):
    """Calls a model that was fitted on a frame with an array, while another is trained."""

    def __init__(self):
        self.model = vae().fit(FRAME)

    def on_epoch_end(self, estimator, row):
        self.model.predict(RING)


CASES = {
    "too few steps": (ConvergenceWarning, lambda _: gan(n_critic=9).fit(RING)),
    "too few steps, partial_fit": (ConvergenceWarning, lambda _: gan(n_critic=9).partial_fit(RING)),
    "too few steps, in a pipeline": (
        ConvergenceWarning,
        lambda _: make_pipeline(StandardScaler(), gan(n_critic=9)).fit(RING),
    ),
    "too few steps, in a search": (
        ConvergenceWarning,
        lambda _: GridSearchCV(gan(n_critic=9), {"lr": [1e-3]}, scoring=score, cv=2).fit(RING),
    ),
    "a collapse": (CollapseWarning, lambda _: collapsing().fit(RING[:64])),
    "a collapse, fit_transform": (CollapseWarning, lambda _: collapsing().fit_transform(RING[:64])),
    "a damaged checkpoint": (RuntimeWarning, resume),
    "no names": (UserWarning, lambda _: vae().fit(FRAME).predict(RING)),
    "no names, wrapped by scikit-learn": (UserWarning, lambda _: vae().fit(FRAME).transform(RING)),
    "names": (UserWarning, lambda _: vae().fit(RING).reconstruct(FRAME)),
    "names, in a callback": (UserWarning, lambda _: gan(callbacks=[Ask()]).fit(RING)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_warning_points_at_the_line_that_called(case, tmp_path):
    category, call = CASES[case]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(tmp_path)
    assert caught
    for one in caught:
        assert (one.filename, one.category) == (__file__, category)
        # A line of the test case, not one of its surroundings.
        assert re.search(r"\.(fit|partial_fit|fit_transform|predict|transform|reconstruct)\(", lines()[one.lineno - 1])


def lines():
    return Path(__file__).read_text().splitlines()


def test_a_warning_of_a_function_that_the_compiled_loop_calls_points_at_the_fit():
    # A callback whose source file is in the package.
    space = {"Callback": Callback, "warn": warn}
    source = "class Ours(Callback):\n def on_epoch_end(self, estimator, row):\n  warn('look', UserWarning)"
    exec(compile(source, f"{_callers.OURS}ours.py", "exec"), space)
    with pytest.warns(UserWarning, match=r"^look$") as caught:
        gan(callbacks=[space["Ours"]()]).fit(RING)
    assert caught[0].filename == __file__
    assert ".fit(RING)" in lines()[caught[0].lineno - 1]


def test_there_is_one_way_to_warn():
    root = Path(_callers.OURS)
    others = [path.name for path in root.rglob("*.py") if re.search(r"\bwarnings\.\w", path.read_text())]
    assert others == ["_warnings.py"]


def test_convergence_warnings_of_the_latent_mixture_are_suppressed(monkeypatch):
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(1000, 8)) * np.exp(rng.normal(size=(1000, 1)))
    with pytest.warns(ConvergenceWarning):
        GaussianMixture(10, reg_covar=1e-4, random_state=0, max_iter=50, init_params="k-means++").fit(latents)
    model = AutoencoderTrainer(**SMALL, latent_dim=8).fit(RING)
    monkeypatch.setattr(model, "_known_latents", lambda: (latents, None))
    assert model.sample(3).shape == (3, 2)


def test_drawing_rows_that_are_all_equal_warns_of_nothing():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    vae().plot_data(np.ones((20, 3)), ax=ax)
    assert not ax.collections[0].get_offsets().any()

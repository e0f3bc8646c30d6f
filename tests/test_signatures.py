"""Constructors begin with the common parameters; the others are keyword-only and grouped."""

import inspect

import numpy as np
import pytest

import ganvas

ESTIMATORS = [ganvas.AutoencoderTrainer, ganvas.GanTrainer, ganvas.VaeTrainer, ganvas.VqVaeTrainer]
ALL = [*ESTIMATORS, ganvas.TextTrainer]
COMMON = {"net", "epochs", "batch_size", "lr", "random_state", "device"}


def names(estimator, kind):
    return [p.name for p in inspect.signature(estimator).parameters.values() if p.kind is kind]


@pytest.mark.parametrize("estimator", ALL)
def test_ten_parameters_are_positional_and_the_others_keywords(estimator):
    first = names(estimator, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    assert len(first) == 10
    assert set(first) > COMMON
    assert list(inspect.signature(estimator).parameters)[:10] == first
    with pytest.raises(TypeError, match="positional"):
        estimator(*[None] * 11)


@pytest.mark.parametrize("estimator", ALL)
def test_running_parameters_come_last(estimator):
    keywords = names(estimator, inspect.Parameter.KEYWORD_ONLY)
    begin = keywords.index("executor")
    assert set(keywords[begin:]) >= {"executor", "precision", "profile", "progress", "verbose", "callbacks"}
    assert not COMMON & set(keywords)


def test_positions_mean_what_the_signature_says():
    gan = ganvas.GanTrainer("dcgan", "hinge", 16, 3)
    assert (gan.net, gan.objective, gan.latent_dim, gan.epochs) == ("dcgan", "hinge", 16, 3)


@pytest.mark.parametrize("estimator", ALL)
def test_completion_shows_nothing_private(estimator):
    shown = dir(estimator(verbose=0))
    writes = {"generate", "stream"} if estimator is ganvas.TextTrainer else {"sample", "plot_samples"}
    assert {"fit", "partial_fit", "epochs", "on_interrupt", *writes} <= set(shown)
    assert not [name for name in shown if name.startswith("_") or name.endswith("_request") or "routing" in name]


@pytest.mark.parametrize("module", [ganvas, ganvas.plot, ganvas.data, ganvas.callbacks, ganvas.exceptions])
def test_completion_of_a_module_shows_what_it_offers(module):
    assert sorted(dir(module)) == sorted(module.__all__)


def test_ipython_completes_the_columns_of_the_history():
    guarded = pytest.importorskip("IPython.core.guarded_eval")
    gan = ganvas.GanTrainer(hidden=(2,), epochs=1, verbose=0).fit(np.random.default_rng(0).normal(size=(64, 2)))
    found = guarded.guarded_eval(
        "gan.history_", guarded.EvaluationContext(locals={"gan": gan}, globals={}, evaluation="limited")
    )
    assert found._ipython_key_completions_() == gan.history_.columns
    with pytest.raises(AttributeError, match="history_ of GanTrainer cannot be set"):
        gan.history_ = {}


def test_the_repr_shows_what_differs_from_the_defaults():
    assert repr(ganvas.GanTrainer()) == "GanTrainer()"
    assert repr(ganvas.VaeTrainer(lr=0.01, beta=4.0, progress=None)) == "VaeTrainer(beta=4.0, lr=0.01)"

"""Constructors begin with what people use; the rest is keyword-only and grouped."""

import inspect

import pytest

import ganvas

ESTIMATORS = [ganvas.AutoencoderTrainer, ganvas.GanTrainer, ganvas.VaeTrainer, ganvas.VqVaeTrainer]
COMMON = {"net", "latent_dim", "epochs", "batch_size", "lr", "preset", "random_state", "device"}


def names(estimator, kind):
    return [p.name for p in inspect.signature(estimator).parameters.values() if p.kind is kind]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_ten_parameters_are_positional_and_the_others_keywords(estimator):
    first = names(estimator, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    assert len(first) == 10
    assert set(first) > COMMON
    assert list(inspect.signature(estimator).parameters)[:10] == first
    with pytest.raises(TypeError, match="positional"):
        estimator(*[None] * 11)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_parameters_of_running_come_last(estimator):
    keywords = names(estimator, inspect.Parameter.KEYWORD_ONLY)
    begin = keywords.index("executor")
    assert set(keywords[begin:]) >= {"executor", "precision", "profile", "progress", "verbose", "callbacks"}
    assert not COMMON & set(keywords)


def test_positions_mean_what_the_signature_says():
    gan = ganvas.GanTrainer("dcgan", "hinge", 16, 3)
    assert (gan.net, gan.objective, gan.latent_dim, gan.epochs) == ("dcgan", "hinge", 16, 3)

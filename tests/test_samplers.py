"""Densities of latents are fitted to draws from the posteriors."""

import numpy as np
import pytest

from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer
from ganvas.callbacks import Callback

pytestmark = pytest.mark.usefixtures("one_thread")
# Two independent columns of variance 1: probabilistic PCA with noise variance s has posteriors of variance s.
TABLE = np.random.default_rng(0).normal(size=(2000, 2)).astype(np.float32)
SMALL = {"net": "mlp", "hidden": (16,), "latent_dim": 2, "random_state": 0, "verbose": 0, "likelihood": "gaussian"}


@pytest.fixture(scope="module")
def linear():
    return VaeTrainer(**SMALL, variance=0.4, epochs=40, lr=0.005).fit(TABLE)


def test_the_latents_of_a_density_have_the_variance_of_the_prior(linear):
    assert linear.transform(TABLE).var(0) == pytest.approx([0.6, 0.6], rel=0.1)
    drawn = linear._density("gmm").draw(20_000, None, 0)
    assert drawn.var(0) == pytest.approx([1, 1], rel=0.1)
    samples, usual = (linear.sample(20_000, random_state=0, sampler=name).var(0) for name in ("gmm", "prior"))
    assert samples == pytest.approx(usual, rel=0.1)


def test_latents_are_drawn_from_the_posteriors_and_the_same_each_time(linear):
    means, drawn = linear.transform(TABLE), linear._run.drawn_latents(TABLE, None)
    assert (drawn - means).mean(0) == pytest.approx([0, 0], abs=0.05)
    assert (drawn - means).var(0) == pytest.approx([0.4, 0.4], rel=0.1)
    np.testing.assert_array_equal(linear._run.drawn_latents(TABLE[:300], None), drawn[:300])


@pytest.mark.parametrize("bottleneck", ["gaussian", "iaf"])
def test_a_loaded_model_draws_the_same(bottleneck, tmp_path):
    model = VaeTrainer(**SMALL, bottleneck=bottleneck, epochs=1).fit(TABLE[:128])
    model.save(tmp_path / "model")
    loaded = VaeTrainer.load(tmp_path / "model")
    samples = model.sample(3, random_state=1, sampler="gmm")
    np.testing.assert_array_equal(loaded.sample(3, random_state=1, sampler="gmm"), samples)
    # The latents that "two_stage" is fitted to.
    np.testing.assert_array_equal(loaded._known_latents()[0], model._known_latents()[0])


def test_latents_without_a_posterior_are_taken_as_they_are():
    coder = AutoencoderTrainer(**SMALL, epochs=1).fit(TABLE[:128])
    np.testing.assert_array_equal(coder._run.drawn_latents(TABLE, None), coder.transform(TABLE))
    vq = VqVaeTrainer(**SMALL, n_codes=4, epochs=1).fit(TABLE[:128])
    assert np.isin(vq._known_latents()[0], vq._codebook()).all()


class Sample(Callback):
    def on_epoch_end(self, estimator, row):
        estimator.sample(2, random_state=0)
        estimator.predict(TABLE[:4])


def test_a_density_is_that_of_the_latents_after_the_training():
    plain, sampled = (
        AutoencoderTrainer(**SMALL, epochs=3, callbacks=callbacks).fit(TABLE) for callbacks in ([], [Sample()])
    )
    np.testing.assert_array_equal(sampled.sample(4, random_state=1), plain.sample(4, random_state=1))
    assert sampled.offset_ == plain.offset_
    sampled.partial_fit(TABLE, epochs=1)
    before = sampled.sample(4, random_state=1)
    np.testing.assert_array_equal(sampled.sample(4, random_state=1), before)
    assert not np.array_equal(before, plain.sample(4, random_state=1))

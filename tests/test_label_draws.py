"""Labels that are not given are drawn from the data."""

import numpy as np
import pytest

from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer
from ganvas._data.labels import Labels

pytestmark = pytest.mark.usefixtures("one_thread")
ANGLES = np.random.default_rng(0).uniform(0, 2 * np.pi, 512)
# Labels on a circle: each column is plausible on its own, none lies at the centre. A sample equals its label.
CIRCLE = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)]).astype(np.float32)


def near(samples):
    return np.mean(np.abs(np.linalg.norm(samples, axis=1) - 1) < 0.25)


def small(kind, **params):
    return kind(
        net="mlp", hidden=(32,), latent_dim=2, batch_size=32, random_state=0, verbose=0, progress=False, **params
    )


VAE = small(VaeTrainer, epochs=30, lr=1e-2).fit(CIRCLE, CIRCLE)


@pytest.mark.parametrize("sampler", ["prior", "gmm"])
def test_samples_of_an_autoencoder_have_labels_of_the_data(sampler, tmp_path):
    assert near(VAE.sample(300, CIRCLE[:300], sampler=sampler, random_state=1)) > 0.98
    drawn = VAE.sample(300, sampler=sampler, random_state=1)
    assert near(drawn) > 0.98
    # All around the circle, not a single label.
    assert np.abs(drawn.mean(0)).max() < 0.15
    VAE.save(tmp_path / "vae")
    np.testing.assert_array_equal(VaeTrainer.load(tmp_path / "vae").sample(300, sampler=sampler, random_state=1), drawn)


def test_samples_of_a_model_without_a_prior_have_labels_of_the_data():
    model = small(AutoencoderTrainer, epochs=40, lr=5e-3).fit(CIRCLE, CIRCLE)
    assert near(model.sample(300, random_state=1)) > 0.98


def test_samples_of_a_gan_have_labels_of_the_data():
    gan = small(GanTrainer, epochs=2).fit(CIRCLE, CIRCLE)
    # Without a latent, the sample depends on the label only.
    drawn = gan.sample(200, random_state=1, truncation=1e-6)
    known = gan.sample(512, CIRCLE, random_state=1, truncation=1e-6)
    assert np.abs(drawn[:, None] - known).max(2).min(1).max() < 1e-4
    assert len(np.unique(drawn.round(4), axis=0)) > 100


def test_rows_that_are_kept_are_few_whole_and_the_same_each_time():
    y = np.random.default_rng(1).normal(size=(50_000, 5))
    one, other = (Labels.learn(y, len(y))[0] for _ in range(2))
    rows = np.reshape(one.rows, (-1, 5))
    assert one.rows == other.rows
    assert len(rows) == 2000
    known = {tuple(row) for row in y.tolist()}
    assert all(tuple(row) in known for row in rows.tolist())
    np.testing.assert_allclose(rows.mean(0), 0, atol=0.1)
    # Periodic labels are represented: every 25th label differs.
    often, _ = Labels.learn(np.tile(np.r_[0.5, np.zeros(24)], 2000), 50_000)
    assert 0.02 < np.mean(np.asarray(often.rows) == 0.5) < 0.06
    wide, _ = Labels.learn(np.ones((100, 5000)) / 3, 100)
    assert len(wide.rows) == 16 * 5000

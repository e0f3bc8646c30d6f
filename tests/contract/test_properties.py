import io
import pickle

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from registries import names

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")
OBJECTIVES = names("objective")
STEPS = 4


@st.composite
def images(draw, n):
    height, width = draw(st.integers(4, 40)), draw(st.integers(4, 40))
    colours = draw(st.sampled_from([(), (1,), (3,), (4,)]))
    numbers = np.random.default_rng(draw(st.integers(0, 99)))
    pixels = numbers.integers(0, 256, (n, height, width, *colours), dtype=np.uint8)
    return pixels if draw(st.booleans()) else (pixels / 255).astype(draw(st.sampled_from([np.float32, np.float64])))


@st.composite
def tables(draw, n):
    numbers = np.random.default_rng(draw(st.integers(0, 99)))
    return numbers.normal(5, 3, (n, draw(st.integers(1, 12)))).astype(draw(st.sampled_from([np.float32, np.float64])))


@st.composite
def valid(draw):
    """Valid settings of an estimator, with matching data."""
    batch_size = draw(st.integers(1, 9))
    n = batch_size * STEPS + draw(st.integers(0, batch_size - 1))
    net = draw(st.sampled_from(["dcgan", "mlp"]))
    if net == "dcgan":
        X = draw(images(n))
        own = {"base_channels": draw(st.integers(1, 8)), "depth": draw(st.integers(1, 3))}
    else:
        X = draw(st.one_of(images(n), tables(n)))
        own = {"hidden": tuple(draw(st.lists(st.integers(1, 40), max_size=3)))}
    parameters = {
        "net": net,
        "objective": draw(st.sampled_from(OBJECTIVES)),
        "latent_dim": draw(st.integers(1, 120)),
        "batch_size": batch_size,
        "n_critic": draw(st.integers(1, STEPS)),
        "ema": draw(st.sampled_from([0, 0.5, 7, 1e4])),
        "lr": draw(st.floats(1e-5, 1e-3)),
        "random_state": draw(st.integers(0, 2**63 - 1)),
        **own,
    }
    return parameters, X


@settings(max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(valid())
def test_any_valid_settings_train_sample_and_survive_a_pickle(case):
    parameters, X = case
    gan = ganvas.GanTrainer(epochs=2, verbose=0, progress=False, channels="last", **parameters).fit(X)
    for name, value in parameters.items():
        if name != "random_state":
            assert getattr(gan, f"{name}_") == value
    history = gan.history_
    assert history["samples"].tolist() == [STEPS * gan.batch_size, 2 * STEPS * gan.batch_size]
    # Generator steps are counted over all epochs: the first epoch may have none.
    turns = np.diff([epoch * STEPS // gan.n_critic for epoch in range(3)])
    assert np.array_equal(np.isfinite(history["generator_loss"]), turns > 0)
    assert all(np.isfinite(history[name]).all() for name in history if name != "generator_loss")

    kept = pickle.loads(pickle.dumps(gan))
    samples = gan.sample(3)
    assert (samples.shape, samples.dtype) == ((3, *X.shape[1:]), X.dtype)
    assert np.isfinite(samples).all()
    assert X.ndim == 2 or (samples.min() >= 0 and samples.max() <= (255 if X.dtype == np.uint8 else 1))
    assert np.array_equal(kept.sample(3), samples)


@settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(valid(), st.integers(1, 2))
def test_training_in_parts_equals_training_at_once(case, first):
    parameters, X = case
    once = ganvas.GanTrainer(epochs=3, verbose=0, channels="last", **parameters).fit(X)
    parts = ganvas.GanTrainer(epochs=first, verbose=0, channels="last", **parameters).fit(X)
    parts = pickle.load(io.BytesIO(pickle.dumps(parts))).partial_fit(X, epochs=3 - first)
    assert np.array_equal(once.sample(4), parts.sample(4))
    for name, values in once.history_.items():
        assert name == "seconds" or np.array_equal(values, parts.history_[name], equal_nan=True)

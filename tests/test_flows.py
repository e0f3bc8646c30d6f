"""Flows: samples, labels, guidance, densities, kinds of data, and what is refused."""

import functools

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import ganvas
from ganvas import FlowTrainer
from ganvas.exceptions import NotFittedError, ParameterError, ShapeError

QUIET = {"verbose": 0, "progress": False, "random_state": 0, "device": "cpu"}
DIGITS, LABELS = ganvas.data.load_digits(size=8, return_y=True)
DIGITS, LABELS = DIGITS[:96], LABELS[:96] % 3


def tiny(**parameters):
    return FlowTrainer(**{"base_channels": 4, "epochs": 2, "batch_size": 16, **QUIET, **parameters})


@functools.cache
def digits():
    return tiny().fit(DIGITS, LABELS)


@functools.cache
def plane():
    """A flow of correlated normal rows, and the rows."""
    covariance = np.array([[4.0, 1.5], [1.5, 1.0]])
    rows = np.random.default_rng(0).multivariate_normal([10.0, -3.0], covariance, 2_000)
    flow = FlowTrainer(**QUIET, hidden=(64, 64), epochs=40, batch_size=200).fit(rows)
    return flow, rows, multivariate_normal([10.0, -3.0], covariance)


def test_samples_have_the_distribution_of_the_data():
    flow, rows, _ = plane()
    made = flow.sample(2_000, random_state=1)
    assert made.dtype == rows.dtype
    assert np.abs(made.mean(0) - rows.mean(0)).max() < 0.15
    assert np.abs(np.cov(made.T) / np.cov(rows.T) - 1).max() < 0.25
    assert flow.history_["loss"][-1] < flow.history_["loss"][0]


def test_rows_take_more_steps_than_images():
    """A network of rows is small, and modes of rows may be narrow."""
    flow, _, _ = plane()
    usual = flow.sample(3, random_state=0)
    np.testing.assert_array_equal(usual, flow.sample(3, random_state=0, steps=40))
    assert (usual != flow.sample(3, random_state=0, steps=10)).any()


def test_densities_are_those_of_the_data_in_its_units():
    flow, rows, truth = plane()
    x = np.concatenate([rows[:50], [[10.0, 1.0]]])
    found, errors = flow.score_samples(x, return_std=True, steps=20)
    assert found.shape == (51,) and found.dtype == np.float64
    assert not errors.any()  # two values are measured along their axes
    assert np.abs(found - truth.logpdf(x))[:50].mean() < 0.4  # a wrong unit costs 0.7 or more
    assert np.corrcoef(found[:50], truth.logpdf(x[:50]))[0, 1] > 0.95
    assert found[50] < np.median(found) - 3
    assert flow.score(x) == pytest.approx(flow.score_samples(x).mean())


def test_random_directions_have_errors_that_shrink_with_their_number():
    flow = digits()
    few, error = flow.score_samples(DIGITS[:6], draws=4, steps=2, return_std=True)
    many, smaller = flow.score_samples(DIGITS[:6], draws=63, steps=2, return_std=True)
    exact, none = flow.score_samples(DIGITS[:6], draws=64, steps=2, return_std=True)
    assert not none.any() and (smaller < error).all()
    assert np.abs(few - exact).mean() > np.abs(many - exact).mean()
    assert (np.abs(many - exact) < 5 * smaller).all()
    assert np.isnan(flow.score_samples(DIGITS[:1], draws=1, steps=1, return_std=True)[1]).all()


def test_values_outside_the_range_lower_the_density():
    flow, rows, _ = plane()
    near, far = flow.score_samples([[10.0, 1e3], [10.0, 1e6]])
    assert far < near < flow.score_samples(rows).min()


def test_equal_seeds_give_equal_samples_whatever_their_number():
    flow = digits()
    many = flow.sample(5, y=1, random_state=3, steps=3)
    assert many.shape == (5, 8, 8) and many.dtype == np.uint8
    np.testing.assert_array_equal(flow.sample(2, y=1, random_state=3, steps=3), many[:2])
    assert (flow.sample(5, y=1, random_state=4, steps=3) != many).any()
    assert (flow.sample(5, y=1, random_state=3, steps=4) != many).any()
    assert (flow.sample(2) != flow.sample(2)).any()  # the model's own stream goes on


def test_labels_and_guidance_change_samples():
    flow = digits()
    one, two = (flow.sample(4, y=label, random_state=0, steps=2) for label in (1, 2))
    assert (one != two).any()
    ignored = [flow.sample(4, y=label, random_state=0, steps=2, guidance=0) for label in (1, 2)]
    np.testing.assert_array_equal(*ignored)
    np.testing.assert_array_equal(flow.sample(4, y=1, random_state=0, steps=2, guidance=1.0), one)
    strong = flow.sample(4, y=1, random_state=0, steps=2, guidance=3.0).astype(float)
    # Guidance moves samples away from those without labels.
    assert ((strong - ignored[0]) * (one.astype(float) - ignored[0])).sum() > 0
    with pytest.raises(
        ParameterError, match=r"^guidance: expected None for a model without labels; pass y to fit, got"
    ):
        plane()[0].sample(1, guidance=2.0)


def test_labels_that_are_always_seen_leave_no_model_without_them():
    assert digits().label_dropout_ == 0.1
    assert tiny(label_dropout=0.0, epochs=1).fit(DIGITS, LABELS).label_dropout_ == 0.0
    with pytest.raises(ParameterError, match=r"^label_dropout: expected None without labels; pass y to fit, got 0.2"):
        tiny(label_dropout=0.2).fit(DIGITS)


def test_numeric_labels_are_given():
    y = DIGITS.reshape(len(DIGITS), -1).mean(1)
    flow = tiny().fit(DIGITS, y)
    assert flow.sample(2, y=[40.0, 90.0], random_state=0).shape == (2, 8, 8)


@pytest.mark.parametrize("executor", ["tch", "native"])
def test_executors_train_the_same_model(executor):
    made = tiny(executor=executor, epochs=1, attention=4).fit(DIGITS, LABELS)
    assert made.executor_ == executor
    expected = tiny(epochs=1, attention=4).fit(DIGITS, LABELS)
    np.testing.assert_allclose(made.history_["loss"], expected.history_["loss"], rtol=1e-3)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("image", (9, 13, 3)),
        ("series", (12, 2)),
        ("volume", (5, 6, 7, 1)),
        ("row", (5,)),
        ("image", (3, 3, 1)),
    ],
)
def test_every_kind_of_numbers_is_modelled(kind, shape):
    X = np.random.default_rng(0).random((12, *shape), dtype=np.float32)
    flow = tiny(base_channels=None, epochs=1, batch_size=6, kind=kind).fit(X)
    assert flow.net_ == ("unet" if len(shape) > 1 and min(shape[:-1]) > 3 else "mlp")
    made = flow.sample(2, random_state=0, steps=2)
    assert made.shape == (2, *shape) and made.dtype == np.float32 and np.isfinite(made).all()
    assert flow.score_samples(X[:2], draws=2, steps=1).shape == (2,)


@pytest.mark.parametrize("kind", ["tiles", "roll"])
def test_symbols_are_modelled(kind):
    shape = (12, 8, 8) if kind == "tiles" else (12, 1, 4, 48)
    X = np.random.default_rng(0).integers(0, 2, shape)
    flow = tiny(base_channels=None, epochs=1, batch_size=6, kind=kind).fit(X)
    made = flow.sample(3, random_state=0, steps=2)
    assert made.shape == (3, *shape[1:]) and set(np.unique(made)) <= {0, 1}


def test_a_saved_flow_is_the_same_and_goes_on(tmp_path):
    flow = tiny(epochs=1).fit(DIGITS, LABELS)
    flow.save(tmp_path / "flow.safetensors")
    loaded = FlowTrainer.load(tmp_path / "flow.safetensors")
    np.testing.assert_array_equal(loaded.sample(2, steps=2), flow.sample(2, steps=2))
    for model in (flow, loaded):
        model.partial_fit(DIGITS, LABELS)
    np.testing.assert_array_equal(loaded.sample(2, steps=2), flow.sample(2, steps=2))
    assert len(loaded.history_["loss"]) == 2


def test_a_resumed_flow_is_the_one_that_was_not_interrupted(tmp_path):
    whole = tiny(epochs=3).fit(DIGITS, LABELS)
    tiny(epochs=3, callbacks=[StopAt(9)]).fit(DIGITS, LABELS, checkpoint_dir=tmp_path)
    resumed = tiny(epochs=3).fit(DIGITS, LABELS, checkpoint_dir=tmp_path, resume="auto")
    np.testing.assert_array_equal(resumed.sample(2, steps=2), whole.sample(2, steps=2))


class StopAt(ganvas.callbacks.Callback):
    def __init__(self, step):
        self.step = step

    def on_step(self, estimator, step):
        if step == self.step:
            estimator.stop()


def test_a_flow_is_judged_beside_a_rival():
    report = plane()[0].evaluate(plane()[1][:400], metrics=["coverage", "sliced_wasserstein"])
    assert list(report) == ["coverage", "sliced_wasserstein"]


def test_known_values_are_kept_and_others_are_drawn():
    flow = digits()
    known = np.ones((8, 8), bool)
    known[2:6] = False
    holes = DIGITS[:3].astype(np.float32)
    holes[:, 2:6] = np.nan
    made = flow.inpaint(DIGITS[:3], known, random_state=0, steps=3)
    assert made.dtype == np.uint8
    np.testing.assert_array_equal(made[:, known], DIGITS[:3][:, known])
    np.testing.assert_array_equal(flow.inpaint(holes, known, random_state=0, steps=3), made)
    np.testing.assert_array_equal(flow.inpaint(DIGITS[1:2], known, random_state=0, steps=3).shape, (1, 8, 8))
    assert (flow.inpaint(DIGITS[:3], known, random_state=1, steps=3) != made).any()
    assert (flow.inpaint(DIGITS[:3], known, y=1, random_state=0, steps=3, guidance=2.0) != made).any()
    np.testing.assert_array_equal(flow.inpaint(DIGITS[:2], np.ones((8, 8), int)), DIGITS[:2])
    with pytest.raises(ParameterError, match=r"^guidance: expected None without y"):
        flow.inpaint(DIGITS[:1], known, guidance=2.0)


def test_completions_follow_what_is_known():
    flow = plane()[0]
    x = np.repeat([[13.0, np.nan], [7.0, np.nan]], 200, axis=0)
    made = flow.inpaint(x, ~np.isnan(x), random_state=0)
    # Of normal rows, the second column given the first has a mean of -3 + 1.5 / 4 (x - 10).
    assert np.abs(made[:200, 1].mean() - -1.875) < 0.5 and np.abs(made[200:, 1].mean() - -4.125) < 0.5
    np.testing.assert_array_equal(made[:, 0], x[:, 0])


def test_samples_are_drawn_and_kept_during_training():
    kept = ganvas.callbacks.Snapshots(n=4)
    flow = tiny(callbacks=[kept], epochs=2).fit(DIGITS, LABELS)
    assert len(flow._snapshots) == 2
    assert len(flow.plot_samples(n=3, random_state=0).images) == 1


def test_wrong_values_are_refused():
    flow = digits()
    for call, text in [
        (lambda: flow.sample(1, steps=0), "steps: must be between 1 and 1000000, got 0"),
        (lambda: flow.sample(1, guidance=-1), "guidance: must be at least 0 and finite, got -1.0"),
        (lambda: flow.sample(1, guidance="2"), "guidance: expected a number, got '2'"),
        (lambda: flow.score_samples(DIGITS, draws=0), "draws: must be between 1 and 1000000, got 0"),
        (lambda: flow.score_samples(DIGITS, return_std=1), "return_std: expected True or False, got 1"),
        (lambda: tiny(patch=3).fit(DIGITS), "patch: must be 1, 2 or 4, got 3"),
        (lambda: tiny(attention=3).fit(DIGITS), 'attention: expected 4 for this X and net="unet", got 3'),
    ]:
        with pytest.raises(ParameterError) as caught:
            call()
        assert str(caught.value) == text
    with pytest.raises(NotFittedError, match=r"^FlowTrainer is not fitted; call fit first$"):
        FlowTrainer().sample(1)
    with pytest.raises(ShapeError):
        flow.score_samples(DIGITS[:, :4])

"""Windows of several features over time."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from registries import nets_of_arrays

import ganvas
from ganvas.exceptions import DataRangeWarning, ShapeError, UnknownNameError

TRAINERS = {
    "gan": ganvas.GanTrainer,
    "vae": ganvas.VaeTrainer,
    "autoencoder": ganvas.AutoencoderTrainer,
    "vq": ganvas.VqVaeTrainer,
}


def machine(n, steps=16, dtype=np.float32, seed=0):
    """Temperature, pressure and vibration: sensors of unlike units."""
    rng = np.random.default_rng(seed)
    time = np.arange(steps) / steps * 2 * np.pi + rng.uniform(0, 2 * np.pi, (n, 1))
    waves = np.stack([300 + 5 * np.sin(time), 1e5 + 2e3 * np.cos(time), 0.02 * np.sin(2 * time)], axis=-1)
    return (waves * (1 + 1e-3 * rng.standard_normal(waves.shape))).astype(dtype)


def fitted(name, X, y=None, **parameters):
    quiet = {"verbose": 0, "progress": False, "random_state": 0, "batch_size": 16}
    return TRAINERS[name](kind="series", epochs=1, **(quiet | parameters)).fit(X, y)


@pytest.mark.parametrize("name", TRAINERS)
@pytest.mark.parametrize(("dtype", "container"), [("float32", "numpy"), ("float64", "numpy"), ("float32", "torch")])
def test_every_estimator_trains_on_series_and_gives_them_back(name, dtype, container):
    import torch

    X = machine(40, dtype=dtype)
    X = torch.from_numpy(X) if container == "torch" else X
    model = fitted(name, X)
    sampled = model.sample(5, random_state=0)
    assert sampled.shape == (5, 16, 3) and sampled.dtype == X.dtype
    # Each feature has its own scale.
    means = np.asarray(sampled, dtype=np.float64).mean((0, 1))
    np.testing.assert_allclose(means[:2], [300, 1e5], rtol=0.2)
    assert model.value_range_ is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (5, 2), (37, 3), (256, 2)])
@pytest.mark.parametrize("name", ["gan", "vae"])
def test_windows_of_any_size_fit_every_net_that_takes_them(name, shape):
    X = np.random.default_rng(0).standard_normal((8, *shape)).astype(np.float32)
    nets = nets_of_arrays({"gan": "gan", "vae": "autoencoder"}[name])
    # Rolls have bars, steps and pitches.
    nets = [net for net in nets if net != "pianoroll"] if shape[0] >= 4 else ["mlp"]
    for net in nets:
        small = {"hidden": (8,)} if net == "mlp" else {"base_channels": 4}
        model = fitted(name, X, net=net, batch_size=4, **small)
        assert model.sample(2).shape == (2, *shape)


def test_features_are_standardised_and_values_are_unbounded():
    X = machine(400)
    model = fitted("vae", X, net="mlp")
    data = model._run.data()
    np.testing.assert_allclose(data.offset, X.astype(np.float64).mean((0, 1)), rtol=1e-6)
    np.testing.assert_allclose(data.unit, X.astype(np.float64).std((0, 1)), rtol=1e-4)
    assert (data.kind, data.sizes) == ("series", (16, 3))
    away = X[:4].copy()
    away[0, 3, 2] = 100.0
    scores = model.score_samples(away)
    assert np.isfinite(scores).all() and scores.argmin() == 0


@pytest.mark.parametrize("name", ["gan", "vae"])
def test_labels_files_and_streams_keep_series(name, tmp_path):
    X = machine(40)
    y = np.array(["good", "bad"] * 20)
    model = fitted(name, X, y)
    assert model.sample(3, y="bad").shape == (3, 16, 3)
    model.save(tmp_path / "model.safetensors")
    loaded = TRAINERS[name].load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(model.sample(3, random_state=1), loaded.sample(3, random_state=1))
    np.save(tmp_path / "windows.npy", X)
    plain, streamed = (fitted(name, Z) for Z in (X, np.load(tmp_path / "windows.npy", mmap_mode="r")))
    np.testing.assert_array_equal(plain._run.data().offset, streamed._run.data().offset)
    loaded.partial_fit(X, y)


def test_moments_of_a_stream_are_those_of_the_array(tmp_path, monkeypatch):
    X = machine(100, dtype=np.float64)
    np.save(tmp_path / "windows.npy", X)
    monkeypatch.setattr("ganvas._data.streams._PART", X[:7].nbytes)
    model = fitted("vae", np.load(tmp_path / "windows.npy", mmap_mode="r"))
    np.testing.assert_allclose(model._run.data().offset, X.mean((0, 1)), rtol=1e-12)
    np.testing.assert_allclose(model._run.data().unit, X.std((0, 1)), rtol=1e-9)


def test_three_axes_of_unlike_columns_warn_and_name_kind():
    quiet = {"epochs": 1, "verbose": 0, "progress": False}
    with pytest.warns(DataRangeWarning, match='kind="series"'):
        ganvas.VaeTrainer(**quiet).fit(machine(40))
    images = np.random.default_rng(0).uniform(0, 255, (40, 16, 16)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataRangeWarning)
        ganvas.VaeTrainer(**quiet).fit(images)
        ganvas.VaeTrainer(kind="image", **quiet).fit(machine(40))


def test_wrong_kinds_and_shapes_are_refused_in_words():
    with pytest.raises(UnknownNameError, match='unknown kind "serie"; did you mean "series"'):
        ganvas.VaeTrainer(kind="serie").fit(machine(8))
    with pytest.raises(ShapeError, match=r'expected \(n, t, features\) for kind="series", got \(8, 3\)'):
        ganvas.VaeTrainer(kind="series").fit(np.zeros((8, 3)))
    model = fitted("vae", machine(20))
    with pytest.raises(ShapeError, match=r"fitted on \(16, 3\), got \(15, 3\)"):
        model.transform(machine(4, steps=15))
    with pytest.raises(ShapeError, match=r"expected samples \(n, 16, 3\), got one sample \(16, 3\)"):
        model.transform(machine(4)[0])


def test_a_sensor_that_stands_still_or_jumps_is_an_anomaly():
    model = ganvas.VaeTrainer(kind="series", latent_dim=3, epochs=60, random_state=0, verbose=0, progress=False)
    model.fit(machine(400))
    assert model.anomaly_score_ == "typicality"
    still, jumping = machine(50, seed=1), machine(50, seed=1)
    still[..., 0] = still[..., 0].mean(1, keepdims=True)
    jumping[:, ::4, 0] += 5
    usual = np.quantile(model.decision_function(machine(50, seed=1)), 0.1)
    assert max(model.decision_function(still).max(), model.decision_function(jumping).max()) < usual


def test_series_are_drawn_as_lines():
    X, y = machine(40), np.arange(40) % 2
    model = fitted("vae", X, y)
    ax = model.plot_samples(6)
    assert len(ax.collections) == 3
    assert [text.get_text() for text in ax.texts] == ["0", "1"]
    for draw in (
        lambda: model.plot_data(X),
        lambda: model.plot_reconstructions(X, y),
        lambda: model.plot_anomalies(X, y),
    ):
        draw()
    assert model.anomaly_map(X, y).shape == X.shape
    plt.close("all")

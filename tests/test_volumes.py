"""Every estimator trains on volumes of voxels, on convolutions over three axes."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer, VqVaeTrainer
from ganvas.data import shapes3d
from ganvas.exceptions import ShapeError

QUIET = {"epochs": 1, "batch_size": 8, "latent_dim": 3, "random_state": 0, "verbose": 0, "progress": False}
SMALL = QUIET | {"base_channels": 2}
SOLIDS, KINDS = shapes3d(24, size=8, random_state=0, return_y=True)
ESTIMATORS = [GanTrainer, VaeTrainer, AutoencoderTrainer, VqVaeTrainer]


def colours(*sides):
    return np.random.default_rng(0).integers(0, 256, (16, *sides, 3), dtype=np.uint8)


def settings(kind, **parameters):
    return SMALL | ({"n_codes": 6} if kind is VqVaeTrainer else {}) | parameters


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_solids_come_back_as_they_were_given(kind, tmp_path):
    model = kind(**settings(kind)).fit(SOLIDS, KINDS)
    assert model.net_ == ("dcgan" if kind is GanTrainer else "conv")
    samples = model.sample(3, "chair", random_state=1)
    assert (samples.shape, samples.dtype) == ((3, 8, 8, 8), bool)
    model.save(tmp_path / "model.safetensors")
    loaded = kind.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.sample(3, "chair", random_state=1), samples)
    loaded.partial_fit(SOLIDS, KINDS)


@pytest.mark.parametrize("sides", [(4, 4, 4), (5, 9, 13), (4, 64, 7)], ids=str)
@pytest.mark.parametrize(
    ("kind", "net"),
    [
        (GanTrainer, "dcgan"),
        (GanTrainer, "resnet"),
        (VaeTrainer, "conv"),
        (VaeTrainer, "resnet"),
        (VqVaeTrainer, "conv"),
    ],
)
def test_any_sides_from_4_to_64_fit(kind, net, sides):
    X = colours(*sides)
    model = kind(**settings(kind, net=net)).fit(X)
    assert model.sample(2).shape == (2, *sides, 3)
    if model.executor_ == "native":
        pair = [kind(**settings(kind, net=net, executor=executor)).fit(X) for executor in ("native", "tch")]
        made = [other.sample(2, random_state=1).astype(int) for other in pair]
        # Two executors round differently.
        assert np.abs(made[0] - made[1]).max() <= 2


def test_channels_may_come_first():
    last = colours(9, 8, 12)
    models = [GanTrainer(**SMALL).fit(X) for X in (last, np.moveaxis(last, -1, 1))]
    samples = [model.sample(2, random_state=1) for model in models]
    np.testing.assert_array_equal(np.moveaxis(samples[0], -1, 1), samples[1])
    floats = VaeTrainer(**SMALL).fit((last / 255).astype(np.float64)).sample(2)
    assert (floats.shape, floats.dtype) == ((2, 9, 8, 12, 3), np.float64)


@pytest.mark.parametrize("kind", [GanTrainer, VaeTrainer])
def test_streamed_volumes_train_as_those_in_memory_do(kind, tmp_path):
    np.save(tmp_path / "x.npy", SOLIDS)
    expected, found = (
        kind(**SMALL).fit(X).sample(2, random_state=1) for X in (SOLIDS, np.load(tmp_path / "x.npy", mmap_mode="r"))
    )
    np.testing.assert_array_equal(found, expected)


def test_labels_attention_and_a_penalty_that_moves_samples_work_on_volumes():
    gan = GanTrainer(**SMALL, net="resnet", attention=4, penalty="consistency", minibatch_std=True).fit(SOLIDS, KINDS)
    assert gan.attention_ == 4
    assert set(gan.classes_) == {"chair", "room", "table"}


def test_volumes_are_encoded_scored_and_drawn():
    model = VaeTrainer(**SMALL).fit(SOLIDS)
    assert model.transform(SOLIDS[:5]).shape == (5, 3)
    assert model.reconstruct(SOLIDS[:5]).dtype == bool
    assert model.anomaly_map(SOLIDS[:5]).shape == (5, 8, 8, 8)
    assert np.isfinite(model.decision_function(SOLIDS)).all()
    assert model.plot_samples(4).name == "3d"
    assert model.plot_data(SOLIDS, 4).name == "3d"
    for draw in (model.plot_reconstructions, model.plot_anomalies):
        draw(SOLIDS)
    model.plot_traversal(SOLIDS[0], dims=[0], steps=3)
    plt.close("all")


def test_the_first_line_says_that_the_data_are_volumes(capsys):
    GanTrainer(**SMALL | {"verbose": 2}).fit(SOLIDS)
    assert "volumes 8x8x8x1, bool 0..1" in capsys.readouterr().out


REMEDY = 'crop or resize them, or pass net="mlp", which takes any size'


@pytest.mark.parametrize("sides", [(3, 8, 8), (8, 8, 65)], ids=str)
@pytest.mark.parametrize(("kind", "net"), [(GanTrainer, "dcgan"), (VaeTrainer, "conv")])
def test_other_sides_are_refused_with_a_remedy(kind, net, sides):
    X = np.zeros((8, *sides, 1), np.uint8)
    text = f'X: expected volumes with sides from 4 to 64 voxels for net="{net}", got {(*sides, 1)}; {REMEDY}'
    with pytest.raises(ShapeError) as caught:
        kind(**SMALL, net=net).fit(X)
    assert str(caught.value) == text
    assert kind(**QUIET, hidden=(4,), net="mlp").fit(
        X + np.arange(8, dtype=np.uint8)[:, None, None, None, None]
    ).sample(2).shape == (2, *sides, 1)


def test_data_of_another_kind_than_the_fit_are_refused():
    model = VaeTrainer(**SMALL).fit(SOLIDS)
    for X, got in ((np.zeros((8, 8, 8)), "(8, 8, 1)"), (SOLIDS[:, :6], "(6, 8, 8, 1)"), (np.zeros((8, 5)), "(5,)")):
        with pytest.raises(ShapeError) as caught:
            model.transform(X)
        assert str(caught.value).startswith("transform: ")
        assert "(8, 8, 8" in str(caught.value), got

"""Estimators train on piano rolls of bars; samples have two values and become scores."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from ganvas import GanTrainer, Score, VaeTrainer
from ganvas.exceptions import DataError, ParameterError, ShapeError, UnknownNameError

QUIET = {"epochs": 1, "batch_size": 8, "latent_dim": 3, "random_state": 0, "verbose": 0, "progress": False}
SMALL = QUIET | {"preset": "musegan", "base_channels": 4, "n_critic": 1}


def rolls(*sides, n=16):
    return np.random.default_rng(0).random((n, *sides)) < 0.2


ROLLS = rolls(2, 8, 24)


@pytest.mark.parametrize(
    ("X", "values"),
    [
        (ROLLS, (False, True)),
        (ROLLS.astype(np.uint8), (0, 1)),
        (ROLLS.astype(np.uint8) * 100, (0, 100)),
        (ROLLS.astype(np.int64), (0, 1)),
        (ROLLS.astype(np.float32), (0, 1)),
        (ROLLS * 0.3, (0, 0.3)),
        (np.where(ROLLS, 1.0, -1.0), (-1, 1)),
    ],
    ids=["bool", "bytes", "velocities", "int64", "float32", "float64", "signed"],
)
def test_samples_have_the_two_values_of_the_data(X, values):
    model = GanTrainer(**SMALL | {"epochs": 8, "lr": 0.01}, ema=0).fit(X)
    samples = model.sample(32)
    assert (samples.shape, samples.dtype) == ((32, 2, 8, 24), X.dtype)
    assert set(np.unique(samples).tolist()) == set(values)
    assert (model.net_, model._layout.kind.name) == ("pianoroll", "roll")


def test_tensors_and_tracks_come_back_as_they_were_given():
    last = rolls(2, 8, 24, 5)
    first = np.moveaxis(last, -1, 1)
    made = [GanTrainer(**SMALL).fit(X).sample(3, random_state=1) for X in (last, first, torch.from_numpy(last))]
    assert made[0].shape == (3, 2, 8, 24, 5)
    np.testing.assert_array_equal(np.moveaxis(made[0], -1, 1), made[1])
    assert made[2].dtype == torch.bool
    np.testing.assert_array_equal(made[2].numpy(), made[0])
    wide = rolls(2, 8, 24, 17)
    assert GanTrainer(**SMALL, channels="last").fit(wide).sample(2).shape == (2, 2, 8, 24, 17)


@pytest.mark.parametrize("sides", [(1, 4, 12), (1, 1, 1), (4, 16, 88), (2, 8, 36), (3, 5, 61), (9, 20, 13)], ids=str)
def test_any_sides_fit_on_both_executors(sides):
    X = rolls(*sides)
    native, torch_ = (
        GanTrainer(**SMALL | {"penalty": [], "objective": "hinge"}, executor=executor).fit(X)
        for executor in ("native", "tch")
    )
    made = [model.sample(20, random_state=1) for model in (native, torch_)]
    assert made[0].shape == (20, *sides)
    # Two executors round differently.
    assert (made[0] != made[1]).mean() < 0.02


def test_labels_files_and_more_training(tmp_path):
    y = np.arange(16) % 2
    model = GanTrainer(**SMALL).fit(ROLLS, y)
    samples = model.sample(4, y=1, random_state=1)
    model.save(tmp_path / "model.safetensors")
    loaded = GanTrainer.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.sample(4, y=1, random_state=1), samples)
    loaded.partial_fit(ROLLS, y)
    np.save(tmp_path / "x.npy", ROLLS)
    streamed = GanTrainer(**SMALL).fit(np.load(tmp_path / "x.npy", mmap_mode="r"), y)
    np.testing.assert_array_equal(streamed.sample(4, y=1, random_state=1), samples)


def test_other_models_make_two_values_too():
    X = rolls(4, 8, 24)
    for net, small in (("conv", {"base_channels": 2}), ("mlp", {"hidden": (4,)})):
        model = VaeTrainer(**QUIET, **small, net=net, kind="roll").fit(X.astype(np.float32))
        assert set(np.unique(model.sample(8)).tolist()) <= {0, 1}
        assert set(np.unique(model.reconstruct(X[:3].astype(np.float32))).tolist()) <= {0, 1}
    model.plot_reconstructions(X.astype(np.float32))
    plt.close("all")
    gan = GanTrainer(**QUIET, base_channels=2, net="dcgan", kind="roll").fit(X)
    assert gan.sample(2).shape == (2, 4, 8, 24)


def test_values_between_are_refused_with_a_remedy():
    X = np.random.default_rng(0).integers(0, 4, (16, 2, 8, 24))
    remedy = 'make them two, as X > 0 does, or pass kind="volume" and net="pianoroll" for values between'
    with pytest.raises(DataError) as caught:
        GanTrainer(**SMALL).fit(X)
    assert str(caught.value) == f'X: expected two values for kind="roll", got 0, 1, 2, 3; {remedy}'
    with pytest.raises(DataError) as caught:
        GanTrainer(**SMALL, value_range=(0, 2)).fit(ROLLS.astype(np.uint8))
    assert str(caught.value) == f'X: expected the values 0 and 2 for kind="roll", got 0, 1, 2; {remedy}'
    model = GanTrainer(**SMALL).fit(ROLLS.astype(np.float32))
    with pytest.raises(DataError, match=r"expected the values 0 and 1 for kind=\"roll\", got 0, 0.5, 1"):
        model.partial_fit(np.where(ROLLS, 0.5, 0.0).astype(np.float32))
    grey = GanTrainer(**SMALL, kind="volume").fit(X / 3)
    assert len(np.unique(grey.sample(8))) > 2


def test_other_sides_are_refused_with_a_remedy():
    with pytest.raises(ShapeError) as caught:
        GanTrainer(**SMALL).fit(rolls(2, 257, 12))
    text = (
        'X: expected rolls (n, bars, steps, pitches) with sides from 1 to 256 for net="pianoroll", got (2, 257, 12, 1)'
    )
    assert str(caught.value) == f'{text}; crop or resize them, or pass net="mlp", which takes any size'
    with pytest.raises(ShapeError, match=r"expected \(n, bars, steps, pitches\), .*, got \(16, 8, 24\)"):
        GanTrainer(**SMALL).fit(rolls(8, 24))
    with pytest.raises(ParameterError, match="depth"):
        GanTrainer(**SMALL, depth=2).fit(ROLLS)
    with pytest.raises(UnknownNameError, match="net"):
        VaeTrainer(**QUIET, net="pianoroll", kind="roll").fit(ROLLS)


def test_samples_are_drawn_as_piano_rolls():
    model = GanTrainer(**SMALL).fit(ROLLS)
    for ax in (model.plot_samples(4), model.plot_data(ROLLS, 4), GanTrainer(preset="musegan").plot_data(ROLLS, 4)):
        assert ax.name == "rectilinear"
        assert len(ax.images) == 1
    plt.close("all")


def test_a_roll_of_bars_is_a_score():
    roll = np.zeros((2, 4, 24), bool)
    roll[0, 2:, 0] = roll[1, 0, 0] = roll[1, 3, 23] = True
    score = Score.of(roll, resolution=4, lowest=48)
    np.testing.assert_array_equal(score.notes[:, :3], [[0.5, 0.75, 48], [1.75, 0.25, 71]])
    with pytest.raises(ShapeError, match=r"got \(8, 24\); for other pitches pass lowest"):
        Score.of(roll)
    with pytest.raises(ParameterError, match="lowest: expected at most 104 for 24 pitches, got 105"):
        Score.of(roll, lowest=105)

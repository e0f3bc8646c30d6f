"""Autoencoders accept all forms of data, reject invalid calls, and resume after an interruption."""

import json
import os
import signal
import struct
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import load as load_tensors

import ganvas
from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer
from ganvas.callbacks import Callback
from ganvas.exceptions import DataError, DtypeError, IgnoredWarning, ParameterError, ShapeError, UnknownNameError

pytestmark = pytest.mark.usefixtures("one_thread")

IMAGES = ganvas.data.load_digits(size=8)[:64]
ROWS = ganvas.data.ring(64, random_state=0)
COLOUR = np.stack([IMAGES, IMAGES // 2, 255 - IMAGES], axis=-1)
CLASSES = np.array(["nought", "one", "two", "three"])[np.arange(64) % 4]
NUMBERS = np.random.default_rng(0).normal(size=(64, 2))
KINDS = [VaeTrainer, AutoencoderTrainer, VqVaeTrainer]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def small(kind=VaeTrainer, **params):
    usual = {"net": "mlp", "hidden": (8,), "latent_dim": 2, "epochs": 2, "batch_size": 16, "random_state": 0}
    if kind is VqVaeTrainer:
        usual["n_codes"] = 4
    return kind(**{**usual, "verbose": 0, "progress": False, **params})


def same(one, other):
    np.testing.assert_array_equal(np.asarray(one), np.asarray(other), strict=True)


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def essence(model):
    """The whole run except its duration."""
    data = model._run.to_bytes("{}")
    run = json.loads(json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])["__metadata__"]["ganvas"])["run"]
    tensors = {name: tensor.tobytes() for name, tensor in load_tensors(data).items() if name != "history.seconds"}
    return {**run["progress"], "seconds": 0}, run["data"], tensors


# Forms of data --------------------------------------------------------------------------------------------------------


FORMS = {
    "bytes": IMAGES,
    "floats": (IMAGES / 255).astype(np.float32),
    "doubles": IMAGES / 127.5 - 1,
    "bools": IMAGES > 127,
    "integers": IMAGES.astype(np.int64),
    "torch bytes": torch.from_numpy(IMAGES.copy()),
    "torch halves": torch.from_numpy(IMAGES / 255).half(),
    "nhwc": COLOUR,
    "nchw": np.ascontiguousarray(COLOUR.transpose(0, 3, 1, 2)),
    "torch nchw": torch.from_numpy(COLOUR.transpose(0, 3, 1, 2) / 255).float(),
    "rows": ROWS,
    "torch rows": torch.from_numpy(ROWS),
    "table": pd.DataFrame({"x": ROWS[:, 0].astype(np.float32), "n": np.arange(64)}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_samples_come_back_in_the_form_they_had(kind, form):
    X = FORMS[form]
    model = small(kind, epochs=1).fit(X)
    first = X.iloc[0] if isinstance(X, pd.DataFrame) else X[0]
    made = [model.reconstruct(X), model.inverse_transform(model.transform(X)), model.sample(3)]
    if not isinstance(X, pd.DataFrame):
        made += [model.interpolate(X[0], X[1], steps=3), model.traverse(first, 0, steps=4)]
    for samples in made:
        assert type(samples) is type(X)
        assert samples.shape[1:] == X.shape[1:]
        if isinstance(X, pd.DataFrame):
            assert samples.dtypes.tolist() == X.dtypes.tolist()
            assert samples.columns.tolist() == X.columns.tolist()
        else:
            assert samples.dtype == X.dtype
    for numbers in (model.transform(X), model.score_samples(X), model.predict(X), model.anomaly_map(X)):
        assert type(numbers) is np.ndarray
        assert len(numbers) == 64


@pytest.mark.parametrize("kind", KINDS)
def test_the_container_of_the_data_does_not_change_the_result(kind):
    one = small(kind).fit(COLOUR)
    other = small(kind).fit(FORMS["nchw"])
    same(one.transform(COLOUR), other.transform(FORMS["nchw"]))
    same(one.score_samples(COLOUR), other.score_samples(FORMS["nchw"]))
    same(one.reconstruct(COLOUR).transpose(0, 3, 1, 2), other.reconstruct(FORMS["nchw"]))
    same(one.anomaly_map(COLOUR), other.anomaly_map(FORMS["nchw"]))
    same(one.transform(torch.from_numpy(COLOUR)), one.transform(COLOUR))


@pytest.mark.parametrize(
    "y",
    [
        CLASSES.tolist(),
        pd.Series(CLASSES),
        pd.Series(CLASSES).astype("category"),
        np.arange(64) % 4,
        torch.arange(64) % 4,
        (np.arange(64) % 4).astype(float)[:, None],
        NUMBERS,
        NUMBERS.tolist(),
        torch.from_numpy(NUMBERS),
        torch.from_numpy(NUMBERS).requires_grad_(),
        pd.DataFrame(NUMBERS),
    ],
    ids=lambda y: type(y).__name__,
)
def test_labels_come_in_every_form(y):
    model = small().fit(IMAGES, y)
    same(model.inverse_transform(model.transform(IMAGES, y), y), model.reconstruct(IMAGES, y))
    model.partial_fit(IMAGES, y)
    assert np.isfinite(model.score(IMAGES, y))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_one_label_of_two_columns_stands_for_any_number_of_samples(n):
    model = small().fit(IMAGES, NUMBERS)
    same(model.sample(n, y=NUMBERS[0], random_state=0), model.sample(n, y=[NUMBERS[0]] * n, random_state=0))


# Wrong calls ----------------------------------------------------------------------------------------------------------


KNOWN = "y: expected labels among 'nought', 'one', 'three', 'two', got"
PLAIN, VQ = small().fit(IMAGES), small(VqVaeTrainer).fit(IMAGES)
NAMED, NUMBERED = small().fit(IMAGES, CLASSES), small().fit(IMAGES, NUMBERS)
ZEROS = np.zeros((2, 2))
NEEDED = "y: this model was fitted with labels, expected 2 of them, got None"
CALLS = [
    (lambda: PLAIN.inverse_transform(np.zeros((2, 3))), ShapeError, "Z: expected (n, 2), got (2, 3)"),
    (lambda: PLAIN.inverse_transform(np.zeros(2)), ShapeError, "Z: expected (n, 2), got (2,)"),
    (lambda: PLAIN.inverse_transform(np.zeros((0, 2))), ShapeError, "Z: expected (n, 2), got (0, 2)"),
    (lambda: PLAIN.inverse_transform([["a", "b"]]), DtypeError, "Z: expected numbers, got <U1"),
    (lambda: PLAIN.inverse_transform([[np.nan, np.inf]]), DataError, "Z: 2 values are not finite"),
    (lambda: VQ.inverse_transform(np.full((2, 16), 4)), DataError, "Z: expected codes from 0 to 3, got 4 to 4"),
    (
        lambda: VQ.inverse_transform(np.arange(-1, 3).repeat(8).reshape(2, 16)),
        DataError,
        "Z: expected codes from 0 to 3, got -1 to 2",
    ),
    (lambda: PLAIN.transform(IMAGES[:, :4]), ShapeError, "transform: fitted on (8, 8, 1), got (4, 8, 1)"),
    (lambda: PLAIN.transform(IMAGES[:0]), ShapeError, "X: expected at least 1 sample, got 0"),
    (lambda: PLAIN.transform(ROWS), ShapeError, "transform: fitted on (8, 8, 1), got (2,)"),
    (lambda: PLAIN.transform(IMAGES, CLASSES), ParameterError, "y: this model was fitted without labels, got labels"),
    (lambda: PLAIN.sample(2, y="one"), ParameterError, "y: this model was fitted without labels, got labels"),
    (lambda: PLAIN.sample(0), ParameterError, "n_samples: must be at least 1, got 0"),
    (lambda: NAMED.sample(2, y="four"), ParameterError, f"{KNOWN} 'four'"),
    (lambda: NAMED.sample(2, y=3), ParameterError, f"{KNOWN} 3"),
    (lambda: NAMED.sample(2, y=["one", "four"]), ParameterError, f"{KNOWN} 'four'"),
    (lambda: NAMED.sample(2, y=[["one", "two"]] * 2), ParameterError, f"{KNOWN} (2, 2)"),
    (lambda: NAMED.sample(2, y=["one"] * 3), ShapeError, "y: expected (2,) or (2, k), got (3,)"),
    (lambda: NAMED.inverse_transform(ZEROS), ParameterError, NEEDED),
    (lambda: NUMBERED.inverse_transform(ZEROS), ParameterError, NEEDED),
    (lambda: NUMBERED.sample(2, y=[[0.5]] * 2), ShapeError, "y: fitted on 2 columns, got (2,)"),
    (lambda: NUMBERED.sample(2, y=[[0.5, np.nan]] * 2), DataError, "y: 2 values are not finite"),
    (
        lambda: NAMED.partial_fit(IMAGES),
        ParameterError,
        "y: this model was fitted with labels; pass y, got None",
    ),
    (lambda: PLAIN.traverse(IMAGES[0], 2), ParameterError, "dim: must be between 0 and 1, got 2"),
    (lambda: PLAIN.traverse(IMAGES[0], -1), ParameterError, "dim: must be between 0 and 1, got -1"),
    (lambda: PLAIN.traverse(IMAGES[0], 0, steps=1), ParameterError, "steps: must be at least 2, got 1"),
    (lambda: PLAIN.traverse(1.0, 0), ShapeError, "x: expected one sample, got ()"),
    (lambda: PLAIN.interpolate(IMAGES[0], IMAGES[1], steps=1), ParameterError, "steps: must be at least 2, got 1"),
    (
        lambda: PLAIN.interpolate(IMAGES[0], IMAGES[1], kind="slrp"),
        UnknownNameError,
        'unknown kind "slrp"; did you mean "slerp"? known: slerp, linear',
    ),
    (
        lambda: PLAIN.score_samples(IMAGES, n_importance=0),
        ParameterError,
        "n_importance: must be between 1 and 10000000, got 0",
    ),
    (
        lambda: PLAIN.log_likelihood(IMAGES, n_importance=2.0),
        ParameterError,
        "n_importance: expected an integer, got 2.0",
    ),
    (lambda: PLAIN.plot_reconstructions(IMAGES, n=0), ParameterError, "n: must be at least 1, got 0"),
    (lambda: PLAIN.plot_manifold(1), ParameterError, "n: must be at least 2, got 1"),
]


@pytest.mark.parametrize(("call", "kind", "text"), CALLS)
def test_wrong_calls_are_refused_and_change_nothing(call, kind, text):
    before = [(essence(model), model.threshold_) for model in (PLAIN, VQ, NAMED, NUMBERED)]
    with pytest.raises(kind) as caught:
        call()
    assert (type(caught.value), str(caught.value)) == (kind, text)
    for model, (run, threshold) in zip((PLAIN, VQ, NAMED, NUMBERED), before, strict=True):
        assert essence(model) == run
        assert model.threshold_ == threshold


REFUSED = [
    (ganvas.data.load_digits(size=16)[:64], ShapeError, "partial_fit: fitted on (8, 8, 1), got (16, 16, 1)"),
    (
        IMAGES[:9],
        IgnoredWarning,
        "partial_fit: 9 samples are left out, they are fewer than a batch (16); pass more at a time, or lower "
        "batch_size",
    ),
]


@pytest.mark.parametrize(("X", "kind", "text"), REFUSED)
def test_a_refused_partial_fit_leaves_the_threshold(X, kind, text):
    model, other = small().fit(IMAGES), small().fit(IMAGES)
    with pytest.raises(kind) as caught:
        model.partial_fit(X)
    assert str(caught.value) == text
    assert model.threshold_ == other.threshold_


FULL = np.full(63, 0.5)
LABELS = [
    (np.r_[np.nan, FULL], DataError, "y: 1 values are not finite"),
    (np.r_[np.inf, FULL], DataError, "y: 1 values are not finite"),
    (np.r_[1e300, FULL], DataError, None),
    ([None] * 64, DataError, "y: 64 values are missing"),
    (CLASSES[:-1], ShapeError, "y: expected (64,) or (64, k), got (63,)"),
    (np.zeros((64, 1, 1)), ShapeError, "y: expected (64,) or (64, k), got (64, 1, 1)"),
    (np.zeros((64, 0)), ShapeError, "y: expected (64,) or (64, k), got (64, 0)"),
    (1, ShapeError, "y: expected (64,) or (64, k), got ()"),
    (np.zeros(64, "M8[s]"), DtypeError, "y: expected numbers or strings, got datetime64[s]"),
    (np.zeros(64, complex), DtypeError, "y: expected numbers or strings, got complex128"),
    ([object()] * 64, DtypeError, None),
    ([[1, 2], [3]] * 32, ShapeError, None),
]


@pytest.mark.parametrize(("y", "kind", "text"), LABELS)
def test_labels_that_cannot_be_used_are_refused(y, kind, text):
    model = small()
    with pytest.raises(kind) as caught:
        model.fit(IMAGES, y)
    assert text is None or str(caught.value) == text
    assert str(caught.value).startswith("y: ")
    assert not hasattr(model, "_run")


# Stopping and going on ------------------------------------------------------------------------------------------------


class Stop(Callback):
    """Ctrl-C at a step."""

    def __init__(self, step):
        self.at = step

    def on_step(self, estimator, step):
        if step == self.at:
            raise KeyboardInterrupt


@pytest.mark.parametrize("y", [None, CLASSES], ids=["unlabelled", "labelled"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_run_keeps_what_was_learnt(kind, y):
    model = small(kind, callbacks=[Stop(6)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(IMAGES, y)
    assert model.sample(3).shape == (3, 8, 8)
    assert np.isfinite(model.score_samples(IMAGES, y)).all()
    assert model.predict(IMAGES, y).shape == (64,)
    model.set_params(callbacks=()).partial_fit(IMAGES, y)
    assert model.history_["epoch"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "params",
    [{}, {"binarize": "dynamic"}, {"bound": "mmd"}, {"bottleneck": "iaf", "ema": 30.0}, {"beta_schedule": "cyclical"}],
    ids=str,
)
@pytest.mark.parametrize("y", [None, CLASSES, NUMBERS], ids=["unlabelled", "classes", "numbers"])
def test_a_run_stopped_many_times_ends_where_an_undisturbed_one_does(params, y, tmp_path):
    for step in (1, 3, 4, 6):
        with pytest.raises(KeyboardInterrupt):
            small(callbacks=[Stop(step)], **params).fit(IMAGES, y, checkpoint_dir=tmp_path, resume="auto")
    resumed = small(**params).fit(IMAGES, y, checkpoint_dir=tmp_path, resume="auto")
    undisturbed = small(**params).fit(IMAGES, y)
    assert essence(resumed) == essence(undisturbed)
    assert resumed.threshold_ == undisturbed.threshold_
    same(resumed.sample(3), undisturbed.sample(3))


@pytest.mark.parametrize("kind", [AutoencoderTrainer, VqVaeTrainer])
def test_every_kind_goes_on_where_it_stopped(kind, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        small(kind, callbacks=[Stop(5)]).fit(IMAGES, checkpoint_dir=tmp_path)
    resumed = small(kind).fit(IMAGES, checkpoint_dir=tmp_path, resume="auto")
    undisturbed = small(kind).fit(IMAGES)
    assert essence(resumed) == essence(undisturbed)
    same(resumed.sample(3), undisturbed.sample(3))


KILLED = """
import os, signal, sys, ganvas

class Kill(ganvas.callbacks.Callback):
    def on_step(self, estimator, step):
        if step == 7:
            os.kill(os.getpid(), signal.SIGKILL)

X = ganvas.data.load_digits(size=8)[:64]
params = dict(net="mlp", hidden=(8,), latent_dim=2, epochs=2, batch_size=16, random_state=0, verbose=0)
ganvas.VaeTrainer(callbacks=[Kill()], **params).fit(X, checkpoint_dir=sys.argv[1])
"""


def test_a_killed_run_ends_where_an_undisturbed_one_does(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert names(tmp_path) == ["checkpoint-000000000064.safetensors"]
    resumed = small().fit(IMAGES, checkpoint_dir=tmp_path, resume="auto")
    assert essence(resumed) == essence(small().fit(IMAGES))


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_checkpoint_of_a_run_is_the_model(kind, tmp_path):
    model = small(kind).fit(IMAGES, CLASSES, checkpoint_dir=tmp_path)
    loaded = kind.load(tmp_path / names(tmp_path)[-1])
    same(loaded.transform(IMAGES, CLASSES), model.transform(IMAGES, CLASSES))
    same(loaded.predict(IMAGES, CLASSES), model.predict(IMAGES, CLASSES))
    same(loaded.sample(3, random_state=0), model.sample(3, random_state=0))


def test_a_checkpoint_from_the_middle_of_a_run_says_what_it_lacks(tmp_path):
    small(AutoencoderTrainer, epochs=3).fit(IMAGES, checkpoint_dir=tmp_path)
    loaded = AutoencoderTrainer.load(tmp_path / names(tmp_path)[0])
    for call in (lambda: loaded.predict(IMAGES), lambda: loaded.sample(2)):
        with pytest.raises(ganvas.exceptions.NotFittedError, match="saved in the middle of a fit"):
            call()
    loaded.partial_fit(IMAGES)
    assert loaded.sample(2).shape == (2, *IMAGES.shape[1:])


def test_a_checkpoint_with_other_labels_is_not_resumed(tmp_path):
    small(epochs=1).fit(IMAGES, CLASSES, checkpoint_dir=tmp_path)
    for y in (None, NUMBERS, np.arange(64) % 3):
        with pytest.raises(ganvas.exceptions.CheckpointError, match="was trained with data="):
            small().fit(IMAGES, y, checkpoint_dir=tmp_path, resume="auto")


def test_collapse_warnings_of_the_second_stage_are_suppressed(monkeypatch):
    model, fit = small(latent_dim=1).fit(IMAGES), VaeTrainer.fit

    def collapsing(self, *data):
        return fit(self.set_params(epochs=600, beta=1e4), *data)

    monkeypatch.setattr(VaeTrainer, "fit", collapsing)
    assert model.sample(2, sampler="two_stage").shape == (2, 8, 8)

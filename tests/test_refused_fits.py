"""If a training fails before its first step, the estimator is unchanged."""

import numpy as np
import pytest

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer, VqVaeTrainer
from ganvas.callbacks import Callback
from ganvas.exceptions import ParameterError

pytestmark = pytest.mark.usefixtures("one_thread")
RING = ganvas.data.ring(64, random_state=0)
KINDS = [GanTrainer, VaeTrainer, AutoencoderTrainer, VqVaeTrainer]
CALLS = ["fit", "partial_fit"]


def small(kind=GanTrainer, **params):
    usual = {"net": "mlp", "hidden": (4,), "latent_dim": 2, "epochs": 2, "batch_size": 16, "random_state": 0}
    return kind(**{**usual, "verbose": 0, "progress": False, **params})


def state(model):
    """All fitted state, including the run's bytes and the identity of objects."""
    params = model.get_params(deep=False)
    learnt = {name: value for name, value in vars(model).items() if name not in params and name != "_lock"}
    run = learnt.get("_run")
    return {name: id(value) for name, value in learnt.items()}, run and (run.to_bytes("{}"), run.executor)


class Fails(Callback):
    def __init__(self, error):
        self.error = error

    def on_train_begin(self, estimator):
        # Training has started, and the model is the new one.
        assert estimator.history_ is not None
        raise self.error


class Slow:
    """A dataset that cannot be read for training."""

    def __init__(self, error):
        self.error, self.reads = error, 0

    def __len__(self):
        return len(RING)

    def __getitem__(self, i):
        self.reads += 1
        # All samples are read before training, to determine their range.
        if self.reads > len(RING):
            raise self.error
        return RING[i]


def full(*_):
    raise OSError(28, "No space left on device")


def profile(tmp_path, monkeypatch):
    return {"profile": tmp_path / "missing" / "trace.json"}, RING, FileNotFoundError


def callback(tmp_path, monkeypatch):
    return {"callbacks": [Fails(KeyError("mine"))]}, RING, KeyError


def interrupted_callback(tmp_path, monkeypatch):
    return {"callbacks": [Fails(KeyboardInterrupt())], "profile": tmp_path / "t.json"}, RING, KeyboardInterrupt


def memory(tmp_path, monkeypatch):
    return {"callbacks": [Fails(MemoryError())]}, RING, MemoryError


def executor(tmp_path, monkeypatch):
    return {"executor": "cuda_graph"}, RING, ParameterError


def precision(tmp_path, monkeypatch):
    return {"precision": "bf16"}, RING, ParameterError


def reading(tmp_path, monkeypatch):
    return {"executor": "tch"}, Slow(RuntimeError("lost the disk")), RuntimeError


def interrupted_reading(tmp_path, monkeypatch):
    return {"executor": "tch", "lr": 0.5}, Slow(KeyboardInterrupt()), KeyboardInterrupt


FAULTS = [profile, callback, interrupted_callback, memory, executor, precision, reading, interrupted_reading]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_fitted_model_survives_a_training_that_fails_before_its_first_step(kind, call, tmp_path, monkeypatch):
    model = small(kind).fit(RING)
    usual, before = model.get_params(deep=False), state(model)
    for fault in FAULTS:
        params, X, error = fault(tmp_path, monkeypatch)
        with pytest.raises(error):
            getattr(model.set_params(**params), call)(X)
        assert state(model) == before, fault.__name__
        model.set_params(**usual)
    assert list(tmp_path.iterdir()) == []
    assert np.isfinite(model.sample(2)).all()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_first_training_that_fails_before_its_first_step_leaves_nothing_fitted(kind, call, tmp_path, monkeypatch):
    for fault in FAULTS:
        params, X, error = fault(tmp_path, monkeypatch)
        model = small(kind, **params)
        with pytest.raises(error):
            getattr(model, call)(X)
        assert not model.__sklearn_is_fitted__(), fault.__name__
        assert state(model) == ({}, None), fault.__name__


def test_partial_fit_in_the_middle_of_an_epoch_keeps_it_when_it_fails():
    class Stop(Callback):
        def on_step(self, estimator, step):
            if step == 6:
                raise KeyboardInterrupt

    model, other = small(callbacks=[Stop()]), small(callbacks=[Stop()])
    for each in (model, other):
        with pytest.raises(KeyboardInterrupt):
            each.fit(RING)
        each.set_params(callbacks=())
    before = state(model)
    assert model._run.progress().position == 2
    with pytest.raises(RuntimeError, match="lost the disk"):
        model.partial_fit(Slow(RuntimeError("lost the disk")))
    assert state(model) == before
    for each in (model, other):
        each.partial_fit(RING)
    np.testing.assert_array_equal(model.sample(3, random_state=0), other.sample(3, random_state=0))
    assert model.history_["generator_loss"].tolist() == other.history_["generator_loss"].tolist()


def test_folders_and_traces_of_refused_fits_are_gone_and_older_ones_stay(tmp_path):
    model = small(callbacks=[Fails(KeyError("mine"))])
    old = tmp_path / "old.json"
    old.write_text("a trace")
    (tmp_path / "there").mkdir()
    for place in ("there", "new/below"):
        with pytest.raises(KeyError):
            model.set_params(profile=old).fit(RING, checkpoint_dir=tmp_path / place)
    with pytest.raises(KeyError):
        model.set_params(profile=tmp_path / "new.json").fit(RING)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["old.json", "there"]
    assert old.read_text() == "a trace"
    assert list((tmp_path / "there").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        model.fit(RING, checkpoint_dir=tmp_path / "file" / "below")


def test_samples_after_divergence_come_from_the_weights_that_are_left():
    class Sample(Callback):
        def on_step(self, estimator, step):
            estimator.sample(2)

    model = small(epochs=1).fit(RING)
    wanted = model.sample(3, random_state=0)
    model.set_params(callbacks=[Sample()])
    broken = np.where(np.arange(128).reshape(64, 2) == 7, 3e38, RING).astype(np.float32)
    with pytest.raises(ganvas.exceptions.GanvasError):
        model.partial_fit(broken)
    np.testing.assert_array_equal(model.sample(3, random_state=0), wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_was_read_runs_as_its_parameters_say(kind, tmp_path):
    import pickle

    model = small(kind).fit(RING)
    model.save(tmp_path / "model")
    asked = small(kind, executor="tch").fit(RING)
    asked.save(tmp_path / "asked")
    for read in (kind.load(tmp_path / "model"), pickle.loads(pickle.dumps(model))):
        assert (read.executor_, read.precision_) == (model.executor_, model.precision_)
        assert read.explain() == model.explain()
    assert kind.load(tmp_path / "asked").explain() == 'tch: executor="tch"'


def test_a_loaded_model_falls_back_to_what_the_machine_supports(tmp_path):
    model = small().fit(RING).set_params(executor="cuda_graph", precision="bf16")
    model.save(tmp_path / "model")
    read = GanTrainer.load(tmp_path / "model", device="cpu")
    assert (read.executor, read.executor_, read.precision, read.precision_) == ("cuda_graph", "native", "bf16", "fp32")

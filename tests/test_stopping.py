"""Stopped trainings: what `fit` returns or raises, and how training continues."""

import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
from matplotlib.figure import Figure

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer
from ganvas._run import stops as training
from ganvas.callbacks import Callback
from ganvas.exceptions import ParameterError

pytestmark = pytest.mark.usefixtures("one_thread")

RING = ganvas.data.ring(128, random_state=0)


class At(Callback):
    """Call a function after a step."""

    def __init__(self, step, do):
        self.at, self.do = step, do

    def on_step(self, estimator, step):
        if step == self.at:
            self.do(estimator)


def press(estimator):
    os.kill(os.getpid(), signal.SIGINT)
    # The signal reaches the main thread between two bytecodes.
    time.sleep(0.01)


def leave(estimator):
    raise SystemExit


def tiny(kind=GanTrainer, **params):
    usual = {"net": "mlp", "hidden": (2,), "latent_dim": 2, "epochs": 4, "batch_size": 32, "verbose": 0}
    return kind(**{**usual, "random_state": 0, **params})


@pytest.mark.parametrize("kind", [GanTrainer, VaeTrainer, AutoencoderTrainer])
def test_ctrl_c_returns_the_estimator_where_that_is_wanted(kind, capsys):
    model = tiny(kind, on_interrupt="return", callbacks=[At(6, press)])
    assert model.fit(RING) is model
    assert capsys.readouterr().out == "stopped after 38 % (192 of 512 samples); partial_fit goes on\n"
    assert model.interrupted_
    assert len(model.history_) == 1
    assert np.isfinite(model.sample(3)).all()
    model.callbacks = [At(9, press)]
    assert model.partial_fit(RING, epochs=2) is model
    assert capsys.readouterr().out == "stopped after 38 % (96 of 256 samples); partial_fit goes on\n"
    assert model.interrupted_
    model.callbacks = ()
    model.partial_fit(RING)
    assert not model.interrupted_
    assert model.history_["epoch"].tolist() == [1, 2, 3, 4]
    assert model.history_["samples"].tolist() == [128, 192, 288, 416]


@pytest.mark.parametrize(
    ("said", "prompt", "returns"),
    [(None, False, False), (None, True, True), ("raise", True, False), ("return", False, True)],
)
def test_an_interactive_session_gets_the_estimator_and_a_script_the_exception(said, prompt, returns, monkeypatch):
    monkeypatch.delattr(sys, "ps1", raising=False)
    if prompt:
        monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    gan = tiny(on_interrupt=said, callbacks=[At(2, press)])
    if returns:
        gan.fit(RING)
    else:
        with pytest.raises(KeyboardInterrupt):
            gan.fit(RING)
    assert gan.interrupted_


def test_a_stop_before_the_first_step_is_raised():
    class Begin(Callback):
        def on_train_begin(self, estimator):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tiny(on_interrupt="return", callbacks=[Begin()]).fit(RING)


def test_exit_and_other_processes_are_never_delayed(monkeypatch):
    with pytest.raises(SystemExit):
        tiny(on_interrupt="return", callbacks=[At(2, leave)]).fit(RING)
    assert training.returns(KeyboardInterrupt(), "return", trained=True)
    monkeypatch.setattr(training.Ranks, "__init__", lambda self: self.__dict__.update(rank=0, count=2))
    assert not training.returns(KeyboardInterrupt(), "return", trained=True)


def test_a_stopped_fit_is_finished_from_its_checkpoint(tmp_path, capsys):
    stopped = tiny(on_interrupt="return", callbacks=[At(6, press)]).fit(RING, checkpoint_dir=tmp_path)
    assert capsys.readouterr().out.endswith('; partial_fit or fit(resume="auto") goes on\n')
    loaded = GanTrainer.load(sorted(tmp_path.iterdir())[-1])
    assert loaded.interrupted_
    np.testing.assert_array_equal(loaded.sample(5, random_state=1), stopped.sample(5, random_state=1))
    finished, straight = tiny().fit(RING, checkpoint_dir=tmp_path, resume="auto"), tiny().fit(RING)
    assert not finished.interrupted_
    np.testing.assert_array_equal(finished.sample(5, random_state=1), straight.sample(5, random_state=1))
    finished.save(tmp_path / "whole")
    assert not GanTrainer.load(tmp_path / "whole").interrupted_


def test_a_partial_fit_of_a_few_epochs_is_complete():
    gan = tiny()
    assert not gan.partial_fit(RING).interrupted_
    assert not gan.partial_fit(RING, epochs=2).interrupted_


def test_other_errors_leave_it_interrupted():
    gan = tiny(callbacks=[At(2, lambda estimator: 1 / 0)])
    with pytest.raises(ZeroDivisionError):
        gan.fit(RING)
    assert gan.interrupted_


def test_a_model_can_be_used_and_stopped_while_it_trains_in_a_thread(capsys):
    begun = threading.Event()
    gan = tiny(epochs=10**6, callbacks=[At(8, lambda estimator: begun.set())])
    thread = threading.Thread(target=gan.fit, args=(RING,))
    thread.start()
    assert begun.wait(30)
    assert gan.sample(3).shape == (3, 2)
    gan.plot_samples(n=4, ax=Figure().subplots(), random_state=0)
    gan.plot_history(ax=Figure().subplots())
    # Ctrl-C interrupts the main thread, which waits; training continues until it is stopped.
    with pytest.raises(KeyboardInterrupt):
        press(gan)
        time.sleep(30)
    rows = len(gan.history_)
    while len(gan.history_) == rows:
        time.sleep(0.01)
    gan.stop()
    thread.join(30)
    assert not thread.is_alive()
    assert gan.interrupted_
    assert "partial_fit goes on" in capsys.readouterr().out
    gan.callbacks = ()
    assert not gan.partial_fit(RING).interrupted_


def test_stopping_what_is_not_trained_does_nothing():
    gan = tiny()
    gan.stop()
    gan.fit(RING)
    gan.stop()
    assert not gan.partial_fit(RING).interrupted_


def test_an_unknown_on_interrupt_is_refused():
    with pytest.raises(ParameterError, match=r"^on_interrupt: expected \"return\", \"raise\" or None, got 'stop'$"):
        tiny(on_interrupt="stop").fit(RING)

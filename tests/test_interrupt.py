"""After any interruption the training progress is kept and can be continued."""

import fcntl
import os
import pty
import random
import signal
import struct
import subprocess
import sys
import termios
import threading
import time

import numpy as np
import pytest
import torch
from tiny import ENVIRONMENT, IMAGES, RING, Do, essence, names, stop, tiny

from ganvas import GanTrainer
from ganvas.callbacks import Callback
from ganvas.exceptions import BusyError, DivergedError

pytestmark = pytest.mark.usefixtures("one_thread")

BUSY = r"^already training; stop it or wait for its end$"


def assert_usable(gan, X):
    for network in ("generator", "discriminator"):
        assert all(torch.isfinite(tensor).all() for tensor in gan._run.state_dict(network).values())
    assert np.isfinite(gan.sample(3)).all()
    epochs = len(gan.history_)
    begun = gan._run.progress().position > 0
    callbacks, gan.callbacks = gan.callbacks, ()
    gan.partial_fit(X)
    gan.callbacks = callbacks
    # An interrupted epoch counts as one.
    assert len(gan.history_) == epochs + begun + 1
    assert gan.history_["epoch"].tolist() == list(range(1, len(gan.history_) + 1))
    assert (np.diff(gan.history_["samples"]) >= 0).all()


# Ctrl-C and SIGTERM ---------------------------------------------------------------------------------------------------


class Press(Callback):
    """Ctrl-C after a while, from another thread."""

    def __init__(self, seconds):
        self.seconds = seconds

    def on_train_begin(self, estimator):
        self.thread = threading.Thread(target=self.press)
        self.thread.start()

    def press(self):
        time.sleep(self.seconds)
        self.pressed = time.perf_counter()
        os.kill(os.getpid(), signal.SIGINT)


def press_at_random(times, seed):
    rng = random.Random(seed)
    networks = ({"hidden": (8,)}, {"net": "dcgan", "hidden": None, "base_channels": 2})
    waits = []
    for i in range(times):
        press = Press(rng.uniform(0, 0.1))
        gan = tiny(epochs=10**6, callbacks=[press], verbose=i % 3, **networks[i % 2])
        with pytest.raises(KeyboardInterrupt):
            gan.fit(IMAGES)
        waits.append(time.perf_counter() - press.pressed)
        press.thread.join()
        # Before the first step there is nothing to keep.
        if gan.__sklearn_is_fitted__():
            assert_usable(gan, IMAGES)
        else:
            assert not [name for name in vars(gan) if name.endswith("_")]
    return waits


def test_ctrl_c_stops_soon_and_keeps_the_trained_state(capsys):
    assert max(press_at_random(15, seed=0)) < 0.2


@pytest.mark.slow
def test_ctrl_c_stops_soon_fifty_times(capsys):
    assert max(press_at_random(50, seed=1)) < 0.2


def test_ctrl_c_in_partial_fit_keeps_what_was_learnt():
    gan = tiny().fit(RING)
    press = Press(0.02)
    gan.callbacks = [press]
    with pytest.raises(KeyboardInterrupt):
        gan.partial_fit(RING, epochs=10**6)
    press.thread.join()
    assert_usable(gan, RING)


TERMINATED = """
import sys, ganvas

class Tell(ganvas.callbacks.Callback):
    def on_epoch_end(self, estimator, row):
        print("go", flush=True)

X = ganvas.data.ring(128, random_state=0)
gan = ganvas.GanTrainer(hidden=(2,), epochs=10**6, random_state=0, callbacks=[Tell()], verbose=0)
gan.fit(X, checkpoint_dir=sys.argv[1], save_every=10**6)
"""


def test_sigterm_writes_a_checkpoint_and_exits_with_143(tmp_path):
    command = [sys.executable, "-c", TERMINATED, str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout.readline() == "go\n"
        assert names(tmp_path) == []
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (143, "")
    (name,) = names(tmp_path)
    assert_usable(GanTrainer.load(tmp_path / name), RING)


def test_signals_are_handled_as_before_once_training_is_over(tmp_path):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    tiny().fit(RING, checkpoint_dir=tmp_path)
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


# Callbacks and threads ------------------------------------------------------------------------------------------------


class Mine(Exception):
    pass


def fail(estimator):
    raise Mine("of the user")


@pytest.mark.parametrize("step", [1, 3, 4, 9])
def test_an_exception_in_a_callback_passes_through(step):
    gan = tiny(callbacks=[Do(step, fail)])
    with pytest.raises(Mine, match=r"^of the user$"):
        gan.fit(RING)
    assert gan._run.progress().step == step
    assert_usable(gan, RING)


def test_a_callback_can_read_sample_draw_save_and_copy(tmp_path):
    from matplotlib.figure import Figure

    seen = []

    def use(estimator):
        estimator.save(tmp_path / "gan")
        estimator.plot_samples(n=4, ax=Figure().subplots(), random_state=0)
        estimator.generator_(torch.zeros(1, 2))
        seen.append((len(estimator.history_), estimator.sample(2, random_state=1), GanTrainer.load(tmp_path / "gan")))

    gan = tiny(callbacks=[Do(6, use)]).fit(RING)
    ((rows, samples, copied),) = seen
    assert rows == 1
    np.testing.assert_array_equal(copied.sample(2, random_state=1), samples)
    assert essence(gan) == essence(tiny().fit(RING))


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_a_callback_cannot_train_the_estimator_again(call):
    gan = tiny(callbacks=[Do(2, lambda estimator: getattr(estimator, call)(RING))])
    with pytest.raises(BusyError, match=BUSY):
        gan.fit(RING)
    assert_usable(gan, RING)


def test_two_threads_cannot_train_one_estimator():
    begun, go = threading.Event(), threading.Event()

    def hold(estimator):
        begun.set()
        assert go.wait(30)

    gan = tiny(callbacks=[Do(2, hold)])
    first = threading.Thread(target=gan.fit, args=(RING,))
    first.start()
    assert begun.wait(30)
    for call in (gan.fit, gan.partial_fit):
        with pytest.raises(BusyError, match=BUSY):
            call(RING)
    go.set()
    first.join(30)
    assert not first.is_alive()
    gan.callbacks = ()
    assert essence(gan) == essence(tiny().fit(RING))
    assert_usable(gan, RING)


def test_two_estimators_train_in_two_threads_without_disturbing_each_other():
    both = [tiny(epochs=30, random_state=seed) for seed in (1, 2)]
    threads = [threading.Thread(target=gan.fit, args=(RING,)) for gan in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for seed, gan in zip((1, 2), both, strict=True):
        assert essence(gan) == essence(tiny(epochs=30, random_state=seed).fit(RING))


def test_weights_that_went_wrong_are_gone_after_an_interrupt(tmp_path):
    gan = tiny(lr=1e30, callbacks=[Do(3, stop)])
    with pytest.raises(KeyboardInterrupt):
        gan.fit(RING, checkpoint_dir=tmp_path)
    assert np.isfinite(gan.sample(3)).all()
    assert np.isfinite(GanTrainer.load(tmp_path / names(tmp_path)[-1]).sample(3)).all()


def test_a_diverged_run_can_go_on_with_less(tmp_path):
    gan = tiny().fit(RING)
    before = essence(gan)
    rows = len(gan.history_)
    with pytest.raises(DivergedError):
        gan.partial_fit(np.where(np.arange(256).reshape(128, 2) == 7, 3e38, RING).astype(np.float32))
    assert essence(gan)[2].keys() == before[2].keys()
    assert len(gan.history_) == rows
    assert_usable(gan, RING)


# Progress -------------------------------------------------------------------------------------------------------------

SHOWN = """
import sys, ganvas
X = ganvas.data.ring(128, random_state=0)
progress = {"None": None, "True": True}[sys.argv[1]]
gan = ganvas.GanTrainer(hidden=(8,), epochs=200, random_state=0, progress=progress, verbose=2).fit(X)
with open(sys.argv[2], "w") as file:
    file.write(str(len(gan.history_)))
"""


@pytest.mark.parametrize(("progress", "closed"), [("None", ">&- 2>&-"), ("True", "2>&-"), ("True", ">/dev/full 2>&1")])
def test_progress_survives_streams_that_are_closed_or_full(progress, closed, tmp_path):
    command = f'exec "$0" -c "$1" {progress} "$2" {closed}'
    arguments = ["sh", "-c", command, sys.executable, SHOWN, str(tmp_path / "done")]
    # 120 means that Python could not flush its streams at exit.
    assert subprocess.run(arguments, timeout=120, env=ENVIRONMENT).returncode in (0, 120)
    assert (tmp_path / "done").read_text() == "200"


def test_no_bar_is_drawn_where_stderr_is_a_file(tmp_path):
    with (tmp_path / "errors").open("w") as errors:
        command = [sys.executable, "-c", SHOWN, "None", str(tmp_path / "done")]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, text=True, timeout=120, env=ENVIRONMENT)
    assert done.returncode == 0
    assert (tmp_path / "errors").read_text() == ""
    first, *steps = done.stdout.splitlines()
    assert first.startswith("rows of 2, float32, standardised | mlp on cpu (native) | generator ")
    assert [line.split("  ")[0] for line in steps] == ["step 100", "step 200", "step 300", "step 400"]


def test_a_bar_is_drawn_on_a_terminal(tmp_path):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    command = [sys.executable, "-c", SHOWN, "None", str(tmp_path / "done")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=ENVIRONMENT)
    os.close(theirs)
    shown = b""
    while chunk := read_terminal(ours):
        shown += chunk
    os.close(ours)
    assert process.wait(60) == 0
    assert b"100%" in shown
    assert b"samples/s" in shown


def read_terminal(file):
    try:
        return os.read(file, 4096)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.parametrize("method", ["__index__", "__float__", "__iter__", "__repr__"])
def test_an_interrupt_while_a_parameter_is_read_is_passed_on(method):
    def interrupted(self):
        raise KeyboardInterrupt

    value = type("Value", (), {method: interrupted})()
    gan = tiny().fit(RING)
    before = essence(gan)
    gan.set_params(lr=value)
    with pytest.raises(KeyboardInterrupt):
        gan.fit(RING)
    gan.set_params(lr=None)
    assert essence(gan) == before
    assert_usable(gan, RING)

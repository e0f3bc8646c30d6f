"""A forked child, as created by `multiprocessing`, works like its parent."""

import os
import signal
import threading
import time

import numpy as np
import pytest
import torch

import ganvas
from ganvas.exceptions import BusyError

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
    # Python 3.12 warns about the tested situation.
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]
X = ganvas.data.load_digits(size=16)[:128]
EXECUTORS = {"tch": {"net": "resnet", "base_channels": 4}, "native": {"net": "dcgan", "base_channels": 8}}


def fitted(executor, **options):
    settings = {"epochs": 1, "batch_size": 64, "random_state": 0, "verbose": 0, "progress": False}
    return ganvas.GanTrainer(**EXECUTORS[executor] | settings | options, executor=executor).fit(X)


def in_child(body, seconds=60):
    """Run in a fork; returns the exit status, or None if it does not exit."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = body() or 0
        finally:
            os._exit(status)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


@pytest.fixture(scope="module", params=EXECUTORS)
def model(request):
    before = torch.get_num_threads()
    # With one thread a fork loses nothing.
    torch.set_num_threads(2)
    yield request.param, fitted(request.param)
    torch.set_num_threads(before)


def test_a_forked_child_samples_and_trains(model):
    executor, gan = model
    assert gan.executor_ == executor
    samples = gan.sample(100, random_state=0)

    def body():
        assert abs(samples.astype(int) - gan.sample(100, random_state=0)).max() <= 1
        gan.partial_fit(X)
        again = fitted(executor)
        np.testing.assert_allclose(again.history_["generator_loss"], gan.history_["generator_loss"][:1], rtol=1e-3)

    assert in_child(body) == 0
    # The parent is unchanged.
    assert torch.get_num_threads() == 2
    np.testing.assert_array_equal(gan.sample(100, random_state=0), samples)


def test_a_fork_during_training_in_another_thread_raises_an_error():
    begun, over = threading.Event(), threading.Event()

    class Watch(ganvas.callbacks.Callback):
        def on_step(self, estimator, step):
            begun.set()
            if over.is_set():
                raise InterruptedError

    gan = fitted("native")
    gan.set_params(callbacks=[Watch()])

    def train():
        with pytest.raises(InterruptedError):
            gan.partial_fit(X, epochs=10**6)

    def body():
        try:
            gan.sample(1)
            return 0
        except BusyError as error:
            return 7 if "this process was forked while another thread used the estimator" in str(error) else 1

    thread = threading.Thread(target=train)
    thread.start()
    begun.wait()
    statuses = {in_child(body) for _ in range(8)}
    over.set()
    thread.join()
    # Between two steps the estimator is idle.
    assert statuses <= {0, 7}

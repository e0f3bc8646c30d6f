"""Number of threads, and independence of threads."""

import threading
from pathlib import Path

import pytest
import torch

import ganvas


@pytest.fixture
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_threads_that_work_together_have_none_of_their_own(three_threads):
    X = ganvas.data.load_digits(size=16)[:128]
    torch.ones(1_000_000).add(1)  # libtorch's own threads
    before = len(list(Path("/proc/self/task").iterdir()))
    gan = ganvas.GanTrainer(net="dcgan", base_channels=16, epochs=1, batch_size=64, verbose=0, progress=False).fit(X)
    assert gan.executor_ == "native"
    assert len(list(Path("/proc/self/task").iterdir())) <= before + 2


def test_a_thread_that_begins_while_a_model_trains_has_all_threads(three_threads):
    counts, over = [], threading.Event()

    def ask():
        while not over.is_set():
            thread = threading.Thread(target=lambda: counts.append(torch.get_num_threads()))
            thread.start()
            thread.join()

    asking = threading.Thread(target=ask)
    asking.start()
    X = ganvas.data.load_digits(size=16)[:256]
    ganvas.GanTrainer(net="dcgan", base_channels=4, epochs=4, verbose=0, progress=False).fit(X)
    over.set()
    asking.join()
    assert set(counts) == {3}


@pytest.fixture(scope="module")
def vae():
    X = ganvas.data.load_digits(size=16)[:64]
    return ganvas.VaeTrainer(net="mlp", hidden=(512, 512), epochs=1, verbose=0, random_state=0).fit(X)


def calls(vae):
    scores = torch.zeros(20_000_000)
    yield lambda: vae.decoder_(torch.zeros(10_000, vae.latent_dim_))
    yield lambda: vae.encoder_(torch.zeros(10_000, 1, 16, 16))
    yield lambda: ganvas.objectives.hinge(scores, scores)


@pytest.mark.parametrize("which", range(3))
def test_other_threads_go_on_while_networks_and_objectives_calculate(vae, which, one_thread):
    call = list(calls(vae))[which]
    began, done = threading.Event(), threading.Event()

    def work():
        began.set()
        call()
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    began.wait()
    turns = 0
    while not done.wait(0.001):
        turns += 1
    thread.join()
    assert turns >= 5

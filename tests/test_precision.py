"""Precisions of CUDA devices, as far as they can be tested without one."""

import contextlib

import numpy as np
import pytest
import torch

import ganvas
from ganvas import _core
from ganvas._run.precision import tf32
from ganvas.exceptions import InternalError

pytestmark = pytest.mark.usefixtures("one_thread")
X = ganvas.data.load_digits(size=16)[:64]
BACKENDS = torch.backends
FLAGS = {
    "products": lambda: BACKENDS.cuda.matmul.allow_tf32,
    "convolutions": lambda: BACKENDS.cudnn.allow_tf32,
    "precision": torch.get_float32_matmul_precision,
    "products anew": lambda: BACKENDS.cuda.matmul.fp32_precision,
    "convolutions anew": lambda: BACKENDS.cudnn.conv.fp32_precision,
    "processor": lambda: BACKENDS.mkldnn.matmul.fp32_precision,
}


@pytest.fixture
def half(monkeypatch):
    """Simulates `precision="bf16"` on the CPU; a list of the requested contexts."""
    wanted = []

    @contextlib.contextmanager
    def arithmetic(device, precision, training=True):
        wanted.append((precision, training))
        with torch.autocast("cpu", torch.bfloat16, cache_enabled=False):
            yield

    for module in ("ganvas.estimators._trainer", "ganvas._run.precision"):
        monkeypatch.setattr(f"{module}.arithmetic", arithmetic)
    return wanted


def fitted(kind=ganvas.GanTrainer, **options):
    usual = {"epochs": 1, "batch_size": 32, "random_state": 0, "verbose": 0, "executor": "tch", "progress": False}
    return kind(**usual | options).fit(X)


@pytest.mark.parametrize("net", ["dcgan", "mlp"])
def test_the_deviation_of_a_batch_trains_in_half_precision(half, net):
    gan = fitted(net=net, base_channels=4 if net == "dcgan" else None, minibatch_std=True)
    assert np.isfinite(gan.history_["discriminator_loss"]).all()
    assert np.isfinite(gan.sample(4)).all()


def test_results_are_calculated_with_the_precision_of_training(half):
    vae = fitted(ganvas.VaeTrainer, net="mlp", hidden=(8,))
    for call in (vae.transform, vae.reconstruct, vae.score_samples):
        half.clear()
        call(X[:2])
        assert half[-1:] == [("fp32", False)], call
    half.clear()
    vae.sample(2)
    fitted(net="mlp", hidden=(8,)).sample(2)
    assert ("fp32", False) in half


def flags():
    found = {}
    for name, flag in FLAGS.items():
        try:
            found[name] = flag()
        except RuntimeError:
            found[name] = "differs"
    return found


@contextlib.contextmanager
def put_back():
    with tf32(False):
        yield


@pytest.mark.parametrize(
    "said",
    [
        lambda: None,
        lambda: torch.set_float32_matmul_precision("medium"),
        lambda: setattr(BACKENDS.cuda.matmul, "fp32_precision", "tf32"),
        lambda: setattr(BACKENDS.cudnn.conv, "fp32_precision", "ieee"),
        lambda: setattr(BACKENDS.cudnn, "allow_tf32", False),
    ],
)
@pytest.mark.parametrize("allowed", [True, False])
def test_flags_can_be_read_while_they_are_set_and_are_put_back(said, allowed):
    with put_back():
        said()
        before = flags()
        with tf32(allowed):
            assert (FLAGS["products"](), FLAGS["convolutions"]()) == (allowed, allowed)
            assert FLAGS["products anew"]() == FLAGS["convolutions anew"]() == ("tf32" if allowed else "ieee")
        assert flags() == before


def test_a_step_that_panics_while_it_is_recorded_leaves_no_recording_behind(monkeypatch):
    log = []

    class Recording:
        def __init__(self, graph, *, stream, pool, capture_error_mode):
            assert (stream, pool) == ("stream of cuda:0", "pool")

        def __enter__(self):
            log.append("begun")

        def __exit__(self, *_):
            log.append("ended")

    fakes = {
        "Stream": lambda device: f"stream of {device}",
        "graph_pool_handle": lambda: "pool",
        "CUDAGraph": object,
        "graph": Recording,
        "current_stream": lambda: "the caller's",
        "set_stream": log.append,
    }
    for name, fake in fakes.items():
        monkeypatch.setattr(torch.cuda, name, fake)
    with pytest.raises(InternalError, match=r"^internal error in mod.rs:\d+; please report$"):
        _core.panic_on_purpose(recording=True)
    assert log == ["begun", "ended", "the caller's"]

"""Profiles as Chrome traces."""

import itertools
import json

import numpy as np
import pytest
import torch

from ganvas import GanTrainer, VaeTrainer
from ganvas.callbacks import Callback
from ganvas.data import ring
from ganvas.exceptions import DeviceError, ParameterError

RING = ring(128, random_state=0)
SMALL = {"net": "mlp", "hidden": (4,), "latent_dim": 2, "epochs": 2, "batch_size": 32, "random_state": 0, "verbose": 0}


def spans(file):
    return json.loads(file.read_text())["traceEvents"]


@pytest.mark.parametrize("executor", ["native", "tch"])
@pytest.mark.parametrize("kind", [GanTrainer, VaeTrainer])
def test_a_trace_has_every_step_and_what_is_done_in_it(kind, executor, tmp_path):
    kind(**SMALL, executor=executor, profile=tmp_path / "trace.json").fit(RING)
    seen = spans(tmp_path / "trace.json")
    names = [span["name"] for span in seen]
    assert names.count("step") == names.count("batch") == 2 * (128 // 32)
    assert {"gradients", "Adam"} <= set(names)
    layers = {"block1.linear (2 to 4)", "out (4 to 1)"} if kind is GanTrainer else {"out (4 to 2)"}
    assert (layers <= set(names)) == (executor == "native")
    for span in seen:
        assert span["ph"] == "X"
        assert span["ts"] >= 0
        assert span["dur"] >= 0
    steps = [span for span in seen if span["name"] == "step"]
    assert all(one["ts"] + one["dur"] <= other["ts"] for one, other in itertools.pairwise(steps))


def test_a_trace_changes_nothing_and_ends_with_training(tmp_path):
    plain = GanTrainer(**SMALL).fit(RING)
    traced = GanTrainer(**SMALL, profile=str(tmp_path / "trace.json")).fit(RING)
    assert np.array_equal(plain.sample(5), traced.sample(5))
    before = len(spans(tmp_path / "trace.json"))
    GanTrainer(**SMALL).fit(RING)
    traced.set_params(profile=tmp_path / "other.json").partial_fit(RING)
    assert len(spans(tmp_path / "trace.json")) == before
    assert 0 < len(spans(tmp_path / "other.json")) < before


class Stop(Callback):
    def on_step(self, estimator, step):
        if step == 2:
            raise KeyboardInterrupt


def test_an_interrupted_run_leaves_its_trace(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        GanTrainer(**SMALL, profile=tmp_path / "trace.json", callbacks=[Stop()]).fit(RING)
    assert [span["name"] for span in spans(tmp_path / "trace.json")].count("step") == 2


class Inner(Callback):
    def __init__(self, file):
        self.file = file

    def on_epoch_end(self, estimator, row):
        GanTrainer(**SMALL, profile=self.file).fit(RING)


def test_only_one_run_is_profiled_at_a_time(tmp_path):
    said = "^profile: one run at a time, got another that is being profiled$"
    with pytest.raises(ParameterError, match=said):
        GanTrainer(**SMALL, profile=tmp_path / "a.json", callbacks=[Inner(tmp_path / "b.json")]).fit(RING)
    GanTrainer(**SMALL, profile=tmp_path / "c.json").fit(RING)
    assert spans(tmp_path / "c.json")


def test_what_is_no_path_is_refused():
    with pytest.raises(ParameterError, match=r"^profile: expected a path or None, got 3$"):
        GanTrainer(**SMALL, profile=3).fit(RING)


def test_an_unwritable_path_raises_before_training(tmp_path):
    gan = GanTrainer(**SMALL, profile=tmp_path / "missing" / "trace.json")
    with pytest.raises(FileNotFoundError):
        gan.fit(RING)
    assert not hasattr(gan, "history_") or len(gan.history_) == 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_nvtx_needs_a_cuda_device():
    with pytest.raises(DeviceError, match=r'^profile: "nvtx" needs a CUDA device, this machine has none; use a path$'):
        GanTrainer(**SMALL, profile="nvtx").fit(RING)

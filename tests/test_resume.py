"""Folders of checkpoints: a stopped or killed training resumes where it stopped."""

import subprocess
import sys

import numpy as np
import pytest
from tiny import ENVIRONMENT, IMAGES, RING, Do, essence, names, stop, tiny

from ganvas import GanTrainer
from ganvas.exceptions import CheckpointError, ParameterError

pytestmark = pytest.mark.usefixtures("one_thread")

DAMAGED = "not a ganvas checkpoint, or a damaged one"


@pytest.mark.parametrize("step", [1, 4, 7, 15, 16])
def test_a_stopped_run_ends_where_an_undisturbed_one_does(step, tmp_path):
    for X, params in ((RING, {}), (IMAGES, {"net": "dcgan", "hidden": None, "base_channels": 2, "n_critic": 3})):
        folder = tmp_path / str(X.ndim)
        with pytest.raises(KeyboardInterrupt):
            tiny(callbacks=[Do(step, stop)], **params).fit(X, checkpoint_dir=folder)
        resumed = tiny(**params).fit(X, checkpoint_dir=folder, resume="auto")
        assert essence(resumed) == essence(tiny(**params).fit(X))
        assert len(resumed.history_) == 4


def test_a_run_stopped_many_times_ends_where_an_undisturbed_one_does(tmp_path):
    for step in (1, 2, 5, 6, 7, 13, 16):
        with pytest.raises(KeyboardInterrupt):
            tiny(callbacks=[Do(step, stop)]).fit(RING, checkpoint_dir=tmp_path, resume="auto")
    assert essence(tiny().fit(RING, checkpoint_dir=tmp_path, resume="auto")) == essence(tiny().fit(RING))


def test_a_finished_run_is_loaded_and_not_trained(tmp_path):
    done = tiny().fit(RING, checkpoint_dir=tmp_path)
    again = tiny().fit(RING, checkpoint_dir=tmp_path, resume="auto")
    assert essence(again) == essence(done)


def test_a_finished_run_can_be_made_longer(tmp_path):
    tiny(epochs=2).fit(RING, checkpoint_dir=tmp_path)
    longer = tiny().fit(RING, checkpoint_dir=tmp_path, resume="auto")
    assert essence(longer) == essence(tiny().fit(RING))
    assert longer.epochs_ == 4


def test_without_a_seed_the_checkpoint_has_the_seed(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        tiny(random_state=None, callbacks=[Do(7, stop)]).fit(RING, checkpoint_dir=tmp_path)
    resumed = tiny(random_state=None).fit(RING, checkpoint_dir=tmp_path, resume="auto")
    assert essence(resumed) == essence(tiny(random_state=resumed.seed_).fit(RING))


def test_checkpoints_are_named_by_samples_and_the_oldest_are_dropped(tmp_path):
    for name, arguments, samples in (
        ("a", {}, (384, 512)),
        ("b", {"keep": 1}, (512,)),
        ("c", {"keep": 9}, (128, 256, 384, 512)),
        ("d", {"save_every": 3}, (384, 512)),
    ):
        tiny().fit(RING, checkpoint_dir=tmp_path / "new" / name, **arguments)
        assert names(tmp_path / "new" / name) == [f"checkpoint-{n:012d}.safetensors" for n in samples]


def test_resume_in_an_empty_folder_begins(tmp_path):
    assert essence(tiny().fit(RING, checkpoint_dir=tmp_path, resume="auto")) == essence(tiny().fit(RING))


def test_a_folder_of_another_run_is_left_alone(tmp_path):
    tiny().fit(RING, checkpoint_dir=tmp_path)
    before = names(tmp_path)
    with pytest.raises(ParameterError) as caught:
        tiny().fit(RING, checkpoint_dir=tmp_path)
    assert str(caught.value) == (
        f'checkpoint_dir: {tmp_path} holds checkpoints of another run; pass resume="auto" to go on with it, or another '
        "folder"
    )
    assert names(tmp_path) == before


def test_other_settings_do_not_resume(tmp_path):
    tiny().fit(RING, checkpoint_dir=tmp_path)
    newest = tmp_path / names(tmp_path)[-1]
    for params, said in (
        ({"lr": 0.5}, "lr=0.001, the estimator has 0.5"),
        ({"hidden": (3,)}, "hidden=[2], the estimator has [3]"),
        ({"random_state": 1}, "seed=0, the estimator has 1"),
    ):
        other = tiny(**params)
        with pytest.raises(CheckpointError) as caught:
            other.fit(RING, checkpoint_dir=tmp_path, resume="auto")
        assert str(caught.value) == f"{newest}: was trained with {said}; use the same, or another checkpoint_dir"
        assert not hasattr(other, "epochs_")
    with pytest.raises(CheckpointError, match="was trained with data="):
        tiny().fit(IMAGES, checkpoint_dir=tmp_path, resume="auto")


@pytest.mark.parametrize("other", [np.arange(1, 5), np.array(list("0123")), np.array([0, 1, 2, 4])], ids=str)
def test_other_classes_do_not_resume(other, tmp_path):
    codes = np.arange(len(RING)) % 4
    tiny().fit(RING, codes, checkpoint_dir=tmp_path)
    text = f"was trained on the classes 0, 1, 2, 3, y has {', '.join(map(repr, other.tolist()))}; use the same"
    with pytest.raises(CheckpointError, match=text):
        tiny().fit(RING, other[codes], checkpoint_dir=tmp_path, resume="auto")
    assert len(tiny().fit(RING, codes.astype(np.uint8), checkpoint_dir=tmp_path, resume="auto").classes_) == 4


def test_another_number_of_samples_does_not_resume(tmp_path):
    seen = tiny().fit(IMAGES, checkpoint_dir=tmp_path).history_["samples"][-1]
    with pytest.raises(CheckpointError, match=f"has seen {seen} samples, X would have shown {seen // 2} by then"):
        tiny().fit(IMAGES[: len(IMAGES) // 2], checkpoint_dir=tmp_path, resume="auto")


def test_a_damaged_newest_checkpoint_is_replaced_by_the_previous_one(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        tiny(callbacks=[Do(15, stop)]).fit(RING, checkpoint_dir=tmp_path)
    newest = tmp_path / names(tmp_path)[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    with pytest.warns(RuntimeWarning, match=f"^{newest}: {DAMAGED} .*; trying the one before it$"):
        resumed = tiny().fit(RING, checkpoint_dir=tmp_path, resume="auto")
    assert essence(resumed) == essence(tiny().fit(RING))


def test_only_damaged_checkpoints_are_an_error(tmp_path):
    tiny().fit(RING, checkpoint_dir=tmp_path)
    for name in names(tmp_path):
        (tmp_path / name).write_bytes(b"")
    with (
        pytest.warns(RuntimeWarning),
        pytest.raises(CheckpointError, match=f"{names(tmp_path)[-1]}: {DAMAGED}"),
    ):
        tiny().fit(RING, checkpoint_dir=tmp_path, resume="auto")


KILLED = """
import gc, os, random, signal, sys, time, warnings
import torch, ganvas
warnings.simplefilter("ignore")  # forking beside threads; there are none that matter
gc.freeze()  # a full collection in a child copies all memory, which can take longer than the child lives
torch.set_num_threads(1)
folder, times = sys.argv[1], int(sys.argv[2])
X, rng = ganvas.data.ring(128, random_state=0), random.Random(0)

def new():
    params = dict(net="mlp", hidden=(2,), latent_dim=2, batch_size=32, epochs=4000, random_state=0, verbose=0)
    return ganvas.GanTrainer(**params)

def finish():
    files = [name for name in os.listdir(folder) if name.startswith("checkpoint-")]
    reached = len(ganvas.GanTrainer.load(os.path.join(folder, max(files))).history_)
    new().set_params(epochs=reached + 2).fit(X, checkpoint_dir=folder, resume="auto")

for kill in range(times):
    child = os.fork()
    if child == 0:
        new().fit(X, checkpoint_dir=folder, resume="auto")
        os._exit(1)
    time.sleep(rng.uniform(0.005, 0.12))
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    for name in os.listdir(folder):
        if name.startswith("checkpoint-"):
            ganvas.GanTrainer.load(os.path.join(folder, name))
finish()
"""


def test_a_run_killed_thirty_times_while_it_saves_loads_and_goes_on(tmp_path):
    (tmp_path / ".checkpoint-000000000128.safetensors.1.tmp").write_bytes(b"half a file")
    command = [sys.executable, "-c", KILLED, str(tmp_path), "30"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=ENVIRONMENT)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(name.startswith("checkpoint-") for name in names(tmp_path))
    resumed = GanTrainer.load(tmp_path / names(tmp_path)[-1])
    assert essence(resumed) == essence(tiny(epochs=len(resumed.history_)).fit(RING))

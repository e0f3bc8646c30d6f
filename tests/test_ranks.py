"""Several processes that train one model; here two, with gloo."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from registries import names

import ganvas
from ganvas.data import load_digits, load_names, ring

LIMIT = 90
CASES = {
    "gan": ("GanTrainer", {"net": "mlp", "hidden": (8,), "latent_dim": 3, "n_critic": 2}, "ring"),
    "gan, tch": ("GanTrainer", {"net": "mlp", "hidden": (8,), "latent_dim": 3, "executor": "tch"}, "ring"),
    "vae": ("VaeTrainer", {"net": "mlp", "hidden": (12,), "binarize": "dynamic", "n_importance": 2}, "digits"),
    "vae, mixture": ("VaeTrainer", {"net": "mlp", "hidden": (12,), "prior": "gaussian_mixture"}, "ring"),
    "importance weighted": ("VaeTrainer", {"net": "mlp", "hidden": (8,), "bound": "importance_weighted"}, "ring"),
    "codes": ("VqVaeTrainer", {"net": "mlp", "hidden": (12,), "latent_dim": 3, "n_codes": 5}, "digits"),
    "batch norm": ("GanTrainer", {"net": "dcgan", "base_channels": 4, "latent_dim": 5}, "digits"),
    "minibatch_std": ("GanTrainer", {"net": "mlp", "hidden": (8,), "latent_dim": 3, "minibatch_std": True}, "ring"),
    "free bits": ("VaeTrainer", {"net": "mlp", "hidden": (8,), "free_bits": 0.3, "latent_dim": 4}, "ring"),
    "capacity": ("VaeTrainer", {"net": "mlp", "hidden": (8,), "capacity": 2.0, "latent_dim": 4}, "ring"),
    "flips": ("GanTrainer", {"net": "mlp", "hidden": (8,), "label_flip": 0.2, "instance_noise": 0.1}, "ring"),
    "layers": ("GanTrainer", {"net": "mlp", "hidden": (8,), "latent_noise": 0.2, "spectral_norm": True}, "ring"),
    "packed": ("GanTrainer", {"net": "mlp", "hidden": (8,), "pac": 2, "max_grad_norm": 0.1, "ema": 50.0}, "ring"),
}
# Diverges before the rate is halved.
REWOUND = {"net": "mlp", "hidden": (16, 16), "lr": 3.0, "on_divergence": "rewind"}
CASES["rewound"] = ("VaeTrainer", REWOUND, "ring")
TEXT = {"context": 8, "width": 16, "depth": 1}
CASES |= {
    "texts": ("TextTrainer", TEXT, "names"),
    "texts, dropout": ("TextTrainer", TEXT | {"net": "gru", "dropout": 0.2}, "names"),
}
# Every member of every registry whose members use samples.
CASES |= {
    f"{what} {name}": (kind, {"net": "mlp", "hidden": (8,), "latent_dim": 3, what: name, **more}, "ring")
    for what, kind, more in (
        ("penalty", "GanTrainer", {"norm": "none"}),
        ("objective", "GanTrainer", {}),
        ("bound", "VaeTrainer", {"n_importance": None}),
        ("prior", "VaeTrainer", {"n_components": None}),
        ("bottleneck", "VaeTrainer", {}),
        ("likelihood", "VaeTrainer", {}),
    )
    for name in names(what)
    if name != "vector_quantized"
}
# Computed by each process from its own part of a batch, as documented; and a rate that enlarges rounding.
APART = ("batch norm", "codes", "minibatch_std", "rewound")
USUAL = {"epochs": 2, "batch_size": 16, "verbose": 0, "device": "cpu"}
DATA = {"ring": lambda: ring(70, random_state=0), "digits": lambda: load_digits(8)[:70]}
DATA["names"] = lambda: load_names()[:200]

BEGIN = """
import json, os, sys
import numpy as np, torch
from torch import distributed
import ganvas
from ganvas.callbacks import Callback
sys.path.insert(0, os.environ["TESTS"])
from test_ranks import CASES, DATA, USUAL, tensors
distributed.init_process_group("gloo")
rank = distributed.get_rank()
"""
EVERYBODY = """
for name, (kind, params, data) in CASES.items():
    model = getattr(ganvas, kind)(**USUAL, **params, random_state=0 if rank == 0 else 7).fit(DATA[data]())
    model.partial_fit(DATA[data]())
    np.savez(f"{sys.argv[1]}/{name}.{rank}.npz", **tensors(model))
said = []
for X, batch in ((DATA["ring"]()[: 60 + rank], 16), (DATA["ring"](), 15)):
    try:
        ganvas.GanTrainer(**USUAL | {"batch_size": batch}, hidden=(4,)).fit(X)
    except ganvas.exceptions.ParameterError as error:
        said.append(str(error))
with open(f"{sys.argv[1]}/said.{rank}.json", "w") as file:
    json.dump(said, file)
"""
DIES = """
class Die(Callback):
    def on_step(self, estimator, step):
        if rank == 1 and step == 3:
            os._exit(9)
try:
    ganvas.GanTrainer(**USUAL, hidden=(4,), random_state=0, callbacks=[Die()]).fit(DATA["ring"]())
except ganvas.exceptions.GanvasError as error:
    print(type(error).__name__, error, flush=True)
    os._exit(3)
"""
STARTS_AGAIN = """
class Die(Callback):
    def on_step(self, estimator, step):
        if rank == 1 and step == 6 and os.environ["DIES"] == "1":
            os._exit(9)
gan = ganvas.GanTrainer(**USUAL | {"epochs": 3}, hidden=(4,), random_state=0, callbacks=[Die()])
gan.fit(DATA["ring"](), checkpoint_dir=sys.argv[1] + "/checkpoints", resume="auto")
np.savez(f"{sys.argv[1]}/whole.{rank}.npz", **tensors(gan))
"""


def tensors(model):
    """All trained state, except the duration."""
    from safetensors.torch import load

    found = {name: tensor.numpy() for name, tensor in load(bytes(model._run.to_bytes("{}"))).items()}
    return {name.replace("/", "."): values for name, values in found.items() if name != "history.seconds"}


def environment(**more):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    return {**inherited, "TESTS": str(Path(__file__).parent), "OMP_NUM_THREADS": "1", **more}


def torchrun(script, folder, *options):
    # Without this, gloo's processes sometimes abort at exit.
    (folder / "script.py").write_text(f"{BEGIN}{script}\ndistributed.destroy_process_group()\n")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", *options]
    done = subprocess.run(
        [*command, str(folder / "script.py"), str(folder)],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    torchrun(EVERYBODY, folder)
    return folder


def loaded(folder, name, rank):
    with np.load(folder / f"{name}.{rank}.npz") as found:
        return dict(found)


@pytest.mark.parametrize("name", CASES)
def test_all_processes_have_the_same_bits(name, trained):
    first, second = (loaded(trained, name, rank) for rank in range(2))
    assert first.keys() == second.keys()
    for key, values in first.items():
        assert values.tobytes() == second[key].tobytes(), key


def without_offset(state):
    """Replace the scores by their difference, and drop the last bias.

    Losses of pairs do not depend on an offset of all scores. The gradient of the last bias is rounding noise around
    zero, which Adam scales to whole steps.
    """
    bias = [key for key in state if key.startswith("discriminator.") and state[key].shape == (1,)]
    assert len(bias) == 1
    kept = {key: value for key, value in state.items() if key not in bias}
    return kept | {"lead": kept.pop("history.real_score") - kept.pop("history.fake_score")}


def test_all_processes_are_rewound_together(trained):
    for rank in range(2):
        found = loaded(trained, "rewound", rank)
        assert all(np.isfinite(values).all() for name, values in found.items() if name.startswith("encoder."))
    with pytest.raises(ganvas.exceptions.DivergedError):
        ganvas.VaeTrainer(**USUAL | REWOUND | {"on_divergence": "raise"}, random_state=0).fit(DATA["ring"]())


@pytest.mark.parametrize("name", [name for name in CASES if name not in APART])
def test_two_processes_equal_one_with_the_whole_batch(name, trained):
    kind, params, data = CASES[name]
    X = DATA[data]()
    model = getattr(ganvas, kind)(**USUAL, **params, random_state=0).fit(X).partial_fit(X)
    wanted, found = tensors(model), loaded(trained, name, 0)
    assert wanted.keys() == found.keys()
    if "relativistic" in name:
        wanted, found = map(without_offset, (wanted, found))
    for key, values in wanted.items():
        np.testing.assert_allclose(found[key], values, rtol=1e-4, atol=1e-5, err_msg=key)


def test_batches_that_cannot_be_split_raise_in_all_processes(trained):
    for rank in range(2):
        assert json.loads((trained / f"said.{rank}.json").read_text()) == [
            "X: expected the same data in every process, got [60, 61] samples",
            "batch_size: must be divisible by 2 processes, got 15",
        ]


def test_a_run_goes_on_alone_when_the_others_are_gone():
    def gone(tensor):
        raise RuntimeError("nobody is there")

    gan, other = (ganvas.GanTrainer(**USUAL, hidden=(4,), random_state=0).fit(DATA["ring"]()) for _ in range(2))
    gan._run.set_ranks(0, 2, gone)
    gan.partial_fit(DATA["ring"]())
    wanted = tensors(other.partial_fit(DATA["ring"]()))
    for key, values in tensors(gan).items():
        np.testing.assert_array_equal(values, wanted[key], err_msg=key)


def two_processes(script, folder, **more):
    """Exit statuses, and the output of the first process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    (folder / "script.py").write_text(f"{BEGIN}{script}\ndistributed.destroy_process_group()\n")
    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2", **more}
    processes = [
        subprocess.Popen(
            [sys.executable, str(folder / "script.py"), str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(RANK=str(rank), **where),
        )
        for rank in range(2)
    ]
    try:
        said = [process.communicate(timeout=LIMIT)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [process.returncode for process in processes], said[0]


def test_a_process_that_dies_is_an_error_for_the_others(tmp_path):
    statuses, said = two_processes(DIES, tmp_path)
    assert statuses == [3, 9]
    assert said.startswith("TorchError communication between processes failed: ")


def test_a_run_that_is_started_again_ends_where_an_undisturbed_one_does(tmp_path):
    statuses, _ = two_processes(STARTS_AGAIN, tmp_path, DIES="1")
    # gloo may abort the remaining process after its error.
    assert statuses[0] != 0
    assert statuses[1] == 9
    assert two_processes(STARTS_AGAIN, tmp_path, DIES="0")[0] == [0, 0]
    found = loaded(tmp_path, "whole", 0)
    gan = ganvas.GanTrainer(**USUAL | {"epochs": 3}, hidden=(4,), random_state=0).fit(DATA["ring"]())
    for key, values in tensors(gan).items():
        np.testing.assert_allclose(found[key], values, rtol=1e-4, atol=1e-5, err_msg=key)
    assert sorted(file.name for file in (tmp_path / "checkpoints").iterdir()) == [
        "checkpoint-000000000128.safetensors",
        "checkpoint-000000000192.safetensors",
    ]


def test_the_demo_runs_under_torchrun(tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "ganvas"]
    done = subprocess.run(
        [*command, "demo", "--epochs", "1", "--size", "8", "--out", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("made ") == 1
    assert done.stdout.splitlines()[-1].endswith(f"open {tmp_path / 'demo' / 'samples.png'}")
    assert {file.name for file in (tmp_path / "demo").iterdir()} == {"samples.png", "history.png", "gan.safetensors"}

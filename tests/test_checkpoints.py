"""A saved file contains the whole run, and any other file raises an error."""

import copy
import io
import json
import pickle
import resource
import struct
import zlib

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors
from sklearn.base import clone

import ganvas
from ganvas import GanTrainer, _core
from ganvas.exceptions import CheckpointError, GanvasError

pytestmark = pytest.mark.usefixtures("one_thread")

IMAGES = ganvas.data.load_digits(size=8)[:128]
RING = ganvas.data.ring(128, random_state=0)
TINY = {"net": "mlp", "hidden": (2,), "latent_dim": 2, "epochs": 1, "verbose": 0, "random_state": 0}
DAMAGED = "not a ganvas checkpoint, or a damaged one"


def tiny(**params):
    return GanTrainer(**{**TINY, **params})


@pytest.fixture(scope="module")
def gan():
    return tiny().fit(RING)


@pytest.fixture
def path(gan, tmp_path):
    gan.save(tmp_path / "gan.safetensors")
    return tmp_path / "gan.safetensors"


def assert_same(one, other):
    assert other.get_params() == one.get_params()
    assert other.history_ == one.history_
    assert (other.device_, other.hidden_, other.betas_) == (one.device_, one.hidden_, one.betas_)
    assert other._run.to_bytes("{}") == one._run.to_bytes("{}")
    latents = torch.randn(3, one.latent_dim_)
    assert torch.equal(other.generator_(latents), one.generator_(latents))


ESTIMATORS = [
    (tiny(), RING),
    (tiny(objective="wasserstein", n_critic=2, betas=(0.0, 0.9), ema=0), RING),
    (tiny(net="dcgan", hidden=None, base_channels=2, depth=2, objective="hinge"), IMAGES),
    (tiny(hidden=(), latent_dim=np.int64(3), lr=np.float32(1e-3)), IMAGES[..., None].repeat(3, axis=-1)),
    (tiny(hidden=np.array([3, 4]), betas=[0.5, 0.9]), torch.from_numpy(IMAGES)[:, None].repeat(1, 3, 1, 1)),
    (tiny(), pd.DataFrame(RING, columns=["höhe", "b"])),
]


@pytest.mark.parametrize(("estimator", "X"), ESTIMATORS)
def test_a_loaded_estimator_is_the_one_that_was_saved(estimator, X, tmp_path):
    gan = clone(estimator).fit(X)
    gan.sample(3)
    gan.save(tmp_path / "gan")
    loaded = GanTrainer.load(tmp_path / "gan")
    assert {name: np.asarray(value).tolist() for name, value in loaded.get_params().items()} == {
        name: np.asarray(value).tolist() for name, value in gan.get_params().items()
    }
    assert loaded._run.to_bytes("{}") == gan._run.to_bytes("{}")
    assert loaded.history_ == gan.history_
    one, other = gan.sample(4), loaded.sample(4)
    assert type(one) is type(other)
    assert (np.asarray(one) == np.asarray(other)).all()
    gan.partial_fit(X)
    loaded.partial_fit(X)
    assert loaded._run.state_dict("generator").keys() == gan._run.state_dict("generator").keys()
    for name, tensor in gan._run.state_dict("generator").items():
        assert torch.equal(loaded._run.state_dict("generator")[name], tensor)
    assert getattr(loaded, "n_features_in_", None) == getattr(gan, "n_features_in_", None)


def test_a_second_fit_of_a_loaded_estimator_uses_the_same_settings(path, gan):
    loaded = GanTrainer.load(path).fit(RING)
    np.testing.assert_array_equal(loaded.sample(3, random_state=1), tiny().fit(RING).sample(3, random_state=1))


def test_the_file_is_plain_safetensors(path, gan):
    with safe_open(path, "numpy") as file:
        names = set(file.keys())
        words = json.loads(file.metadata()["ganvas"])
        weight = file.get_tensor("generator.block1.linear.weight")
    networks = {"generator", "discriminator", "average.generator"}
    layers = {f"{layer}.{part}" for layer in ("block1.linear", "out") for part in ("weight", "bias")}
    assert {f"{network}.{layer}" for network in networks for layer in layers} <= names
    assert {
        f"adam.{network}.{part}" for network in ("generator", "discriminator") for part in ("mean", "square")
    } <= names
    assert {f"history.{column}" for column in gan.history_.columns} <= names
    np.testing.assert_array_equal(weight, gan._run.state_dict("generator")["block1.linear.weight"].numpy())
    assert set(words) == {"crc32", "run"}
    run = words["run"]
    assert (run["format"], run["version"]) == (2, ganvas.__version__)
    assert run["spec"]["latent_dim"] == 2
    assert run["extra"]["estimator"] == "GanTrainer"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_without_a_parent_folder_is_saved_here(gan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    gan.save("gan.safetensors")
    assert_same(gan, GanTrainer.load("gan.safetensors"))


def test_a_trained_generator_carries_no_graph_of_its_training(gan):
    assert not gan.generator_(torch.zeros(1, 2)).requires_grad
    assert not gan.discriminator_(torch.zeros(1, 2)).requires_grad


# Damage --------------------------------------------------------------------------------------------------------------


def refused(path, data, match=DAMAGED):
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=match) as caught:
        GanTrainer.load(path)
    assert str(caught.value).startswith(f"{path}: ")


def header_of(length, rest=b""):
    return struct.pack("<Q", length) + rest


def test_files_that_are_no_checkpoint_are_refused(tmp_path, gan):
    path = tmp_path / "x"
    torch_file = io.BytesIO()
    torch.save({"a": torch.zeros(3)}, torch_file)
    others = [
        b"",
        b"1234567",
        b"\0" * 8,
        b"\0" * 5000,
        b"\xff" * 5000,
        pickle.dumps(gan),
        torch_file.getvalue(),
        np.random.default_rng(0).bytes(10_000),
        header_of(2**63),
        header_of(2**64 - 1, b"{}"),
        header_of(100_000_001, b"{}"),
        header_of(99_999_999, b"{}"),
        header_of(2, b"{}"),
        header_of(2, b"[]"),
        header_of(8, b'{"a":1} '),
        header_of(50_000, b"[" * 50_000),
        header_of(50_000, b'{"a":' * 10_000),
        save_tensors({"a": np.zeros(3)}),
        save_tensors({"a": np.zeros(3)}, {"ganvas": "{}"}),
        save_tensors({"a": np.zeros(3)}, {"ganvas": "[" * 10_000}),
        save_tensors({"a": np.zeros(3)}, {"ganvas": '{"crc32":0,"run":null}'}),
        save_tensors({}, {"ganvas": '{"crc32":0,"run":{"format":2}}'}),
    ]
    for data in others:
        refused(path, data)


def test_truncated_and_extended_files_are_refused(path):
    data = path.read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    for size in {*range(0, 64), *range(start - 9, start + 9), *range(len(data) - 9, len(data)), len(data) // 2}:
        refused(path, data[:size])
    for more in (b"\0", b"\0" * 8, data):
        refused(path, data + more)
    for place in (8, start, len(data) - 4):
        refused(path, data[:place] + b"\0" + data[place:])
        refused(path, data[:place] + data[place + 1 :])


def test_every_changed_byte_is_noticed(path, gan):
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    harmless = 0
    for place, flip in zip(rng.integers(0, len(data), 4000), rng.integers(1, 256, 4000), strict=True):
        damaged = bytearray(data)
        damaged[place] ^= int(flip)
        path.write_bytes(damaged)
        try:
            loaded = GanTrainer.load(path)
        except CheckpointError:
            continue
        # A space for a tab, or the last of 17 digits: other bytes, the same run.
        assert_same(gan, loaded)
        harmless += 1
    assert harmless < 20


def test_a_pickle_with_damaged_weights_is_refused(gan):
    data = pickle.dumps(gan)
    inside = data.index(gan._run.to_bytes(gan._extra())[-64:])
    with pytest.raises(CheckpointError, match=f"^pickle: {DAMAGED} \\(its checksum does not match\\)$"):
        pickle.loads(data[:inside] + bytes(64) + data[inside + 64 :])


# Files that are whole, but do not fit ---------------------------------------------------------------------------------


def forged(data, change=lambda words, tensors: None, seal=True):
    """Rewrite a checkpoint with a change and a valid checksum."""
    length = struct.unpack("<Q", data[:8])[0]
    run = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["ganvas"])["run"]
    tensors = load_tensors(data)
    change(run, tensors)
    text = json.dumps(run, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    crc32 = zlib.crc32(text.encode())
    for name, tensor in sorted(tensors.items()):
        crc32 = zlib.crc32(np.ascontiguousarray(tensor).tobytes(), zlib.crc32(name.encode(), crc32))
    sealed = f'{{"crc32":{crc32 if seal else 0},"run":{text}}}'
    return save_tensors(tensors, {"ganvas": sealed})


def test_a_file_written_by_others_is_read_where_it_fits(path, gan):
    path.write_bytes(forged(path.read_bytes()))
    assert_same(gan, GanTrainer.load(path))
    refused(path, forged(path.read_bytes(), seal=False), r"\(its checksum does not match\)$")


def replaced(name, make):
    return lambda run, tensors: tensors.update({name: make(tensors[name])})


def with_value(place, value):
    def make(tensor):
        tensor = tensor.copy()
        tensor.flat[place] = value
        return tensor

    return make


BIAS, WEIGHT = "generator.block1.linear.bias", "discriminator.out.weight"
UNFIT = [
    (replaced(BIAS, lambda x: x[:1]), f'"{BIAS}" is (1,), model needs (2,)'),
    (replaced(WEIGHT, lambda x: x.T.copy()), f'"{WEIGHT}" is (2, 1), model needs (1, 2)'),
    (replaced(BIAS, lambda x: x.astype(np.float64)), f'"{BIAS}" is F64, model needs F32'),
    (replaced(BIAS, lambda x: x.view(np.int32)), f'"{BIAS}" is I32, model needs F32'),
    (replaced("history.samples", lambda x: x.astype(np.float32)), '"history.samples" is F32, model needs F64'),
    (replaced("history.samples", lambda x: x.repeat(2)), '"history.samples" is (2,), model needs (1,)'),
    (lambda run, tensors: tensors.pop(BIAS), f'lacks "{BIAS}"'),
    (lambda run, tensors: tensors.pop("adam.generator.mean"), 'lacks "adam.generator.mean"'),
    (lambda run, tensors: tensors.update(more=np.zeros(3)), 'has "more", which the model lacks'),
    (replaced(BIAS, with_value(1, np.nan)), f'"{BIAS}" is not finite'),
    (replaced("adam.generator.square", with_value(0, np.inf)), '"adam.generator.square" is not finite'),
    (lambda run, tensors: run.update(format=3), "has format 3, this ganvas reads up to 2; upgrade ganvas"),
    (lambda run, tensors: run.pop("format"), DAMAGED),
    (lambda run, tensors: run.update(more=1), DAMAGED),
    (lambda run, tensors: run.pop("progress"), DAMAGED),
    (lambda run, tensors: run["spec"].update(net="resnet"), DAMAGED),
    (lambda run, tensors: run["spec"].update(net="dcgan"), DAMAGED),
    (lambda run, tensors: run["spec"].update(objective="none"), DAMAGED),
    (lambda run, tensors: run["spec"].update(hidden=[3]), DAMAGED),
    (lambda run, tensors: run["spec"].update(hidden=None), DAMAGED),
    (lambda run, tensors: run["spec"].update(hidden=[5000, 5000]), DAMAGED),
    (lambda run, tensors: run["spec"].update(latent_dim=0), DAMAGED),
    (lambda run, tensors: run["spec"].update(latent_dim=-1), DAMAGED),
    (lambda run, tensors: run["spec"].update(latent_dim=2**62), DAMAGED),
    (lambda run, tensors: run["spec"].update(batch_size=0), DAMAGED),
    (lambda run, tensors: run["spec"].update(n_critic=0), DAMAGED),
    (lambda run, tensors: run["spec"].update(lr=-1.0), DAMAGED),
    (lambda run, tensors: run["data"].update(mean=[0.0]), DAMAGED),
    (lambda run, tensors: run["data"].update(mean=[], deviation=[]), DAMAGED),
    (lambda run, tensors: run["data"].update(deviation=[1.0, 0.0]), DAMAGED),
    (lambda run, tensors: run["networks"]["generator"].update(input=[3]), DAMAGED),
    (lambda run, tensors: run["networks"].pop("generator"), DAMAGED),
    (lambda run, tensors: run["progress"].update(step=-1), DAMAGED),
    (lambda run, tensors: run["extra"].update(estimator="VaeTrainer"), "holds a VaeTrainer, not a GanTrainer"),
    (lambda run, tensors: run.update(extra=[]), "holds a run without an estimator, not a GanTrainer"),
    (lambda run, tensors: run.update(extra={}), "holds a run without an estimator, not a GanTrainer"),
]


@pytest.mark.parametrize(("change", "text"), UNFIT)
def test_a_whole_file_that_does_not_fit_is_refused_by_name(change, text, path):
    path.write_bytes(forged(path.read_bytes(), change))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError) as caught:
        GanTrainer.load(path)
    assert str(caught.value).startswith(f"{path}: {text}")
    if text != DAMAGED:
        assert str(caught.value) == f"{path}: {text}"
    # In KB: a file of a few KB must not make the process allocate gigabytes.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_a_file_of_an_earlier_format_is_refused_with_the_remedy(path, gan):
    text = "expected format 2, got format 1; fit again, or use the version of ganvas that wrote it"
    path.write_bytes(path.read_bytes().replace(rb"\"format\":2", rb"\"format\":1"))
    with pytest.raises(CheckpointError) as caught:
        GanTrainer.load(path)
    assert str(caught.value) == f"{path}: {text}"
    earlier = gan._run.to_bytes("{}").replace(rb"\"format\":2", rb"\"format\":1")
    with pytest.raises(CheckpointError, match=f"^pickle: {text}$"):
        _core.Run.from_bytes(earlier, "cpu")


def test_an_image_of_absurd_size_is_refused(tmp_path):
    path = tmp_path / "gan"
    tiny().fit(IMAGES).save(path)
    data = path.read_bytes()
    shapes = [{"sides": sides} for sides in ([0, 8], [-8, 8], [2**40, 2**40], [8], [8, 8, 8])]
    for sizes in (*shapes, {"channels": 2**62}, {"high": 0.0}):
        path.write_bytes(forged(data, lambda run, tensors, sizes=sizes: run["data"].update(sizes)))
        with pytest.raises(CheckpointError, match=DAMAGED):
            GanTrainer.load(path)


# Disks ----------------------------------------------------------------------------------------------------------------


def test_a_missing_folder_is_an_os_error(gan, tmp_path):
    for folder, kind in ((tmp_path / "missing", FileNotFoundError), (tmp_path / "file", NotADirectoryError)):
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(kind) as caught:
            gan.save(folder / "gan")
        assert caught.value.filename == str(folder / "gan")
        assert not isinstance(caught.value, GanvasError)


def test_a_folder_in_the_place_of_the_file_is_an_os_error_and_leaves_nothing(gan, tmp_path):
    (tmp_path / "gan").mkdir()
    with pytest.raises(IsADirectoryError):
        gan.save(tmp_path / "gan")
    with pytest.raises(IsADirectoryError):
        GanTrainer.load(tmp_path / "gan")
    assert [entry.name for entry in tmp_path.iterdir()] == ["gan"]


def test_a_full_disk_leaves_the_old_file_intact(gan, path):
    old = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            gan.save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == old
    assert list(path.parent.iterdir()) == [path]


# Other ways to copy ---------------------------------------------------------------------------------------------------


def test_pickle_joblib_and_deepcopy_keep_everything(gan, tmp_path):
    joblib.dump(gan, tmp_path / "gan.joblib")
    for other in (pickle.loads(pickle.dumps(gan)), copy.deepcopy(gan), joblib.load(tmp_path / "gan.joblib")):
        assert_same(gan, other)
        assert other is not gan
        before = gan._run.to_bytes("{}")
        other.partial_fit(RING)
        assert gan._run.to_bytes("{}") == before


def test_a_clone_is_not_fitted(gan):
    other = clone(gan)
    assert other.get_params() == gan.get_params()
    assert not hasattr(other, "epochs_")
    with pytest.raises(ganvas.exceptions.NotFittedError):
        other.sample()


def test_an_unfitted_estimator_pickles():
    assert pickle.loads(pickle.dumps(tiny(lr=0.5))).get_params() == tiny(lr=0.5).get_params()


def test_bytes_of_a_run_are_the_same_each_time(gan):
    words = gan._extra()
    assert gan._run.to_bytes(words) == gan._run.to_bytes(words)
    run, extra = _core.Run.from_bytes(gan._run.to_bytes(words), "cpu")
    assert json.loads(extra) == json.loads(words)
    assert run.to_bytes(words) == gan._run.to_bytes(words)

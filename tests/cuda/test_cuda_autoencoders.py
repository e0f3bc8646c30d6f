"""Autoencoders on a CUDA device."""

import numpy as np
import pytest
import torch

import ganvas
from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
KINDS = [
    (VaeTrainer, {}),
    (VaeTrainer, {"bottleneck": "iaf", "net": "mlp"}),
    (VaeTrainer, {"prior": "vamp", "n_components": 10}),
    (VaeTrainer, {"bound": "importance_weighted", "binarize": "dynamic"}),
    (AutoencoderTrainer, {"net": "resnet"}),
    (VqVaeTrainer, {"n_codes": 16}),
]


def fitted(kind, device, **options):
    X, y = ganvas.data.load_digits(return_y=True)
    settings = {"epochs": 2, "random_state": 0, "verbose": 0, "device": device}
    # Comparisons with the CPU are in float32.
    settings |= {"precision": "fp32"} | options
    return kind(**settings).fit(X[:256], y[:256]), X[:256], y[:256]


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_training_on_cuda_goes_as_on_the_cpu(kind, options):
    (cuda, *_), (cpu, *_) = fitted(kind, "cuda", **options), fitted(kind, "cpu", **options)
    np.testing.assert_allclose(cuda.history_["loss"], cpu.history_["loss"], rtol=1e-2)
    assert cuda.device_ == "cuda:0"


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_a_model_trained_on_cuda_loads_on_the_cpu_and_says_the_same(kind, options, tmp_path):
    model, X, y = fitted(kind, "cuda", **options)
    model.save(tmp_path / "model.safetensors")
    other = kind.load(tmp_path / "model.safetensors", device="cpu")
    np.testing.assert_allclose(model.score_samples(X, y), other.score_samples(X, y), rtol=1e-3)
    assert (model.predict(X, y) == other.predict(X, y)).mean() > 0.98
    assert abs(model.reconstruct(X, y).astype(int) - other.reconstruct(X, y).astype(int)).max() <= 2
    assert model.sample(4, y=3, random_state=0).shape == (4, 16, 16)


def test_networks_are_called_on_cuda_tensors_with_labels():
    model, _, _ = fitted(VaeTrainer, "cuda")
    z = torch.randn(4, model.latent_dim_, device="cuda", requires_grad=True)
    model.decoder_(z, torch.arange(4, device="cuda")).sum().backward()
    assert z.grad is not None and z.grad.abs().sum() > 0

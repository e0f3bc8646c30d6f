"""The guarantees on a CUDA device. Requires the installed wheel only: `make gpu`."""

import numpy as np
import pytest
import torch

import ganvas
from ganvas.exceptions import DeviceError, ParameterError

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")


def fitted(device: str, **options: object) -> ganvas.GanTrainer:
    X = ganvas.data.load_digits()[:256]
    settings = {"epochs": 2, "random_state": 0, "verbose": 0, "device": device} | options
    return ganvas.GanTrainer(**settings).fit(X)


def test_auto_takes_the_cuda_device():
    assert fitted("auto").device_ == "cuda:0"


def test_another_executor_than_cudas_is_refused():
    with pytest.raises(ParameterError, match='executor: "native" runs on the CPU, the model is on cuda:0; use "auto"'):
        fitted("cuda", executor="native")


def test_a_missing_device_is_an_error_in_words():
    count = torch.cuda.device_count()
    noun = "device" if count == 1 else "devices"
    with pytest.raises(DeviceError, match=f"cuda:{count}: this machine has {count} CUDA {noun}"):
        fitted(f"cuda:{count}")


def test_training_on_cuda_starts_where_training_on_the_cpu_starts():
    cuda, cpu = fitted("cuda", epochs=1), fitted("cpu", epochs=1)
    first, second = (gan.history_["discriminator_loss"] for gan in (cuda, cpu))
    np.testing.assert_allclose(first, second, atol=1e-2)


def test_a_model_trained_on_cuda_loads_on_the_cpu_and_samples_alike(tmp_path):
    gan = fitted("cuda", precision="fp32")
    gan.save(tmp_path / "gan.safetensors")
    other = ganvas.GanTrainer.load(tmp_path / "gan.safetensors", device="cpu")
    difference = gan.sample(16).astype(int) - other.sample(16).astype(int)
    assert abs(difference).max() <= 1


def test_the_networks_are_called_on_cuda_tensors():
    gan = fitted("cuda")
    z = torch.randn(4, gan.latent_dim_, device="cuda", requires_grad=True)
    gan.discriminator_(gan.generator_(z)).sum().backward()
    assert z.grad is not None and z.grad.abs().sum() > 0


def test_the_global_generators_are_left_alone():
    before = torch.cuda.get_rng_state()
    fitted("cuda")
    assert torch.equal(before, torch.cuda.get_rng_state())


def test_memory_does_not_grow_from_epoch_to_epoch():
    used = []

    class Watch(ganvas.callbacks.Callback):
        def on_epoch_end(self, estimator, row):
            used.append(torch.cuda.memory_allocated())

    fitted("cuda", epochs=6, callbacks=[Watch()])
    assert max(used[3:]) <= max(used[:3]) * 1.05

"""The complete state after training, as arrays that can be compared bit for bit."""

import numpy as np


def bits(gan, n_samples=8):
    """Weights, averages, statistics, optimisers, samples and history; draws from the model's own stream."""
    from safetensors.torch import load

    found = {f"state.{name}": tensor.numpy() for name, tensor in load(bytes(gan._run.to_bytes("{}"))).items()}
    found |= {f"history.{name}": values for name, values in gan.history_.items()}
    found["samples"] = np.asarray(gan.sample(n_samples))
    return {name: values for name, values in found.items() if not name.endswith("history.seconds")}


def assert_same_bits(one, other):
    assert set(one) == set(other)
    for name, values in one.items():
        assert values.dtype == other[name].dtype, name
        assert values.shape == other[name].shape, name
        assert values.tobytes() == other[name].tobytes(), name


def differ(one, other):
    return any(values.tobytes() != other[name].tobytes() for name, values in one.items())

import random
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from bits import assert_same_bits, bits, differ

import ganvas

NETS = {
    "mlp": {"net": "mlp", "hidden": (32, 32)},
    "dcgan": {"net": "dcgan", "base_channels": 8},
}
MODES = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
}
each_net = pytest.mark.parametrize("net", NETS)
each_mode = pytest.mark.parametrize("mode", MODES.values(), ids=MODES)


def trainer(net, **more):
    return ganvas.GanTrainer(**(NETS[net] | {"epochs": 2, "batch_size": 32, "random_state": 0, "verbose": 0} | more))


@each_net
def test_the_same_seed_gives_the_same_bits(net, digits):
    first, second = (bits(trainer(net).fit(digits[:64])) for _ in range(2))
    assert_same_bits(first, second)


@each_net
def test_another_seed_gives_other_weights_and_samples(net, digits):
    first, second = (bits(trainer(net, random_state=seed).fit(digits[:64])) for seed in range(2))
    for name in first:
        if name.startswith(("state.generator", "state.discriminator")) or name == "samples":
            assert first[name].tobytes() != second[name].tobytes(), name


@each_net
def test_two_estimators_in_two_threads_give_what_they_give_alone(net, digits):
    alone = [bits(trainer(net, random_state=seed, epochs=2).fit(digits)) for seed in range(2)]
    together = [trainer(net, random_state=seed, epochs=2) for seed in range(2)]
    start = threading.Barrier(2)

    def fit(gan):
        start.wait()
        gan.fit(digits)

    threads = [threading.Thread(target=fit, args=(gan,)) for gan in together]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for wanted, gan in zip(alone, together, strict=True):
        assert_same_bits(bits(gan), wanted)


GO_ON = """
import sys
import numpy as np
import ganvas
sys.path.insert(0, sys.argv[1])
from bits import bits
digits = ganvas.data.load_digits()[:64]
gan = ganvas.GanTrainer.load(sys.argv[2], device="cpu").partial_fit(digits, epochs=2)
np.savez(sys.argv[3], **bits(gan))
"""


@each_net
def test_training_goes_on_in_a_new_process_bit_for_bit(net, digits, tmp_path):
    whole = bits(trainer(net, epochs=4, device="cpu").fit(digits[:64]))
    trainer(net, epochs=2, device="cpu").fit(digits[:64]).save(tmp_path / "half.safetensors")
    paths = [Path(__file__).parent, tmp_path / "half.safetensors", tmp_path / "whole.npz"]
    subprocess.run([sys.executable, "-c", GO_ON, *map(str, paths)], check=True)
    with np.load(tmp_path / "whole.npz") as found:
        assert_same_bits(dict(found), whole)


def test_samples_go_on_in_the_models_own_stream_after_load(digits, tmp_path):
    gan = trainer("mlp").fit(digits[:64])
    gan.sample(3)
    gan.save(tmp_path / "gan.safetensors")
    loaded = ganvas.GanTrainer.load(tmp_path / "gan.safetensors")
    first, second = gan.sample(5), gan.sample(5)
    assert np.array_equal(loaded.sample(5), first)
    assert np.array_equal(loaded.sample(5), second)
    assert not np.array_equal(first, second)


def test_a_seed_for_samples_leaves_the_models_own_stream_alone(digits):
    one, other = (trainer("mlp").fit(digits[:64]) for _ in range(2))
    seeded = one.sample(4, random_state=3)
    assert np.array_equal(one.sample(4, random_state=3), seeded)
    assert np.array_equal(one.sample(4), other.sample(4))


def test_many_samples_begin_with_the_few(digits):
    gan = trainer("dcgan").fit(digits[:64])
    few, many = gan.sample(3, random_state=1), gan.sample(300, random_state=1)
    # Other batch sizes use other kernels, which may round a byte differently.
    assert np.abs(many[:3].astype(int) - few).max() <= 1


@each_net
def test_the_users_random_streams_are_left_alone(net, digits, tmp_path):
    def states():
        kind, keys, *rest = np.random.get_state()
        return torch.get_rng_state().tolist(), (kind, keys.tolist(), *rest), random.getstate()

    before = states()
    gan = trainer(net, random_state=None).fit(digits[:64])
    gan.sample(3)
    gan.sample(3, random_state=1)
    gan.save(tmp_path / "gan.safetensors")
    ganvas.GanTrainer.load(tmp_path / "gan.safetensors").partial_fit(digits[:64]).sample()
    assert states() == before


@each_net
@each_mode
def test_torchs_modes_around_training_change_nothing(net, mode, digits):
    plain = trainer(net).fit(digits[:64]).partial_fit(digits[:64])
    with mode():
        gan = trainer(net).fit(digits[:64]).partial_fit(digits[:64])
    assert_same_bits(bits(gan), bits(plain))


@each_net
@each_mode
def test_torchs_modes_around_sampling_change_nothing(net, mode, digits):
    gan = trainer(net).fit(digits[:64].astype(np.float32))
    plain = gan.sample(8, random_state=0)
    with mode():
        found = gan.sample(8, random_state=0)
    assert np.array_equal(found, plain)


def test_an_integer_seed_equals_the_same_numpy_integer(digits):
    assert_same_bits(
        bits(trainer("mlp", random_state=7).fit(digits[:64])),
        bits(trainer("mlp", random_state=np.int64(7)).fit(digits[:64])),
    )


def test_no_seed_gives_other_weights_every_time(digits):
    one, other = (bits(trainer("mlp", random_state=None).fit(digits[:64])) for _ in range(2))
    assert differ(one, other)

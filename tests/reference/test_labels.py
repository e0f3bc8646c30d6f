"""Labels, codes and other inputs of the networks, compared with plain torch."""

import itertools

import pytest
from test_training import compare

pytestmark = pytest.mark.usefixtures("one_thread")
GENERATORS = ("concatenation", "embedding", "modulation")
DISCRIMINATORS = ("concatenation", "projection", "auxiliary")
NETS = ("mlp on rows", "mlp on images", "dcgan", "resnet")
CASES = [
    *(
        {"labels": labels, "conditioning": generator, "discriminator_conditioning": discriminator}
        for labels in ("classes", "numbers")
        for generator, discriminator in itertools.product(GENERATORS, DISCRIMINATORS)
    ),
    {"labels": "classes", "penalty": "gradient", "discriminator_conditioning": "projection"},
    {"labels": "classes", "penalty": ["mode_seeking", "r1"]},
    {"labels": "classes", "penalty": ["feature_matching", "consistency"]},
    {"labels": "classes", "pac": 2},
    {"labels": "classes", "discriminator_conditioning": "auxiliary", "auxiliary_weight": 0.3, "n_critic": 2},
    {"codes": 3},
    {"codes": (0, 2)},
    {"codes": (4, 1), "n_critic": 2},
    {"latent_noise": 0.3},
    {"latent_noise": 0.3, "n_critic": 2, "norm": "layer"},
    # A batch norm would remove a constant.
    {"minibatch_std": True, "discriminator_norm": "layer"},
    {"minibatch_std": True, "labels": "numbers", "penalty": "r1"},
    {"spectral_norm": True, "labels": "classes", "discriminator_conditioning": "projection"},
]


@pytest.mark.parametrize(("net", "settings"), list(itertools.product(NETS, CASES)), ids=str)
def test_ten_steps_are_those_of_a_plain_loop(net, settings):
    compare(net, settings)


@pytest.mark.parametrize("settings", [{"maxout": 3}, {"maxout": 2, "penalty": "r1", "labels": "classes"}], ids=str)
def test_maxout_is_that_of_a_plain_loop(settings):
    compare("mlp on images", settings)


@pytest.mark.parametrize("spectral", [True, False])
@pytest.mark.parametrize("net", ["dcgan", "resnet"])
def test_attention_is_that_of_a_plain_loop(net, spectral):
    compare(net, {"attention": True, "spectral_norm": spectral})

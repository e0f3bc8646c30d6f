"""Penalties, norms and optimiser settings, compared with plain torch."""

import pytest
import torch
from formulas import OF_GENERATOR, PENALTIES, SMOOTHED
from networks import assert_near
from registries import names
from safetensors.torch import load
from test_training import BATCH, NETS, compare, trained

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")
CASES = [
    *({"penalty": name, "norm": norm} for name in PENALTIES for norm in ("none", "layer")),
    {"penalty": "r1", "norm": "instance"},
    {"penalty": ["r1", "r2"]},
    {"penalty": {"name": "r1", "weight": 3.0, "every": 2}},
    {"penalty": ["gradient", "lecam"], "objective": "wasserstein"},
    {"spectral_norm": True, "norm": "none", "objective": "hinge"},
    {"spectral_norm": True, "penalty": "gradient"},
    {"norm": "layer"},
    {"norm": "instance", "discriminator_norm": "batch"},
    {"discriminator_lr": 1e-3},
    {"lr_schedule": "linear"},
    {"lr_schedule": "warmup"},
    {"max_grad_norm": 0.01},
    {"objective": "relativistic", "n_critic": 2},
    {"penalty": {"name": "gradient", "one_sided": True}},
    {"penalty": [{"name": "path_length", "every": 2}, "mode_seeking", "r1"], "n_critic": 2},
    {"label_flip": 0.3},
    {"instance_noise": 0.3},
    {"instance_noise": 0.1, "instance_noise_schedule": "constant", "penalty": "r1"},
    {"pac": 2, "penalty": "gradient"},
    {"pac": 2, "penalty": "mode_seeking"},
    *({"label_smoothing": 0.2, "objective": name} for name in SMOOTHED),
]
COMBINATIONS = [
    (net, settings)
    for net in NETS
    for settings in CASES
    if "mlp" not in net or (settings.get("norm") != "instance" and settings.get("discriminator_norm") != "batch")
]
PLAYERS = {name: "generator" if name in OF_GENERATOR else "discriminator" for name in PENALTIES}


@pytest.mark.parametrize("name", names("penalty"))
def test_there_is_a_formula(name):
    assert set(PENALTIES) < set(names("penalty"))
    if name not in {*PENALTIES, "weight_clip"}:
        pytest.skip(f"formulas.py has no {name}")


def test_every_penalty_has_its_weight():
    for name, (_, weight, _) in PENALTIES.items():
        gan = ganvas.GanTrainer(penalty=name, epochs=1, verbose=0).fit(ganvas.data.ring(64, random_state=0))
        assert gan.penalty_ == [{"name": name, "weight": weight, "every": 1, "one_sided": False}]


@pytest.mark.parametrize(("net", "settings"), COMBINATIONS, ids=str)
def test_ten_steps_are_those_of_a_plain_loop(net, settings):
    compare(net, settings)


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("name", PENALTIES)
def test_values_and_gradients_of_the_weights_are_those_of_torch(net, name):
    # After one step Adam's mean is (1 - beta1) times the gradient, including double backward.
    settings = {"objective": "wasserstein", "penalty": name, "betas": (0.5, 0.999), "n_critic": 1}
    run, loop = trained(net, **settings, n=BATCH, epochs=1)
    player = PLAYERS[name]
    wanted = loop.gradients[player].values()
    flat = torch.cat([g.permute(0, 2, 3, 1).flatten() if g.dim() == 4 else g.flatten() for g in wanted])
    found = load(bytes(run.to_bytes("{}")))[f"adam.{player}.mean"] / 0.5
    assert_near(found / flat.abs().max(), flat / flat.abs().max(), 1e-5)
    column = "generator_penalty" if player == "generator" else "penalty"
    assert run.history()[column][0] == pytest.approx(loop.history[0][column], rel=1e-5)

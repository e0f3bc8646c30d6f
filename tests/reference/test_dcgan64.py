import pytest
import torch
from networks import Chain, assert_near
from runs import images, new_run
from torch import nn

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")


def up(inputs, outputs, stride=2, padding=1):
    return [
        nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


def down(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]


def usual_generator():
    blocks = [*up(100, 512, 1, 0), *up(512, 256), *up(256, 128), *up(128, 64)]
    return nn.Sequential(*blocks, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())


def usual_discriminator():
    first = [nn.Conv2d(3, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    last = nn.Conv2d(512, 1, 4, 1, 0, bias=False)
    return nn.Sequential(*first, *down(64, 128), *down(128, 256), *down(256, 512), last)


USUAL = {"generator": (usual_generator, (100, 1, 1)), "discriminator": (usual_discriminator, (3, 64, 64))}
each_network = pytest.mark.parametrize("name", USUAL)


@pytest.fixture(scope="module")
def run():
    run, _ = new_run(ganvas.GanTrainer(net="dcgan", base_channels=64, latent_dim=100), images(2, 64, 3), seed=5)
    return run


def traced(network, x):
    """Kind and output shape of every layer, except reshaping layers."""
    steps = []
    for layer in network:
        x = layer(x)
        if not isinstance(layer, nn.Flatten | nn.Unflatten):
            steps.append((type(layer), tuple(x.shape)))
    return steps


@each_network
def test_layers_are_the_usual_ones_one_by_one(run, name):
    make, shape = USUAL[name]
    plain = Chain(run.network(name), run.state_dict(name)).eval()
    x = torch.zeros(1, *shape)
    with torch.no_grad():
        assert traced(plain, x.flatten(1) if name == "generator" else x) == traced(make().eval(), x)


@each_network
def test_weights_have_the_usual_shapes_and_outputs_are_the_same(run, name):
    make, shape = USUAL[name]
    paper, named = make().eval(), run.state_dict(name)
    own = [(key, value) for key, value in paper.state_dict().items() if not key.endswith("num_batches_tracked")]
    # ganvas lists weights before running statistics.
    own.sort(key=lambda item: "running" in item[0])
    assert [tuple(value.shape) for _, value in own] == [tuple(value.shape) for value in named.values()]
    paper.load_state_dict(dict(zip([key for key, _ in own], named.values(), strict=True)), strict=False)
    x = torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = run.network(name)(x.flatten(1) if name == "generator" else x)
        assert_near(found.flatten(), paper(x).flatten(), 1e-5)


@each_network
def test_initial_weights_are_normal_with_deviation_two_hundredths(run, name):
    for key, value in run.state_dict(name).items():
        tolerance = 5 / value.numel() ** 0.5
        if key.endswith("norm.weight"):
            mean = 1.0
        elif value.dim() == 4:
            mean = 0.0
        else:
            assert torch.equal(value, torch.full_like(value, float(key.endswith("running_var")))), key
            continue
        assert abs(value.mean().item() - mean) < 0.02 * tolerance, key
        assert abs(value.std().item() / 0.02 - 1) < tolerance, key
        share = ((value - mean).abs() < 0.02).float().mean().item()
        assert abs(share - 0.6827) < tolerance, key


def test_no_two_weights_start_alike(run):
    starts = [value.flatten()[:8] for name in USUAL for value in run.state_dict(name).values() if value.dim() == 4]
    assert len({tuple(start.tolist()) for start in starts}) == len(starts) == 10

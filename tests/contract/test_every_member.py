import itertools
import re

import numpy as np
import pytest
import torch
from registries import names, pairs, smooths

import ganvas
from ganvas import _core
from ganvas._data.arrays import measure, read

pytestmark = pytest.mark.usefixtures("one_thread")
OBJECTIVES, NETS = names("objective"), names("net", "gan")
N = 12
SHAPES = {
    "rows": (N, 3),
    "8x8": (N, 8, 8),
    "14x28": (N, 14, 28),
    "28x28": (N, 28, 28),
    "4x4x3": (N, 4, 4, 3),
    "16x16x3": (N, 16, 16, 3),
    "28x28x3": (N, 28, 28, 3),
}
COMBINATIONS = list(itertools.product(OBJECTIVES, NETS, SHAPES))


def data(shape):
    numbers = np.random.default_rng(0)
    if len(SHAPES[shape]) == 2:
        return numbers.normal(size=SHAPES[shape]).astype(np.float32)
    return numbers.integers(0, 256, SHAPES[shape], dtype=np.uint8)


def trainer(**parameters):
    return ganvas.GanTrainer(epochs=1, batch_size=4, random_state=0, verbose=0, progress=False, **parameters)


def works_on(net, X):
    """True if a net supports X; other nets must raise a ShapeError that names them."""
    gan = trainer()
    array, layout = read(gan, X, None, None)
    try:
        gan._create({"net": net, "batch_size": 4}, measure([array], layout, array.shape[1:]), array, "cpu")
    except ganvas.exceptions.ShapeError as error:
        assert f'for net="{net}"' in str(error)
        return False
    return True


FITTING = {(net, shape) for net in NETS for shape in SHAPES if works_on(net, data(shape))}


def test_every_net_takes_some_data_and_all_data_find_a_net():
    assert {net for net, _ in FITTING} == set(NETS)
    assert {shape for _, shape in FITTING} == set(SHAPES)


@pytest.mark.parametrize(
    ("objective", "net", "shape"), [(objective, *fit) for objective, *fit in COMBINATIONS if tuple(fit) in FITTING]
)
def test_every_combination_trains_samples_and_survives_its_file(objective, net, shape, tmp_path):
    X = data(shape)
    gan = trainer(objective=objective, net=net, n_critic=2).fit(X)
    assert gan._run.progress().step == 3
    assert (gan.objective_, gan.net_) == (objective, net)
    row = gan.history_.row(-1)
    assert (row["epoch"], row["samples"]) == (1, N)
    assert np.isfinite(list(row.values())).all()

    gan.save(tmp_path / "gan.safetensors")
    loaded = ganvas.GanTrainer.load(tmp_path / "gan.safetensors")
    samples = gan.sample(5)
    assert (samples.shape, samples.dtype) == ((5, *X.shape[1:]), X.dtype)
    assert np.isfinite(samples).all()
    # After three steps samples differ by less than one byte.
    made = gan.generator_(torch.randn(5, gan.latent_dim_))
    assert (made[1:] != made[:-1]).flatten(1).any(1).all()
    assert np.array_equal(loaded.sample(5), samples)
    assert loaded.history_ == gan.history_
    assert loaded.get_params() == gan.get_params()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_moves_both_networks(objective):
    X = data("rows")
    gan = trainer(objective=objective).set_params(batch_size=1, n_critic=None).fit(X)
    assert gan.n_critic_ <= N
    new = trainer(objective=objective).set_params(batch_size=1, lr=1e-30).fit(X)
    for player in ("generator", "discriminator"):
        before, after = new._run.state_dict(player), gan._run.state_dict(player)
        assert all((after[name] != before[name]).any() for name in before if name.endswith("weight")), player


def test_the_face_lists_objectives_in_the_order_of_the_core():
    assert ganvas.objectives.names() == OBJECTIVES
    assert len(set(OBJECTIVES)) == len(OBJECTIVES)


@pytest.mark.parametrize("registry", [("objective",), ("net", "gan"), ("penalty",)], ids=" ".join)
def test_every_member_has_a_description_with_source_and_year(registry):
    for name, description in _core.members(*registry):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert re.search(r"\([A-Z].*, (19|20)\d\d\)$", description), f"{name}: {description}"
        assert f'"{name}"' in ganvas.GanTrainer.__doc__


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_losses_of_every_objective_have_the_gradients_of_finite_differences(objective):
    numbers = np.random.default_rng(4)
    scores = [torch.tensor(numbers.normal(0, 2, 5), requires_grad=True) for _ in range(2)]
    for smoothing in (0.0, 0.1) if smooths(objective) else (0.0,):
        assert torch.autograd.gradcheck(lambda *s, by=smoothing: _core.objective_losses(objective, *s, by), scores)
    losses = getattr(ganvas.objectives, objective)(*scores)
    assert [loss.shape for loss in losses] == [(), ()]
    # The generator's loss decreases with the scores of its samples.
    assert torch.autograd.grad(losses[1], scores[1])[0].sum() < 0


def test_objectives_declare_pairs_and_label_smoothing():
    assert pairs("relativistic")
    assert not pairs("hinge")
    assert smooths("minimax")
    assert smooths("relativistic")
    assert not smooths("hinge")
    assert not smooths("wasserstein")


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_is_a_documented_function(objective):
    function = getattr(ganvas.objectives, objective)
    assert objective in dir(ganvas.objectives)
    assert "real_scores" in function.__doc__

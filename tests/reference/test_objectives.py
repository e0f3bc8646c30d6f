import math

import numpy as np
import pytest
import torch
from formulas import CLOSED_FORMS, PAIRED, TORCH_FORMS

import ganvas

NAMES = ganvas.objectives.names()
each_objective = pytest.mark.parametrize("name", NAMES)
each_formula = pytest.mark.parametrize("name", CLOSED_FORMS)


def random_scores(seed, n, m, dtype=torch.float32):
    numbers = np.random.default_rng(seed)
    return [torch.tensor(numbers.normal(0, 2, size), dtype=dtype, requires_grad=True) for size in (n, m)]


@each_objective
def test_there_is_a_formula(name):
    assert set(CLOSED_FORMS) == set(TORCH_FORMS) <= set(NAMES)
    if name not in CLOSED_FORMS:
        pytest.skip(f"formulas.py has no {name}")


@each_formula
@pytest.mark.parametrize(("n", "m"), [(64, 64), (5, 9), (1, 1)])
def test_losses_are_the_closed_form(name, n, m):
    real, fake = random_scores(1, n, n if name in PAIRED else m)
    losses = getattr(ganvas.objectives, name)(real, fake)
    real, fake = (scores.detach().double().numpy() for scores in (real, fake))
    discriminator, generator = CLOSED_FORMS[name]
    wanted = discriminator(real, fake), generator(real, fake)
    assert [tuple(loss.shape) for loss in losses] == [(), ()]
    assert [loss.item() for loss in losses] == pytest.approx(wanted, rel=0, abs=1e-6)


@each_formula
def test_gradients_with_respect_to_scores_are_those_of_the_formula(name):
    real, fake = random_scores(2, 32, 32 if name in PAIRED else 48)
    discriminator_loss, generator_loss = getattr(ganvas.objectives, name)(real, fake)
    discriminator, generator = TORCH_FORMS[name]
    found = torch.autograd.grad(discriminator_loss, [real, fake])
    wanted = torch.autograd.grad(discriminator(real, fake), [real, fake])
    found += torch.autograd.grad(generator_loss, [fake])
    wanted += torch.autograd.grad(generator(real, fake), [fake])
    for one, other in zip(found, wanted, strict=True):
        assert other.abs().max() > 1e-3
        assert (one - other).abs().max() < 1e-6


@pytest.mark.parametrize("name", sorted(set(CLOSED_FORMS) - PAIRED))
def test_the_generator_does_not_look_at_real_scores(name):
    real, fake = random_scores(3, 4, 4)
    _, generator_loss = getattr(ganvas.objectives, name)(real, fake)
    assert torch.autograd.grad(generator_loss, [real], allow_unused=True) == (None,)


def test_pairs_need_as_many_scores_of_both():
    said = "^fake_scores: expected as many as real_scores, got 9 and 5$"
    with pytest.raises(ganvas.exceptions.ShapeError, match=said):
        ganvas.objectives.relativistic(*random_scores(1, 5, 9))


@each_objective
def test_scores_far_out_give_finite_losses_and_gradients(name):
    for value in (-300.0, 300.0):
        real, fake = (torch.full((3,), sign * value, requires_grad=True) for sign in (1, -1))
        losses = getattr(ganvas.objectives, name)(real, fake)
        gradients = torch.autograd.grad(sum(losses), [real, fake])
        assert all(torch.isfinite(number).all() for number in (*losses, *gradients))


@pytest.mark.parametrize(("name", "generator"), [("non_saturating", 0.6931), ("minimax", -0.6931)])
def test_cross_entropy_of_a_discriminator_that_says_nine_tenths_and_one_half(name, generator):
    real, fake = torch.full((10,), math.log(0.9 / 0.1)), torch.zeros(10)
    losses = getattr(ganvas.objectives, name)(real, fake)
    assert [round(loss.item(), 4) for loss in losses] == [0.7985, generator]

"""Members of the registries and their properties, queried from the extension, so that no test lists them."""

import functools

import numpy as np
import pytest
import torch

from ganvas import GanTrainer, VaeTrainer, _core
from ganvas.exceptions import ParameterError, ShapeError, UnknownNameError

QUIET = {"epochs": 1, "batch_size": 4, "random_state": 0, "verbose": 0, "progress": False, "device": "cpu"}
ROWS = np.random.default_rng(0).random((8, 3), dtype=np.float32)
PICTURES = np.random.default_rng(0).integers(0, 256, (8, 8, 8), dtype=np.uint8)


def names(registry, family=None):
    return [name for name, _ in _core.members(registry, family)]


def nets_of_arrays(family):
    """Nets that take arrays; others take texts."""
    return [name for name in names("net", family) if name not in names("net", "sequence")]


def refusal(kind, **parameters):
    """The ParameterError that an estimator raises with these parameters for a few rows, or None."""
    try:
        kind(**QUIET, net="mlp", hidden=(4,), latent_dim=2, **parameters).fit(ROWS)
    except ParameterError as error:
        return error
    return None


@functools.cache
def choices(kind, parameter):
    """The names that a parameter accepts, as listed in its error."""
    with pytest.raises(UnknownNameError) as caught:
        kind(**QUIET, **{parameter: "?"}).fit(PICTURES, np.arange(8) % 2)
    return str(caught.value).partition("known: ")[2].split(", ")


@functools.cache
def takes(net, kind=GanTrainer, rows=False, **parameters):
    """True if a net supports images, or rows, with these parameters."""
    try:
        kind(**QUIET, net=net, **parameters).fit(ROWS if rows else PICTURES)
    except (ParameterError, ShapeError):
        return False
    return True


@functools.cache
def smooths(objective):
    """True if the objective supports label smoothing."""
    return refusal(GanTrainer, objective=objective, label_smoothing=0.1) is None


@functools.cache
def pairs(objective):
    """True if the generator's loss uses the scores of real samples."""
    real, fake = (torch.zeros(2, requires_grad=True) for _ in range(2))
    loss = _core.objective_losses(objective, real, fake, 0.0)[1]
    return torch.autograd.grad(loss, [real], allow_unused=True) != (None,)


@functools.cache
def needs_slopes(penalty):
    """True if the penalty needs per-sample gradients, which batch norm mixes."""
    return refusal(GanTrainer, penalty=penalty, discriminator_norm="batch") is not None


@functools.cache
def components(prior):
    """A small number of components, or None for a prior without components."""
    return 3 if refusal(VaeTrainer, prior=prior, n_components=3) is None else None


@functools.cache
def fits(bottleneck, bound="elbo", prior=None):
    """True if a bottleneck supports a bound and a prior."""
    return refusal(VaeTrainer, bottleneck=bottleneck, bound=bound, prior=prior) is None


def row_latents():
    """Bottlenecks with one row per latent, which can be compared with draws from a prior."""
    return [name for name in names("bottleneck") if fits(name, "mmd")]


def densities():
    """Bottlenecks that draw latents from a density."""
    return [name for name in names("bottleneck") if fits(name, prior="standard_normal")]

"""The expected gradient of `doubly_reparameterized` is that of the importance-weighted bound."""

import math

import numpy as np
import pytest
import torch
from coders import PlainCoder, in_range, new_coder, train
from safetensors.torch import load
from torch.distributions import Normal

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")
ROWS, DRAWS, PARTS = 30_000, 5, 30
SETTINGS = {"net": "mlp", "hidden": (3,), "latent_dim": 1, "activation": "tanh", "epochs": 1, "batch_size": ROWS}


@pytest.mark.parametrize("beta", [0.5, 1, 4])
def test_the_encoder_gets_the_gradient_of_the_importance_weighted_bound(beta):
    X = np.tile(np.float32([[-2], [-0.5], [1], [1.5]]), (ROWS // 4, 1))
    more = {"beta": beta, "n_importance": DRAWS, "likelihood": "gaussian", "variance": 0.1}
    run, array, _ = new_coder(ganvas.VaeTrainer(**SETTINGS, **more, bound="doubly_reparameterized"), X, seed=3)
    model, x = PlainCoder(run), in_range(run, array)
    # Plain autograd through independent reparameterised draws, in parts that give the standard error.
    generator, parts = torch.Generator().manual_seed(0), []
    weights = list(model.networks["encoder"].named_tensors().values())
    for part in x.chunk(PARTS):
        features = model.networks["encoder"](part)
        posterior = Normal(features[:, :1], (features[:, 1:] / 2).exp())
        z = posterior.mean + posterior.stddev * torch.randn(DRAWS, len(part), 1, generator=generator)
        divergence = (posterior.log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(2)
        log_weight = model.log_likelihood(z, part, None) - beta * divergence
        loss = -(log_weight.logsumexp(0) - math.log(DRAWS)).mean()
        parts.append(torch.cat([g.flatten() for g in torch.autograd.grad(loss, weights)]))
    parts = torch.stack(parts)
    wanted, error = parts.mean(0), parts.std(0) / PARTS**0.5
    train(run, array, 1)
    # After one step Adam's mean is (1 - beta1) times the gradient.
    found = load(bytes(run.to_bytes("{}")))["adam.encoder.mean"] / 0.1
    assert ((found - wanted).abs() < 6 * error).all()
    assert (wanted.abs() > 20 * error).any()

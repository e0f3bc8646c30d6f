"""Executors differ in speed only: training gives the same steps with all of them, also after a switch."""

import re

import numpy as np
import pytest
import torch
from registries import choices, fits, names, pairs

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer, VqVaeTrainer
from ganvas.exceptions import ParameterError, UnknownNameError

pytestmark = pytest.mark.usefixtures("one_thread")
N, BATCH = 40, 8


def rows():
    return np.random.default_rng(0).normal(2, 3, (N, 5)).astype(np.float32)


def images(*shape):
    return np.random.default_rng(0).integers(0, 256, (N, *shape), dtype=np.uint8)


def weights(model):
    return np.concatenate(
        [
            values.numpy().ravel()
            for network, _ in model._run.sizes()
            for values in model._run.state_dict(network).values()
        ]
    )


def trained(kind, X, y=None, executor="tch", then=None, **params):
    """Train two epochs of five steps, the second one with executor `then` if given."""
    model = kind(**{"batch_size": BATCH, "random_state": 0, "verbose": 0, "progress": False, "epochs": 1, **params})
    model.set_params(executor=executor).fit(X, y)
    assert model.executor_ == executor
    return model.set_params(executor=then or executor).partial_fit(X, y)


def assert_same_steps(kind, X, y=None, **params):
    tch = trained(kind, X, y, "tch", **params)
    # Losses of pairs do not depend on an offset of the scores, so the last bias follows rounding errors of its
    # gradient.
    free = "objective" in params and pairs(params["objective"])
    for path in (("native", "native"), ("tch", "native"), ("native", "tch")):
        other = trained(kind, X, y, path[0], path[1], **params)
        assert other.executor_ == path[1]
        off = np.abs(weights(other) - weights(tch))
        # Adam follows the sign of a gradient near zero, which depends on rounding.
        assert (off < 2e-5).mean() > 0.97, path
        assert off.max() < (2e-3 if free else 3e-4), path
        for name, values in tch.history_.items():
            if name not in ("seconds", "active_units"):
                limit = 2e-3 if free and name in ("real_score", "fake_score") else 1e-4
                np.testing.assert_allclose(other.history_[name], values, rtol=limit, atol=limit, err_msg=name)
        assert np.isfinite(other.sample(3)).all()


@pytest.mark.parametrize("objective", names("objective"))
@pytest.mark.parametrize("n_critic", [1, 2])
def test_gans_on_rows(objective, n_critic):
    params = {"net": "mlp", "hidden": (12, 7), "latent_dim": 4, "lr": 1e-4}
    assert_same_steps(GanTrainer, rows(), objective=objective, n_critic=n_critic, **params)


def test_gans_of_dense_layers_on_colour():
    assert_same_steps(GanTrainer, images(8, 8, 3), net="mlp", hidden=(12,), latent_dim=4, lr=1e-4)


@pytest.mark.parametrize("shape", [(8, 8), (13, 13), (16, 16, 3), (28, 28), (33, 33, 2)], ids=str)
def test_gans_of_convolutions(shape):
    params = {"net": "dcgan", "base_channels": 2, "latent_dim": 4, "lr": 1e-4, "depth": 1 + (shape[0] < 20)}
    assert_same_steps(GanTrainer, images(*shape), channels="last" if len(shape) == 3 else None, **params)


@pytest.mark.parametrize("penalty", ["r1", "r2", "gradient", "dragan", "max_gradient"])
@pytest.mark.parametrize("net", ["mlp", "dcgan", "resnet"])
def test_penalties_of_gradients(net, penalty):
    params = {"net": net, "latent_dim": 4, "lr": 1e-4, "penalty": {"name": penalty, "every": 2}}
    params |= {"hidden": (12, 7)} if net == "mlp" else {"base_channels": 2}
    assert_same_steps(GanTrainer, images(8, 8), discriminator_norm="none", **params)


@pytest.mark.parametrize("y", [np.arange(N) % 3, np.linspace(0, 1, N)], ids=["classes", "numbers"])
@pytest.mark.parametrize("penalty", [[], "r1"])
@pytest.mark.parametrize("spectral", [True, False])
@pytest.mark.parametrize(
    "both",
    [("modulation", "projection"), ("embedding", "concatenation"), ("concatenation", "auxiliary")],
    ids=lambda both: both[1],
)
def test_gans_of_residual_blocks_with_labels(both, spectral, penalty, y):
    params = {"net": "resnet", "latent_dim": 4, "lr": 1e-4, "base_channels": 2, "penalty": penalty}
    params |= dict(zip(("conditioning", "discriminator_conditioning"), both, strict=True))
    assert_same_steps(GanTrainer, images(9, 8, 3), y, channels="last", spectral_norm=spectral, **params)


@pytest.mark.parametrize("net", ["dcgan", "resnet"])
def test_attention_and_deviations_of_batches(net):
    params = {"net": net, "latent_dim": 4, "lr": 1e-4, "base_channels": 8, "attention": 8, "norm": "none"}
    assert_same_steps(GanTrainer, images(16, 16, 3), channels="last", minibatch_std=True, depth=2, **params)


@pytest.mark.parametrize("penalty", ["r1", "gradient"])
@pytest.mark.parametrize("net", ["mlp", "dcgan", "resnet"])
def test_penalties_of_gradients_through_layer_norms(net, penalty):
    params = {"net": net, "latent_dim": 4, "lr": 1e-4} | ({"hidden": (12, 7)} if net == "mlp" else {"base_channels": 2})
    assert_same_steps(GanTrainer, images(8, 8), penalty=penalty, discriminator_norm="layer", **params)


@pytest.mark.parametrize("net", ["dcgan", "resnet"])
@pytest.mark.parametrize("norm", choices(GanTrainer, "norm"))
def test_norms_of_gans(norm, net):
    params = {"net": net, "latent_dim": 4, "lr": 1e-4, "base_channels": 2}
    assert_same_steps(GanTrainer, images(8, 8), norm=norm, discriminator_norm=norm, **params)


def test_layer_norms_maxout_and_noise_of_rows():
    params = {"net": "mlp", "hidden": (12, 7), "latent_dim": 4, "lr": 1e-4, "norm": "layer", "latent_noise": 0.1}
    assert_same_steps(GanTrainer, rows(), discriminator_norm="layer", **params)
    maxout = {"maxout": 3, "discriminator_norm": "none", "penalty": "r1"}
    assert_same_steps(GanTrainer, rows(), **params | maxout)


@pytest.mark.parametrize("shape", [(8, 8), (9, 14), (16, 16, 3), (28, 28)], ids=str)
@pytest.mark.parametrize("net", ["conv", "resnet"])
@pytest.mark.parametrize("kind", [VaeTrainer, VqVaeTrainer])
def test_autoencoders_of_convolutions(kind, net, shape):
    params = {"net": net, "base_channels": 2, "depth": 2, "latent_dim": 3, "lr": 1e-4, "activation": "elu"}
    params |= {"channels": "last" if len(shape) == 3 else None}
    params |= {"hidden": (12,), "likelihood": "bernoulli"} if kind is VaeTrainer else {"n_codes": 4}
    assert_same_steps(kind, images(*shape), np.arange(N) % 3, **params)


TOGETHER = [(bound, name) for bound in names("bound") for name in names("bottleneck") if fits(name, bound)]
SMALL = {"plain": AutoencoderTrainer, "vector_quantized": VqVaeTrainer}
DENSE = {"net": "mlp", "hidden": (12,), "latent_dim": 3, "lr": 1e-4}


@pytest.mark.parametrize("likelihood", names("likelihood"))
@pytest.mark.parametrize(("bound", "bottleneck"), TOGETHER)
def test_autoencoders(bound, bottleneck, likelihood):
    params = {"likelihood": likelihood, **DENSE}
    kind = SMALL.get(bottleneck, VaeTrainer)
    if kind is VaeTrainer:
        params |= {"bottleneck": bottleneck, "bound": bound}
    elif kind is AutoencoderTrainer:
        params |= {"bound": bound}
    else:
        # Few codes, far apart: the nearest code must not depend on rounding.
        params |= {"n_codes": 4}
    assert_same_steps(kind, images(8, 8), **params)


@pytest.mark.parametrize("prior", names("prior"))
@pytest.mark.parametrize("y", [np.arange(N) % 3, np.linspace(0, 1, N)], ids=["classes", "numbers"])
def test_priors_with_labels(prior, y):
    assert_same_steps(VaeTrainer, images(8, 8), y, prior=prior, likelihood="bernoulli", **DENSE)


@pytest.mark.parametrize("activation", choices(VaeTrainer, "activation"))
def test_activations_and_dynamic_binarisation(activation):
    X = images(9, 11)
    params = {**DENSE, "activation": activation, "likelihood": "bernoulli", "binarize": "dynamic"}
    assert_same_steps(VaeTrainer, X, bound="importance_weighted", n_importance=3, ema=100.0, **params)


@pytest.mark.parametrize("batch_size", [1, 7])
@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_any_number_of_threads_and_odd_batches(threads, batch_size):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(threads)
        assert_same_steps(VaeTrainer, images(8, 8), batch_size=batch_size, likelihood="bernoulli", **DENSE)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("kind", [GanTrainer, VaeTrainer])
def test_the_same_seed_gives_the_same_bits(kind):
    params = {"net": "mlp", "hidden": (200, 100), "latent_dim": 9}
    X = images(16, 16)
    one, other = (trained(kind, X, executor="native", **params) for _ in range(2))
    np.testing.assert_array_equal(weights(one), weights(other))


EVALUATED = {
    "projection": {"net": "resnet", "spectral_norm": True, "discriminator_conditioning": "projection"},
    "batch norms in blocks": {"net": "resnet", "conditioning": "modulation"},
    "attention and deviations": {
        "net": "dcgan",
        "attention": 8,
        "minibatch_std": True,
        "discriminator_norm": "instance",
    },
}


@pytest.mark.parametrize("params", EVALUATED.values(), ids=list(EVALUATED))
def test_fitted_networks_give_the_same_on_both_executors_and_do_not_change(params):
    labels = [torch.arange(5) % 3] if {"conditioning", "discriminator_conditioning"} & set(params) else []
    gan = trained(
        GanTrainer, images(16, 16), np.arange(N) % 3 if labels else None, base_channels=4, latent_dim=6, **params
    )
    for network, shape in ((gan.discriminator_, (5, 1, 16, 16)), (gan.generator_, (5, 6))):
        x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            natively = [network(x, *labels) for _ in range(2)]
        # With gradients, libtorch evaluates.
        torch.testing.assert_close(natively[0], network(x.requires_grad_(), *labels).detach(), rtol=1e-5, atol=1e-5)
        assert torch.equal(*natively)


def test_labels_have_gradients():
    gan = trained(GanTrainer, images(8, 8), np.linspace(0, 1, N), net="resnet", conditioning="modulation", latent_dim=4)
    y = torch.zeros(3, 1, requires_grad=True)
    gan.generator_(torch.randn(3, 4), y).sum().backward()
    assert y.grad.abs().sum() > 0


def test_auto_takes_the_native_executor_where_it_has_every_layer():
    fast = VaeTrainer(**DENSE, epochs=1, batch_size=BATCH, verbose=0, progress=False).fit(images(8, 8))
    assert fast.executor == "auto"
    assert fast.executor_ == "native"
    assert fast.explain() == "native: has every layer of encoder and decoder"
    assert fast.set_params(executor="tch").fit(images(8, 8)).explain() == 'tch: executor="tch"'


def test_the_convolutions_with_fewer_products_are_named():
    params = {"net": "dcgan", "base_channels": 16, "epochs": 1, "verbose": 0, "progress": False}
    X = np.random.default_rng(0).integers(0, 256, (64, 16, 16), dtype=np.uint8)
    text = GanTrainer(**params, batch_size=64).fit(X).explain()
    found = re.fullmatch(
        r"native: has every layer of generator and discriminator; Winograd for ([\w., ]+) of generator; "
        r"Winograd for ([\w., ]+) of discriminator",
        text,
    )
    assert found, text
    few = GanTrainer(**params, batch_size=2).fit(X[:4])
    assert few.explain() == "native: has every layer of generator and discriminator"


def test_unknown_executors_are_refused():
    with pytest.raises(UnknownNameError, match='unknown executor "nativ"; did you mean "native"\\?'):
        GanTrainer(executor="nativ", verbose=0).fit(rows())
    with pytest.raises(ParameterError, match='executor: expected "auto", "native", "cuda_graph" or "tch", got 3'):
        GanTrainer(executor=3, verbose=0).fit(rows())
    said = 'executor: "cuda_graph" runs on CUDA, the model is on cpu; use "auto" or "tch", got "cuda_graph"'
    with pytest.raises(ParameterError, match=said):
        GanTrainer(executor="cuda_graph", device="cpu", verbose=0).fit(rows())
    gan = GanTrainer(batch_size=BATCH, epochs=1, verbose=0, progress=False).fit(rows())
    with pytest.raises(UnknownNameError):
        gan.set_params(executor="xla").partial_fit(rows())
    assert gan.executor_ == "native"
    assert gan.sample(2).shape == (2, 5)


def test_precisions_of_cuda_are_refused_on_the_cpu():
    gan = GanTrainer(batch_size=BATCH, epochs=1, verbose=0, progress=False, device="cpu").fit(rows())
    assert gan.precision_ == "fp32"
    said = 'precision: "bf16" needs a CUDA device, the model is on cpu; use "fp32" or None'
    with pytest.raises(ParameterError, match=said):
        gan.set_params(precision="bf16").partial_fit(rows())
    with pytest.raises(UnknownNameError, match='unknown precision "fp16"; did you mean "bf16"'):
        gan.set_params(precision="fp16").fit(rows())
    with pytest.raises(ParameterError, match="precision: expected fp32, tf32, bf16 or None, got 16"):
        gan.set_params(precision=16).fit(rows())
    assert gan.precision_ == "fp32"


def test_libtorch_has_its_threads_back_after_training_and_in_callbacks():
    seen = []

    class Look(ganvas.callbacks.Callback):
        def on_epoch_end(self, estimator, row):
            seen.append(torch.get_num_threads())

    before = torch.get_num_threads()
    GanTrainer(batch_size=BATCH, epochs=2, verbose=0, progress=False, callbacks=[Look()]).fit(rows())
    assert seen == [before, before]
    assert torch.get_num_threads() == before

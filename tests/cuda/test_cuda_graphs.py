"""Steps in CUDA graphs, and their precisions."""

import numpy as np
import pytest
import torch

import ganvas

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
X = ganvas.data.load_digits()[:256]


def fitted(kind=ganvas.GanTrainer, data=X, **options):
    settings = {"epochs": 4, "batch_size": 32, "random_state": 0, "verbose": 0, "device": "cuda", "precision": "fp32"}
    return kind(**settings | options).fit(data)


def weights(model, name="generator"):
    return torch.cat([tensor.flatten() for tensor in model._run.state_dict(name).values()])


@pytest.mark.parametrize(
    ("kind", "options", "part"),
    [
        (ganvas.GanTrainer, {}, "generator"),
        (ganvas.GanTrainer, {"objective": "wasserstein", "n_critic": 3}, "discriminator"),
        (ganvas.GanTrainer, {"net": "mlp"}, "generator"),
        (ganvas.VaeTrainer, {"net": "mlp"}, "decoder"),
        (ganvas.VaeTrainer, {"net": "conv", "likelihood": "bernoulli", "binarize": "dynamic"}, "decoder"),
        (ganvas.VaeTrainer, {"net": "mlp", "bound": "importance_weighted", "n_importance": 3}, "encoder"),
        (ganvas.VqVaeTrainer, {}, "decoder"),
    ],
)
def test_replayed_steps_equal_eager_steps(kind, options, part):
    graph, eager = fitted(kind, executor="cuda_graph", **options), fitted(kind, executor="tch", **options)
    assert (graph.executor_, eager.executor_) == ("cuda_graph", "tch")
    assert graph.explain() == "cuda_graph: every step launches the same kernels"
    # Kernels may add in another order, and Adam turns tiny gradients into whole steps.
    away = (weights(graph, part) - weights(eager, part)).abs()
    assert away.mean() < 1e-3
    for column, values in eager.history_.items():
        if column != "seconds":
            np.testing.assert_allclose(graph.history_[column][:1], values[:1], rtol=0.02, atol=0.02)


def test_auto_captures_and_goes_on_where_it_stopped(tmp_path):
    whole = fitted(executor="auto")
    assert whole.executor_ == "cuda_graph"
    half = fitted(executor="auto", epochs=2)
    half.save(tmp_path / "half.safetensors")
    other = ganvas.GanTrainer.load(tmp_path / "half.safetensors", device="cuda").set_params(verbose=0, precision="fp32")
    for model in (half.partial_fit(X, epochs=2), other.partial_fit(X, epochs=2)):
        assert (weights(model) - weights(whole)).abs().mean() < 1e-3


def test_what_changes_from_step_to_step_is_not_captured():
    vae = fitted(ganvas.VaeTrainer, net="mlp", beta_schedule="warmup")
    assert vae.executor_ == "tch"
    assert vae.explain() == 'tch: "cuda_graph" needs identical steps, beta_schedule changes them'
    with pytest.raises(ganvas.exceptions.ParameterError, match="beta_schedule changes them"):
        fitted(ganvas.VaeTrainer, net="mlp", beta_schedule="warmup", executor="cuda_graph")


@pytest.mark.parametrize("precision", ["fp32", "tf32", "bf16"])
@pytest.mark.parametrize("executor", ["cuda_graph", "tch"])
def test_every_precision_trains(precision, executor):
    gan = fitted(precision=precision, executor=executor)
    assert (gan.precision_, gan.executor_) == (precision, executor)
    exact = fitted(executor="tch", epochs=1)
    np.testing.assert_allclose(
        gan.history_["discriminator_loss"][0], exact.history_["discriminator_loss"][0], atol=0.05
    )
    assert np.isfinite(gan.sample(4)).all()


@pytest.mark.parametrize("penalty", [name for name, _ in ganvas._core.members("penalty")])
@pytest.mark.parametrize("executor", ["cuda_graph", "tch"])
def test_every_penalty_trains_in_half_precision(penalty, executor):
    assert np.isfinite(fitted(precision="bf16", penalty=penalty, executor=executor).sample(4)).all()


def test_codes_train_in_half_precision():
    assert np.isfinite(fitted(ganvas.VqVaeTrainer, precision="bf16").sample(4)).all()


def test_a_graph_of_another_precision_is_not_played():
    gan = fitted(epochs=2)
    gan.set_params(precision="bf16").partial_fit(X)
    assert (gan.precision_, gan.executor_) == ("bf16", "cuda_graph")


def test_flags_are_put_back():
    matmul, conv, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn.conv, torch.backends.cudnn
    before = matmul.fp32_precision, conv.fp32_precision, cudnn.benchmark, torch.is_autocast_enabled("cuda")
    with torch.autocast("cuda", torch.float16):
        fitted(precision="bf16")
        assert torch.get_autocast_dtype("cuda") == torch.float16
    assert before == (matmul.fp32_precision, conv.fp32_precision, cudnn.benchmark, torch.is_autocast_enabled("cuda"))


def test_streamed_data_is_pinned_and_captured(tmp_path):
    np.save(tmp_path / "x.npy", X)
    streamed = fitted(data=np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert streamed.executor_ == "cuda_graph"
    assert (weights(streamed) - weights(fitted())).abs().mean() < 1e-3


def test_stopping_keeps_what_was_learnt():
    class Stop(ganvas.callbacks.Callback):
        def on_step(self, estimator, step):
            if step == 13:
                raise KeyboardInterrupt

    gan = ganvas.GanTrainer(epochs=9, batch_size=32, random_state=0, verbose=0, device="cuda", callbacks=[Stop()])
    with pytest.raises(KeyboardInterrupt):
        gan.fit(X)
    assert np.isfinite(gan.sample(4)).all()
    gan.set_params(callbacks=[]).partial_fit(X)


def test_a_diverged_run_keeps_its_last_good_weights():
    with pytest.raises(ganvas.exceptions.DivergedError):
        fitted(lr=1e30)


def test_memory_does_not_grow_while_steps_are_replayed():
    used = []

    class Watch(ganvas.callbacks.Callback):
        def on_epoch_end(self, estimator, row):
            used.append(torch.cuda.memory_allocated())

    fitted(epochs=8, callbacks=[Watch()])
    assert max(used[4:]) <= max(used[2:4]) * 1.05


def test_nvtx_names_operators():
    assert fitted(profile="nvtx").executor_ == "cuda_graph"

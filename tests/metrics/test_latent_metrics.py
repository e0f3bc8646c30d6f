"""Separability and path length: closed forms."""

import numpy as np
import pytest
import torch
from sklearn.metrics import mutual_info_score

import ganvas
from ganvas import metrics
from ganvas.exceptions import DataError

RNG = np.random.default_rng(0)
MATRIX = RNG.standard_normal((3, 5))
Z = RNG.standard_normal((200, 3))


def steps(between, z=Z, **settings):
    return metrics.perceptual_path_length(between, z, **settings)


def test_separated_classes_are_predicted():
    z = np.concatenate([Z - 10, Z + 10, Z + np.array([10, -10, 0])])
    assert metrics.linear_separability(z, np.repeat(["a", "b", "c"], 200)) == pytest.approx((1, 1))


def test_classes_without_relation_have_the_entropy_of_all():
    accuracy, separability = metrics.linear_separability(RNG.standard_normal((4_000, 2)), np.arange(4_000) % 3)
    assert accuracy == pytest.approx(1 / 3, abs=0.04)
    assert separability == pytest.approx(3, abs=0.01)


def test_separability_is_the_entropy_that_the_prediction_leaves():
    # One of the 20 samples of class 1 lies among the 20 of class 0, far from the border.
    z, y = np.r_[np.full(21, -5.0), np.full(19, 5.0)], np.r_[np.zeros(20, int), np.ones(20, int)]
    accuracy, separability = metrics.linear_separability(z, y)
    assert accuracy == 39 / 40
    assert separability == pytest.approx(np.exp(np.log(2) - mutual_info_score(z, y)))


def test_path_length_of_a_linear_generator():
    speeds = (((Z[4:8] - Z[:4]) @ MATRIX) ** 2).sum(axis=1)
    for seed in (0, 1):
        found = steps(lambda z: z @ MATRIX, Z[:8], path="linear", random_state=seed)
        assert found == pytest.approx(speeds.mean(), rel=1e-6)


def test_extreme_paths_are_left_out():
    z = RNG.standard_normal((400, 3))
    speeds = np.sort((((z[200:] - z[:200]) @ MATRIX) ** 2).sum(axis=1))
    # The first percentile is between the second and the third of 200 values, the 99th between their counterparts.
    assert steps(lambda z: z @ MATRIX, z, path="linear") == pytest.approx(speeds[1:-1].mean(), rel=1e-6)


def test_path_length_of_the_identity_is_the_squared_angle_and_change_of_radius():
    z = np.array([[2.0, 0.0], [0.0, 2.0]])
    assert steps(lambda z: z, z) == pytest.approx((2 * np.pi / 2) ** 2, rel=1e-5)
    z = np.array([[1.0, 0.0], [3.0, 0.0]])
    assert steps(lambda z: z, z) == pytest.approx(4, rel=1e-5)
    z = np.array([[1.0, 0.0], [0.0, 3.0]])
    radii = np.linspace(1, 3, 1001)
    low, high = ((np.pi / 2 * radii) ** 2 + 4)[[0, -1]]
    assert low < steps(lambda z: z, z) < high


def test_great_circles_keep_the_radius():
    seen = []
    z = np.array([[0.0, 2.0], [2.0, 0.0]])
    steps(lambda z: seen.append(z) or z, z)
    assert np.linalg.norm(np.concatenate(seen), axis=1) == pytest.approx([2, 2])


def test_a_jump_is_longer_than_a_slope():
    # 100 paths from -1 to 1 pass 0 at the same rate; the steep generator changes by 2 within a hundredth.
    z = np.r_[np.full(2_000, -1.0), np.full(2_000, 1.0)][:, None]
    settings = {"path": "linear", "batch_size": 5_000}
    smooth, steep = (steps(lambda z, k=k: np.clip(k * z, -1, 1), z, **settings) for k in (1, 20))
    assert smooth == pytest.approx(4, rel=1e-4)
    assert steep == pytest.approx(20 * 4, rel=0.3)
    assert steps(lambda z: z * 0, z, **settings) == 0


def test_features_are_of_the_samples():
    twice = steps(lambda z: z @ MATRIX, path="linear", features=lambda x: 2 * x)
    assert twice == pytest.approx(4 * steps(lambda z: z @ MATRIX, path="linear"))


@pytest.mark.parametrize("path", ["spherical", "linear"])
def test_batches_give_the_result_of_one_batch(path):
    found = [steps(lambda z: np.tanh(z @ MATRIX), path=path, batch_size=size) for size in (1, 7, 200)]
    assert found == pytest.approx([found[0]] * 3, rel=1e-9)


def test_the_generator_gets_what_the_latents_are():
    latents = torch.from_numpy(Z).float().reshape(200, 3, 1, 1).requires_grad_()
    seen = []

    def generate(z):
        seen.append((type(z), z.dtype, z.shape[1:], torch.is_grad_enabled()))
        return (z[:, :, 0, 0] @ torch.from_numpy(MATRIX).float()).reshape(-1, 5, 1)

    found = steps(generate, latents, path="linear")
    assert set(seen) == {(torch.Tensor, torch.float32, (3, 1, 1), False)}
    assert found == pytest.approx(steps(lambda z: z @ MATRIX, path="linear"), rel=1e-2)
    steps(lambda z: seen.append(z.dtype) or z, Z.astype(np.float32))
    assert seen[-1] == np.float32


def test_networks_of_estimators_are_generators():
    gan = ganvas.GanTrainer(hidden=(4,), latent_dim=3, epochs=1, verbose=0).fit(ganvas.data.ring(64, random_state=0))
    vae = ganvas.VaeTrainer(hidden=(4,), latent_dim=3, epochs=1, verbose=0).fit(ganvas.data.ring(64, random_state=0))
    for network in (gan.generator_, vae.decoder_):
        assert 0 < steps(network, torch.from_numpy(Z).float()) < np.inf


def test_a_last_odd_latent_is_not_used():
    assert steps(np.tanh, np.concatenate([Z[:20], [[1, 2, 3]]])) == steps(np.tanh, Z[:20])


def test_opposite_latents_have_a_finite_path():
    with pytest.raises(DataError):
        steps(np.tanh, np.zeros((2, 3)))
    assert np.isfinite(steps(np.tanh, np.array([[1.0, 0, 0], [-1.0, 0, 0]])))

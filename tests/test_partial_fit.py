"""State between calls of partial_fit: schedule lengths, parameters, batches."""

import warnings

import numpy as np
import pytest

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer, VqVaeTrainer
from ganvas.exceptions import IgnoredWarning, ParameterError

pytestmark = pytest.mark.usefixtures("one_thread")
RING = ganvas.data.ring(64, random_state=0)
KINDS = [GanTrainer, VaeTrainer, AutoencoderTrainer, VqVaeTrainer]


def small(kind=GanTrainer, **params):
    usual = {"net": "mlp", "hidden": (4,), "latent_dim": 2, "epochs": 4, "batch_size": 16, "random_state": 0}
    return kind(**{**usual, "verbose": 0, "progress": False, **params})


def samples(model):
    return model.sample(4, random_state=0)


SCHEDULES = [
    *[(kind, {"lr_schedule": name}) for kind in KINDS for name in ("linear", "cosine", "warmup")],
    (GanTrainer, {"instance_noise": 0.5}),
    (VaeTrainer, {"beta_schedule": "warmup"}),
    (VaeTrainer, {"beta_schedule": "cyclical", "warmup_epochs": 1}),
    (VaeTrainer, {"capacity": 5.0}),
]


@pytest.mark.parametrize(("kind", "params"), SCHEDULES)
def test_schedules_are_as_long_as_the_epochs_of_the_estimator(kind, params):
    whole, parts = small(kind, **params).fit(RING), small(kind, **params)
    for _ in range(4):
        parts.partial_fit(RING)
    assert parts.epochs_ == parts.epochs == 4
    np.testing.assert_array_equal(samples(parts), samples(whole))


def test_the_usual_length_of_schedules_is_that_of_fit():
    vae = small(VaeTrainer, epochs=None, beta_schedule="warmup").partial_fit(RING, epochs=2)
    assert (vae.epochs, vae.epochs_, vae.warmup_epochs_) == (None, 200_000 // 64, 200_000 // 64 / 4)
    assert vae.history_["kl_weight"].tolist() == [i / vae.warmup_epochs_ for i in (1, 2)]


def test_beyond_their_length_schedules_keep_their_last_value():
    vae = small(VaeTrainer, beta_schedule="warmup", beta=3.0, warmup_epochs=2, epochs=2).partial_fit(RING, epochs=5)
    assert vae.history_["kl_weight"].tolist() == [1.5, 3, 3, 3, 3]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_learning_rate_is_applied(kind):
    model, same, other = (small(kind, ema=0 if kind is GanTrainer else None).fit(RING) for _ in range(3))
    moved = [
        np.abs(samples(each.set_params(lr=lr).partial_fit(RING)) - samples(same)).max()
        for each, lr in ((model, 1e-9), (other, 1e-2))
    ]
    assert model.lr_ == 1e-9
    assert moved[0] < 1e-5 < moved[1]
    # Changing a parameter back is a change as well.
    assert model.set_params(lr=None).partial_fit(RING).lr_ == same.lr_


def test_all_changeable_parameters_are_applied_without_a_warning():
    gan = small().fit(RING)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gan.set_params(lr=1e-5, discriminator_lr=2e-5, batch_size=8, epochs=9, verbose=0, random_state=3)
        gan.partial_fit(RING)
    assert (gan.lr_, gan.discriminator_lr_, gan.batch_size_, gan.epochs_) == (1e-5, 2e-5, 8, 9)
    assert gan.history_["samples"].tolist() == [64, 128, 192, 256, 320]
    vae = small(VaeTrainer).fit(RING)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vae.set_params(contamination=0.4).partial_fit(RING)


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_that_are_ignored_are_named(kind, tmp_path):
    model = small(kind).fit(RING)
    model.save(tmp_path / "model")
    for each in (model, kind.load(tmp_path / "model")):
        each.set_params(latent_dim=3, betas=(0.1, 0.9))
        with pytest.warns(IgnoredWarning) as caught:
            each.partial_fit(RING)
        assert sorted(str(caught[0].message).split(" changed")[0].removeprefix("partial_fit: ").split(", ")) == [
            "betas",
            "latent_dim",
        ]
        assert caught[0].filename == __file__
        assert each.latent_dim_ == 2


def test_wrong_values_are_refused_and_nothing_changes():
    gan = small().fit(RING)
    before = gan._run.to_bytes("{}")
    for params, text in (({"lr": -1.0}, "lr: must be above 0"), ({"batch_size": 0}, "batch_size: must be at least 1")):
        with pytest.raises(ParameterError, match=text):
            gan.set_params(**params).partial_fit(RING)
        gan.set_params(lr=None, batch_size=16)
    assert gan._run.to_bytes("{}") == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_short_first_chunk_does_not_limit_later_batches(kind):
    X = ganvas.data.ring(300, random_state=0)
    model = small(kind, batch_size=None).partial_fit(X[:10])
    usual = 64 if kind is GanTrainer else 128
    assert model.batch_size_ == 10
    assert model.partial_fit(X).batch_size_ == usual
    # A last call with fewer samples than a batch trains.
    before = samples(model)
    assert model.partial_fit(X[:30]).batch_size_ == 30
    assert model.history_["samples"].tolist() == [10, 10 + 300 // usual * usual, 40 + 300 // usual * usual]
    assert (samples(model) != before).any()


def test_batches_of_packed_samples_stay_whole():
    gan = small(batch_size=None, pac=4, norm="none").partial_fit(RING[:10])
    assert gan.batch_size_ == 8
    assert gan.partial_fit(RING).batch_size_ == 64
    with pytest.warns(IgnoredWarning, match=r"^partial_fit: 3 samples are left out, they are fewer than a batch \(4\)"):
        gan.partial_fit(RING[:3])


@pytest.mark.parametrize("kind", KINDS)
def test_a_chunk_smaller_than_the_requested_batch_is_skipped_with_a_warning(kind):
    model = small(kind).fit(RING)
    before = model._run.to_bytes("{}")
    text = r"^partial_fit: 15 samples are left out, they are fewer than a batch \(16\); pass more at a time"
    with pytest.warns(IgnoredWarning, match=text) as caught:
        assert model.partial_fit(RING[:15]) is model
    assert caught[0].filename == __file__
    assert model._run.to_bytes("{}") == before

"""Trainings that go wrong are diagnosed, and healthy ones are not."""

import pickle
import re
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from registries import names
from tiny import IMAGES, tiny

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, MusicTrainer, Seq2SeqTrainer, TextTrainer, VaeTrainer, VqVaeTrainer
from ganvas._run.guard import RULES, Diagnosis, Look, Signs, watch
from ganvas._run.guard.discriminator_wins import _blind
from ganvas.exceptions import CollapseWarning, DiagnosisWarning, NotFittedError

pytestmark = pytest.mark.usefixtures("one_thread")

RING = ganvas.data.ring(640, random_state=0)
DIGITS = ganvas.data.load_digits(size=8)[:256]
SMALL = {"net": "mlp", "hidden": (16,), "verbose": 0, "random_state": 0}

BROKEN = {
    "discriminator_wins": (
        GanTrainer(**SMALL, objective="minimax", discriminator_lr=0.05, lr=1e-4, epochs=100),
        DIGITS,
        r"^the discriminator wins: its loss .* while that of the generator rose .*; lower discriminator_lr, .* 0\.05$",
    ),
    "vanishing_gradients": (
        GanTrainer(**SMALL, lr=1.0, epochs=100),
        DIGITS,
        r"^the gradients of the generator vanish: their norm has been at most .*; lower lr, which is 1$",
    ),
    "lost_variety": (
        GanTrainer(**SMALL | {"hidden": (64,)}, lr=0.2, epochs=80, batch_size=16),
        DIGITS,
        r"^the samples have lost their variety: their mean distance .* of that of the data .*; lower lr, .* 0\.2$",
    ),
    "oscillation": (
        GanTrainer(**SMALL | {"hidden": (64, 64)}, lr=1e-2, discriminator_lr=1e-3, epochs=60, ema=0),
        RING[:320],
        r"^the training oscillates: samples of the same latents move by .*; lower lr, which is 0\.01$",
    ),
    "posterior_collapse": (
        VaeTrainer(**SMALL, latent_dim=2, beta=1e4, batch_size=16, epochs=60),
        RING[:160],
        r"^the posterior has collapsed: KL .* nats, .*; lower beta, or try ",
    ),
}

USUAL = SMALL | {"epochs": 15}
TEXT = {"width": 8, "depth": 1, "epochs": 2, "verbose": 0, "random_state": 0}
HEALTHY = {
    "gan": (GanTrainer(**USUAL | {"hidden": (32, 32), "epochs": 60}), RING),
    "hinge": (GanTrainer(**USUAL, objective="hinge"), RING),
    "least squares": (GanTrainer(**USUAL, objective="least_squares"), RING),
    "relativistic": (GanTrainer(**USUAL, objective="relativistic"), RING),
    "wasserstein": (GanTrainer(**USUAL | {"epochs": 60}, objective="wasserstein"), RING),
    "wasserstein, gradient": (GanTrainer(**USUAL, objective="wasserstein", penalty="gradient"), RING),
    "r1, no average": (GanTrainer(**USUAL, penalty="r1", ema=0.0), RING),
    "images": (GanTrainer(**USUAL | {"epochs": 40}), DIGITS),
    "convolutions": (GanTrainer(epochs=40, base_channels=2, verbose=0, random_state=0), DIGITS),
    "series": (GanTrainer(**USUAL | {"epochs": 40}, kind="series", batch_size=16), RING.reshape(80, 8, 2)),
    "tiles": (GanTrainer(**USUAL | {"epochs": 40}, kind="tiles"), (DIGITS > 100).astype(np.uint8)),
    "equal samples": (GanTrainer(**USUAL | {"epochs": 60}, batch_size=16), np.ones((64, 8, 8), np.uint8)),
    "vae": (VaeTrainer(**USUAL | {"epochs": 150}, latent_dim=2), DIGITS),
    "codes": (VqVaeTrainer(**USUAL, n_codes=8), DIGITS),
    "autoencoder": (AutoencoderTrainer(**USUAL), DIGITS),
    "texts": (TextTrainer(**TEXT, context=8), ganvas.data.load_names()[:500]),
    "music": (MusicTrainer(**TEXT), ganvas.data.load_chorales()[:8]),
    "pairs": (Seq2SeqTrainer(**TEXT), ["abc", "bca", "cab", "acb"] * 8, ["cba", "acb", "bac", "bca"] * 8),
}


@pytest.fixture
def always(monkeypatch):
    """Look at every epoch; the runs here are too short for looks that take a hundredth of the time."""
    monkeypatch.setattr(watch, "_SHARE", 1e9)


def warned(model, *data):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(*data)
    return [(one.category, str(one.message)) for one in caught]


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("name", BROKEN)
def test_a_training_that_goes_wrong_is_told_once(name):
    model, X, text = BROKEN[name]
    told = warned(model, X)
    assert [message for _, message in told if re.search(text, message)]
    # Others may follow from it.
    assert len(told) == len({message.split(":")[0] for _, message in told}) == len(model.diagnosis_)
    assert all(category is (CollapseWarning if "posterior" in text else DiagnosisWarning) for category, _ in told)
    (found,) = [one for one in model.diagnosis_ if one.name == name]
    assert 1 <= found.epoch <= model.epochs
    assert f"{found.evidence}; {found.remedy}" in " ".join(message for _, message in told)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_training_is_silent(name):
    model, *data = HEALTHY[name]
    assert warned(model, *data) == []
    assert model.diagnosis_ == ()
    # The guard has looked, where there is a generator.
    assert bool(model._looks) == isinstance(model, GanTrainer)


def test_every_broken_run_has_a_rule_and_each_rule_a_broken_run():
    assert [rule.name for rule in RULES] == list(BROKEN)
    for rule in RULES:
        assert type(rule).__module__ == f"ganvas._run.guard.{rule.name}"
        assert f'"{rule.name}"' in Diagnosis.__doc__


@pytest.mark.parametrize("objective", names("objective"))
def test_only_objectives_with_a_target_have_a_discriminator_that_wins(objective):
    guess = {"hinge": 2.0, "least_squares": 0.25, "relativistic": np.log(2), "wasserstein": 0.0}
    assert _blind(objective) == pytest.approx(guess.get(objective, 2 * np.log(2)), abs=1e-6)


def signs(looks=(), goal=20, **columns):
    history = {"epoch": np.arange(1, 21), "samples": 3200 * np.arange(1, 21)}
    settings = {"batch_size": 32, "objective": "minimax", "n_critic": 1, "lr": 1e-3, "discriminator_lr": None}
    return Signs(settings, history | columns, looks, 2000, goal, last=False)


def speaks(name, given):
    return next(rule for rule in RULES if rule.name == name).evidence(given) is not None


def test_a_discriminator_that_is_strong_is_not_one_that_wins():
    low, falling = np.full(20, 0.01), np.linspace(9, 5, 20)
    assert speaks("discriminator_wins", signs(discriminator_loss=low, generator_loss=falling[::-1]))
    assert not speaks("discriminator_wins", signs(discriminator_loss=low, generator_loss=falling))
    assert not speaks("discriminator_wins", signs(discriminator_loss=low + 0.1, generator_loss=falling[::-1]))
    # One epoch in which it does not win.
    low[17] = 0.2
    assert not speaks("discriminator_wins", signs(discriminator_loss=low, generator_loss=falling[::-1]))


def test_the_second_half_counts_from_half_of_the_training_on():
    assert signs(goal=40).epochs(5, 300) == 10
    assert signs(goal=41).epochs(5, 300) == 0
    assert signs().epochs(11, 300) == 0
    assert signs().epochs(5, 2001) == 0


@pytest.mark.parametrize(("name", "column"), [("vanishing_gradients", 1), ("lost_variety", 2)])
def test_one_look_that_is_well_is_enough(name, column):
    bad = [Look(100 * i, 1e-6, 0.001, 0.0) for i in range(1, 21)]
    assert speaks(name, signs(bad))
    well = [1000, 1.0, 0.9, 0.0]
    assert not speaks(name, signs([*bad[:-1], bad[-1]._replace(**{Look._fields[column]: well[column]})]))
    assert not speaks(name, signs(bad[:3]))


def test_a_generator_that_is_still_searching_does_not_oscillate():
    wild = [Look(100 * i, 1.0, 0.2, 1.0) for i in range(1, 21)]
    turning = np.tile([1.0, 2.0], 10)
    assert speaks("oscillation", signs(wild, generator_loss=turning))
    # In the first half of the training, or where the loss has one direction.
    assert not speaks("oscillation", signs(wild, goal=60, generator_loss=turning))
    assert not speaks("oscillation", signs(wild, generator_loss=np.arange(20.0)))


def test_looks_take_at_most_a_hundredth_of_the_time(monkeypatch):
    # Each reading of the clock takes a second, so a look takes one, as does an epoch.
    ticks = iter(range(10**6))
    monkeypatch.setattr(watch, "time", SimpleNamespace(perf_counter=lambda: float(next(ticks))))
    looks = []
    measure = watch.Guard._measure
    monkeypatch.setattr(watch.Guard, "_measure", lambda guard, step: looks.append(step) or measure(guard, step))
    gan = tiny(epochs=500).fit(IMAGES)
    assert len(gan._looks) == len(looks)
    assert 4 <= len(looks) <= 6
    assert looks[0] >= 100


def test_a_diagnosis_is_kept_and_not_repeated(tmp_path, always):
    model = BROKEN["posterior_collapse"][0]
    with pytest.warns(CollapseWarning):
        model.fit(RING[:160], checkpoint_dir=tmp_path / "run")
    model.save(tmp_path / "model")
    assert [found.name for found in model.diagnosis_] == ["posterior_collapse"]
    loaded = VaeTrainer.load(tmp_path / "model")
    assert loaded.diagnosis_ == pickle.loads(pickle.dumps(model)).diagnosis_ == model.diagnosis_
    assert isinstance(loaded.diagnosis_[0], Diagnosis)
    again = VaeTrainer(**model.get_params() | {"epochs": 62})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again.fit(RING[:160], checkpoint_dir=tmp_path / "run", resume="auto").partial_fit(RING[:160])
    assert again.diagnosis_ == model.diagnosis_
    # A new run has its own.
    again.set_params(beta=0.01, epochs=1).fit(RING[:160])
    assert again.diagnosis_ == ()


def test_a_model_that_is_not_fitted_has_no_diagnosis():
    with pytest.raises(NotFittedError):
        _ = tiny().diagnosis_


def test_a_run_is_the_same_with_a_guard_and_without(monkeypatch, always):
    guarded = tiny(epochs=40).fit(IMAGES)
    assert guarded._looks
    monkeypatch.setattr(GanTrainer, "_guarded", False)
    alone = tiny(epochs=40).fit(IMAGES)
    assert not alone._looks
    assert np.array_equal(guarded.sample(8, random_state=0), alone.sample(8, random_state=0))
    assert guarded._run.progress().drawn == alone._run.progress().drawn

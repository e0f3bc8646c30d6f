"""A training that diverges goes on from its last finite weights, if wanted."""

import time

import numpy as np
import pytest
from tiny import RING, essence, names

import ganvas
from ganvas import GanTrainer, Seq2SeqTrainer, TextTrainer, VaeTrainer
from ganvas._run.checkpoints import CheckpointFolder
from ganvas.callbacks import Callback
from ganvas.exceptions import DivergedError, ParameterError

pytestmark = pytest.mark.usefixtures("one_thread")

# Its losses are finite only after the rate has been halved three times.
FAST = {"net": "mlp", "hidden": (16, 16), "lr": 3.0, "epochs": 4, "batch_size": 64, "verbose": 0, "random_state": 0}


def finite(model):
    return all(np.isfinite(np.frombuffer(data, np.float32)).all() for name, data in essence(model)[2].items())


def vae(**params):
    return VaeTrainer(**FAST | {"on_divergence": "rewind"} | params)


def test_a_training_that_diverges_goes_on_with_half_the_rate(capsys):
    model = vae().fit(RING)
    assert finite(model)
    assert model.lr_ == 3.0 / 8
    assert model.lr == 3.0
    assert model.history_["epoch"].tolist() == [1, 2, 3, 4]
    assert model.history_["samples"].tolist() == [128, 256, 384, 512]
    assert [found.name for found in model.diagnosis_] == ["divergence"] * 3
    assert all(found.evidence.startswith("loss is not finite after ") for found in model.diagnosis_)
    assert {found.remedy for found in model.diagnosis_} == {"lower lr"}
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("; ")[2] for line in lines] == [
        f"went back to 0 samples with lr={rate} ({i} of 3 times)" for i, rate in ((1, 1.5), (2, 0.75), (3, 0.375))
    ]


def test_by_default_an_error_is_raised_at_once(capsys):
    model = vae(on_divergence="raise")
    with pytest.raises(DivergedError):
        model.fit(RING)
    assert [found.name for found in model.diagnosis_] == ["divergence"]
    assert model.lr_ == 3.0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (GanTrainer(hidden=(8,), epochs=3, discriminator_lr=1e25), (RING,)),
        (TextTrainer(width=8, depth=1, context=8), (ganvas.data.load_names()[:200],)),
        (Seq2SeqTrainer(width=8, depth=1), (["abc", "bca"] * 8, ["cba", "acb"] * 8)),
    ],
)
def test_after_three_times_the_error_is_raised(model, data):
    model.set_params(lr=1e30, on_divergence="rewind", verbose=0, random_state=0)
    with pytest.raises(DivergedError):
        model.fit(*data)
    assert len(model.diagnosis_) == 4
    assert model.lr_ == 1e30 / 8
    assert getattr(model, "discriminator_lr_", 1e25 / 8) == 1e25 / 8
    assert finite(model)
    # The rates that the user sets hold.
    model.set_params(lr=1e-3)
    if isinstance(model, GanTrainer):
        model.set_params(discriminator_lr=1e-3).partial_fit(*data)
        assert (model.lr_, model.discriminator_lr_) == (1e-3, 1e-3)
        assert finite(model)


class Spoils(Callback):
    """Makes one step with a rate that is far too large, after steps that take long enough for copies of the state.

    Copies are a second apart, and hold if the losses up to the next one are finite.
    """

    def __init__(self):
        self.at = 8

    def on_step(self, estimator, step):
        if step <= self.at:
            time.sleep(0.4)
        if step in (self.at, self.at + 1):
            lr = 1e30 if step == self.at else 1e-3
            estimator._run.retune({**estimator._run.settings(), "lr": lr, "discriminator_lr": lr})
        if step == self.at + 1:
            self.at = 0


def test_a_training_goes_on_within_the_epoch(capsys):
    X = np.tile(RING, (2, 1))
    gan = GanTrainer(hidden=(8,), batch_size=16, epochs=2, verbose=0, random_state=0, on_divergence="rewind", lr=1e-3)
    gan.set_params(callbacks=[Spoils()]).fit(X)
    assert finite(gan)
    assert gan.lr_ == 5e-4
    line = capsys.readouterr().out
    back = int(line.partition("went back to ")[2].split()[0])
    assert 0 < back <= 8 * 16
    assert back % 16 == 0
    # What was trained twice is counted once.
    assert gan.history_["samples"].tolist() == [256, 512]
    assert np.isfinite(gan.history_["generator_loss"]).all()


def test_the_halved_rate_is_kept_when_a_training_is_resumed(tmp_path):
    vae(epochs=2).fit(RING, checkpoint_dir=tmp_path)
    resumed = vae().fit(RING, checkpoint_dir=tmp_path, resume="auto")
    assert resumed.lr_ == 3.0 / 8
    assert len(resumed.diagnosis_) == 3
    assert essence(resumed) == essence(vae().fit(RING))
    assert VaeTrainer.load(tmp_path / names(tmp_path)[-1]).diagnosis_ == resumed.diagnosis_


def test_checkpoints_after_the_state_that_is_returned_to_are_deleted(tmp_path):
    folder = CheckpointFolder(tmp_path, 2)
    for samples in (100, 200, 300, 150):
        folder.save(samples, lambda path: path.write_bytes(b""))
    assert [int(name[11:23]) for name in names(tmp_path)] == [150]
    folder.save(170, lambda path: path.write_bytes(b""))
    folder.save(190, lambda path: path.write_bytes(b""))
    assert [int(name[11:23]) for name in names(tmp_path)] == [170, 190]


def test_a_model_that_diverges_in_a_callback_does_not_rewind_the_training():
    class Other(Callback):
        def on_epoch_end(self, estimator, row):
            vae(on_divergence="raise").fit(RING)

    model = vae(lr=1e-3, callbacks=[Other()])
    with pytest.raises(DivergedError):
        model.fit(RING)
    assert model.diagnosis_ == ()
    assert model.lr_ == 1e-3


def test_only_two_ways_are_known():
    with pytest.raises(ParameterError, match=r'^on_divergence: expected "raise" or "rewind", got \'stop\'$'):
        vae(on_divergence="stop").fit(RING)

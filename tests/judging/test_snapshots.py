"""Pictures of samples over the epochs, which a model card shows."""

import base64
import io
import pickle

import numpy as np
import pytest
from matplotlib.image import imread
from tests.tiny import IMAGES, RING, Do, essence, stop, tiny

from ganvas import GanTrainer, TextTrainer, VaeTrainer
from ganvas.callbacks import Callback, Evaluate, KeepBest, Snapshots
from ganvas.exceptions import ParameterError

pytestmark = pytest.mark.usefixtures("one_thread")


def epochs(model):
    return [epoch for epoch, _ in model._snapshots]


def pictures(model):
    return [imread(io.BytesIO(base64.b64decode(text))) for _, text in model._snapshots]


@pytest.mark.parametrize(
    ("count", "kept"),
    [(1, [1]), (7, [1, 2, 3, 4, 5, 6, 7]), (8, [1, 2, 4, 6, 8]), (17, [1, 4, 8, 12, 16]), (30, [1, *range(4, 29, 4)])],
)
def test_at_most_eight_epochs_are_kept(count, kept):
    assert epochs(tiny(callbacks=[Snapshots(n=2)], epochs=count).fit(RING[:32])) == kept


def test_pictures_are_of_the_same_latents_and_change_nothing():
    plain = tiny(epochs=3, lr=0.01).fit(IMAGES)
    watched = tiny(epochs=3, lr=0.01, callbacks=[Snapshots(n=4)]).fit(IMAGES)
    assert essence(watched) == essence(plain)
    first, *_, last = pictures(watched)
    assert not np.array_equal(first, last)
    frozen = tiny(epochs=3, lr=1e-30, ema=0, callbacks=[Snapshots(n=4)]).fit(IMAGES)
    assert all(np.array_equal(one, pictures(frozen)[0]) for one in pictures(frozen))


class Seen(Callback):
    def on_epoch_end(self, estimator, row):
        self.last = epochs(estimator)


def test_pictures_are_saved_and_go_on(tmp_path):
    model = tiny(callbacks=[Snapshots(n=2)], epochs=2).fit(RING)
    model.save(tmp_path / "model")
    for again in (GanTrainer.load(tmp_path / "model"), pickle.loads(pickle.dumps(model))):
        assert [list(one) for one in again._snapshots] == [list(one) for one in model._snapshots]
        again.set_params(callbacks=[Snapshots(n=2)]).partial_fit(RING, epochs=1)
        assert epochs(again) == [1, 2, 3]
    model.set_params(callbacks=[]).fit(RING)
    assert epochs(model) == []


def test_a_resumed_training_keeps_its_pictures(tmp_path):
    whole = tiny(callbacks=[Snapshots(n=2)], epochs=4).fit(RING)
    cut = tiny(callbacks=[Snapshots(n=2), Do(10, stop)], epochs=4)
    with pytest.raises(KeyboardInterrupt):
        cut.fit(RING, checkpoint_dir=tmp_path)
    seen = Seen()
    again = tiny(callbacks=[Snapshots(n=2), seen], epochs=4).fit(RING, checkpoint_dir=tmp_path, resume="auto")
    assert [list(one) for one in again._snapshots] == [list(one) for one in whole._snapshots]
    assert seen.last == [1, 2, 3, 4]


class Falling(Evaluate):
    def on_epoch_end(self, estimator, row):
        estimator._run.note("coverage", 1 / row["epoch"])


def test_a_return_to_the_best_epoch_drops_later_pictures():
    watch = [Falling(RING, metrics=["coverage"]), Snapshots(n=2), KeepBest("coverage")]
    assert epochs(tiny(callbacks=watch, epochs=3).fit(RING)) == [1]


@pytest.mark.parametrize("X", [RING, IMAGES], ids=["rows", "images"])
def test_a_card_shows_the_pictures(X, tmp_path):
    watched = tiny(callbacks=[Snapshots()], epochs=10).fit(X)
    text = watched.report(tmp_path / "card.html").read_text(encoding="utf-8")
    assert text.count("over the epochs of training") == 2, "caption and alternative text"
    assert text.count("<img") == 3
    assert len(text) < 2_000_000
    plain = tiny().fit(X).report(tmp_path / "card.html").read_text(encoding="utf-8")
    assert "over the epochs of training" not in plain


def test_an_autoencoder_has_pictures_of_its_latents():
    model = VaeTrainer(net="mlp", hidden=(4,), epochs=2, verbose=0, random_state=0, callbacks=[Snapshots(n=4)])
    assert epochs(model.fit(IMAGES)) == [1, 2]


def test_wrong_parameters_are_refused():
    with pytest.raises(ParameterError, match=r"^n: must be at least 1, got 0$"):
        tiny(callbacks=[Snapshots(n=0)]).fit(RING)
    with pytest.raises(ParameterError, match=r"^callbacks: Snapshots needs an estimator of arrays, got TextTrainer$"):
        TextTrainer(callbacks=[Snapshots()], verbose=0).fit(["abc"] * 100)

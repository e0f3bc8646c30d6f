"""Measures during training: columns of the history, early stopping, the best epoch."""

import numpy as np
import pytest
from tests.tiny import IMAGES, RING, Do, essence, names, stop, tiny

import ganvas
from ganvas import TextTrainer, VaeTrainer
from ganvas._judging.watch import Watch
from ganvas.callbacks import Callback, EarlyStopping, Evaluate, KeepBest
from ganvas.exceptions import DivergedError, ParameterError, ShapeError, UnknownNameError


class Planned(Evaluate):
    """Writes planned values in place of measured ones."""

    def __init__(self, values, name="coverage"):
        super().__init__(RING, metrics=[name])
        self.values, self.name = values, name

    def on_epoch_end(self, estimator, row):
        estimator._run.note(self.name, self.values[int(row["epoch"]) - 1])


class Keep(Callback):
    """Keeps the rows and weights after epochs."""

    def on_train_begin(self, estimator):
        self.rows, self.states = [], []

    def on_epoch_end(self, estimator, row):
        self.rows.append(row)
        self.states.append(essence(estimator))


class StopAfterOne(Callback):
    """Ends the training after its first epoch."""

    def on_epoch_end(self, estimator, row):
        estimator.stop()


def test_columns_hold_the_measures_of_evaluate():
    watch = Evaluate(RING[:50], metrics=["kid", "recall"], n_samples=50)
    gan = tiny(callbacks=[watch], epochs=3).fit(RING)
    assert gan.history_.columns[-2:] == ["kernel_distance", "recall"], "noted columns are in the order of the names"
    made = gan._samples(50, None, 0)
    expected = ganvas.metrics.precision_recall(*(gan_scale(gan, rows) for rows in (RING[:50], made))).recall
    assert gan.history_["recall"][-1] == pytest.approx(expected)
    assert np.isfinite(gan.history_["kernel_distance"]).all()


def gan_scale(gan, rows):
    return gan._layout.kind.scaled(np.asarray(rows, np.float32), gan._run.data())


def test_epochs_between_have_nan():
    gan = tiny(callbacks=[Evaluate(RING, metrics="fid", every=2)], epochs=5).fit(RING)
    np.testing.assert_array_equal(np.isnan(gan.history_["frechet_distance"]), [True, False, True, False, True])


def test_measuring_does_not_change_the_training():
    plain, watched = tiny().fit(RING), tiny(callbacks=[Evaluate(RING)]).fit(RING)
    first, second = (essence(gan) for gan in (plain, watched))
    assert first[:2] == second[:2]
    assert {name: value for name, value in second[2].items() if name in first[2]} == first[2]
    assert second[2].keys() - first[2].keys() == {"history.coverage", "history.kernel_distance"}


def test_other_callbacks_and_checkpoints_get_the_measures(tmp_path):
    keep = Keep()
    gan = tiny(callbacks=[keep, Evaluate(RING, metrics=["coverage"])]).fit(RING, checkpoint_dir=tmp_path)
    assert [row["coverage"] for row in keep.rows] == gan.history_["coverage"].tolist()
    loaded = type(gan).load(tmp_path / names(tmp_path)[-1])
    assert loaded.history_ == gan.history_


def test_a_resumed_training_has_the_same_history(tmp_path):
    def watched(**more):
        return tiny(callbacks=[Evaluate(RING), *more.pop("also", [])], on_interrupt="return", **more)

    whole = watched().fit(RING)
    watched(also=[Do(9, stop)]).fit(RING, checkpoint_dir=tmp_path)
    resumed = watched().fit(RING, checkpoint_dir=tmp_path, resume="auto")
    assert len(resumed.history_) == 4
    assert essence(resumed) == essence(whole)


def test_a_training_that_goes_on_without_the_callback_has_nan():
    gan = tiny(callbacks=[Evaluate(RING, metrics=["coverage"])], epochs=2).fit(RING)
    gan.set_params(callbacks=()).partial_fit(RING)
    np.testing.assert_array_equal(np.isnan(gan.history_["coverage"]), [False, False, True])


def test_the_history_of_a_lost_epoch_is_lost_with_its_measures():
    def spoil(estimator):
        estimator._run.retune({**estimator._run.settings(), "lr": 1e30})

    gan = tiny(callbacks=[Evaluate(RING, metrics=["coverage"]), Do(9, spoil)], epochs=6)
    with pytest.raises(DivergedError):
        gan.fit(RING)
    assert len(gan.history_["coverage"]) == len(gan.history_["epoch"])


def test_conditional_models_are_asked_for_the_labels():
    y = np.arange(128) % 4
    gan = tiny().fit(IMAGES, y)
    seen = []
    draw = gan._samples
    gan._samples = lambda n, y, seed: seen.append(y) or draw(n, y, seed)
    Watch(gan, (IMAGES[:8], y[:8]), ["precision"], 12, "pixels").measured(gan)
    np.testing.assert_array_equal(seen[0], [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3])


def test_autoencoders_are_watched():
    vae = VaeTrainer(
        net="mlp", hidden=(4,), epochs=2, verbose=0, random_state=0, callbacks=[Evaluate(IMAGES, features="pixels")]
    ).fit(IMAGES)
    assert np.isfinite(vae.history_["coverage"]).all()


def test_early_stopping_waits_for_its_patience(capsys):
    values = [0.1, 0.3, 0.25, 0.2, 0.9, 0.9]
    gan = tiny(callbacks=[Planned(values), EarlyStopping("coverage", patience=2)], epochs=6, verbose=1).fit(RING)
    assert len(gan.history_) == 4
    assert gan.interrupted_
    assert "coverage has not improved since epoch 2" in capsys.readouterr().out


def test_early_stopping_counts_improvements_by_min_delta():
    values = [0.1, 0.15, 0.2, 0.24, 0.3, 0.9]
    stopping = EarlyStopping("coverage", patience=3, min_delta=0.2)
    assert len(tiny(callbacks=[Planned(values), stopping], epochs=6).fit(RING).history_) == 4
    assert (
        len(tiny(callbacks=[Planned(values), EarlyStopping("coverage", patience=1)], epochs=6).fit(RING).history_) == 6
    )


@pytest.mark.parametrize(
    ("name", "best"), [("coverage", 2), ("fid", 3), ("density", 4)], ids=["higher", "lower", "near one"]
)
def test_keep_best_returns_to_the_best_epoch(name, best):
    values, keep = [0.5, 3.0, 0.1, 1.2, float("nan"), 0.3], Keep()
    column = "frechet_distance" if name == "fid" else name
    kept = KeepBest(name)
    gan = tiny(callbacks=[Planned(values, column), keep, kept], epochs=6).fit(RING)
    assert (kept.epoch_, kept.value_) == (best, values[best - 1])
    assert essence(gan) == keep.states[best - 1]
    assert (len(gan.history_), len(kept.history_)) == (best, 6)
    assert not gan.interrupted_, "all epochs were trained"
    gan.set_params(callbacks=()).partial_fit(RING)
    assert len(gan.history_) == best + 1


def test_keep_best_keeps_what_an_error_interrupts():
    kept, keep = KeepBest("coverage"), Keep()

    def fail(estimator):
        raise OSError("no space")

    gan = tiny(callbacks=[Planned([0.5, 0.4, 0.3, 0.2]), keep, kept, Do(10, fail)])
    with pytest.raises(OSError, match="no space"):
        gan.fit(RING)
    assert essence(gan) == keep.states[0]
    assert gan.interrupted_


def test_densities_of_latents_are_those_of_the_best_epoch():
    params = {"net": "mlp", "hidden": (4,), "latent_dim": 2, "verbose": 0, "random_state": 0, "batch_size": 32}
    model = ganvas.AutoencoderTrainer(**params, epochs=3)
    model.set_params(callbacks=[Planned([0.9, 0.2, 0.1]), KeepBest("coverage")])
    once = ganvas.AutoencoderTrainer(**params, epochs=3, callbacks=[StopAfterOne()])
    model.fit(RING)
    once.fit(RING)
    assert len(once.history_) == len(model.history_) == 1
    np.testing.assert_array_equal(model.sample(5, random_state=0), once.sample(5, random_state=0))


@pytest.mark.parametrize("monitor", ["generator_loss", "loss", "seconds"])
def test_losses_are_no_measure_of_samples(monitor):
    with pytest.raises(UnknownNameError, match="monitor"):
        tiny(callbacks=[Evaluate(RING), KeepBest(monitor)]).fit(RING)


def test_errors():
    for callback, error, message in [
        (KeepBest("recall"), ParameterError, r'"recall" is not measured; add .*Evaluate'),
        (EarlyStopping("coverage", patience=0), ParameterError, "patience"),
        (EarlyStopping("coverage", min_delta=-1), ParameterError, "min_delta"),
        (Evaluate(RING, metrics=["psnr"]), UnknownNameError, "metric"),
        (Evaluate(RING, metrics=[]), ParameterError, "none"),
        (Evaluate(RING, every=0), ParameterError, "every"),
        (Evaluate(RING[:3]), ParameterError, "at least 6 samples, got 3"),
        (Evaluate(RING, n_samples=5), ParameterError, "at least 6 samples, got 5"),
        (Evaluate(IMAGES), ShapeError, "fitted on"),
        (Evaluate(RING, np.zeros(3)), ShapeError, "label"),
    ]:
        gan = tiny(callbacks=[Evaluate(RING, metrics=["coverage"]), callback])
        with pytest.raises(error, match=message):
            gan.fit(RING)
        assert not hasattr(gan, "_run"), "nothing was trained"


def test_models_of_texts_have_no_such_measures():
    text = TextTrainer(callbacks=[Evaluate(["a", "b"])], epochs=1, verbose=0)
    with pytest.raises(ParameterError, match="estimator of arrays, got TextTrainer"):
        text.fit(["abc", "bca"] * 20)

"""When callbacks are called, and their arguments."""

import numpy as np
import pytest
from matplotlib import rcParams
from PIL import Image

import ganvas
from ganvas import GanTrainer, VaeTrainer, _core
from ganvas.callbacks import Callback, LivePlot

pytestmark = pytest.mark.usefixtures("one_thread")

RING = ganvas.data.ring(128, random_state=0)
IMAGES = ganvas.data.load_digits(size=8)[:128]


def tiny(**params):
    usual = {"net": "mlp", "hidden": (4,), "epochs": 2, "batch_size": 32, "verbose": 0, "random_state": 0}
    return GanTrainer(**{**usual, **params})


class Log(Callback):
    def __init__(self, name="", log=None):
        self.name, self.log = name, [] if log is None else log

    def note(self, what, *more):
        self.log.append(" ".join([self.name, what, *map(str, more)]).strip())

    def on_train_begin(self, estimator):
        self.note("begin", len(estimator.history_))

    def on_step(self, estimator, step):
        self.note("step", step)

    def on_epoch_end(self, estimator, row):
        assert row == estimator.history_.row(-1)
        self.note("epoch", row["epoch"])

    def on_train_end(self, estimator):
        self.note("end", len(estimator.history_))


class Epochs(Callback):
    def __init__(self):
        self.seen = []

    def on_epoch_end(self, estimator, row):
        self.seen.append(row["epoch"])


def test_callbacks_get_every_step_and_epoch_in_order():
    log = Log()
    gan = tiny(callbacks=[log]).fit(RING)
    first = ["begin 0", *[f"step {i}" for i in (1, 2, 3, 4)], "epoch 1"]
    assert log.log == [*first, *[f"step {i}" for i in (5, 6, 7, 8)], "epoch 2", "end 2"]
    log.log.clear()
    gan.partial_fit(RING)
    assert log.log == ["begin 2", *[f"step {i}" for i in (9, 10, 11, 12)], "epoch 3", "end 3"]


def test_callbacks_are_called_in_their_order():
    log = []
    tiny(epochs=1, batch_size=128, callbacks=(Log("a", log), Log("b", log))).fit(RING)
    assert log == [f"{name} {what}" for what in ("begin 0", "step 1", "epoch 1", "end 1") for name in "ab"]


def test_on_step_is_not_called_unless_it_is_overridden():
    epochs = Epochs()
    gan = tiny(callbacks=[epochs])
    asked = []
    epochs.on_step = lambda estimator, step: asked.append(step)
    gan.fit(RING)
    assert (epochs.seen, asked) == ([1, 2], [])


def test_a_callback_sees_the_attributes_of_its_estimator():
    class Look(Callback):
        def on_step(self, estimator, step):
            seen.append((estimator.batch_size_, estimator.device_, estimator.sample(1, random_state=0).shape))

    seen = []
    tiny(epochs=1, batch_size=64, callbacks=[Look()], device="cpu").fit(RING)
    assert seen == [(64, "cpu", (1, 2))] * 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_on_train_end_is_called_after_an_error(error):
    class Fail(Callback):
        def on_epoch_end(self, estimator, row):
            raise error

    log = Log()
    with pytest.raises(error):
        tiny(callbacks=[log, Fail()]).fit(RING)
    assert log.log[-2:] == ["epoch 1", "end 1"]


def test_on_train_end_is_called_after_a_divergence():
    log = Log()
    with pytest.raises(ganvas.exceptions.DivergedError):
        tiny(lr=1e30, callbacks=[log]).fit(RING)
    assert (log.log[0], log.log[-1]) == ("begin 0", "end 0")


def test_callbacks_change_nothing_about_the_training():
    plain, watched = tiny().fit(RING), tiny(callbacks=[Log(), LivePlot(n=2)]).fit(RING)
    np.testing.assert_array_equal(watched.sample(9, random_state=0), plain.sample(9, random_state=0))
    np.testing.assert_array_equal(watched.sample(9), plain.sample(9))


def test_a_checkpoint_is_written_before_on_epoch_end(tmp_path):
    class Look(Callback):
        def on_epoch_end(self, estimator, row):
            seen.append(len(list(tmp_path.iterdir())))

    seen = []
    tiny(callbacks=[Look()]).fit(RING, checkpoint_dir=tmp_path)
    assert seen == [1, 2]


def test_verbose_prints_one_line_or_every_hundredth_step(capsys):
    tiny(verbose=1).fit(RING)
    (line,) = capsys.readouterr().out.splitlines()
    said = r"rows of 2, float32, standardised | mlp on cpu (native) | generator {:,} + discriminator {:,} parameters"
    generator, discriminator = 16 * 4 + 4 + 4 * 2 + 2, 2 * 4 + 4 + 4 + 1
    assert line.startswith(f"{said.format(generator, discriminator)} | 2 epochs, about ")
    # An epoch has four steps, so step 100 is also the last of its epoch.
    tiny(verbose=2, epochs=50).fit(RING)
    steps = capsys.readouterr().out.splitlines()[1:]
    assert [line.split("  ")[:2] for line in steps] == [
        ["step 100", "samples 3,200"],
        ["step 200", "samples 6,400"],
    ]
    assert "nan" not in "".join(steps)
    tiny(verbose=0).fit(RING)
    assert capsys.readouterr() == ("", "")


# LivePlot -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("X", [RING, IMAGES])
def test_a_live_plot_writes_its_picture(X, tmp_path):
    before = rcParams.copy()
    tiny(callbacks=[LivePlot(n=4, path=tmp_path / "live.png")]).fit(X)
    with Image.open(tmp_path / "live.png") as picture:
        assert picture.size == (900, 400)
        assert len(picture.convert("L").getcolors()) > 10
    assert rcParams == before


def drawings(live):
    count = []
    draw = live._draw
    live._draw = lambda estimator: (count.append(1), draw(estimator))
    return count


@pytest.mark.parametrize("kind", [kind for kind, _ in _core.members("kind", "autoencoder")])
def test_the_live_plot_draws_every_kind_of_data(kind, tmp_path):
    shapes = {"row": (3,), "series": (8, 3), "volume": (4, 4, 4), "roll": (2, 4, 8)}
    X = np.random.default_rng(0).integers(0, 2 if kind == "roll" else 3, (16, *shapes.get(kind, (8, 8))))
    X = [f"{text[0]} dogs, {text[1]} cats" for text in X] if kind == "text" else X
    live = LivePlot(n=4, path=tmp_path / "live.png")
    VaeTrainer(kind=kind, epochs=1, batch_size=8, latent_dim=2, callbacks=[live], verbose=0).fit(X)
    assert (tmp_path / "live.png").stat().st_size > 1000


def test_a_live_plot_is_drawn_at_most_once_a_while():
    often, seldom = LivePlot(n=2, seconds=0), LivePlot(n=2, seconds=1000)
    counts = drawings(often), drawings(seldom)
    tiny(epochs=3, callbacks=[often, seldom]).fit(RING)
    # Every epoch, or the first one, and the end; and at the times of the clock.
    assert len(counts[0]) >= 4
    assert len(counts[1]) == 2


def test_a_live_plot_draws_within_an_epoch(tmp_path):
    live = LivePlot(n=2, seconds=0)
    live.on_epoch_end = lambda estimator, row: None
    count = drawings(live)

    class EveryStep(Callback):
        def on_step(self, estimator, step):
            """Makes the core return after every step."""

    tiny(epochs=1, callbacks=[live, EveryStep()]).fit(RING)
    assert len(count) == 4 + 1 + 1


def test_a_live_plot_keeps_no_figure_and_pickles(tmp_path):
    import pickle

    from matplotlib import pyplot

    before = pyplot.get_fignums()
    gan = tiny(callbacks=[LivePlot(n=2)]).fit(RING)
    assert pyplot.get_fignums() == before
    assert pickle.loads(pickle.dumps(gan)).callbacks[0].n == 2


def test_a_live_plot_survives_a_run_without_an_epoch():
    with pytest.raises(ganvas.exceptions.DivergedError):
        tiny(lr=1e30, callbacks=[LivePlot()]).fit(RING)

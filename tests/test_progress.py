"""The summary line, the progress bar, and the estimated time."""

import numpy as np
import pytest

import ganvas
from ganvas import GanTrainer
from ganvas._run import hooks as hooks
from ganvas._run import progress as progress
from ganvas.callbacks import Callback

pytestmark = pytest.mark.usefixtures("one_thread")

RING = ganvas.data.ring(128, random_state=0)


class Stop(Callback):
    def __init__(self, step):
        self.at = step

    def on_step(self, estimator, step):
        if step == self.at:
            raise KeyboardInterrupt


def tiny(**params):
    usual = {"net": "mlp", "hidden": (2,), "latent_dim": 2, "epochs": 2, "batch_size": 32, "random_state": 0}
    return GanTrainer(**{**usual, **params})


class Time:
    now = 100.0

    def __call__(self):
        return self.now


def test_the_estimate_leaves_the_first_steps_out():
    time = Time()
    pace = progress.Pace(time)
    # Five slow steps of half a second, then a hundred of 20 ms with 30 ms of other work between them.
    said = None
    for step in range(1, 106):
        time.now += 0.5 if step <= 5 else 0.05
        pace.note(step, 64 * step)
        if said is None and pace.settled():
            said = time.now, pace.rate()
    assert said[1] == pytest.approx(64 / 0.05, rel=0.2)
    assert said[0] - 100 < 2.5 + 1.5
    assert pace.rate() == pytest.approx(64 / 0.05, rel=0.05)


def test_very_slow_steps_are_waited_for_no_longer_than_five_seconds():
    time = Time()
    pace = progress.Pace(time)
    pace.note(0, 0)
    assert not pace.settled()
    assert pace.rate() is None
    time.now += 6
    pace.note(1, 64)
    assert pace.settled()
    assert pace.rate() == pytest.approx(64 / 6)


def test_the_line_at_the_start_counts_the_epochs_of_the_call(capsys):
    gan = tiny().fit(RING)
    assert "| 2 epochs" in capsys.readouterr().out
    gan.partial_fit(RING)
    assert capsys.readouterr().out.split(" | ")[-1].strip().startswith("1 epoch")
    assert "1 epochs" not in capsys.readouterr().out
    gan.on_interrupt, gan.callbacks = "return", [Stop(18)]
    gan.partial_fit(RING, epochs=3)
    capsys.readouterr()
    gan.callbacks = ()
    gan.partial_fit(RING, epochs=5)
    assert "| 5 epochs" in capsys.readouterr().out


def test_the_line_at_the_start_names_who_runs_a_loaded_model(tmp_path, capsys):
    tiny().fit(RING).save(tmp_path / "gan")
    assert "(native)" in capsys.readouterr().out
    GanTrainer.load(tmp_path / "gan").partial_fit(RING)
    out = capsys.readouterr().out
    assert "(native)" in out
    assert "(tch)" not in out


def test_a_long_line_is_broken_between_its_parts(monkeypatch):
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    line = " | ".join(
        ["images 16x16x1, uint8 0..255", "dcgan on cpu (native)", "generator 36,544 parameters", "x" * 40]
    )
    lines = progress.wrapped(line).splitlines()
    assert len(lines) == 2
    assert all(len(text) <= 88 for text in lines)
    assert " | ".join(text.strip() for text in lines) == line
    monkeypatch.undo()
    assert progress.wrapped(line) == line


def test_the_bar_of_a_partial_fit_after_a_stop_ends_at_all(capsys):
    gan = tiny(progress=True, on_interrupt="return", callbacks=[Stop(6)]).fit(RING)
    gan.callbacks = ()
    capsys.readouterr()
    gan.partial_fit(RING, epochs=3)
    last = capsys.readouterr().err.split("\r")[-1]
    assert last.startswith("100%")
    assert "384/384" in last


def test_the_bar_of_a_resumed_fit_begins_where_it_stopped(tmp_path, capsys):
    tiny(on_interrupt="return", callbacks=[Stop(6)]).fit(RING, checkpoint_dir=tmp_path)
    capsys.readouterr()
    tiny(progress=True).fit(RING, checkpoint_dir=tmp_path, resume="auto")
    first, *_, last = capsys.readouterr().err.split("\r")[1:]
    assert (first[:4], last[:4]) == (" 75%", "100%")


@pytest.mark.parametrize(
    ("verbose", "wanted", "drawn"), [(0, None, False), (0, True, True), (1, None, True), (1, False, False)]
)
def test_verbose_0_draws_a_bar_only_if_one_is_asked_for(verbose, wanted, drawn, monkeypatch, capsys):
    monkeypatch.setattr(hooks, "watched", lambda: True)
    tiny(verbose=verbose, progress=wanted).fit(RING)
    assert ("256/256" in capsys.readouterr().err) == drawn


def test_live_is_a_bar_outside_of_notebooks(capsys):
    tiny(progress="live").fit(RING)
    assert "256/256" in capsys.readouterr().err
    with pytest.raises(ganvas.exceptions.ParameterError, match='progress: expected True, False, "live" or None'):
        tiny(progress="alive").fit(RING)


def test_the_bar_of_a_notebook_is_text_and_html_without_a_widget():
    time = Time()
    bar = progress.Notebook(1000, 0, progress.Pace(time))
    bar.head("rows <2> | mlp")
    for step in (0, 10):
        bar._pace.note(step, 0)
        time.now += 5 * (step == 0)
    time.now += 10
    bar._pace.note(50, 500)
    bar._drawn = -1
    bar.show(500, lambda: {"generator_loss": 0.25, "seconds": 9.0})
    assert repr(bar).splitlines() == [
        "rows <2> | mlp",
        " 50 % [##########          ] 500 of 1,000 samples | 0:15 < 0:10 | 50 samples/s | generator 0.250",
    ]
    bar.close(1000)
    html = bar._repr_html_()
    assert "rows &lt;2&gt; | mlp" in html
    assert '<progress value="1000" max="1000"' in html
    assert "100 % | 1,000 of 1,000 samples | 0:15 |" in html
    assert "script" not in html


def test_bytes_do_not_depend_on_what_is_shown(capsys):
    plain = tiny(progress=False, verbose=0).fit(RING).sample(4, random_state=0)
    np.testing.assert_array_equal(tiny(progress="live", verbose=2).fit(RING).sample(4, random_state=0), plain)

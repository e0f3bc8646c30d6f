"""The table of a report: cells, sentences, positions, plot."""

import math
import re

import pytest

from ganvas import Measure, Report, plot
from ganvas.exceptions import DataError

GOOD = Measure(0.8, 0.75, 0.85, 0.9, 0.3, "Gaussian", "higher", "part of the data")
BEATEN = Measure(5.0, 4.0, 6.0, 1.0, 3.0, "Gaussian", "lower", "a distance")
NEAR = Measure(1.4, math.nan, math.nan, 1.0, 0.2, "Gaussian", "near", "a ratio")
ALONE = Measure(12345.0, meaning="samples a second")
REPORT = Report("a model <1>", {"coverage": GOOD, "distance": BEATEN, "ratio": NEAR, "speed": ALONE}, ["A note."])


def test_positions_are_zero_at_the_rival_and_one_at_real_data():
    assert GOOD.position == pytest.approx(5 / 6)
    assert (GOOD.placed(0.3), GOOD.placed(0.9)) == pytest.approx((0, 1))
    assert BEATEN.position == pytest.approx(-1)
    assert NEAR.position == pytest.approx(0.5), "both sides of the value of real data are as bad"
    assert math.isnan(ALONE.position)
    assert math.isnan(GOOD._replace(real=0.2).position), "real data that lose against the rival are no scale"


def test_the_rival_wins_ties_and_nothing_without_a_value():
    assert REPORT.beaten == ["distance"]
    assert GOOD._replace(value=0.3).beaten
    assert not GOOD._replace(value=math.nan).beaten
    assert not ALONE.beaten


def test_a_report_is_a_mapping():
    assert (len(REPORT), list(REPORT), REPORT["speed"].value) == (4, ["coverage", "distance", "ratio", "speed"], 12345)
    assert REPORT.to_dict()["coverage"]["rival"] == 0.3
    with pytest.raises(KeyError):
        REPORT["recall"]


def test_a_report_says_where_the_rival_wins():
    lines = repr(REPORT).splitlines()
    assert lines[0] == "a model <1>"
    heads = ["name", "model", "95 % interval", "real data", "trivial rival", "from rival to real"]
    assert re.split("  +", lines[1]) == heads
    assert re.split("  +", lines[2]) == ["coverage ↑", "0.8", "0.75 to 0.85", "0.9", "0.3 (Gaussian)", "83 %"]
    assert lines[3].endswith("rival is better")
    assert lines[5].split() == ["speed", "↑", "12,345"]
    assert lines[6:] == ["The trivial rival is as good or better in 1 of 3 measures: distance.", "A note."]
    assert "worse in all measures that have one (1)" in repr(Report("", {"coverage": GOOD}))


def test_html_is_escaped():
    page = REPORT._repr_html_()
    assert "a model &lt;1&gt;" in page
    assert "<td" in page
    assert "A note." in page


def test_a_data_frame_can_be_made_of_a_report():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame.from_dict(REPORT.to_dict(), orient="index")
    assert frame.loc["coverage", "low"] == 0.75


def test_the_plot_shows_measures_that_have_a_scale():
    ax = REPORT.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["coverage", "distance", "ratio"]
    points = [line for line in ax.lines if line.get_marker() in ("o", "<", ">")]
    assert [point.get_xdata()[0] for point in points] == pytest.approx([5 / 6, -0.6, 0.5]), "-1 lies beyond the edge"
    assert points[1].get_marker() == "<"
    with pytest.raises(DataError, match="trivial rival"):
        plot.report({"speed": ALONE})

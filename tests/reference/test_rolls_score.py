"""Statistics of piano rolls, beside values counted by hand and muspy's, if it is installed."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benches" / "quality"))
import rolls_score


def test_statistics_are_those_counted_by_hand():
    roll = np.zeros((1, 2, 4, 24), bool)
    # C, E and G held for two steps, then C sharp and C two steps later; the second bar is empty but for one D.
    roll[0, 0, :2, [0, 4, 7]] = True
    roll[0, 0, 3, [0, 13]] = True
    roll[0, 1, 3, 2] = True
    found = rolls_score.score(roll, lowest=60)
    expected = {
        "empty bars": 0.0,
        "pitch classes": (4 + 1) / 2,
        "polyphony": (3 + 3 + 2 + 1) / 4,
        "three or more": 2 / 8,
        # C E G C D of six notes are in C major, C sharp is not.
        "in scale": 5 / 6,
        "held": 3 / 6,
        "clashes": 1 / 8,
        "melody": 0.0,
    }
    assert found == pytest.approx(expected)
    assert rolls_score.variety(np.concatenate([roll, roll]), roll) == {"distinct": 0.5, "nearest": 1.0}


def test_statistics_are_those_of_muspy():
    muspy = pytest.importorskip("muspy")
    rolls = np.random.default_rng(0).random((5, 3, 4, 30)) < 0.08
    rolls[:, -1, -1, 0] = True
    music = [of_muspy(muspy, roll) for roll in rolls]
    found = rolls_score.score(rolls, lowest=50)
    assert found["polyphony"] == pytest.approx(np.mean([muspy.polyphony(piece) for piece in music]))
    assert found["three or more"] == pytest.approx(np.mean([muspy.polyphony_rate(piece) for piece in music]))
    assert found["in scale"] == pytest.approx(np.mean([muspy.scale_consistency(piece) for piece in music]))
    bars = [of_muspy(muspy, bar[None]) for roll in rolls for bar in roll if bar.any()]
    used = [muspy.n_pitch_classes_used(bar) for bar in bars]
    assert found["pitch classes"] == pytest.approx(sum(used) / 15)


def of_muspy(muspy, roll):
    flat = np.pad(roll.reshape(-1, 30), ((0, 0), (50, 48)))
    return muspy.from_pianoroll_representation(flat, resolution=1, encode_velocity=False)

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ganvas import Score, plot
from ganvas.exceptions import DataError, ParameterError


def test_a_piano_roll_has_a_box_for_each_note():
    score = Score({"piano": [(0, 1, 60), (1, 2, 67, 127)], "drums": [(0, 1, 38)]}, meter="3/4")
    ax = plot.pianoroll(score)
    piano, drums = ax.collections[-2:]
    corners = [path.vertices.min(axis=0).tolist() for path in piano.get_paths()]
    np.testing.assert_allclose(corners, [[0, 59.54], [1, 66.54]])
    widths = [np.ptp(path.vertices[:, 0]) for path in piano.get_paths()]
    np.testing.assert_allclose(widths, [1, 2])
    # Louder notes are more opaque, and percussion lies below the pitches.
    assert piano.get_facecolors()[0, 3] < piano.get_facecolors()[1, 3] == 1
    assert drums.get_paths()[0].vertices[:, 1].max() < 59
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["acoustic grand piano", "drums"]
    assert {label.get_text() for label in ax.get_yticklabels()} == {"C4", "drums"}


def test_a_piano_roll_uses_the_axes_and_takes_rolls():
    _, own = plt.subplots()
    roll = np.zeros((32, 128), bool)
    roll[4:9, 50] = True
    assert plot.pianoroll(roll, ax=own) is own
    assert own.get_legend() is None
    assert own.get_xlim() == (0, 8)
    assert Score.of(roll).plot_pianoroll(own) is own


def test_a_score_without_notes_has_no_plot():
    with pytest.raises(DataError, match="score: expected notes, got none"):
        plot.pianoroll(Score([]))
    with pytest.raises(ParameterError, match="score: expected a Score"):
        plot.pianoroll("a.mid")

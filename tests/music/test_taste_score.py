"""Tastes, and pieces in other keys, in benches/quality."""

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[2] / "benches" / "quality"))
import music_score
import taste_score

# Triads of C, with a note that is held.
MAJOR = [[60, 64, 67], [60, 65, 69], [59, 62, 67], [60, 64, 67]]
MINOR = [[60, 63, 67], [60, 65, 68], [59, 62, 67], [60, 63, 67]]


def test_pieces_with_the_minor_third_are_in_minor():
    assert taste_score.minor(MINOR)
    assert not taste_score.minor(MAJOR)


def test_pieces_that_hold_few_pitches_are_lively():
    # Of nine pitches after the first frame, two were there before; then three of eight.
    assert taste_score.lively(MAJOR)
    assert not taste_score.lively([[60, 64, 67], [60, 64, 69], [60, 65, 72], [62, 74]])
    assert not taste_score.lively([[60, 64]] * 4)


def test_ranks_by_pitch_classes():
    distances = taste_score.distances([MAJOR, MINOR], [MINOR])
    assert distances[1] == 0 < distances[0]
    assert taste_score.area(-distances, np.array([False, True])) == 1


def test_copies_in_all_keys():
    assert music_score.copies("chorales", [MAJOR]) == [MAJOR]
    copies = music_score.copies("chorales in random keys, transposed", [MAJOR])
    assert [piece[0][0] for piece in copies] == list(range(55, 66))

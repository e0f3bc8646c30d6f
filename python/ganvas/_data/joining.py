"""Scores of the core that are put together."""

import math
from typing import Any

import numpy as np

from .. import _core
from .._score_convert import changed


def joined(first: _core.Score, second: _core.Score) -> _core.Score:
    """Put two scores one after the other; tracks of the same name or instrument become one. Tempo and key go on."""
    resolution = math.lcm(first.resolution, second.resolution)
    first, second = (_scaled(score, resolution) for score in (first, second))
    offset = first.length
    tracks: list[Any] = [list(track) for track in first.tracks]
    free = list(range(len(tracks)))
    for name, program, drums, notes in second.tracks:
        moved = notes + np.array([offset, 0, 0, 0])
        same = [i for i in free if tracks[i][1:3] == [program, drums]]
        same = [i for i in same if tracks[i][0] == name] or same
        if same:
            free.remove(same[0])
            tracks[same[0]][3] = np.concatenate([tracks[same[0]][3], moved])
        else:
            tracks.append([name, program, drums, moved])
    meters = list(first.meters)
    for tick, beats, value in second.meters:
        if meters[-1][1:] != (beats, value):
            meters.append((offset + tick, beats, value))
    return changed(first, tracks=[tuple(track) for track in tracks], length=offset + second.length, meters=meters)


def overlaid(first: _core.Score, second: _core.Score) -> _core.Score:
    """Add the tracks of a score to those of another one, which also has the tempos, meters and keys."""
    resolution = math.lcm(first.resolution, second.resolution)
    first, second = (_scaled(score, resolution) for score in (first, second))
    return changed(first, tracks=[*first.tracks, *second.tracks], length=max(first.length, second.length))


def _scaled(core: _core.Score, resolution: int) -> _core.Score:
    factor = resolution // core.resolution
    if factor == 1:
        return core
    return changed(
        core,
        tracks=[(*track, notes * np.array([factor, 1, factor, 1])) for *track, notes in core.tracks],
        length=core.length * factor,
        tempos=[(tick * factor, tempo) for tick, tempo in core.tempos],
        meters=[(tick * factor, beats, value) for tick, beats, value in core.meters],
        keys=[(tick * factor, fifths, minor) for tick, fifths, minor in core.keys],
        resolution=resolution,
    )

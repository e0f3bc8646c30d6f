"""Piano rolls of scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import DataError
from ._style import GREY, TRACKS, legend, new_axes, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# Characters of labels of which four fit into a row.
_SHORT = 14


def pianoroll(score: Any, ax: Axes | None = None) -> Axes:
    """Draw the notes of a score: time to the right, pitch upwards.

    Tracks have different colours, and louder notes are more opaque. Percussion is drawn below the pitches, with a row
    for each of its instruments.

    Parameters
    ----------
    score : Score or anything that `Score.of` takes
        A piece of music.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    DataError
        The score has no notes.
    ParameterError, ShapeError
        It is no score.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> ax = plot.pianoroll(data.load_chorales("test")[0])
    """
    from matplotlib.collections import PatchCollection
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Patch, Rectangle

    from .._score_layout import every, layout, octaves
    from ..score import Score

    piece = Score.of(score)
    if not len(piece.notes):
        raise DataError("score: expected notes, got none")
    shown = layout(piece)
    rows = shown.high - shown.floor + 1
    if ax is None:
        ax = new_axes(min(12.0, max(6.4, 0.09 * shown.end)), min(6.0, max(2.4, 0.075 * rows)))
    quiet(ax)
    ax.grid(visible=False, axis="both")
    ax.vlines([*shown.bars, shown.end], shown.floor - 0.5, shown.high + 0.5, colors=GREY, linewidth=0.5, alpha=0.6)
    names = octaves(shown.low, shown.high)
    ax.hlines([pitch - 0.5 for pitch, _ in names], 0, shown.end, colors=GREY, linewidth=0.5, alpha=0.35)
    handles = []
    for i, (label, notes) in enumerate(shown.tracks):
        colour = TRACKS[i % len(TRACKS)]
        patches = [Rectangle((start, place - 0.46), length, 0.92) for start, length, place, _ in notes.tolist()]
        colours = np.tile(to_rgba(colour), (len(notes), 1))
        colours[:, 3] = 0.5 + 0.5 * notes[:, 3] / 127
        # Thin white edges separate repeated notes.
        ax.add_collection(PatchCollection(patches, facecolors=colours, edgecolors="white", linewidths=0.4, zorder=2))
        handles.append(Patch(color=colour, label=label))
    ticks = list(names)
    if shown.floor < shown.low:
        ticks.append((round((shown.floor + shown.low - 3) / 2), "drums"))
    ax.set_yticks([place for place, _ in ticks], [name for _, name in ticks])
    step = every(len(shown.bars))
    ax.set_xticks(shown.bars[::step], [str(i) for i in range(0, len(shown.bars), step)])
    ax.set(xlim=(0, shown.end), ylim=(shown.floor - 0.5, shown.high + 0.5), xlabel="bar")
    if len(handles) > 1:
        longest = max(len(label) for label, _ in shown.tracks)
        legend(ax, min(len(handles), 4 if longest <= _SHORT else 2), handles)
    return ax

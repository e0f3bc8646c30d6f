"""Scores in a notebook: a piano roll and a player, without other files."""

from __future__ import annotations

import base64
import html as escaped
import io
from typing import TYPE_CHECKING

from ._score_convert import write_wav
from ._score_layout import Layout, every, layout, octaves
from .plot._style import TRACKS

if TYPE_CHECKING:
    from .score import Score

_RATE = 22050
_SECONDS = 60.0  # of sound at most, some megabytes
_BARS, _NOTES = 64, 4000  # drawn at most
_WIDTH = 760
_LEFT, _TOP = 30, 14
_BLACK = {1, 3, 6, 8, 10}


def html(score: Score) -> str:
    """Return a piano roll as SVG and a player with the sound inside; it needs no other file."""
    about = f'<div style="opacity:.75;font-size:12px">{escaped.escape(repr(score)[8:-1])}</div>'
    if not len(score.notes):
        return f"<div>{about}</div>"
    bars = min(_BARS, score.bars)
    while bars > 1 and len(score.clip(0, bars).notes) > _NOTES:
        bars //= 2
    shown = layout(score, bars)
    pieces = [about, _legend(shown), f'<div style="overflow-x:auto">{_svg(score, shown)}</div>']
    said = []
    if score.bars > bars:
        said.append(f"shown: the first {bars} of {score.bars} bars")
    if score.duration > _SECONDS:
        said.append(f"sound: the first {_SECONDS:.0f} of {score.duration:.0f} seconds")
    pieces.append(_player(score))
    if said:
        pieces.append(f'<div style="opacity:.75;font-size:12px">{"; ".join(said)}</div>')
    return f'<div style="max-width:100%">{"".join(pieces)}</div>'


def _player(score: Score) -> str:
    content = io.BytesIO()
    write_wav(content, score.sound(_RATE, _SECONDS), _RATE)
    data = base64.b64encode(content.getvalue()).decode("ascii")
    style = "display:block;width:100%;max-width:420px;height:36px;margin:6px 0"
    return f'<audio controls preload="metadata" style="{style}" src="data:audio/wav;base64,{data}"></audio>'


def _legend(shown: Layout) -> str:
    if len(shown.tracks) < 2:
        return ""
    box = "display:inline-block;width:10px;height:10px;border-radius:2px;margin:0 5px 0 0;background:"
    items = []
    for i, (label, _) in enumerate(shown.tracks):
        swatch = f'<span style="{box}{TRACKS[i % len(TRACKS)]}"></span>'
        items.append(f'<span style="margin-right:14px;white-space:nowrap">{swatch}{escaped.escape(label)}</span>')
    return f'<div style="font-size:12px;margin:4px 0">{"".join(items)}</div>'


def _svg(score: Score, shown: Layout) -> str:
    row = min(7.0, max(3.0, 200 / (shown.high - shown.floor + 1)))
    width = max(_WIDTH, round(_LEFT + 6 * shown.end))
    across = (width - _LEFT - 2) / shown.end
    height = _TOP + (shown.high - shown.floor + 1) * row + 2

    def x(time: float) -> float:
        return round(_LEFT + time * across, 2)

    def y(place: float) -> float:
        return round(_TOP + (shown.high - place) * row, 2)

    right = x(shown.end)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height:.0f}" '
        f'viewBox="0 0 {width} {height:.0f}" style="max-width:{"none" if width > _WIDTH else "100%"}" '
        f'font-family="sans-serif" font-size="10"><title>{escaped.escape(repr(score)[1:-1])}</title>'
    ]
    # Lanes of the black keys.
    lanes = [pitch for pitch in range(shown.low, shown.high + 1) if pitch % 12 in _BLACK]
    path = "".join(f"M{_LEFT} {y(pitch)}H{right}v{row:.2f}H{_LEFT}z" for pitch in lanes)
    drawn.append(f'<path d="{path}" fill="currentColor" opacity=".05"/>')
    # A line below each C, and at each bar.
    names = octaves(shown.low, shown.high)
    path = "".join(f"M{_LEFT} {y(pitch - 1)}H{right}" for pitch, _ in names)
    drawn.append(f'<path d="{path}" stroke="currentColor" stroke-width=".6" opacity=".25"/>')
    path = "".join(f"M{x(time)} {_TOP}V{height - 2:.2f}" for time in [*shown.bars, shown.end])
    drawn.append(f'<path d="{path}" stroke="currentColor" stroke-width=".6" opacity=".35"/>')
    texts: list[tuple[float, float, str, str]]
    texts = [(_LEFT - 4, y(pitch) + row / 2 + 3.5, name, "end") for pitch, name in names]
    texts += [
        (x(shown.bars[i]) + 2, _TOP - 4, str(i), "start") for i in range(0, len(shown.bars), every(len(shown.bars)))
    ]
    if shown.floor < shown.low:
        middle = (shown.floor + shown.low - 3) / 2
        texts.append((_LEFT - 4, y(middle) + row / 2 + 3.5, "drums", "end"))
    for left, top, text, anchor in texts:
        place = f'x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}"'
        drawn.append(f'<text {place} fill="currentColor" opacity=".7">{text}</text>')
    for i, (_, rows) in enumerate(shown.tracks):
        drawn.append(f'<g fill="{TRACKS[i % len(TRACKS)]}">')
        for start, length, place, velocity in rows.tolist():
            # A gap separates repeated notes.
            wide = max(1.0, length * across - 0.8)
            solid = 0.5 + 0.5 * velocity / 127
            drawn.append(
                f'<rect x="{x(start)}" y="{y(place)}" width="{wide:.2f}" height="{row - 0.4:.2f}" rx="1" '
                f'fill-opacity="{solid:.2f}"/>'
            )
        drawn.append("</g>")
    return "".join(drawn) + "</svg>"

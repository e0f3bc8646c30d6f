"""Scores of models of music saved by ganvas, in PyTorch, and n-grams; does not import ganvas.

A frame is the pitches of a step, from low to high, and an end. The surprise of all frames of all pieces is divided by
their number; that of the protocol of S. Bai, J. Kolter, V. Koltun, "An Empirical Evaluation of Generic Convolutional
and Recurrent Networks for Sequence Modeling", 2018, is the mean over pieces of the mean of a piece.
"""

import json
from pathlib import Path
from typing import Any

import counting
import numpy as np
import texts_score

Piece = list[list[int]]

# Characters of pitch 0 and of the end of a frame.
PITCH, FRAME = 0xE000, 0xE080
ORDERS = 8
# Semitones by which pieces are transposed at most, and the seed of random keys, of which there are twelve.
SHIFTS, SEED = 5, 2026


def parts(row: str, data: Path) -> tuple[list[Piece], list[Piece]]:
    """Return the pieces for training and those for the score."""
    if row.startswith("chorales"):
        pieces = chorales(data, "train"), chorales(data, "test")
        if "random keys" not in row:
            return pieces
        random = np.random.default_rng(SEED)
        train, test = ([moved(piece, int(random.integers(-SHIFTS, SHIFTS + 2))) for piece in part] for part in pieces)
        return train, test
    import scipy.io

    # Piano rolls of 88 keys, from pitch 21 on.
    found = scipy.io.loadmat(Path(data) / "music" / "nottingham" / "nottingham_train_valid.mat")
    return tuple(
        [[(21 + np.flatnonzero(frame)).tolist() for frame in piece] for piece in found[part][0]]
        for part in ("traindata", "validdata")
    )


def chorales(data: Path, part: str) -> list[Piece]:
    """Return the pieces of a part of the chorales: "train", "valid" or "test"."""
    found = json.loads((Path(data) / "music" / "jsb" / "jsb-chorales-quarter.json").read_text())
    return [[sorted({int(pitch) for pitch in frame if pitch >= 0}) for frame in piece] for piece in found[part]]


def moved(piece: Piece, shift: int) -> Piece:
    """Transpose a piece by this number of semitones."""
    return [[pitch + shift for pitch in frame] for frame in piece]


def copies(row: str, pieces: list[Piece]) -> list[Piece]:
    """Return the pieces that n-grams count: those of a row that is transposed in all of its keys."""
    shifts = range(-SHIFTS, SHIFTS + 1) if "transposed" in row else (0,)
    return [moved(piece, shift) for shift in shifts for piece in pieces]


def text(piece: Piece) -> str:
    """Write a piece as a model's file has it."""
    return "".join("".join(chr(PITCH + pitch) for pitch in frame) + chr(FRAME) for frame in piece)


def score(path: Path, pieces: list[Piece]) -> dict[str, float]:
    """Score pieces, their ends included: nats a frame over all frames, and by the protocol of pieces."""
    model, language, context = texts_score.read(path)
    end = texts_score.language_size(language)
    found = []
    for piece in pieces:
        tokens = [end, *texts_score.encode(text(piece), language), end]
        found.append(float(texts_score.nats(model, tokens, context, end + 1).sum()))
    frames = np.array([len(piece) for piece in pieces])
    return {
        "nats a frame": float(np.sum(found) / frames.sum()),
        "mean of pieces": float(np.mean(np.array(found) / frames)),
        "frames": int(frames.sum()),
    }


def counted(train: list[Piece], test: list[Piece]) -> dict[str, Any]:
    """Score n-grams of the same tokens."""

    def documents(pieces: list[Piece]) -> counting.Tokens:
        # 0 is begin and end, 1 the end of a frame, and a pitch is 2 more than its number.
        coded = [[*(pitch + 2 for pitch in frame), 1] for piece in pieces for frame in piece]
        ends = np.cumsum([len(piece) for piece in pieces])
        each = np.split(np.array(coded, dtype=object), ends[:-1])
        return counting.joined([np.array([0, *(token for frame in piece for token in frame), 0]) for piece in each])

    tested = documents(test)
    tokens, frames = int((tested.before > 0).sum()), sum(map(len, test))
    nats = [float(mean * tokens / frames) for mean in counting.nats(documents(train), tested, 130, ORDERS)]
    return {"nats a frame": nats, "best": min(nats), "order": int(np.argmin(nats)) + 1}

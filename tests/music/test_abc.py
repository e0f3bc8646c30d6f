"""Tunes in ABC notation: the notes that music21 reads, and those of small examples."""

import time
from pathlib import Path

import pytest

from ganvas import Score, _core
from ganvas.exceptions import DataError

HEAD = "X:1\nT:Test\nM:4/4\nL:1/4\nK:{key}\n"


def rows(text, key="C"):
    (core,) = _core.Score.read_abc(HEAD.format(key=key) + text)
    return [tuple(row[:3]) for row in Score._of(core).notes.tolist()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C c, C' |", [(0, 1, 60), (1, 1, 60), (2, 1, 72)]),
        ("C2 D/ E/2 F3/2 |", [(0, 2, 60), (2, 0.5, 62), (2.5, 0.5, 64), (3, 1.5, 65)]),
        ("^C C | C _E =E |", [(0, 1, 61), (1, 1, 61), (2, 1, 60), (3, 1, 63), (4, 1, 64)]),
        ("[CEG]2 z C |", [(0, 2, 60), (0, 2, 64), (0, 2, 67), (3, 1, 60)]),
        ("C>D E<F |", [(0, 1.5, 60), (1.5, 0.5, 62), (2, 0.5, 64), (2.5, 1.5, 65)]),
        ("(3CDE F |", [(0, 2 / 3, 60), (2 / 3, 2 / 3, 62), (4 / 3, 2 / 3, 64), (2, 1, 65)]),
        ("C2- | C2 |", [(0, 4, 60)]),
        ('"Am"C {d}!trill!D (EF) |', [(0, 1, 60), (1, 1, 62), (2, 1, 64), (3, 1, 65)]),
        ("|: C4 |1 D4 :|2 E4 |]", [(0, 4, 60), (4, 4, 62), (8, 4, 60), (12, 4, 64)]),
    ],
)
def test_notes_of_small_tunes(text, expected):
    assert rows(text) == [pytest.approx(row, abs=1e-9) for row in expected]


def test_keys_change_letters_and_have_names():
    assert [row[2] for row in rows("F C B", key="D")] == [66, 61, 71]
    (core,) = _core.Score.read_abc(HEAD.format(key="Dm") + "B")
    score = Score._of(core)
    assert (score.key, score.notes[0, 2], score.tracks[0].name) == ("D minor", 70, "Test")


def test_a_text_without_tunes_is_an_error_in_words(tmp_path):
    path = tmp_path / "no.abc"
    for text, message in [("", "no tunes"), ("hello", "no tunes"), (HEAD.format(key="C") + "z4 |", "no notes")]:
        path.write_text(text)
        with pytest.raises(DataError, match=message):
            Score.read(path)


@pytest.mark.parametrize("text", ["{", '"', "|2C", "|:C:|", "(3", "[", "C-"])
def test_long_lines_take_bounded_time(text):
    content = HEAD.format(key="C") + "C " + text * 30_000
    begin = time.perf_counter()
    (core,) = _core.Score.read_abc(content)
    assert time.perf_counter() - begin < 5
    assert len(Score._of(core).notes) >= 1


def test_a_file_of_several_tunes_gives_several(tmp_path):
    path = tmp_path / "two.abc"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD.format(key="C") + "C4 |\r\n\r\n" + HEAD.format(key="G") + "F4 |").encode())
    assert [score.notes[0, 2] for score in Score.read_all(path)] == [60, 66]
    assert Score.read(path) == Score.read_all(path)[0]
    path.write_bytes(HEAD.format(key="C").replace("Test", "Caf\xe9").encode("latin-1") + b"C4 |")
    assert Score.read(path).tracks[0].name == "Caf\xe9"


@pytest.mark.slow
def test_tunes_of_the_corpus_have_the_notes_that_music21_reads():
    music21 = pytest.importorskip("music21")
    folder = Path(music21.__file__).parent / "corpus" / "ryansMammoth"
    compared = same = 0
    for path in sorted(folder.glob("*.abc"))[::40]:
        stream = music21.converter.parse(path, format="abc", forceSource=True)
        try:
            notes = stream.expandRepeats().flatten().stripTies().notes
        except music21.repeat.ExpanderException:
            continue
        theirs = sorted(
            (round(24 * float(n.offset)), p.midi) for n in notes if not n.duration.isGrace for p in n.pitches
        )
        ours = sorted((round(24 * start), int(pitch)) for start, _, pitch, _ in Score.read(path).notes.tolist())
        compared += 1
        same += ours == theirs
    # It reads accidentals of other octaves, broken rhythms with a decoration and overfull bars otherwise.
    assert compared > 20
    assert same >= 0.8 * compared

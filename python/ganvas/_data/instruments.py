"""Instruments of General MIDI and their names."""

import difflib
import numbers
import reprlib

from ..exceptions import ParameterError, UnknownNameError

# Names of the 128 programs in their order, as the standard has them.
_LIST = """
acoustic grand piano, bright acoustic piano, electric grand piano, honky-tonk piano, electric piano 1, electric piano 2,
harpsichord, clavinet, celesta, glockenspiel, music box, vibraphone, marimba, xylophone, tubular bells, dulcimer,
drawbar organ, percussive organ, rock organ, church organ, reed organ, accordion, harmonica, tango accordion,
acoustic guitar (nylon), acoustic guitar (steel), electric guitar (jazz), electric guitar (clean),
electric guitar (muted), overdriven guitar, distortion guitar, guitar harmonics,
acoustic bass, electric bass (finger), electric bass (pick), fretless bass, slap bass 1, slap bass 2, synth bass 1,
synth bass 2, violin, viola, cello, contrabass, tremolo strings, pizzicato strings, orchestral harp, timpani,
string ensemble 1, string ensemble 2, synth strings 1, synth strings 2, choir aahs, voice oohs, synth voice,
orchestra hit, trumpet, trombone, tuba, muted trumpet, french horn, brass section, synth brass 1, synth brass 2,
soprano sax, alto sax, tenor sax, baritone sax, oboe, english horn, bassoon, clarinet,
piccolo, flute, recorder, pan flute, blown bottle, shakuhachi, whistle, ocarina,
lead 1 (square), lead 2 (sawtooth), lead 3 (calliope), lead 4 (chiff), lead 5 (charang), lead 6 (voice),
lead 7 (fifths), lead 8 (bass + lead), pad 1 (new age), pad 2 (warm), pad 3 (polysynth), pad 4 (choir),
pad 5 (bowed), pad 6 (metallic), pad 7 (halo), pad 8 (sweep), fx 1 (rain), fx 2 (soundtrack), fx 3 (crystal),
fx 4 (atmosphere), fx 5 (brightness), fx 6 (goblins), fx 7 (echoes), fx 8 (sci-fi),
sitar, banjo, shamisen, koto, kalimba, bagpipe, fiddle, shanai, tinkle bell, agogo, steel drums, woodblock,
taiko drum, melodic tom, synth drum, reverse cymbal, guitar fret noise, breath noise, seashore, bird tweet,
telephone ring, helicopter, applause, gunshot
"""
NAMES = tuple(name.strip() for name in _LIST.split(","))
DRUMS = "drums"
# Names for short, by the name in the standard.
_SHORT = {
    "piano": "acoustic grand piano",
    "electric piano": "electric piano 1",
    "organ": "church organ",
    "guitar": "acoustic guitar (nylon)",
    "steel guitar": "acoustic guitar (steel)",
    "electric guitar": "electric guitar (clean)",
    "bass": "acoustic bass",
    "electric bass": "electric bass (finger)",
    "synth bass": "synth bass 1",
    "double bass": "contrabass",
    "harp": "orchestral harp",
    "strings": "string ensemble 1",
    "choir": "choir aahs",
    "voice": "voice oohs",
    "horn": "french horn",
    "brass": "brass section",
    "sax": "alto sax",
    "saxophone": "alto sax",
    "bells": "tubular bells",
    "synth": "lead 2 (sawtooth)",
    "lead": "lead 1 (square)",
    "pad": "pad 2 (warm)",
}
_PROGRAMS = {name: number for number, name in enumerate(NAMES)}


def program(name: object) -> tuple[int, bool]:
    """Return the program of an instrument, 0 to 127, and whether it is percussion.

    Parameters
    ----------
    name : str or int
        Name in General MIDI, one for short such as "piano", "drums", or a program.

    Raises
    ------
    ParameterError
        There is no such instrument; an unknown name is an `UnknownNameError`.
    """
    if isinstance(name, numbers.Integral) and not isinstance(name, bool):
        if not 0 <= int(name) <= 127:
            raise ParameterError(f"instrument: must be between 0 and 127, got {name}")
        return int(name), False
    if not isinstance(name, str):
        raise ParameterError(f"instrument: expected a name or a program, got {reprlib.repr(name)}")
    plain = " ".join(name.lower().replace("_", " ").split())
    if plain in (DRUMS, "drum", "percussion"):
        return 0, True
    known = _SHORT.get(plain, plain)
    if known not in _PROGRAMS:
        nearest = difflib.get_close_matches(plain, (*_SHORT, DRUMS, *NAMES), n=1, cutoff=0.0)[0]
        short = ", ".join((*_SHORT, DRUMS))
        raise UnknownNameError(
            f'unknown instrument "{name}"; did you mean "{nearest}"? known: the names of General MIDI, and {short}'
        )
    return _PROGRAMS[known], False


def instrument_name(program: int, drums: bool) -> str:
    """Return the name of an instrument, lower-case."""
    return DRUMS if drums else NAMES[program]

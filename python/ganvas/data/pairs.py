"""Pairs of texts that follow a rule: dates, commands and stories."""

import datetime
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .._checks import integer
from ._generator import RandomState, generator

_MAX_TEXTS = 10**6


def dates(n: int = 10_000, random_state: RandomState = None) -> tuple[list[str], list[str]]:
    """Draw dates as people write them in six languages, and as numbers.

    The languages are English, French, German, Italian, Portuguese and Spanish, all equally frequent, each in several
    styles, with names of months and often of weekdays. The dates are those from 1900 to 2099. No text has two readings.

    Parameters
    ----------
    n : int, default 10_000
        Number of dates, 1 to 1,000,000. Some are drawn more than once.
    random_state : int, numpy Generator or RandomState, or None, default None
        An int, at least 0, gives reproducible dates. NumPy's global random state is neither used nor changed.

    Returns
    -------
    X : list of str
        Texts, "the 3rd of May 1998" or "3. Mai 1998".
    y : list of str
        Dates in ISO 8601, "1998-05-03".

    Raises
    ------
    ParameterError
        A parameter is out of range.

    Examples
    --------
    >>> from ganvas.data import dates
    >>> X, y = dates(4, random_state=251)
    >>> X
    ['giovedì, 22 maggio 1919', 'le 17 mars 2010', '14 July 2095', '3. Juli 2077']
    >>> y
    ['1919-05-22', '2010-03-17', '2095-07-14', '2077-07-03']
    """
    n, rng = integer("n", n, 1, _MAX_TEXTS), generator(random_state)
    first, last = datetime.date(1900, 1, 1).toordinal(), datetime.date(2099, 12, 31).toordinal()
    days = [datetime.date.fromordinal(day) for day in rng.integers(first, last + 1, size=n).tolist()]
    languages, styles = rng.integers(len(_LANGUAGES), size=n).tolist(), rng.random(n).tolist()
    X = [_LANGUAGES[k].write(day, style) for day, k, style in zip(days, languages, styles, strict=True)]
    return X, [day.isoformat() for day in days]


def commands(n: int = 20_910, random_state: RandomState = None) -> tuple[list[str], list[str]]:
    """Draw navigation commands of the SCAN tasks, and their actions.

    All commands differ; the grammar has 20,910. By default all are drawn, in random order. The simple split has 16,728
    of them for training and the others for testing.

    Parameters
    ----------
    n : int, default 20_910
        Number of commands, 1 to 20,910.
    random_state : int, numpy Generator or RandomState, or None, default None
        An int, at least 0, gives reproducible commands. NumPy's global random state is neither used nor changed.

    Returns
    -------
    X : list of str
        Commands of 1 to 9 words, "jump opposite left after walk twice".
    y : list of str
        Their 1 to 48 actions, "I_WALK I_WALK I_TURN_LEFT I_TURN_LEFT I_JUMP".

    Raises
    ------
    ParameterError
        A parameter is out of range.

    References
    ----------
    B. Lake and M. Baroni, "Generalization without Systematicity: On the Compositional Skills of Sequence-to-Sequence
    Recurrent Networks", ICML 2018.

    Examples
    --------
    >>> from ganvas.data import commands
    >>> X, y = commands(1, random_state=27)
    >>> X
    ['turn opposite left after walk twice']
    >>> y
    ['I_WALK I_WALK I_TURN_LEFT I_TURN_LEFT']
    """
    every = list(_sentences())
    n, rng = integer("n", n, 1, len(every)), generator(random_state)
    chosen = [every[i] for i in rng.permutation(len(every))[:n].tolist()]
    return [command for command, _ in chosen], [" ".join(actions) for _, actions in chosen]


def stories(
    n: int = 10_000, moves: int = 10, random_state: RandomState = None
) -> tuple[list[str], list[str], list[str]]:
    """Draw stories of people who move, and ask where one of them is.

    A closed world after the first of the bAbI tasks: four people and six rooms. The answer is the room to which the
    person moved last; each move is to another room.

    Parameters
    ----------
    n : int, default 10_000
        Number of stories, 1 to 1,000,000.
    moves : int, default 10
        Maximum number of moves in a story, 1 to 1,000; each number from 1 is equally frequent.
    random_state : int, numpy Generator or RandomState, or None, default None
        An int, at least 0, gives reproducible stories. NumPy's global random state is neither used nor changed.

    Returns
    -------
    stories : list of str
        One sentence for each move, "Mary moved to the bathroom. John went to the hallway."
    questions : list of str
        "Where is Mary?", of a person in the story.
    answers : list of str
        "bathroom".

    Raises
    ------
    ParameterError
        A parameter is out of range.

    References
    ----------
    J. Weston, A. Bordes, S. Chopra et al., "Towards AI-Complete Question Answering: A Set of Prerequisite Toy Tasks",
    ICLR 2016.

    Examples
    --------
    >>> from ganvas.data import stories
    >>> texts, questions, answers = stories(1, moves=3, random_state=5)
    >>> texts
    ['Sandra went to the hallway. Daniel went back to the garden. Daniel travelled to the bathroom.']
    >>> questions, answers
    (['Where is Daniel?'], ['bathroom'])
    """
    n, moves, rng = integer("n", n, 1, _MAX_TEXTS), integer("moves", moves, 1, 1000), generator(random_state)
    told = [_story(rng.random((length, 3)).tolist(), rng.random()) for length in rng.integers(1, moves + 1, size=n)]
    texts, questions, answers = (list(column) for column in zip(*told, strict=True))
    return texts, questions, answers


class _Language(NamedTuple):
    """Names from January and from Monday, separated by spaces; the first of a month; styles separated by bars."""

    months: str
    short: str
    weekdays: str
    first: str
    styles: str

    def write(self, day: datetime.date, style: float) -> str:
        """Write a date in the style at a place from 0 to 1 in their list."""
        ending = "th" if 10 < day.day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
        return _pick(self.styles.split("|"), style).format(
            day=self.first if day.day == 1 else day.day,
            nth=f"{day.day}{ending}",
            month=self.months.split()[day.month - 1],
            short=self.short.split()[day.month - 1],
            weekday=self.weekdays.split()[day.weekday()],
            year=day.year,
        )


# Names of the language, not of the locale, which differs between machines.
_LANGUAGES = (
    _Language(  # English
        "January February March April May June July August September October November December",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "1",
        "{month} {day}, {year}|{day} {month} {year}|the {nth} of {month} {year}|{month} {nth}, {year}"
        "|{weekday}, {month} {day}, {year}|{weekday}, the {nth} of {month} {year}|{short} {day}, {year}"
        "|{weekday} {day} {short} {year}",
    ),
    _Language(  # French
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "1er",
        "{day} {month} {year}|le {day} {month} {year}|le {weekday} {day} {month} {year}|{weekday} {day} {month} {year}"
        "|{day} {short} {year}",
    ),
    _Language(  # German
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        "1",
        "{day}. {month} {year}|der {day}. {month} {year}|{weekday}, {day}. {month} {year}"
        "|{weekday}, den {day}. {month} {year}|{day}. {short} {year}",
    ),
    _Language(  # Italian
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "lunedì martedì mercoledì giovedì venerdì sabato domenica",
        "1º",
        "{day} {month} {year}|{weekday} {day} {month} {year}|{weekday}, {day} {month} {year}|{day} {short} {year}",
    ),
    _Language(  # Portuguese
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
        "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
        "1º",
        "{day} de {month} de {year}|{weekday}, {day} de {month} de {year}|em {day} de {month} de {year}"
        "|{day} de {short} de {year}",
    ),
    _Language(  # Spanish
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago sept oct nov dic",
        "lunes martes miércoles jueves viernes sábado domingo",
        "1",
        "{day} de {month} de {year}|el {day} de {month} de {year}|{weekday}, {day} de {month} de {year}"
        "|el {weekday} {day} de {month} de {year}|{day} {short} {year}",
    ),
)

_Command = tuple[str, tuple[str, ...]]


def _sentences() -> Iterator[_Command]:
    """List all commands of SCAN with their actions; the symbols are those of its grammar."""
    repeated = [(words + more, actions * times) for words, actions in _verbs() for more, times in _TIMES]
    yield from repeated
    for first, before in repeated:
        for second, then in repeated:
            yield f"{first} and {second}", before + then
            yield f"{first} after {second}", then + before


def _verbs() -> Iterator[_Command]:
    for verb, act in _VERBS:
        if act:
            yield verb, act
        for side in ("left", "right"):
            turn = (f"I_TURN_{side.upper()}",)
            yield f"{verb} {side}", turn + act
            yield f"{verb} opposite {side}", turn * 2 + act
            yield f"{verb} around {side}", (turn + act) * 4


_VERBS = [("turn", ()), *((verb, (f"I_{verb.upper()}",)) for verb in ("walk", "look", "run", "jump"))]
_TIMES = [("", 1), (" twice", 2), (" thrice", 3)]

_PEOPLE = ("Daniel", "John", "Mary", "Sandra")
_ROOMS = ("bathroom", "bedroom", "garden", "hallway", "kitchen", "office")
_MOVES = ("moved to", "went to", "went back to", "journeyed to", "travelled to")


def _story(draws: list[list[float]], asks: float) -> tuple[str, str, str]:
    """Tell a story by numbers from 0 to 1: the person, the room and the verb of each move, and the person asked for."""
    at: dict[str, str] = {}
    sentences = []
    for who, where, how in draws:
        person = _pick(_PEOPLE, who)
        at[person] = _pick([room for room in _ROOMS if room != at.get(person)], where)
        sentences.append(f"{person} {_pick(_MOVES, how)} the {at[person]}.")
    asked = _pick(list(at), asks)
    return " ".join(sentences), f"Where is {asked}?", at[asked]


def _pick(names: Sequence[str], place: float) -> str:
    return names[int(place * len(names))]


__all__ = ["commands", "dates", "stories"]

"""Texts that a model writes."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .. import _core
from .._checks import integer, number
from .._run.precision import evaluating
from .._run.random import seed_from
from .._warnings import warn
from ..exceptions import DtypeError, IgnoredWarning, ParameterError, ShapeError
from ._drafts import written
from ._text_scores import TextScores

# Tokens of a text that is shown in training, and characters and lines of its picture.
_SHOWN, _WIDTH, _LINES = 200, 60, 24
# Maximum number of tokens of a text that is judged.
_JUDGED = 300


class Writing(TextScores):
    """Methods that write texts."""

    def generate(
        self,
        prompt: Any = "",
        n: int = 1,
        y: Any = None,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        max_tokens: int | None = 200,
        stop: Any = None,
        include_prompt: bool = False,
        random_state: Any = None,
    ) -> list[str]:
        """Write texts.

        Parameters
        ----------
        prompt : str or sequence of str, default ""
            Beginning of the texts. Several prompts are continued `n` times each. If a prompt is longer than the
            context, only its end is seen, with a warning.
        n : int, default 1
            Number of texts for each prompt.
        y : class, array-like or None
            Class of the texts: one for all, or one for each. None writes texts of any class.
        temperature : float, default 1.0
            Below 1 the likely tokens become likelier; 0 takes the likeliest one.
        top_k : int or None
            Number of likeliest tokens that are considered. None: all.
        top_p : float or None
            The likeliest tokens are considered whose probabilities first add up to this. None: all.
        max_tokens : int or None, default 200
            Maximum number of new tokens. None: until the model ends the text.
        stop : str, sequence of str, or None
            Texts are cut before the first occurrence of any of these, which the prompt may contain.
        include_prompt : bool, default False
            Return the prompts with the texts.
        random_state : int, RandomState, Generator or None
            Seed. None continues the model's own random stream, which `save` and `load` preserve.

        Returns
        -------
        list of str
            ``n`` texts for each prompt, in the order of the prompts.

        Raises
        ------
        NotFittedError
        ParameterError
        DataError
            A prompt has a character that is not in the vocabulary.
        """
        prompts = [prompt for prompt in self._prompts(prompt) for _ in range(integer("n", n, 1))]
        begin, together = self._starter(prompts, y, (temperature, top_k, top_p), max_tokens, stop, random_state)
        texts = written(begin, len(prompts), together)
        return [a + b for a, b in zip(prompts, texts, strict=True)] if include_prompt else texts

    def stream(
        self,
        prompt: str = "",
        y: Any = None,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        max_tokens: int | None = 200,
        stop: Any = None,
        random_state: Any = None,
    ) -> Iterator[str]:
        """Write one text, piece by piece.

        Parameters are those of `generate`. The pieces hold whole characters, and together they are the text.

        Yields
        ------
        str
            The next characters.
        """
        if not isinstance(prompt, str):
            raise DtypeError(f"prompt: expected a text, got {type(prompt).__name__}")
        begin, _ = self._starter([prompt], y, (temperature, top_k, top_p), max_tokens, stop, random_state)
        return _pieces(begin(slice(0, 1)))

    def _draw_samples(self, figure: Any, place: tuple[int, int, int], n: int) -> None:
        texts = self.generate(n=n, max_tokens=_SHOWN, random_state=0)
        lines = [line for text in texts for line in text.splitlines() or [""]]
        wrapped = [part for line in lines for part in textwrap.wrap(line, _WIDTH) or [""]][:_LINES]
        ax = figure.add_subplot(*place)
        ax.set_axis_off()
        ax.text(0, 1, "\n".join(wrapped), family="monospace", size=8, va="top", parse_math=False)

    def _prompts(self, prompt: Any) -> list[str]:
        prompts = [prompt] if isinstance(prompt, str) else list(prompt) if isinstance(prompt, Sequence) else [prompt]
        wrong = [text for text in prompts if not isinstance(text, str)]
        if wrong or not prompts:
            got = type(wrong[0]).__name__ if wrong else "none"
            raise DtypeError(f"prompt: expected a text or a list of texts, got {got}")
        return prompts

    def _starter(
        self,
        prompts: list[str],
        y: Any,
        policy: tuple[float, int | None, float | None],
        max_tokens: int | None,
        stop: Any,
        random_state: Any,
    ) -> tuple[Callable[[slice], _core.Draft], int]:
        """Return what starts some of the texts, and the number of texts to be written at the same time."""
        run = self._fitted()
        if max_tokens is not None:
            max_tokens = integer("max_tokens", max_tokens, 0)
        temperature, top_k, top_p = policy
        if top_k is not None:
            top_k = integer("top_k", top_k, 1)
        stops = [] if stop is None else [stop] if isinstance(stop, str) else list(stop)
        if not all(isinstance(text, str) and text for text in stops):
            raise ParameterError(f"stop: expected texts that are not empty, got {stop!r}")
        classes = self._classes(y, len(prompts))
        temperature, top_p = number("temperature", temperature), None if top_p is None else number("top_p", top_p)
        seed = None if random_state is None else seed_from(random_state)
        with evaluating(self):
            writer = run.writer()
            longest = max(len(self.vocabulary_.encode(prompt)) for prompt in prompts)
            if longest >= writer.context:
                warn(
                    f"prompt: {longest} tokens are more than the context of {writer.context}; only the end is seen",
                    IgnoredWarning,
                )
            if seed is None:
                seed, first = run.claim(len(prompts))
            else:
                first = 0

        def begin(part: slice) -> _core.Draft:
            return writer.begin(
                prompts[part],
                None if classes is None else classes[part],
                temperature=temperature,
                top_k=top_k,
                top_p=top_p,
                max_tokens=max_tokens,
                stop=stops,
                seed=seed,
                first=first + part.start,
            )

        return begin, writer.together

    def _classes(self, y: Any, n: int) -> list[int] | None:
        """Encode classes; None for none, or for any."""
        codes = self._labels.code(y, n)
        if codes is None:
            return None
        if len(codes) != n:
            raise ShapeError(f"y: expected one class, or one for each of {n} texts, got {len(codes)}")
        return [int(code) for code in np.asarray(codes)]

    def _drawn_texts(self, n: int, seed: int) -> list[str]:
        return self.generate(n=n, max_tokens=_JUDGED, random_state=seed)


def _pieces(draft: _core.Draft) -> Iterator[str]:
    finish = None
    while finish is None:
        [(piece, finish)] = draft.advance(1)
        if piece:
            yield piece

"""The extension module of ganvas."""

import builtins
from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any, Protocol, final

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = [
    "Counting",
    "Data",
    "Draft",
    "Matching",
    "Network",
    "Notation",
    "Packed",
    "PackedFile",
    "Progress",
    "Reader",
    "Rules",
    "Run",
    "Score",
    "Vocabulary",
    "Writer",
    "__version__",
    "devices",
    "key",
    "key_name",
    "key_scale",
    "load_arrays",
    "members",
    "objective_losses",
    "panic_on_purpose",
    "save_arrays",
    "settings",
    "trace_begin",
    "trace_end",
]

__version__: str

class _Hooks(Protocol):
    """Hooks called by a run between steps."""

    every: int | None
    def poll(self) -> object: ...
    def step(self) -> object: ...
    def epoch(self) -> object: ...

_Floats = NDArray[np.float32] | NDArray[np.float64]
_Samples = NDArray[np.uint8] | _Floats
_Labels = NDArray[np.int64] | _Floats
_Tokens = NDArray[np.int32] | NDArray[np.uint32] | NDArray[np.int64] | Sequence[int]

@final
class Counting:
    """An interpolated n-gram model with Witten-Bell smoothing."""

    def __new__(cls, documents: Sequence[_Tokens], symbols: int, order: int) -> Counting:
        """Count n-grams of 1 to `order` tokens below `symbols`, without the first token of each document."""

    def scores(self, document: _Tokens) -> NDArray[np.float64]:
        """Return log probabilities of the second and all later tokens, each given those before it, ``(n - 1,)``.

        Minus infinity for a token that is not less than `symbols`.
        """

@final
class Data:
    """Kind, shape and scale of samples, and their labels."""

    @staticmethod
    def measured(
        parts: Iterable[_Samples],
        kind: str,
        sizes: Sequence[int],
        numbers: str,
        value_range: tuple[float, float] | None = None,
    ) -> Data:
        """Measure training data of this kind, some samples at a time; `numbers` is the kind of the user's dtype."""

    def labelled(self, labels: dict[str, Any]) -> Data:
        """Return the same with these labels."""

    @property
    def kind(self) -> str:
        """Name of the kind."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Shape of a sample in an array."""

    @property
    def sides(self) -> tuple[int, ...]:
        """Sizes along the sides of a sample; of pairs, the numbers of tokens of sources and of texts."""

    @property
    def range(self) -> tuple[float, float] | None:
        """The range of all values, if known."""

    @property
    def span(self) -> tuple[float, float] | None:
        """The range that is mapped to the network's -1..1; None if columns are standardised."""

    @property
    def offset(self) -> list[float]:
        """What is subtracted from values to bring them to a common scale: one number, or one for each column."""

    @property
    def unit(self) -> list[float]:
        """What values are divided by to bring them to a common scale: one number, or one for each column."""

    @property
    def smooth(self) -> bool:
        """True if total variation measures how complex a sample is."""

    @staticmethod
    def texts(vocabulary: Vocabulary, context: int, classes: int) -> Data:
        """Describe windows of `context` tokens of texts, of this number of classes; 0 for none."""

    @staticmethod
    def pairs(vocabulary: Vocabulary, sources: int, places: int) -> Data:
        """Windows of pairs of texts, with these numbers of tokens of sources and of texts."""

    @staticmethod
    def sentences(vocabulary: Vocabulary, places: int) -> Data:
        """Describe texts of at most `places` tokens, one a sample."""

    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary of texts."""

    def words(self) -> dict[str, Any]:
        """Return all of it as a dictionary of plain values."""

@final
class Vocabulary:
    """A mapping between text and tokens."""

    @staticmethod
    def learn(name: str, texts: Sequence[str], size: int | None = None) -> Vocabulary:
        """Learn the vocabulary with this name from texts, of at most `size` tokens if it has a choice."""

    @property
    def name(self) -> str:
        """Its name."""

    def __len__(self) -> int:
        """Return the number of tokens."""

    def encode(self, text: str) -> NDArray[np.uint32]:
        """Return the tokens of a text."""

    def bytes(self, token: int) -> builtins.bytes:
        """Return the bytes of a token; none for one that is not in the vocabulary."""

@final
class Packed:
    """Documents packed end to end, and those that measure training."""

    def __new__(cls, data: Data, texts: Sequence[str], classes: Sequence[int] | None = None) -> Packed:
        """Pack texts of this data, with the index of a class for each if the data has classes."""

    @staticmethod
    def pairs(data: Data, sources: Sequence[Sequence[str]], texts: Sequence[str]) -> Packed:
        """Pack pairs of sources, of one or several texts each, and texts; leave out those that are longer."""

    @property
    def left_out(self) -> int:
        """Number of pairs that are longer than the places of the data."""

    def measured_by(self, held_out: Packed) -> Packed:
        """Return the same documents, with others that measure training on them."""

    def __len__(self) -> int:
        """Return the number of tokens."""

    def windows(self, context: int) -> int:
        """Return the number of windows of `context` tokens."""

@final
class PackedFile:
    """Documents that are packed in a temporary file, some at a time."""

    def __new__(cls, data: Data) -> PackedFile:
        """Create an empty pack of texts of this data."""

    def push(self, texts: Sequence[str], classes: Sequence[int] | None = None) -> None:
        """Append texts, with the index of a class for each if the data has classes."""

    def close(self) -> Packed:
        """Complete the pack."""

@final
class Writer:
    """Scores and continues documents with a model's weights at its creation."""

    @property
    def context(self) -> int:
        """Number of tokens that the network sees."""

    @property
    def together(self) -> int:
        """Number of texts that are best written at the same time."""

    def scores(self, texts: Sequence[str], classes: Sequence[int] | None = None) -> list[NDArray[np.float32]]:
        """Return log probabilities of the tokens of each text and of its end, ``(n + 1,)``."""

    @property
    def sides(self) -> tuple[int, int]:
        """Numbers of tokens that the network sees of a source and of a text."""

    def pair_scores(self, sources: Sequence[Sequence[str]], texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return log probabilities of the tokens of the text of each pair and of its end, ``(n + 1,)``."""

    def attention(self, sources: Sequence[Sequence[str]], texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return how much each token of the text of each pair sees each of its source, ``(n_text, n_source)``."""

    def search(
        self, sources: Sequence[Sequence[str]], beam: int, max_tokens: int | None, length_penalty: float
    ) -> list[tuple[str, float, str]]:
        """Return the most likely text of each source, its log probability, and "end" or "length"."""

    def answer(
        self,
        sources: Sequence[Sequence[str]],
        *,
        temperature: float,
        top_k: int | None,
        top_p: float | None,
        max_tokens: int | None,
        seed: int,
        first: int,
    ) -> Draft:
        """Start to write a text for each source, as `begin` does."""

    def begin(
        self,
        prompts: Sequence[str],
        classes: Sequence[int] | None,
        *,
        temperature: float,
        top_k: int | None,
        top_p: float | None,
        max_tokens: int | None,
        stop: Sequence[str],
        seed: int,
        first: int,
        rules: Rules | None = None,
    ) -> Draft:
        """Start to continue texts by rules; `first` is the number of the first one in the random stream of the seed."""

@final
class Draft:
    """Texts that are written token by token."""

    def advance(self, count: int) -> list[tuple[str, str | None]]:
        """Write up to `count` tokens of each text; return what was written and "end", "stop", "length" or None."""

_Note = tuple[int, int, int, int]
_Voice = tuple[str, int, bool]

@final
class Score:
    """A piece of music; times are in ticks."""

    def __new__(
        cls,
        resolution: int,
        tracks: Sequence[tuple[str, int, bool, Sequence[_Note]]],
        length: int = 0,
        tempos: Sequence[tuple[int, float]] = ...,
        meters: Sequence[tuple[int, int, int]] = ...,
        keys: Sequence[tuple[int, int, bool]] = ...,
    ) -> Score:
        """Make a piece with `resolution` ticks in a quarter note.

        Tracks are name, program, True for percussion, and notes: start, pitch, length and velocity. Tempos, meters and
        keys hold from a tick on: quarter notes a minute; beats and the note value of one; sharps, or flats if negative,
        and True for minor.
        """

    @staticmethod
    def read_midi(bytes: builtins.bytes) -> list[Score]:
        """Return the pieces of a MIDI file."""

    @staticmethod
    def read_damaged_midi(bytes: builtins.bytes) -> tuple[list[Score], str | None]:
        """Return the pieces of a MIDI file up to its first damage, and what that is, if any."""

    @staticmethod
    def read_abc(text: str) -> list[Score]:
        """Return the pieces of a text in ABC notation."""

    @staticmethod
    def from_roll(roll: NDArray[np.bool_], resolution: int) -> Score:
        """Return the piece of a piano roll ``(steps, 88)`` or ``(steps, 128)``."""

    @property
    def resolution(self) -> int:
        """Ticks of a quarter note."""

    @property
    def length(self) -> int:
        """Ticks of the piece."""

    @property
    def seconds(self) -> float:
        """Seconds of the piece."""

    @property
    def tracks(self) -> list[tuple[str, int, bool, NDArray[np.int64]]]:
        """Name, program, True for percussion, and notes ``(n, 4)``: start, pitch, length and velocity."""

    @property
    def tempos(self) -> list[tuple[int, float]]:
        """Ticks, and quarter notes a minute from there on."""

    @property
    def meters(self) -> list[tuple[int, int, int]]:
        """Ticks, and beats of a bar and the note value of one from there on."""

    @property
    def keys(self) -> list[tuple[int, int, bool]]:
        """Ticks, and sharps, or flats if negative, and True for minor from there on."""

    def bars(self) -> list[tuple[int, int, int, int]]:
        """Return the first tick of each bar, the tick after its last one, its beats and the note value of one."""

    def clip(self, first: int, end: int) -> Score:
        """Return the bars from `first` to before `end`."""

    def slice(self, start: int, end: int) -> Score:
        """Return the ticks from `start` to before `end`."""

    def transpose(self, semitones: int) -> Score:
        """Return the same, higher by semitones."""

    def quantised(self, steps: int) -> Score:
        """Return the same with times rounded to this number of steps in a quarter note."""

    def melody(self) -> Score:
        """Return the top line."""

    def roll(self, steps: int) -> NDArray[np.bool_]:
        """Return the piano roll without percussion, ``(steps, 128)``."""

    def write_midi(self) -> builtins.bytes:
        """Return the bytes of a MIDI file."""

    def sound(self, rate: int, seconds: float | None = None, font: builtins.bytes | None = None) -> NDArray[np.float32]:
        """Return at most this many seconds of sound, ``(n,)``, played by the soundfont of these bytes if given."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Notation:
    """A way to write scores as texts."""

    @staticmethod
    def frames(steps: int) -> Notation:
        """Return the notation of the pitches of each step, with `steps` of them in a quarter note."""

    @staticmethod
    def notes(scores: Sequence[Score], steps: int, tracks: bool) -> Notation:
        """Return the notation of events for these scores; without `tracks` all instruments are one."""

    def joined(self, other: Notation) -> Notation:
        """Return the notation of events that can express what either of two can."""

    @staticmethod
    def of_words(words: str) -> Notation:
        """Return the notation of words that `words` returned."""

    def words(self) -> str:
        """Return words to store."""

    def tracks(self) -> list[tuple[int, bool]] | None:
        """Return instruments, and True for percussion; None if the notes of all are those of one."""

    @property
    def bars(self) -> bool:
        """True if texts have bars."""

    @property
    def resolution(self) -> int:
        """Steps of a quarter note."""

    def alphabet(self) -> str:
        """Return the characters of the texts."""

    def write(self, score: Score) -> str:
        """Return the text of a score."""

    def part(self, score: Score) -> str:
        """Return the text of a part of a score, after which the whole score follows."""

    def after_gap(self, score: Score) -> str:
        """Return the text of what follows a gap, after which what is before the gap follows, and the gap."""

    def read(self, text: str, bars: int, voices: Sequence[_Voice]) -> Score:
        """Return the last score in a text, of at most `bars` bars of events.

        Notes without an instrument are of `voices`: name, program, and True for percussion.
        """

    def steps(self, score: Score) -> int:
        """Return the number of steps of a score."""

    def rules(
        self,
        pitches: Sequence[bool],
        bars: Sequence[tuple[int, int]] | None = None,
        voices: int | None = None,
        programs: Sequence[tuple[int, bool]] | None = None,
        kept: Score | None = None,
        rhythm: Score | None = None,
        apart: Score | None = None,
    ) -> Rules:
        """Return what may follow in a text.

        That is: pitches that may be written where none is given, beats and values of the bars, number of notes beside
        the kept ones, instruments, a score that the text has, one whose rhythm it has, and one after which frames avoid
        parallel fifths and octaves.
        """

@final
class Rules:
    """What may follow in a text."""

@final
class Reader:
    """Samples that are read on demand."""

    @staticmethod
    def file(path: str | PathLike[str], offset: int, shape: Sequence[int], dtype: str) -> Reader:
        """Read an array of this shape and dtype that begins `offset` bytes into a file."""

    @staticmethod
    def pictures(
        files: Sequence[str | PathLike[str]],
        shape: Sequence[int],
        dtype: str,
        fitted: bool,
        limit: int,
        other: Callable[[int], bytes],
    ) -> Reader:
        """Decode files; `other` reads those that are not a common PNG or JPEG of at most `limit` pixels."""

    @staticmethod
    def sizes(files: Sequence[str | PathLike[str]]) -> list[tuple[int, int] | None]:
        """Return height and width of each file, None if it is not a common PNG or JPEG."""

    @staticmethod
    def rows(
        read: Callable[[NDArray[np.int64]], NDArray[Any]],
        shape: Sequence[int],
        dtype: str,
        access: str,
        peek: Callable[[NDArray[np.int64]], NDArray[Any]] | None = None,
    ) -> Reader:
        """Read samples by a function of their indices; `access` is "anywhere", "near" or "forward"."""

    def __len__(self) -> int:
        """Return the number of samples."""

    @property
    def shape(self) -> list[int]:
        """Shape of all samples together."""

    @property
    def window(self) -> int | None:
        """Samples that are shuffled together, for sequential access."""

    def read(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return these samples."""

@final
class Progress:
    """Counters of a run at one moment."""

    @property
    def step(self) -> int:
        """Number of steps."""

    @property
    def epoch(self) -> int:
        """Number of complete epochs."""

    @property
    def position(self) -> int:
        """Number of steps in the current epoch."""

    @property
    def samples(self) -> int:
        """Number of samples seen."""

    @property
    def drawn(self) -> int:
        """Number of samples drawn from the run's own stream."""

    @property
    def seconds(self) -> float:
        """Seconds spent in the current epoch."""

@final
class Run:
    """A model, its training state and its history."""

    def __new__(
        cls, family: str, options: dict[str, Any], data: Data, n: int, device: str, mean: _Floats | None = None
    ) -> Run:
        """Make a model of a family, as "gan" or "sequence", with its initial weights, for `n` samples like `data`.

        Samples `mean`, `(k, ...)`, have the mean of the data in the network's range, for families that use it.
        """

    @staticmethod
    def load(path: str | PathLike[str], device: str, epochs: int | None = None) -> tuple[Run, str]:
        """Load a run from a checkpoint file, with its total of `epochs` replaced if given; also return its JSON."""

    @staticmethod
    def from_folder(path: str | PathLike[str], options: dict[str, Any], device: str, context: int | None = None) -> Run:
        """Create a run of the model in a folder of another program."""

    @staticmethod
    def from_bytes(bytes: bytes, device: str) -> tuple[Run, str]:
        """Load a run from the bytes of a checkpoint; also return its JSON."""

    def save(self, path: str | PathLike[str], extra: str) -> None:
        """Write a checkpoint; `extra` is JSON."""

    def to_bytes(self, extra: str) -> bytes:
        """Return the bytes of a checkpoint; `extra` is JSON."""

    def train(
        self,
        x: _Samples | Reader | Packed,
        epochs: int,
        hooks: _Hooks,
        *,
        resume: bool,
        call: str,
        y: _Labels | None = None,
        rewinds: bool = False,
    ) -> None:
        """Train on `x` until `epochs` epochs are complete in total; `call` is the method's name in messages.

        After a loss that is not finite, a run that `rewinds` is at the position of its last finite state, else at the
        beginning of that epoch.
        """

    def set_ranks(self, rank: int, count: int, average: Callable[[torch.Tensor], None] | None) -> None:
        """Train as process ``rank`` of ``count``; ``average`` replaces a tensor by its mean over all processes."""

    def sample(
        self,
        n: int,
        seed: int | None,
        y: _Labels | None = None,
        truncation: float | None = None,
        steps: int | None = None,
        guidance: float | None = None,
    ) -> _Floats:
        """Draw `n` samples, channels last. Without a seed the run's stream continues; without labels some are drawn."""

    def starts(self, n: int, seed: int) -> NDArray[np.float32]:
        """Return the latents ``(n, latent_dim)`` that `sample` uses with this seed."""

    def generate(self, z: NDArray[np.float32], seed: int, y: _Labels | None = None) -> _Floats:
        """Generate samples from latents; without labels a conditional model draws one for all."""

    def transform(self, x: _Samples, y: _Labels | None, codes: bool = True) -> NDArray[Any]:
        """Return latents without noise; with a codebook, the indices of their codes unless `codes` is false."""

    def inverse_transform(self, z: NDArray[np.float32] | NDArray[np.int64], y: _Labels | None) -> _Floats:
        """Return samples from latents, or from indices of codes."""

    def reconstruct(self, x: _Samples, y: _Labels | None) -> _Floats:
        """Encode and decode samples."""

    def scores(
        self, x: _Samples, y: _Labels | None, importance: int, repeats: int, among: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Return the mean of `repeats` bounds on log likelihoods, with `importance` draws each."""

    def likeliest(self, x: _Samples) -> NDArray[np.int64]:
        """Return the indices of the most likely classes of samples."""

    def statistics(self, x: _Samples, y: _Labels | None) -> NDArray[np.float32]:
        """Return logarithms of squared errors and of complexities, and penalties outside the range, ``(n, 3)``."""

    def drawn_latents(self, x: _Samples, y: _Labels | None) -> NDArray[np.float32]:
        """Return one latent for each sample, drawn from its posterior."""

    def apply(self, name: str, x: _Samples, y: _Labels | None = None) -> NDArray[np.float32]:
        """Return the output of a part of the model for each of the samples, ``(n, ...)``."""

    def first_layer(self, name: str, z: _Floats) -> NDArray[np.float32] | None:
        """Return the output of the first layer of a network for latents; None if it is not a linear function."""

    def nearest(
        self,
        name: str,
        x: _Samples,
        starts: NDArray[np.float32],
        steps: int,
        prior: float,
        y: _Labels | None = None,
        weights: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Return latents for which a part of the model gives samples nearest to `x`, ``(n, latent_dim)``.

        `starts` are ``(n, starts, latent_dim)``; `weights`, of the shape of `x`, say how much values count, and `prior`
        how much the mean squared latent counts, relative to the variance of samples.
        """

    def complete(
        self,
        x: _Samples,
        known: NDArray[np.float32],
        seed: int | None,
        y: _Labels | None = None,
        steps: int | None = None,
        guidance: float | None = None,
    ) -> _Floats:
        """Complete samples where `known` is 1, not 0; without labels a conditional model completes them without."""

    def densities(self, x: _Samples, y: _Labels | None, draws: int, steps: int | None = None) -> NDArray[np.float32]:
        """Return log densities and their standard errors, ``(n, 2)``, measured along `draws` directions."""

    def translate(self, x: NDArray[np.float32], back: bool) -> NDArray[np.float32]:
        """Return translated pictures in the network's range, channels last; `back` translates Y to X."""

    def corrupt(self, x: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
        """Return what the model's corruption leaves of pictures in the network's range, channels last."""

    def writer(self) -> Writer:
        """Return what scores and continues documents with the current weights."""

    def claim(self, n: int) -> tuple[int, int]:
        """Claim the next `n` numbers of the run's stream of samples; return the seed and the first."""

    def code(self) -> list[int]:
        """Return the shape of one latent."""

    def network(self, name: str) -> Network:
        """Return a part of the model with the weights used for results."""

    def state_dict(self, name: str) -> dict[str, torch.Tensor]:
        """Return named weights and running statistics in training, copied to the CPU."""

    def latents(self, step: int) -> torch.Tensor:
        """Return the noise of training step `step`, ``(batch_size, latent_dim)`` or ``(k, ...)`` for k draws."""

    def order(self, epoch: int, n: int) -> torch.Tensor:
        """Return the order of `n` samples in epoch `epoch`, ``(n,)``."""

    def settings(self) -> dict[str, Any]:
        """Return the resolved settings, and the name of the family as "family"."""

    def strayed(self) -> float | None:
        """Return a value outside the fitted range in a training stream, if any."""

    def resolved(self, options: dict[str, Any], n: int) -> dict[str, Any]:
        """Resolve options for `n` samples like those of the run."""

    def retune(self, settings: dict[str, Any]) -> None:
        """Apply settings that differ in learning rates, ``batch_size`` and ``epochs`` only."""

    def data(self) -> Data:
        """Return the data that the model is made for."""

    @property
    def device(self) -> str:
        """The device."""

    def set_executor(self, name: str, precision: str) -> None:
        """Select the executor "auto", "native", "cuda_graph" (of this precision) or "tch"."""

    @property
    def executor(self) -> str:
        """Executor in training: "native", "cuda_graph" or "tch"."""

    def fewer(self) -> list[tuple[str, list[str]]]:
        """Return the convolutions of each network that need fewer products than their definition has, in training."""

    def needs_torch(self) -> str | None:
        """Return the reason why only libtorch can run the networks, if so."""

    def progress(self) -> Progress:
        """Return the counters."""

    def made(self) -> int:
        """Return the number of steps since the run was created or loaded, including those lost to divergence."""

    def losses(self) -> dict[str, float]:
        """Return the means over the current epoch; waits for the device."""

    def history(self) -> dict[str, list[float]]:
        """Return the history as lists of values by column."""

    def note(self, name: str, value: float) -> None:
        """Write a value into the last row of the history, in a column that the training loop does not have."""

    def gradients(self) -> list[tuple[str, float]]:
        """Return the norm of the running mean of the gradients of each network; waits for the device."""

    def sizes(self) -> list[tuple[str, int]]:
        """Return the number of parameters of each network."""

@final
class Network:
    """A part of a model with its weights, in evaluation mode."""

    def __call__(self, input: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        """Return the output for a batch, and its labels for a conditional model; twice differentiable."""

    def describe(self) -> str:
        """Return the layers as a list of dictionaries in JSON."""

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""

@final
class Matching:
    """A search in progress for the picture whose features are distributed as those of styles."""

    def __new__(
        cls,
        styles: list[NDArray[np.float32]],
        weights: list[float],
        size: tuple[int, int],
        features: str | Callable[[torch.Tensor], list[torch.Tensor]],
        distance: str | None,
        options: dict[str, Any],
        *,
        device: str,
        patch_size: int,
        trained: list[torch.Tensor] = ...,
        photo: NDArray[np.float32] | None = None,
        from_photo: bool = False,
    ) -> Matching:
        """Prepare a search for a picture of this height and width; pictures are ``(h, w, c)`` in 0..1."""

    def advance(self) -> bool:
        """Search for up to 50 ms, or until the first step is made; True at the end."""

    def picture(self) -> NDArray[np.float32] | None:
        """Return the best picture so far, ``(h, w, c)``; None before the first step."""

    def distances(self) -> tuple[float, float]:
        """Return the distances of this picture from the styles and from the photo; NaN if not known."""

    def progress(self) -> tuple[int, int]:
        """Return the number of steps made, and of all steps."""

    def bytes(self) -> float:
        """Return the estimated memory of a step in bytes."""

def save_arrays(path: str | PathLike[str], arrays: list[tuple[str, NDArray[np.float32]]], extra: str) -> None:
    """Write arrays by name to a safetensors file; `extra` is JSON."""

def load_arrays(path: str | PathLike[str]) -> tuple[list[tuple[str, NDArray[np.float32]]], str]:
    """Read what `save_arrays` wrote, arrays and JSON; a file of a run gives its JSON alone."""

def members(registry: str, family: str | None = None) -> list[tuple[str, str]]:
    """Return names and one-line descriptions of a registry: "objective", "net", "bottleneck", ...

    With the name of a family: its nets, or its kinds of data, only.
    """

def settings(family: str) -> list[tuple[str, str, str, str, str]]:
    """Return the settings of a family, "gan" or "autoencoder".

    Each has a group, a name, an annotation, its type in words and its documentation.
    """

def objective_losses(
    name: str, real_scores: torch.Tensor, fake_scores: torch.Tensor, label_smoothing: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the losses of discriminator and generator for scores ``[n]`` and ``[m]``."""

def key(name: str) -> tuple[int, bool]:
    """Return sharps, or flats if negative, and True for minor, of a key's name."""

def key_name(fifths: int, minor: bool) -> str:
    """Return the name of a key."""

def key_scale(fifths: int, minor: bool) -> list[bool]:
    """Return True for the pitch classes of a key's scale, 12 from C on."""

def devices() -> int:
    """Return the number of CUDA devices."""

def trace_begin() -> None:
    """Start a trace of this process."""

def trace_end() -> str:
    """End the trace and return it as JSON in Chrome's format."""

def panic_on_purpose(recording: bool = False) -> None:
    """Panic, for tests."""

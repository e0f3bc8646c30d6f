"""Write the signatures of the estimators, and the section Parameters of their docstrings.

    python tools/face.py

Settings are declared in Rust, by `settings!` in ``src/family/``; parameters that Python handles itself, in
``python/ganvas/_parameters.py``. Here is only what each estimator takes of them, and which ten come first.
"""

import ast
import textwrap
from pathlib import Path
from typing import NamedTuple

from ganvas import _core
from ganvas._parameters import DETECTING, LABELLING, READING, RUNNING, SCORES, SENTENCES, TEXTS, Parameter

FOLDER = Path(__file__).parents[1] / "python" / "ganvas" / "estimators"
GROUPS = ("Model", "Training", "Labels", "Noise", "Anomalies", "Data", "Running")
WIDTH = 120
MARK = "    # Written by `make face`.\n"


class Face(NamedTuple):
    """What an estimator takes."""

    family: str
    #: The ten parameters that may be given by position.
    first: str
    #: Parameters that Python handles, beside those of running.
    own: tuple[Parameter, ...] = ()
    #: Settings that the estimator decides itself.
    without: str = ""
    #: Words that differ from those of the family, by parameter: types or values, documentation.
    words: tuple[tuple[str, str | None, str | None], ...] = ()


_ARRAYS = next(parameter for parameter in READING if parameter.name == "kind")
# The kinds of data of estimators that also take texts.
KIND = (
    (
        "kind",
        '{members("kind", "autoencoder")} or None',
        _ARRAYS.doc.replace("None: determined", '"text" for a list of texts. None: determined'),
    ),
)

FACES = {
    "gan.GanTrainer": Face(
        "gan",
        "net objective latent_dim epochs batch_size lr penalty preset random_state device",
        (*READING, *LABELLING),
    ),
    "flow.FlowTrainer": Face(
        "flow",
        "net base_channels epochs batch_size lr label_dropout ema preset random_state device",
        (*READING, next(parameter for parameter in LABELLING if parameter.name == "clusters")),
        words=(("kind", '{members("kind", "flow")} or None', None),),
    ),
    "translation.TranslationTrainer": Face(
        "translation",
        "corruption pairing objective base_channels epochs batch_size lr preset random_state device",
        tuple(parameter for parameter in READING if parameter.name != "kind"),
    ),
    "seq2seq.Seq2SeqTrainer": Face(
        "sequence",
        "vocabulary net context width depth epochs batch_size lr random_state device",
        TEXTS,
        "hidden_labels",
        (
            ("vocabulary", None, TEXTS[0].doc.replace('"characters".', '"bpe".')),
            ("vocabulary_size", None, 'For "bpe" and "words": maximum number of tokens. None: 4,000 and 10,000.'),
            (
                "context",
                "int, (int, int) or None",
                "Number of tokens that the network sees of a source, and of a text; one number is for both. None: "
                "those of the longest source or text, at least 64 and at most 256; fewer of texts, or of sources, if "
                "these are shorter.",
            ),
            (
                "depth",
                None,
                'Number of blocks or recurrent layers, for sources as for texts. None: 3 for "transformer", else 2.',
            ),
            ("epochs", None, "Number of passes over the pairs. None: enough for about 2,000,000 tokens."),
            ("batch_size", None, "Windows per batch, each of several pairs. None: enough for 512 tokens."),
            (
                "validation",
                None,
                "Fraction of the pairs that is held out of training and measures it after each epoch. The weights "
                "with the lowest validation loss are used for results. 0 trains on all and uses the last weights. "
                "None: 0.1.",
            ),
        ),
    ),
    "music.MusicTrainer": Face(
        "sequence",
        "vocabulary net context width depth epochs batch_size lr random_state device",
        SCORES,
        words=(
            (
                "depth",
                None,
                'Number of blocks or recurrent layers. None: 3 for "transformer", else 2.',
            ),
            (
                "dropout",
                None,
                "Fraction of the features that is set to 0 in training, after the vectors of tokens and after each "
                "block or layer. None: 0.35.",
            ),
            (
                "epochs",
                None,
                "Number of passes over the data. The windows into which it is cut differ between epochs. None: enough "
                "for about 2,500,000 tokens.",
            ),
            (
                "batch_size",
                None,
                "Windows per batch, at most the number of windows in the data. None: enough for 2,560 tokens.",
            ),
            (
                "validation",
                None,
                "Fraction of the scores that is held out of training and measures it after each epoch; of a single "
                "score its end. The weights with the lowest validation loss are used for results. 0 trains on all and "
                "uses the last weights. None: 0.1.",
            ),
            (
                "hidden_labels",
                None,
                "Fraction of the scores whose class is hidden in training, so that the model also composes without "
                "one. None: 0.1.",
            ),
        ),
    ),
    "text.TextTrainer": Face(
        "sequence", "vocabulary net context width depth epochs batch_size lr random_state device", TEXTS
    ),
    "vae.VaeTrainer": Face(
        "autoencoder",
        "net latent_dim likelihood beta epochs batch_size lr preset random_state device",
        (*READING, *SENTENCES, *DETECTING),
        "l2 n_codes commitment",
        KIND,
    ),
    "autoencoder.AutoencoderTrainer": Face(
        "autoencoder",
        "net latent_dim likelihood l2 epochs batch_size lr preset random_state device",
        (*READING, *SENTENCES, *DETECTING),
        "bottleneck prior n_components n_codes commitment n_importance beta_schedule warmup_epochs free_bits capacity",
        (("bound", '{"elbo", "mmd"} or None', None), *KIND),
    ),
    "vq_vae.VqVaeTrainer": Face(
        "autoencoder",
        "net latent_dim n_codes likelihood epochs batch_size lr preset random_state device",
        (*READING, *DETECTING),
        "bottleneck prior n_components bound n_importance beta l2 beta_schedule warmup_epochs free_bits capacity width "
        "word_dropout",
        (("latent_dim", None, "Length of a code. None: 20, above 32 px 64."),),
    ),
}


def parameters(face: Face) -> list[Parameter]:
    """List the parameters of an estimator in the order of its signature."""
    found = {}
    for group, name, annotation, shown, doc in _core.settings(face.family):
        optional = annotation if annotation == "Any" else f"{annotation} | None"
        found[name] = Parameter(group, name, optional, "None", f"{shown} or None", doc)
    found |= {parameter.name: parameter for parameter in (*face.own, *RUNNING)}
    for name in face.without.split():
        del found[name]
    for name, shown, doc in face.words:
        found[name] = found[name]._replace(shown=shown or found[name].shown, doc=doc or found[name].doc)
        # As for pairs of numbers in the core.
        if shown is not None and "(int" in shown:
            found[name] = found[name]._replace(annotation="Any")
    first = [found.pop(name) for name in face.first.split()]
    return first + sorted(found.values(), key=lambda parameter: GROUPS.index(parameter.group))


def documentation(listed: list[Parameter]) -> str:
    """Write the section Parameters, without its heading."""
    text = ""
    for parameter in listed:
        default = "" if parameter.default == "None" else f", default {parameter.default}"
        text += f"    {parameter.name} : {parameter.shown}{default}\n"
        for part in _paragraphs(parameter.doc):
            text += textwrap.indent(part, " " * 8) + "\n"
    return text


def _paragraphs(doc: str) -> list[str]:
    """Wrap documentation; a list of members stays on a line of its own, because it is filled in later."""
    parts, rest = [], doc
    while "{members(" in rest:
        before, _, rest = rest.partition("{members(")
        name, _, rest = rest.partition(" ")
        parts += [before, "{members(" + name]
    return [_wrap(part.strip()) for part in (*parts, rest) if part.strip()]


def _wrap(text: str) -> str:
    return textwrap.fill(text, WIDTH - 8, break_long_words=False, break_on_hyphens=False)


def constructor(listed: list[Parameter], count: int) -> str:
    """Write ``__init__``."""
    text = MARK + "    def __init__(\n        self,\n"
    group = ""
    for i, parameter in enumerate(listed):
        if i == count:
            text += "        *,\n"
        if i >= count and parameter.group != group:
            group = parameter.group
            text += f"        # {group}\n"
        text += f"        {parameter.name}: {parameter.annotation} = {parameter.default},\n"
    text += "    ) -> None:\n"
    return text + "".join(f"        self.{parameter.name} = {parameter.name}\n" for parameter in listed)


def written(source: str, name: str, face: Face) -> str:
    """Replace what is written here in the source of an estimator's file."""
    listed = parameters(face)
    lines = source.splitlines(keepends=True)
    tree = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == name)
    init = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    begin, end = init.lineno - 1, init.end_lineno
    begin -= lines[begin - 1] == MARK
    lines[begin:end] = [constructor(listed, len(face.first.split()))]
    text = "".join(lines)
    at = text.index(f"class {name}(")
    heading = "    Parameters\n    ----------\n"
    begin = text.index(heading, at) + len(heading)
    end = text.index("\n    Attributes\n", begin)
    return text[:begin] + documentation(listed) + text[end:]


def main() -> None:
    """Write all faces."""
    for path, face in FACES.items():
        module, name = path.split(".")
        file = FOLDER / f"{module}.py"
        file.write_text(written(file.read_text(), name, face))


if __name__ == "__main__":
    main()

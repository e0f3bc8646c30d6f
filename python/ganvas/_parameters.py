"""Parameters that are not settings of the core, declared once: for signatures and documentation."""

from typing import NamedTuple


class Parameter(NamedTuple):
    """A parameter of an estimator, as its signature and its documentation show it."""

    group: str
    name: str
    annotation: str
    #: What the signature has after the equals sign.
    default: str
    #: Types or values in words; "or None" or the default follows.
    shown: str
    doc: str


#: Parameters that say how to train, not what: of every estimator.
RUNNING = (
    Parameter(
        "Running",
        "preset",
        "str | None",
        "None",
        "str or None",
        "Name of a preset with published settings, see `ganvas.presets`. Parameters that are not None take precedence.",
    ),
    Parameter(
        "Running",
        "random_state",
        "Any",
        "None",
        "int, numpy.random.RandomState, numpy.random.Generator or None",
        "Seed of the initial weights, the order of the samples and the noise. On the CPU of one machine, the "
        "same integer gives bit-identical results; on a CUDA device results agree up to rounding, because "
        "some kernels add in any order.",
    ),
    Parameter("Running", "device", "str", '"auto"', "str", '"auto", "cpu", "cuda" or "cuda:1".'),
    Parameter(
        "Running",
        "executor",
        "str",
        '"auto"',
        '{"auto", "native", "cuda_graph", "tch"}',
        'Implementation that runs the networks in training: "tch" is libtorch; "native" is faster on the CPU '
        'and supports fewer layers; "cuda_graph" launches all kernels of a step at once, on CUDA; "auto" '
        "takes the fastest that supports the model. Results agree up to rounding.",
    ),
    Parameter(
        "Running",
        "precision",
        "str | None",
        "None",
        '{"fp32", "tf32", "bf16"} or None',
        'Precision of computations on a CUDA device, in training and for results; None is "tf32" there. CPUs '
        'support "fp32" only.',
    ),
    Parameter(
        "Running",
        "profile",
        "Any",
        "None",
        'path, "nvtx" or None',
        "File for a profile of the training: a Chrome trace, for chrome://tracing or https://ui.perfetto.dev. "
        'On a CUDA device its spans measure the calls, not the kernels; "nvtx" annotates operators for '
        "NVIDIA's profilers instead.",
    ),
    Parameter(
        "Running",
        "progress",
        "bool | str | None",
        "None",
        'bool, "live" or None',
        'Show a progress bar with losses and samples/s; "live" adds a `ganvas.callbacks.LivePlot` in a '
        "notebook and shows a bar elsewhere. None: a bar on a terminal or in a notebook, unless "
        "``verbose=0``.",
    ),
    Parameter(
        "Running", "verbose", "int", "1", "int", "0: silent. 1: one line at the start. 2: losses every 100 steps."
    ),
    Parameter(
        "Running",
        "callbacks",
        "Any",
        "()",
        "sequence of ganvas.callbacks.Callback",
        "Callbacks called during training.",
    ),
    Parameter(
        "Running",
        "on_interrupt",
        "str | None",
        "None",
        '{"return", "raise"} or None',
        'Effect of Ctrl-C or the notebook\'s stop button. "return": `fit` and `partial_fit` print the progress '
        "so far and return the estimator in its current state, with `interrupted_` True; a loop around them "
        'continues. "raise": KeyboardInterrupt; the estimator keeps its current state. None: "return" in a '
        'notebook, IPython or Python\'s prompt, else "raise"; also "raise" before the first step and with '
        "several processes.",
    ),
    Parameter(
        "Running",
        "on_divergence",
        "str",
        '"raise"',
        '{"raise", "rewind"}',
        'Effect of a loss that is NaN or infinite. "raise": DivergedError; the estimator keeps its last finite '
        'weights. "rewind": training goes on from the last finite weights with half the learning rates, at most three '
        "times in a run, and then raises the error. Each time is printed and added to `diagnosis_`.",
    ),
)

#: Parameters that say how arrays are read: of every estimator of arrays.
READING = (
    Parameter(
        "Data",
        "kind",
        "str | None",
        "None",
        '{members("kind", "gan")} or None',
        'Kind of data: "row" for ``(n, d)``; "image"; "volume"; "series" for windows ``(n, t, features)``, which are '
        'standardised by feature; "tiles" for maps ``(n, h, w)`` of symbols; "roll" for piano rolls ``(n, bars, steps, '
        'pitches)`` of two values. None: determined from the axes, see `fit`; "series", "roll" and tiles that are '
        "integers must be named. Warns if columns of images ``(n, ?, ?)`` have "
        "unlike ranges.",
    ),
    Parameter(
        "Data",
        "channels",
        "str | None",
        "None",
        '{"first", "last"} or None',
        "Position of the channel axis in ``(n, ?, ?, ?)``. None: the end that gives 1, 3 or 4 channels or "
        "square images; otherwise the end whose size is smaller than the image sides. Raises an error if both "
        "ends fit equally well.",
    ),
    Parameter(
        "Data",
        "value_range",
        "Any",
        "None",
        "(float, float) or None",
        "Minimum and maximum value of images, and of rows if the likelihood needs a range. Values outside are "
        "clipped. None: derived from the type and values of X, see `fit`.",
    ),
)

#: Parameters that say how texts are read.
TEXTS = (
    Parameter(
        "Model",
        "vocabulary",
        "str | None",
        "None",
        '{members("vocabulary")} or None',
        'Tokens of the texts: "characters", those of X; "bytes" of UTF-8, which accept all texts; "bpe", frequent '
        'sequences of bytes, which accept all texts as well; "words", frequent words, others are spelt. None: '
        '"characters".',
    ),
    Parameter(
        "Model",
        "vocabulary_size",
        "int | None",
        "None",
        "int or None",
        'For "bpe" and "words": maximum number of tokens. None: 512 and 10,000.',
    ),
    Parameter(
        "Model",
        "context",
        "int | None",
        "None",
        "int or None",
        "Number of tokens that the network sees, fewer if the texts are shorter. None: 128.",
    ),
)

#: Parameters that say how scores are read.
SCORES = (
    Parameter(
        "Model",
        "vocabulary",
        "str | None",
        "None",
        '{"frames", "notes"} or None',
        'How scores are written: "frames", the pitches that sound in each step, as in a piano roll; "notes", bars '
        "with "
        'positions, instruments, pitches and lengths. None: "frames" for piano rolls and other scores of at most 12 '
        'steps a quarter note, else "notes".',
    ),
    Parameter(
        "Model",
        "context",
        "int | None",
        "None",
        "int or None",
        "Number of tokens that the network sees, fewer if the scores are shorter. None: 192.",
    ),
    Parameter(
        "Data",
        "resolution",
        "int | None",
        "None",
        "int or None",
        "Steps of a quarter note to which times are rounded. None: those of the scores up to 12, else 4.",
    ),
    Parameter(
        "Data",
        "tracks",
        "str | None",
        "None",
        '{"keep", "merge"} or None',
        '"keep" learns which instrument plays a note, "merge" gives all notes but percussion to one. None: "merge" for '
        '"frames", which allow nothing else, and "keep" for "notes".',
    ),
    Parameter(
        "Data",
        "transpose",
        "int | None",
        "None",
        "int or None",
        "Each training score is also learnt in keys up to this many semitones lower and higher. None: 0 if three "
        "fifths of the scores have the same tonic or the same accidentals, by estimate, else 5.",
    ),
    Parameter(
        "Data",
        "parts",
        "float | None",
        "None",
        "float or None",
        "Fraction of the training texts, 0 to 0.9, that show a part of some bars first: a melody before all voices, or "
        "what follows a gap. `harmonise` and `infill` need it. None: 0.5.",
    ),
)

#: Parameters that say how texts are read as samples, one a text.
SENTENCES = (
    Parameter(
        "Data",
        "vocabulary",
        "str | None",
        "None",
        '{members("vocabulary")}, "frames", "notes" or None',
        'For texts: their tokens, see `TextTrainer`; None: "words". For scores: how they are written, "frames" or '
        '"notes", see `MusicTrainer`.',
    ),
    Parameter(
        "Data",
        "vocabulary_size",
        "int | None",
        "None",
        "int or None",
        'For texts, "bpe" and "words": maximum number of tokens. None: 512 and 10,000.',
    ),
    Parameter(
        "Data",
        "max_tokens",
        "int | None",
        "None",
        "int or None",
        "For texts and scores: number of tokens after which the rest of a text is not read, with a warning; at most "
        "twice the longest text of X. None: 128.",
    ),
)

#: Parameters of the estimators that detect anomalies.
DETECTING = (
    Parameter(
        "Anomalies",
        "contamination",
        "float",
        "0.1",
        "float",
        "Fraction of the training samples that `predict` labels as anomalies, above 0 and at most 0.5.",
    ),
    Parameter(
        "Anomalies",
        "anomaly_score",
        "str",
        '"auto"',
        '{"auto", "typicality", "bound"}',
        'Score of `decision_function` and `predict`: "typicality", the reconstruction distance, corrected for '
        'the complexity of the sample, or "bound", `score_samples`. "auto": "bound" for rows, '
        '"typicality" for data with sides: images, volumes, series and maps.',
    ),
)

#: Parameters of GANs that estimators turn into labels.
LABELLING = (
    Parameter(
        "Labels",
        "codes",
        "Any",
        "None",
        "int, (int, int) or None",
        "For unlabelled data: numbers of categories and of continuous values in -1..1 that the model "
        "discovers (InfoGAN). ``sample(n, y=3)`` selects a category, ``sample(n, y=[[3, 0.5]])`` a category "
        "and values. None: no codes.",
    ),
    Parameter(
        "Labels",
        "clusters",
        "int | None",
        "None",
        "int or None",
        "For unlabelled data in memory: number of clusters, by k-means on principal components, that take the place of "
        'labels (Liu et al., "Diverse Image Generation via Self-Conditioned GANs", 2020; they cluster features of '
        "the discriminator, again and again). Samples are drawn of all clusters by their frequency. None: no clusters.",
    ),
    Parameter(
        "Labels",
        "balanced",
        "bool",
        "False",
        "bool",
        "Draw all classes equally often in training and sampling, regardless of their frequency; for data in "
        "memory only.",
    ),
)

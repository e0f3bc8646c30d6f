"""Deterministic autoencoders with a plain latent."""

from typing import Any, ClassVar

from ._autoencoder import Autoencoder


class AutoencoderTrainer(Autoencoder):
    """An autoencoder whose latent is the encoder's output.

    The model has no prior: samples are decoded from a mixture of Gaussians fitted to the latents of the training data.
    With ``l2`` it is a regularised autoencoder, with ``bound="mmd"`` a Wasserstein autoencoder with a deterministic
    encoder.

    A parameter that is None takes its value from the preset, else from a rule that depends on the data; the resolved
    value is a fitted attribute with a trailing underscore (``latent_dim_``).

    The first ten parameters may be given by position. The others are keyword-only, in groups:
    model, training, anomalies, data and running.

    Parameters
    ----------
    net : {members("net", "autoencoder")} or None
        Architecture. None: "conv" for images with sides from 8 to 128 px and volumes from 8 to 64, "lstm" for texts,
        else "mlp".
    latent_dim : int or None
        Length of a latent. None: 20, above 32 px 64, for texts 32, for "mlp" at most half the number of values of a
        sample.
    likelihood : {members("likelihood")} or None
        Distribution of a sample given the decoder's output; all accept images of any range. None: "bernoulli" for
        images of one channel, "categorical" for tiles and texts, which need it, else "gaussian".
    l2 : float or None
        Weight of the squared norm of the latents, as in a regularised autoencoder. None: 0.
    epochs : int or None
        Number of passes over the data. The last batch of an epoch is skipped if it is not full; the order of the
        samples changes with each epoch. None: enough for about 200,000 training samples.
    batch_size : int or None
        Samples per batch, at most the number of samples in X. None: 128.
    lr : float or None
        Learning rate of Adam. None: 1e-3, for texts 2e-3.
    preset : str or None
        Name of a preset with published settings, see `ganvas.presets`. Parameters that are not None take precedence.
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None
        Seed of the initial weights, the order of the samples and the noise. On the CPU of one machine, the same integer
        gives bit-identical results; on a CUDA device results agree up to rounding, because some kernels add in any
        order.
    device : str, default "auto"
        "auto", "cpu", "cuda" or "cuda:1".
    hidden : sequence of int or None
        Widths of the encoder's dense layers; the decoder uses them in reverse order. None: (400,); (256,) after
        convolutions.
    base_channels : int or None
        For "conv" and "resnet": channels at the largest inner resolution, doubled at each halving up to four times.
        None: 32; 16 for volumes.
    width : int or None
        For "lstm" and "gru": length of the vectors of tokens and of the states. None: 256.
    depth : int or None
        For "conv" and "resnet": number of convolutions or residual blocks per inner resolution; for "lstm" and "gru"
        number of recurrent layers. None: 1.
    activation : {"relu", "leaky_relu", "tanh", "elu", "silu", "gelu", "softplus", "sigmoid", "squared_relu"} or None
        Activation function between the layers, except for "lstm" and "gru". None: "relu".
    variance : float or None
        For "gaussian" and "laplace": variance of each value in the network's range (-1..1, rows standardised). None:
        learnt, one per channel or column.
    levels : int or None
        For "categorical" and "discretised_logistic": number of levels of a value. None: 16 and 256.
    binarize : {"dynamic"} or None
        For "bernoulli": "dynamic" samples each pixel as black or white at each step, with its value as the probability
        of white (Salakhutdinov and Murray, 2008). None: grey values are used as targets.
    bound : {"elbo", "mmd"} or None
        Objective to minimise. Terms are summed over the values of a sample, so that "elbo" with ``beta=1`` is the exact
        bound. None: "elbo".
    beta : float or None
        Weight of the KL divergence, of the total correlation or of the MMD. If an objective is written as ``L_Q + beta
        * L_P`` with the reconstruction last, its beta is the inverse of this one, up to scale. None: 1, 6 for
        "total_correlation", 100 for "mmd".
    word_dropout : float or None
        For texts: fraction of the tokens that the decoder does not see in training when it predicts the next ones, so
        that it has to use the latent (Bowman et al., "Generating Sentences from a Continuous Space", 2016). None: 0.1.
    lr_schedule : {"constant", "linear", "cosine", "warmup", "plateau"} or None
        Schedule of the learning rate over ``epochs``: "linear" and "cosine" decay to a hundredth, "warmup" rises over
        the first tenth, "plateau" halves the rate whenever the loss has not fallen for 10 epochs. None: "constant".
    betas : (float, float) or None
        Decay rates of Adam's moment estimates. None: (0.9, 0.999).
    ema : float or None
        Half-life, in samples, of the exponential moving average of the weights, which is used for results. 0 uses the
        current weights. None: 0.
    contamination : float, default 0.1
        Fraction of the training samples that `predict` labels as anomalies, above 0 and at most 0.5.
    anomaly_score : {"auto", "typicality", "bound"}, default "auto"
        Score of `decision_function` and `predict`: "typicality", the reconstruction distance, corrected for the
        complexity of the sample, or "bound", `score_samples`. "auto": "bound" for rows, "typicality" for data with
        sides: images, volumes, series and maps.
    kind : {members("kind", "autoencoder")} or None
        Kind of data: "row" for ``(n, d)``; "image"; "volume"; "series" for windows ``(n, t, features)``, which are
        standardised by feature; "tiles" for maps ``(n, h, w)`` of symbols; "roll" for piano rolls ``(n, bars, steps,
        pitches)`` of two values. "text" for a list of texts. None: determined from the axes, see `fit`; "series",
        "roll" and tiles that are integers must be named. Warns if columns of images ``(n, ?, ?)`` have unlike ranges.
    channels : {"first", "last"} or None
        Position of the channel axis in ``(n, ?, ?, ?)``. None: the end that gives 1, 3 or 4 channels or square images;
        otherwise the end whose size is smaller than the image sides. Raises an error if both ends fit equally well.
    value_range : (float, float) or None
        Minimum and maximum value of images, and of rows if the likelihood needs a range. Values outside are clipped.
        None: derived from the type and values of X, see `fit`.
    vocabulary : {members("vocabulary")}, "frames", "notes" or None
        For texts: their tokens, see `TextTrainer`; None: "words". For scores: how they are written, "frames" or
        "notes", see `MusicTrainer`.
    vocabulary_size : int or None
        For texts, "bpe" and "words": maximum number of tokens. None: 512 and 10,000.
    max_tokens : int or None
        For texts and scores: number of tokens after which the rest of a text is not read, with a warning; at most twice
        the longest text of X. None: 128.
    executor : {"auto", "native", "cuda_graph", "tch"}, default "auto"
        Implementation that runs the networks in training: "tch" is libtorch; "native" is faster on the CPU and supports
        fewer layers; "cuda_graph" launches all kernels of a step at once, on CUDA; "auto" takes the fastest that
        supports the model. Results agree up to rounding.
    precision : {"fp32", "tf32", "bf16"} or None
        Precision of computations on a CUDA device, in training and for results; None is "tf32" there. CPUs support
        "fp32" only.
    profile : path, "nvtx" or None
        File for a profile of the training: a Chrome trace, for chrome://tracing or https://ui.perfetto.dev. On a CUDA
        device its spans measure the calls, not the kernels; "nvtx" annotates operators for NVIDIA's profilers instead.
    progress : bool, "live" or None
        Show a progress bar with losses and samples/s; "live" adds a `ganvas.callbacks.LivePlot` in a notebook and shows
        a bar elsewhere. None: a bar on a terminal or in a notebook, unless ``verbose=0``.
    verbose : int, default 1
        0: silent. 1: one line at the start. 2: losses every 100 steps.
    callbacks : sequence of ganvas.callbacks.Callback, default ()
        Callbacks called during training.
    on_interrupt : {"return", "raise"} or None
        Effect of Ctrl-C or the notebook's stop button. "return": `fit` and `partial_fit` print the progress so far and
        return the estimator in its current state, with `interrupted_` True; a loop around them continues. "raise":
        KeyboardInterrupt; the estimator keeps its current state. None: "return" in a notebook, IPython or Python's
        prompt, else "raise"; also "raise" before the first step and with several processes.
    on_divergence : {"raise", "rewind"}, default "raise"
        Effect of a loss that is NaN or infinite. "raise": DivergedError; the estimator keeps its last finite weights.
        "rewind": training goes on from the last finite weights with half the learning rates, at most three times in a
        run, and then raises the error. Each time is printed and added to `diagnosis_`.

    Attributes
    ----------
    history_ : mapping of str to numpy.ndarray
        One row per epoch: epoch, samples, loss, reconstruction, seconds, and l2 or mmd.
    offset_, threshold_ : float
        Anomaly score below which `predict` labels a sample as an anomaly.
    anomaly_score_ : str
        "typicality" or "bound".
    classes_ : numpy.ndarray
        Classes, if `fit` was given classes.
    encoder_, decoder_ : callable
        The networks in evaluation mode, called on torch tensors.
    diagnosis_ : tuple of named tuples
        What went wrong in training: ``(name, epoch, evidence, remedy)`` each; empty for a healthy run.
    interrupted_ : bool
        True if the last training ended before its last epoch.
    n_features_in_ : int
        Number of columns of X, for rows.

    References
    ----------
    G. Hinton, R. Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", 2006.
    P. Ghosh et al., "From Variational to Deterministic Autoencoders", 2020.

    Examples
    --------
    >>> import ganvas
    >>> rows = ganvas.data.swiss_roll(512, random_state=0)
    >>> coder = ganvas.AutoencoderTrainer(latent_dim=1, epochs=2, random_state=0, verbose=0).fit(rows)
    >>> coder.inverse_transform(coder.transform(rows)).shape == rows.shape
    True
    """

    _fixed: ClassVar[dict[str, Any]] = {"bottleneck": "plain"}

    # Written by `make face`.
    def __init__(
        self,
        net: str | None = None,
        latent_dim: int | None = None,
        likelihood: str | None = None,
        l2: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        lr: float | None = None,
        preset: str | None = None,
        random_state: Any = None,
        device: str = "auto",
        *,
        # Model
        hidden: Any = None,
        base_channels: int | None = None,
        width: int | None = None,
        depth: int | None = None,
        activation: str | None = None,
        variance: float | None = None,
        levels: int | None = None,
        binarize: str | None = None,
        # Training
        bound: str | None = None,
        beta: float | None = None,
        word_dropout: float | None = None,
        lr_schedule: str | None = None,
        betas: Any = None,
        ema: float | None = None,
        # Anomalies
        contamination: float = 0.1,
        anomaly_score: str = "auto",
        # Data
        kind: str | None = None,
        channels: str | None = None,
        value_range: Any = None,
        vocabulary: str | None = None,
        vocabulary_size: int | None = None,
        max_tokens: int | None = None,
        # Running
        executor: str = "auto",
        precision: str | None = None,
        profile: Any = None,
        progress: bool | str | None = None,
        verbose: int = 1,
        callbacks: Any = (),
        on_interrupt: str | None = None,
        on_divergence: str = "raise",
    ) -> None:
        self.net = net
        self.latent_dim = latent_dim
        self.likelihood = likelihood
        self.l2 = l2
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.preset = preset
        self.random_state = random_state
        self.device = device
        self.hidden = hidden
        self.base_channels = base_channels
        self.width = width
        self.depth = depth
        self.activation = activation
        self.variance = variance
        self.levels = levels
        self.binarize = binarize
        self.bound = bound
        self.beta = beta
        self.word_dropout = word_dropout
        self.lr_schedule = lr_schedule
        self.betas = betas
        self.ema = ema
        self.contamination = contamination
        self.anomaly_score = anomaly_score
        self.kind = kind
        self.channels = channels
        self.value_range = value_range
        self.vocabulary = vocabulary
        self.vocabulary_size = vocabulary_size
        self.max_tokens = max_tokens
        self.executor = executor
        self.precision = precision
        self.profile = profile
        self.progress = progress
        self.verbose = verbose
        self.callbacks = callbacks
        self.on_interrupt = on_interrupt
        self.on_divergence = on_divergence


__all__ = ["AutoencoderTrainer"]

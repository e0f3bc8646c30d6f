"""Generative adversarial networks."""

from typing import Any

import numpy as np

from . import _core
from ._checks import integer
from ._estimator import Trainer
from ._random import seed_from
from ._streams import Stream
from ._torch import plain_modes
from .exceptions import ParameterError


class GanTrainer(Trainer):
    """A generator and a discriminator trained against each other.

    A parameter that is None takes its value from the preset, else from a rule for the data; the value in use is the
    fitted attribute with an underscore (``latent_dim_``).

    Parameters
    ----------
    net : {"dcgan", "mlp"} or None
        Architecture. None: "mlp" for rows, else "dcgan" (square images from 8 to 256 px).
    objective : {"non_saturating", "minimax", "least_squares", "hinge", "wasserstein", "relativistic"} or None
        Pair of losses. None: "non_saturating".
    latent_dim : int or None
        Length of the generator's random input. None: 32 up to 16 px, 100 above; for "mlp" 16 up to 16 values, else 64.
    base_channels : int or None
        For "dcgan": channels at the largest resolution, doubled at each halving up to eight times. None: 16, 32, 64 for
        up to 16, up to 32 and more pixels.
    depth : int or None
        For "dcgan": convolutions at each resolution. None: 2 up to 16 px, else 1.
    hidden : sequence of int or None
        For "mlp": widths of the generator's hidden layers; the discriminator's are the same backwards. None:
        (256, 256).
    batch_size : int or None
        Samples in a batch, at most the samples in X. None: 64.
    epochs : int or None
        Passes of the data through the discriminator. A last batch that is not full is left out, another one each time.
        None: as many as show about 200,000 samples.
    lr : float or None
        Step size of Adam. None: 1e-3 for "mlp", 5e-4 up to 16 px, else 2e-4.
    discriminator_lr : float or None
        Step size of the discriminator, where it is another (two time scales). None: `lr`.
    lr_schedule : {"constant", "linear", "cosine"} or None
        Course of the step sizes over `epochs`; the falling ones end at a hundredth. None: "constant".
    max_grad_norm : float or None
        Longest gradient of a network; longer ones are cut to it. None: no limit.
    betas : (float, float) or None
        Decays of Adam's running means. None: (0.5, 0.999).
    n_critic : int or None
        Steps of the discriminator for one of the generator. None: 5 for "wasserstein", else 1.
    norm : {"batch", "layer", "instance", "none"} or None
        What normalises between the layers of both networks. None: "batch" for "dcgan", else "none"; with a penalty on
        slopes the discriminator's is "layer" where it were "batch".
    discriminator_norm : {"batch", "layer", "instance", "none"} or None
        The same for the discriminator, where it is another. None: `norm`.
    spectral_norm : bool or None
        Divide the discriminator's weights by their largest singular values. None: False.
    penalty : str, dict, sequence of these, or None
        Terms of the discriminator's loss: "gradient", "r1", "r2", "dragan", "max_gradient", "lecam", and the bound
        "weight_clip" on its weights. A dictionary has "name" and may have "weight" and "every", the steps from one time
        to the next. None: "weight_clip" for "wasserstein", else none; an empty sequence is none.
    ema : float or None
        Half-life, in samples, of the averaged weights that samples are made with, ramped at the start of a run; 0 takes
        the newest weights. None: 10,000.
    preset : str or None
        Name of well-known settings, see `ganvas.presets`; a parameter that is not None wins over it.
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None
        Of weights, order and latents. The same integer gives the same bits on one machine.
    device : str, default "auto"
        "auto", "cpu", "cuda" or "cuda:1".
    executor : {"auto", "native", "cuda_graph", "tch"}, default "auto"
        Who runs the networks in training: "tch" is libtorch; "native" is faster on the CPU and has fewer layers;
        "cuda_graph" launches all kernels of a step at once, on CUDA; "auto" takes the fastest that can. Only speed
        depends on it, and the last digits.
    precision : {"fp32", "tf32", "bf16"} or None
        How exactly a CUDA device calculates in training; None is "tf32" there. CPUs know "fp32" only.
    profile : path, "nvtx" or None
        Where training writes where its time went: a Chrome trace, for chrome://tracing or https://ui.perfetto.dev. On a
        CUDA device the spans are those of the calls, not of the kernels; "nvtx" names operators for NVIDIA's profilers.
    channels : {"first", "last"} or None
        Where the colours are in ``(n, ?, ?, ?)``. None: looks.
    progress : bool or None
        A bar with losses and samples/s. None: on a terminal or in a notebook.
    verbose : int, default 1
        0: silent. 1: one line at the start. 2: losses every 100 steps.
    callbacks : sequence of ganvas.callbacks.Callback, default ()
        Things to do while training.

    Attributes
    ----------
    history_ : mapping of str to numpy.ndarray
        One row an epoch: epoch, samples, discriminator_loss, real_score, fake_score, generator_loss, penalty (weighted,
        where there is one), seconds.
    generator_, discriminator_ : callable
        The networks in evaluation, called on torch tensors.
    n_features_in_ : int
        Columns of X, for rows.

    References
    ----------
    I. Goodfellow et al., "Generative Adversarial Nets", 2014.
    A. Radford, L. Metz, S. Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative
    Adversarial Networks", 2016.

    Examples
    --------
    >>> import ganvas
    >>> gan = ganvas.GanTrainer(epochs=2, random_state=0, verbose=0).fit(ganvas.data.ring(512, random_state=0))
    >>> gan.sample(5).shape
    (5, 2)
    """

    def __init__(
        self,
        net: str | None = None,
        objective: str | None = None,
        latent_dim: int | None = None,
        base_channels: int | None = None,
        depth: int | None = None,
        hidden: Any = None,
        batch_size: int | None = None,
        epochs: int | None = None,
        lr: float | None = None,
        discriminator_lr: float | None = None,
        lr_schedule: str | None = None,
        max_grad_norm: float | None = None,
        betas: Any = None,
        n_critic: int | None = None,
        norm: str | None = None,
        discriminator_norm: str | None = None,
        spectral_norm: bool | None = None,
        penalty: Any = None,
        ema: float | None = None,
        preset: str | None = None,
        random_state: Any = None,
        device: str = "auto",
        executor: str = "auto",
        precision: str | None = None,
        profile: Any = None,
        channels: str | None = None,
        progress: bool | None = None,
        verbose: int = 1,
        callbacks: Any = (),
    ) -> None:
        self.net = net
        self.objective = objective
        self.latent_dim = latent_dim
        self.base_channels = base_channels
        self.depth = depth
        self.hidden = hidden
        self.batch_size = batch_size
        self.epochs = epochs
        self.lr = lr
        self.discriminator_lr = discriminator_lr
        self.lr_schedule = lr_schedule
        self.max_grad_norm = max_grad_norm
        self.betas = betas
        self.n_critic = n_critic
        self.norm = norm
        self.discriminator_norm = discriminator_norm
        self.spectral_norm = spectral_norm
        self.penalty = penalty
        self.ema = ema
        self.preset = preset
        self.random_state = random_state
        self.device = device
        self.executor = executor
        self.precision = precision
        self.profile = profile
        self.channels = channels
        self.progress = progress
        self.verbose = verbose
        self.callbacks = callbacks

    def _create(self, options: dict[str, Any], shape: str, array: np.ndarray | Stream, device: str) -> Any:
        return _core.Run.gan(options, shape, len(array), device)

    def sample(self, n_samples: int = 1, random_state: Any = None) -> Any:
        """Generate samples.

        Parameters
        ----------
        n_samples : int, default 1
            How many, at least 1.
        random_state : int, RandomState, Generator or None
            None goes on in the model's own stream, so that equal histories give equal samples, also after `save` and
            `load`.

        Returns
        -------
        samples
            In the form of X: its container, dtype, range and order of axes.

        Raises
        ------
        NotFittedError
        ParameterError
        """
        run = self._fitted()
        n_samples = integer("n_samples", n_samples, 1)
        seed = None if random_state is None else seed_from(random_state)
        with plain_modes():
            samples = run.sample(n_samples, seed)
        return self._layout.restore(samples)

    @property
    def generator_(self) -> Any:
        """From latents ``(n, latent_dim)`` to samples in the network's range.

        Images are ``(n, c, h, w)`` in -1..1, rows ``(n, d)`` standardised. Uses the weights of `sample`: averaged,
        batch norm in evaluation. Differentiable twice.
        """
        return self._fitted().network("generator")

    @property
    def discriminator_(self) -> Any:
        """From samples in the network's range to scores, higher = more real.

        Scores are ``(n,)``. Differentiable twice.
        """
        return self._fitted().network("discriminator")

    def _samples(self, n: int, y: Any, seed: int | None) -> np.ndarray:
        if y is not None:
            raise ParameterError("y: this model was fitted without labels, got labels")
        return self._fitted().sample(n, seed)


__all__ = ["GanTrainer"]

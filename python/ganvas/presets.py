"""Presets: published settings by name."""

from collections.abc import Sequence
from typing import Any

from ._checks import choice
from ._table import Table
from .exceptions import ShapeError

_DIGITS = {"net": "mlp", "likelihood": "bernoulli", "bottleneck": "gaussian", "prior": "standard_normal", "lr": 1e-3}

#: Parameters by preset; ``estimator`` is the class it applies to, ``size`` the required image size, ``purpose`` and
#: ``source`` describe it.
PRESETS: dict[str, dict[str, Any]] = {
    "gan": {
        "purpose": "fully connected, with maxout units in the discriminator",
        "source": "Goodfellow et al., 2014",
        "estimator": "GanTrainer",
        "net": "mlp",
        "objective": "non_saturating",
        "maxout": 5,
        "lr": 2e-4,
        "betas": (0.5, 0.999),
    },
    "dcgan": {
        "purpose": "convolutions and batch norm, images of 4 to 256 px",
        "source": "Radford et al., 2016",
        "estimator": "GanTrainer",
        "net": "dcgan",
        "objective": "non_saturating",
        "lr": 2e-4,
        "betas": (0.5, 0.999),
    },
    "dcgan64": {
        "purpose": "DCGAN at 64 px",
        "source": "Radford et al., 2016",
        "estimator": "GanTrainer",
        "size": 64,
        "net": "dcgan",
        "objective": "non_saturating",
        "latent_dim": 100,
        "base_channels": 64,
        "depth": 1,
        "batch_size": 128,
        "epochs": 5,
        "lr": 2e-4,
        "betas": (0.5, 0.999),
        "n_critic": 1,
    },
    "wgan": {
        "purpose": "Wasserstein loss with weight clipping, five discriminator steps per generator step",
        "source": "Arjovsky et al., 2017",
        "estimator": "GanTrainer",
        "objective": "wasserstein",
        "penalty": "weight_clip",
        "n_critic": 5,
        "lr": 5e-5,
        "betas": (0.0, 0.9),
    },
    "wgan-gp": {
        "purpose": "Wasserstein loss with a gradient penalty",
        "source": "Gulrajani et al., 2017",
        "estimator": "GanTrainer",
        "objective": "wasserstein",
        "penalty": "gradient",
        "n_critic": 5,
        "lr": 1e-4,
        "betas": (0.0, 0.9),
    },
    "lsgan": {
        "purpose": "least squares instead of cross-entropy",
        "source": "Mao et al., 2017",
        "estimator": "GanTrainer",
        "objective": "least_squares",
        "lr": 2e-4,
        "betas": (0.5, 0.999),
    },
    "dragan": {
        "purpose": "a gradient penalty around real samples",
        "source": "Kodali et al., 2017",
        "estimator": "GanTrainer",
        "objective": "non_saturating",
        "penalty": "dragan",
        "lr": 1e-4,
        "betas": (0.5, 0.9),
    },
    "sngan": {
        "purpose": "spectral normalisation and hinge loss, with the DCGAN of ganvas",
        "source": "Miyato et al., 2018",
        "estimator": "GanTrainer",
        "objective": "hinge",
        "spectral_norm": True,
        "n_critic": 1,
        "lr": 2e-4,
        "betas": (0.5, 0.999),
    },
    "r3gan": {
        "purpose": "relativistic loss with r1 and r2, with the networks of ganvas",
        "source": "Huang et al., 2024",
        "estimator": "GanTrainer",
        "objective": "relativistic",
        "penalty": ["r1", "r2"],
        "norm": "none",
        "lr": 2e-4,
        "betas": (0.0, 0.99),
    },
    "sagan": {
        "purpose": "self-attention in residual networks; spectral norm in the discriminator only",
        "source": "Zhang et al., 2019",
        "estimator": "GanTrainer",
        "net": "resnet",
        "objective": "hinge",
        "spectral_norm": True,
        "attention": True,
        "lr": 1e-4,
        "discriminator_lr": 4e-4,
        "betas": (0.0, 0.9),
    },
    "acgan": {
        "purpose": "conditional: the discriminator predicts the labels; needs y",
        "source": "Odena et al., 2017",
        "estimator": "GanTrainer",
        "objective": "non_saturating",
        "conditioning": "embedding",
        "discriminator_conditioning": "auxiliary",
        "lr": 2e-4,
        "betas": (0.5, 0.999),
    },
    "cgan-projection": {
        "purpose": "conditional: conditional batch norm and projection discriminator; needs y",
        "source": "Miyato and Koyama, 2018",
        "estimator": "GanTrainer",
        "net": "resnet",
        "objective": "hinge",
        "spectral_norm": True,
        "conditioning": "modulation",
        "discriminator_conditioning": "projection",
        "n_critic": 5,
        "lr": 2e-4,
        "betas": (0.0, 0.9),
    },
    "infogan": {
        "purpose": "ten categories and two continuous codes, without labels",
        "source": "Chen et al., 2016",
        "estimator": "GanTrainer",
        "objective": "non_saturating",
        "codes": (10, 2),
        "lr": 1e-3,
        "discriminator_lr": 2e-4,
        "betas": (0.5, 0.999),
    },
    "pacgan": {
        "purpose": "two samples judged together, against mode collapse",
        "source": "Lin et al., 2018",
        "estimator": "GanTrainer",
        "objective": "non_saturating",
        "pac": 2,
    },
    "self-conditioned": {
        "purpose": "clusters of the data take the place of labels; the default for 1,000 images or more",
        "source": "Liu et al., 2020",
        "estimator": "GanTrainer",
        "objective": "non_saturating",
        "clusters": 50,
        "discriminator_conditioning": "projection",
        "discriminator_norm": "none",
        "penalty": {"name": "r1", "weight": 0.5, "every": 8},
        "lr": 5e-4,
        "lr_schedule": "cosine",
        "betas": (0.0, 0.99),
        "ema": 100_000,
    },
    "musegan": {
        "purpose": "piano rolls (n, bars, steps, pitches) of two values, with binary neurons",
        "source": "Dong and Yang, 2018",
        "estimator": "GanTrainer",
        "kind": "roll",
        "net": "pianoroll",
        "objective": "wasserstein",
        "penalty": "gradient",
        "n_critic": 5,
        "lr": 5e-4,
        "betas": (0.5, 0.9),
    },
    "pix2pix": {
        "purpose": "pairs of pictures, with a discriminator of patches",
        "source": "Isola et al., 2017",
        "estimator": "TranslationTrainer",
        "objective": "non_saturating",
        "reconstruction": "l1",
        "reconstruction_weight": 100.0,
        "lr": 2e-4,
        "betas": (0.5, 0.999),
    },
    "cyclegan": {
        "purpose": "two kinds of pictures without pairs",
        "source": "Zhu et al., 2017",
        "estimator": "TranslationTrainer",
        "pairing": "none",
        "objective": "least_squares",
        "cycle_weight": 10.0,
        "lr": 2e-4,
        "betas": (0.5, 0.999),
    },
    "vae": {
        "purpose": "MLP 784-400-20 for digits",
        "source": "Kingma and Welling, 2014",
        "estimator": "VaeTrainer",
        **_DIGITS,
        "hidden": (400,),
        "latent_dim": 20,
        "bound": "elbo",
        "beta": 1.0,
        "batch_size": 128,
    },
    "beta-vae": {
        "purpose": "few latents, KL divergence weighted by four",
        "source": "Higgins et al., 2017",
        "estimator": "VaeTrainer",
        "net": "conv",
        "latent_dim": 10,
        "bound": "elbo",
        "beta": 4.0,
    },
    "beta-tc-vae": {
        "purpose": "few latents, total correlation weighted by six",
        "source": "Chen et al., 2018",
        "estimator": "VaeTrainer",
        "net": "conv",
        "latent_dim": 10,
        "bound": "total_correlation",
        "beta": 6.0,
    },
    "iwae": {
        "purpose": "MLP 784-200-200-50 for binary digits, five draws",
        "source": "Burda et al., 2016",
        "estimator": "VaeTrainer",
        **_DIGITS,
        "hidden": (200, 200),
        "activation": "tanh",
        "latent_dim": 50,
        "binarize": "dynamic",
        "bound": "importance_weighted",
        "n_importance": 5,
    },
    "vamp-vae": {
        "purpose": "MLP for binary digits, 500 pseudo-inputs",
        "source": "Tomczak and Welling, 2018",
        "estimator": "VaeTrainer",
        **_DIGITS,
        "hidden": (300, 300),
        "latent_dim": 40,
        "binarize": "dynamic",
        "prior": "vamp",
        "n_components": 500,
        "bound": "elbo",
    },
    "info-vae": {
        "purpose": "MMD between latents and prior",
        "source": "Zhao et al., 2019",
        "estimator": "VaeTrainer",
        "bottleneck": "gaussian",
        "bound": "mmd",
        "beta": 100.0,
    },
    "rae": {
        "purpose": "deterministic, with penalised latents and a fitted mixture; without regularisation of the decoder",
        "source": "Ghosh et al., 2020",
        "estimator": "AutoencoderTrainer",
        "likelihood": "gaussian",
        "variance": 0.1,
        "l2": 0.05,
        "bound": "elbo",
    },
    "wae": {
        "purpose": "deterministic, MMD between latents and a normal distribution",
        "source": "Tolstikhin et al., 2018",
        "estimator": "AutoencoderTrainer",
        "bound": "mmd",
        "beta": 100.0,
    },
    "vq-vae": {
        "purpose": "512 codes of width 64",
        "source": "van den Oord et al., 2017",
        "estimator": "VqVaeTrainer",
        "latent_dim": 64,
        "n_codes": 512,
        "commitment": 0.25,
    },
    "char-rnn": {
        "purpose": "an LSTM that writes character by character",
        "source": "Karpathy, 2015",
        "estimator": "TextTrainer",
        "net": "lstm",
        "width": 128,
        "depth": 2,
        "context": 50,
        "batch_size": 50,
        "lr": 2e-3,
    },
    "nanogpt": {
        "purpose": "a small GPT of characters, with the settings for a CPU",
        "source": "Karpathy, 2022",
        "estimator": "TextTrainer",
        "net": "transformer",
        "width": 128,
        "depth": 4,
        "heads": 4,
        "positions": "learnt",
        "activation": "gelu",
        "context": 64,
        "batch_size": 12,
        "lr": 1e-3,
        "betas": (0.9, 0.99),
    },
}
_NOTES = ("purpose", "source", "estimator", "size")


def presets(estimator: str | None = None) -> Table:
    """List the presets.

    Parameters
    ----------
    estimator : str or None
        Name of an estimator, "GanTrainer"; None lists those of all.

    Returns
    -------
    mapping of str to dict
        By name: estimator, purpose and source; displayed as a table.

    Raises
    ------
    UnknownNameError
        No estimator of this name has presets.

    Examples
    --------
    >>> import ganvas
    >>> ganvas.presets("GanTrainer")["wgan-gp"]["source"]
    'Gulrajani et al., 2017'
    """
    shown = ("estimator", "purpose", "source")
    if estimator is not None:
        choice("estimator", estimator, tuple(dict.fromkeys(preset["estimator"] for preset in PRESETS.values())))
    chosen = {name: preset for name, preset in PRESETS.items() if estimator in (None, preset["estimator"])}
    return Table({name: {key: preset[key] for key in shown} for name, preset in chosen.items()})


def with_preset(name: str | None, estimators: Sequence[str], options: dict[str, Any]) -> dict[str, Any]:
    """Fill options that are None from a preset for one of the estimators; other options take precedence."""
    if name is None:
        return options
    chosen = {key: value for key, value in _get(name, estimators).items() if key not in _NOTES}
    return {key: chosen.get(key) if value is None else value for key, value in options.items()}


def check_size(name: str | None, estimators: Sequence[str], shape: tuple[int, ...]) -> None:
    """Raise if images do not have the preset's size; ``shape`` is (height, width, channels) or (dim,)."""
    size = None if name is None else _get(name, estimators).get("size")
    if size is not None and shape[:2] != (size, size):
        raise ShapeError(f"{name} needs {size} px; load_mnist(size={size})")


def _get(name: str, estimators: Sequence[str]) -> dict[str, Any]:
    return PRESETS[choice("preset", name, tuple(key for key, of in PRESETS.items() if of["estimator"] in estimators))]


__all__ = ["PRESETS", "presets"]

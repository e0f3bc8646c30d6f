"""Well-known settings by name, each one dictionary, all in one place."""

from collections.abc import Sequence
from typing import Any

from ._checks import choice
from .exceptions import ShapeError

_DIGITS = {"net": "mlp", "likelihood": "bernoulli", "bottleneck": "gaussian", "prior": "standard_normal", "lr": 1e-3}

#: Parameters by preset; ``estimator`` is whose they are, ``size`` what the preset's images must measure, ``about`` its
#: description.
PRESETS: dict[str, dict[str, Any]] = {
    "dcgan64": {
        "about": "DCGAN at 64 px (Radford et al., 2016)",
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
        "about": "Wasserstein loss, weights clipped, five steps of the discriminator for one (Arjovsky et al., 2017)",
        "estimator": "GanTrainer",
        "objective": "wasserstein",
        "penalty": "weight_clip",
        "n_critic": 5,
        "lr": 5e-5,
        "betas": (0.0, 0.9),
    },
    "wgan-gp": {
        "about": "Wasserstein loss with a gradient penalty (Gulrajani et al., 2017)",
        "estimator": "GanTrainer",
        "objective": "wasserstein",
        "penalty": "gradient",
        "n_critic": 5,
        "lr": 1e-4,
        "betas": (0.0, 0.9),
    },
    "lsgan": {
        "about": "least squares in the place of cross-entropy (Mao et al., 2017)",
        "estimator": "GanTrainer",
        "objective": "least_squares",
        "lr": 2e-4,
        "betas": (0.5, 0.999),
    },
    "dragan": {
        "about": "a gradient penalty around real samples (Kodali et al., 2017)",
        "estimator": "GanTrainer",
        "objective": "non_saturating",
        "penalty": "dragan",
        "lr": 1e-4,
        "betas": (0.5, 0.9),
    },
    "sngan": {
        "about": "spectral normalisation and hinge loss, on the DCGAN here (Miyato et al., 2018)",
        "estimator": "GanTrainer",
        "objective": "hinge",
        "spectral_norm": True,
        "discriminator_norm": "none",
        "n_critic": 1,
        "lr": 2e-4,
        "betas": (0.5, 0.999),
    },
    "r3gan": {
        "about": "relativistic loss with r1 and r2, on the networks here (Huang et al., 2024)",
        "estimator": "GanTrainer",
        "objective": "relativistic",
        "penalty": ["r1", "r2"],
        "norm": "none",
        "lr": 2e-4,
        "betas": (0.0, 0.99),
    },
    "vae": {
        "about": "MLP 784-400-20 for digits (Kingma and Welling, 2014)",
        "estimator": "VaeTrainer",
        **_DIGITS,
        "hidden": (400,),
        "latent_dim": 20,
        "bound": "elbo",
        "beta": 1.0,
        "batch_size": 128,
    },
    "beta-vae": {
        "about": "few latents under four times the pressure (Higgins et al., 2017)",
        "estimator": "VaeTrainer",
        "net": "conv",
        "latent_dim": 10,
        "bound": "elbo",
        "beta": 4.0,
    },
    "beta-tc-vae": {
        "about": "few latents, their dependence weighted six times (Chen et al., 2018)",
        "estimator": "VaeTrainer",
        "net": "conv",
        "latent_dim": 10,
        "bound": "total_correlation",
        "beta": 6.0,
    },
    "iwae": {
        "about": "MLP 784-200-200-50 for binary digits, five draws (Burda et al., 2016)",
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
        "about": "MLP for binary digits, 500 pseudo-inputs (Tomczak and Welling, 2018)",
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
        "about": "all latents together like the prior, by MMD (Zhao et al., 2019)",
        "estimator": "VaeTrainer",
        "bottleneck": "gaussian",
        "bound": "mmd",
        "beta": 100.0,
    },
    "rae": {
        "about": "deterministic, short latents, a mixture fitted to them (Ghosh et al., 2020)",
        "estimator": "AutoencoderTrainer",
        "likelihood": "gaussian",
        "variance": 0.1,
        "l2": 0.05,
        "bound": "elbo",
    },
    "wae": {
        "about": "deterministic, latents like a normal distribution by MMD (Tolstikhin et al., 2018)",
        "estimator": "AutoencoderTrainer",
        "bound": "mmd",
        "beta": 100.0,
    },
    "vq-vae": {
        "about": "512 codes of width 64 (van den Oord et al., 2017)",
        "estimator": "VqVaeTrainer",
        "latent_dim": 64,
        "n_codes": 512,
        "commitment": 0.25,
    },
}
_NOTES = ("about", "estimator", "size")


def presets(estimator: str | None = None) -> dict[str, str]:
    """List the presets.

    Parameters
    ----------
    estimator : str or None
        Name of an estimator; None lists those of all.

    Returns
    -------
    dict of str to str
        What each preset is, by name.

    Examples
    --------
    >>> import ganvas
    >>> ganvas.presets("GanTrainer")["dcgan64"]
    'DCGAN at 64 px (Radford et al., 2016)'
    """
    return {name: preset["about"] for name, preset in PRESETS.items() if estimator in (None, preset["estimator"])}


def with_preset(name: str | None, estimators: Sequence[str], options: dict[str, Any]) -> dict[str, Any]:
    """Fill what is None in ``options`` from a preset of one of the estimators; an option that is not None wins."""
    if name is None:
        return options
    chosen = {key: value for key, value in _get(name, estimators).items() if key not in _NOTES}
    return {key: chosen.get(key) if value is None else value for key, value in options.items()}


def check_size(name: str | None, estimators: Sequence[str], shape: tuple[int, ...]) -> None:
    """Refuse images of another size than the preset is made for; ``shape`` is (height, width, channels) or (dim,)."""
    size = None if name is None else _get(name, estimators).get("size")
    if size is not None and shape[:2] != (size, size):
        raise ShapeError(f"{name} needs {size} px; load_mnist(size={size})")


def _get(name: str, estimators: Sequence[str]) -> dict[str, Any]:
    return PRESETS[choice("preset", name, tuple(key for key, of in PRESETS.items() if of["estimator"] in estimators))]


__all__ = ["PRESETS", "presets"]

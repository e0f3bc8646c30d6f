"""Plots of data, samples and training, with matplotlib.

Each function draws on one Axes and returns it, does not change global settings and does not show the figure: a notebook
does so automatically, and a script calls `ax.figure.savefig`.
"""

from .attention import attention
from .codes import latent
from .curves import history
from .inpaintings import inpainting
from .inversions import inversion
from .levels import levels
from .lines import lines
from .occlusion import occlusion
from .outliers import anomalies
from .pairs import reconstructions
from .pianoroll import pianoroll
from .points import scatter2d
from .report import report
from .rolls import rolls
from .solids import voxels
from .styles import styles
from .surprise import surprise
from .tiles import grid
from .translations import translations
from .walks import manifold, traversal

__all__ = [
    "anomalies",
    "attention",
    "grid",
    "history",
    "inpainting",
    "inversion",
    "latent",
    "levels",
    "lines",
    "manifold",
    "occlusion",
    "pianoroll",
    "reconstructions",
    "report",
    "rolls",
    "scatter2d",
    "styles",
    "surprise",
    "translations",
    "traversal",
    "voxels",
]


def __dir__() -> list[str]:
    return list(__all__)

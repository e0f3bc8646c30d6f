"""Data sets and loaders, as NumPy arrays; texts as strings, music as scores.

Every loader returns what the estimators take: images with channels last (uint8, except for pictures of more bits),
points as float32, solids as booleans, level maps as characters; an `ImageFolder`, `ScoreFiles` and `TextFiles` are not
loaded into memory. Nothing is written to disk except the files that `load_mnist` downloads into its cache.
"""

from .corpora import load_names, load_shakespeare
from .digits import load_digits
from .folder import ImageFolder, class_names, load_folder
from .idx import read_idx
from .levels import load_levels, platform_levels
from .mesh import save_mesh
from .mnist import load_mnist
from .pairs import commands, dates, stories
from .parallel import load_pairs
from .scores import ScoreFiles, load_chorales, load_scores
from .shapes import shapes3d
from .text_files import TextFiles
from .texts import load_texts
from .toy import grid, ring, swiss_roll

__all__ = [
    "ImageFolder",
    "ScoreFiles",
    "TextFiles",
    "class_names",
    "commands",
    "dates",
    "grid",
    "load_chorales",
    "load_digits",
    "load_folder",
    "load_levels",
    "load_mnist",
    "load_names",
    "load_pairs",
    "load_scores",
    "load_shakespeare",
    "load_texts",
    "platform_levels",
    "read_idx",
    "ring",
    "save_mesh",
    "shapes3d",
    "stories",
    "swiss_roll",
]


def __dir__() -> list[str]:
    return list(__all__)

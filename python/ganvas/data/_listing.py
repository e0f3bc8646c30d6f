"""Pictures and classes of a folder."""

import os
from pathlib import Path

from .._checks import listed
from .._warnings import warn
from ..exceptions import DataError

EXTENSIONS = (
    *(
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".bmp",
        ".gif",
        ".webp",
        ".pgm",
        ".ppm",
        ".pnm",
        ".pfm",
        ".tif",
        ".tiff",
    ),
    # Read if Pillow supports them; otherwise an error gives advice.
    *(".avif", ".heic", ".heif"),
)
_COMMON = ".png .jpg .bmp .gif .webp .pgm .ppm .tif"
# Files of pictures or arrays that are not read; a warning reports them.
_OTHER_PICTURES = (
    *(".jp2", ".j2k", ".jxl", ".psd", ".svg", ".tga", ".ico", ".eps", ".exr", ".hdr", ".dcm", ".nii", ".fits", ".npy"),
    *(".npz", ".raw", ".cr2", ".nef", ".arw", ".dng"),
)
# Names of splits of a data set, which are not classes.
_SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval"}


def classes(root: Path) -> dict[str, list[Path]]:
    """Map each class to its pictures; pictures in `root` itself have the class "".

    As in torchvision's ImageFolder, each sub-folder is a class with all pictures below it, and links are followed.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
    DataError
        No pictures, both pictures and classes, or splits of a data set instead of classes.
    """
    check_folder(root)
    left: dict[str, list[str]] = {}
    flat, folders = _entries(root, root, left)
    found = {folder.name: _below(folder, root, [os.path.realpath(root)], left) for folder in folders}
    empty = [name for name, files in found.items() if not files]
    found = {name: files for name, files in found.items() if files}
    if flat and found:
        raise DataError(
            f"{root}: expected pictures or sub-folders of pictures, got both ({flat[0].name}, {next(iter(found))}/); "
            "pass one of the sub-folders, or move the pictures into one"
        )
    if not flat and not found:
        raise DataError(f"{root}: expected pictures ({_COMMON} ...), got none{_also(left)}")
    if found and {name.lower() for name in found} <= _SPLITS:
        raise DataError(
            f"{root}: expected classes, got parts of a data set ({', '.join(f'{name}/' for name in found)}); pass one "
            f"of them, as {root / next(iter(found))}"
        )
    if found and empty:
        left["folders without pictures"] = [f"{name}/" for name in empty]
    if left:
        warn(f"{root}: left out{_also(left)}", UserWarning)
    return {"": flat} if flat else found


def check_folder(root: Path) -> None:
    """Raise if the folder does not exist; the message names the longest existing part of the path."""
    if root.is_dir():
        return
    if root.exists():
        raise NotADirectoryError(f"expected a folder of pictures, got the file {root}; {_instead(root)}")
    parent = next(folder for folder in (*root.parents, Path()) if folder.is_dir())
    names = sorted(entry.name for entry in parent.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    holds = f"the folders {listed(names)}" if names else "no folders"
    raise FileNotFoundError(f"no such folder: {root}; {parent.resolve()} holds {holds}")


def _instead(file: Path) -> str:
    suffix = file.suffix.lower()
    if suffix in EXTENSIONS:
        return f"pass its folder, {file.parent}, or a list of such files"
    return {
        ".npy": 'pass numpy.load(path, mmap_mode="r")',
        ".npz": "pass an array of numpy.load(path)",
        ".csv": "pass pandas.read_csv(path)",
        ".parquet": "pass pandas.read_parquet(path)",
        ".pt": "pass torch.load(path)",
        ".zip": "unpack it and pass the folder",
        ".tar": "unpack it and pass the folder",
        ".gz": "unpack it and pass the folder",
        ".tgz": "unpack it and pass the folder",
    }.get(suffix, "pass a folder, an array or a list of files of pictures")


def _below(folder: Path, root: Path, above: list[str], left: dict[str, list[str]]) -> list[Path]:
    real = os.path.realpath(folder)
    if real in above:
        left.setdefault("links that lead back", []).append(_name(folder, root))
        return []
    files, folders = _entries(folder, root, left)
    for inner in folders:
        files += _below(inner, root, [*above, real], left)
    return files


def _entries(folder: Path, root: Path, left: dict[str, list[str]]) -> tuple[list[Path], list[Path]]:
    """List pictures and folders by name, without hidden ones."""
    with os.scandir(folder) as entries:
        visible = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    files, folders = [], []
    for entry in visible:
        suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122 (a Path for each is slow)
        if _is_dir(entry):
            folders.append(folder / entry.name)
        elif suffix in EXTENSIONS and _is_file(entry):
            files.append(folder / entry.name)
        elif suffix in _OTHER_PICTURES:
            left.setdefault("files of formats that are not read", []).append(_name(folder / entry.name, root))
        elif entry.is_symlink() and not _is_file(entry):
            left.setdefault("links that lead nowhere", []).append(_name(folder / entry.name, root))
    return files, folders


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _name(path: Path, root: Path) -> str:
    return str(path.relative_to(root))


def _also(left: dict[str, list[str]]) -> str:
    """Describe the first omitted file and the reason."""
    return ";".join(f" {len(names)} {what} ({listed(names[:3])})".replace("'", "") for what, names in left.items())

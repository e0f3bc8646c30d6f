"""Searches for pictures of a style: features, memory, progress and interrupts."""

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from .. import _core
from .._checks import choice, integer, number
from .._data import vgg
from .._run.progress import Pace, bar, say, watched
from .._run.stops import returns
from .._run.torch import plain_modes
from ..exceptions import DataError, ParameterError

if TYPE_CHECKING:
    from .style import StyleTrainer

# Smallest side in pixels of the coarsest resolution of patches and of networks, and the number of resolutions at most.
_COARSEST, _MOST_SCALES = {"patches": 16, "other": 32}, 8


class Job(NamedTuple):
    """A picture to be made."""

    #: Pictures of the style, (h, w, c) float32 in 0..1, all with the same number of channels.
    styles: list[NDArray[np.float32]]
    #: Height and width.
    size: tuple[int, int]
    seed: int
    photo: NDArray[np.float32] | None = None
    seamless: bool = False


class Made(NamedTuple):
    """A picture, and its distances from the style and the photo."""

    values: NDArray[np.float32]
    style: float
    content: float


def check(model: "StyleTrainer") -> None:
    """Validate the parameters of an estimator.

    Raises
    ------
    ParameterError, UnknownNameError
    """
    if isinstance(model.features, str):
        choice("feature", model.features, [name for name, _ in _core.members("feature")])
    elif not callable(model.features):
        raise ParameterError(f"features: expected a name, a torch module or a function, got {model.features!r}")
    if model.distance is not None:
        choice("distance", model.distance, [name for name, _ in _core.members("distance")])
    choice("start", model.start, ["photo", "noise"])
    integer("steps", model.steps, 1, 1_000_000)
    integer("patch_size", model.patch_size, 2, 64)
    integer("n_projections", model.n_projections, 1, 4_096)
    integer("verbose", model.verbose, 0)
    if model.scales is not None:
        integer("scales", model.scales, 1, _MOST_SCALES)
    if model.max_side is not None:
        integer("max_side", model.max_side, 8)
    if not (number("lr", model.lr) > 0 and np.isfinite(model.lr)):
        raise ParameterError(f"lr: must be above 0, got {model.lr}")
    if not (number("content_weight", model.content_weight) >= 0 and np.isfinite(model.content_weight)):
        raise ParameterError(f"content_weight: must be at least 0, got {model.content_weight}")
    if model.progress not in (True, False, None):
        raise ParameterError(f"progress: expected True, False or None, got {model.progress!r}")
    if model.on_interrupt not in ("return", "raise", None):
        raise ParameterError(f'on_interrupt: expected "return", "raise" or None, got {model.on_interrupt!r}')
    if not isinstance(model.device, str):
        raise ParameterError(f'device: expected "auto", "cpu", "cuda" or "cuda:N", got {model.device!r}')


def trained(model: "StyleTrainer") -> list[torch.Tensor]:
    """Return the weights that the features need.

    Raises
    ------
    FileNotFoundError, DataError
    """
    return vgg.read(vgg.find(model.weights_file)) if model.features == "vgg16" else []


def prepared(model: "StyleTrainer", job: Job, weights: Sequence[float], arrays: list[torch.Tensor]) -> _core.Matching:
    """Prepare a search; the memory that it needs is checked, and nothing is allocated.

    Raises
    ------
    DataError
        A picture is too small or too large.
    ParameterError
    """
    options = {
        "content_weight": float(model.content_weight) if job.photo is not None else 0.0,
        "steps": int(model.steps),
        "scales": _scales(model, job),
        "lr": float(model.lr),
        "n_projections": int(model.n_projections),
        "seamless": job.seamless,
        "seed": job.seed,
    }
    features = model.features if isinstance(model.features, str) else _maps_of(model.features)
    matching = _core.Matching(
        job.styles,
        list(weights),
        job.size,
        features,
        model.distance,
        options,
        device=model.device,
        patch_size=int(model.patch_size),
        trained=arrays,
        photo=job.photo,
        from_photo=job.photo is not None and model.start == "photo",
    )
    free = _free(model.device)
    needed = matching.bytes()
    if free is not None and needed > free:
        height, width = max([job.size, *(style.shape[:2] for style in job.styles)], key=lambda size: size[0] * size[1])
        side = int(max(height, width) * (0.8 * free / needed) ** 0.5)
        raise DataError(
            f"a picture of {height} x {width} pixels needs about {needed / 1e9:.1f} GB of memory with these features, "
            f"and {free / 1e9:.1f} GB are free; pass max_side={side}, or cut it into tiles"
        )
    return matching


def search(model: "StyleTrainer", searches: Sequence[_core.Matching], made: list[Made]) -> bool:
    """Run the searches and append what they find to `made`; False if the user stopped them.

    Raises
    ------
    KeyboardInterrupt
        See `StyleTrainer.on_interrupt`; the best picture so far has been appended.
    """
    total = sum(one.progress()[1] for one in searches)
    pace = Pace()
    wanted = model.progress if model.progress is not None else watched() and model.verbose > 0
    shown = bar(bool(wanted), total, 0, pace, "steps")
    done = 0
    if wanted:
        shown.open()
    try:
        with plain_modes():
            for number, one in enumerate(searches):
                try:
                    for step in _steps(one):
                        pace.note(done + step, done + step)
                        shown.show(done + step, functools.partial(_losses, one))
                except KeyboardInterrupt as stop:
                    best = one.picture()
                    if best is not None:
                        made.append(Made(best, *one.distances()))
                    done += one.progress()[0]
                    if not returns(stop, model.on_interrupt, trained=best is not None or number > 0):
                        raise
                    say(f"stopped after {done} of {total} steps, at picture {number + 1} of {len(searches)}")
                    return False
                done += one.progress()[0]
                best = one.picture()
                if best is not None:
                    made.append(Made(best, *one.distances()))
    finally:
        shown.close(done)
    return True


def _steps(one: _core.Matching) -> Iterator[int]:
    while not one.advance():
        yield one.progress()[0]


def _losses(one: _core.Matching) -> dict[str, float]:
    style, content = one.distances()
    return {"style_loss": style} | ({"content_loss": content} if content == content else {})


def _scales(model: "StyleTrainer", job: Job) -> int:
    """Return the number of resolutions."""
    if model.scales is not None:
        return int(model.scales)
    if job.photo is not None and model.start == "photo":
        return 1
    coarsest = _COARSEST["patches" if model.features == "patches" else "other"]
    least = min(*job.size, *(side for style in job.styles for side in style.shape[:2]))
    return int(np.clip(np.floor(np.log2(max(least, 1) / coarsest)) + 1, 1, _MOST_SCALES))


def _maps_of(features: Callable[[torch.Tensor], Any]) -> Callable[[torch.Tensor], list[torch.Tensor]]:
    """Return the function with a check of what it returns."""

    def call(x: torch.Tensor) -> list[torch.Tensor]:
        maps = features(x)
        found = [maps] if isinstance(maps, torch.Tensor) else list(maps) if isinstance(maps, list | tuple) else None
        if found is None or not all(isinstance(one, torch.Tensor) for one in found):
            raise ParameterError(f"features: expected a list of maps (1, channels, h, w), got {type(maps).__name__}")
        if x.requires_grad and not any(one.requires_grad for one in found):
            raise ParameterError("features: the maps have no gradient; call the module without torch.no_grad")
        return found

    return call


def _free(device: str) -> float | None:
    """Return the free memory of the device in bytes; None if it is not known."""
    if device.startswith("cuda") or (device == "auto" and torch.cuda.is_available()):
        return float(torch.cuda.mem_get_info(None if device == "auto" else device)[0])
    try:
        with Path("/proc/meminfo").open() as lines:
            found = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
        return None if found is None else 1024.0 * int(found)
    except OSError:
        names = ("SC_PHYS_PAGES", "SC_PAGE_SIZE")
        known = getattr(os, "sysconf_names", {})
        return float(np.prod([os.sysconf(name) for name in names])) if all(name in known for name in names) else None

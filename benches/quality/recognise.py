"""Evaluate generated digits with a classifier trained on real ones.

Requires torch, and MNIST as IDX files. Prints JSON, for the samples and for the real test set: mean confidence of the
classifier (its maximum probability), histogram of the predicted digits, and its entropy. A classifier can be confident
on images that are not digits, mostly of one class, so confidence and entropy must be read together; the inception score
(Salimans et al., "Improved Techniques for Training GANs", 2016), from 1 to 10, combines them.
"""

import argparse
import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "recognise.pt"
CLASSES = 10
WANTED = 0.99
_SIDE, _HEADER = 28, {"images": 16, "labels": 8}
_EPOCHS, _BATCH, _LR = 4, 128, 4e-3


def main() -> None:
    arguments = _arguments()
    torch.manual_seed(0)
    test_images, test_labels = read(arguments.data, "t10k", "images"), read(arguments.data, "t10k", "labels")
    classifier = load(arguments.data)
    probabilities = classify(classifier, test_images)
    accuracy = float((probabilities.argmax(1) == torch.from_numpy(test_labels)).float().mean())
    if accuracy < WANTED:
        raise SystemExit(f"expected an accuracy of at least {WANTED} on the test set, got {accuracy}; delete {CACHE}")
    result: dict[str, Any] = {"classifier_accuracy": round(accuracy, 4), "real": summary(probabilities)}
    if arguments.samples is not None:
        result["samples"] = summary(classify(classifier, check(np.load(arguments.samples))))
    print(json.dumps(result, indent=1))
    if arguments.into is not None:
        known = json.loads(arguments.into.read_text()) if arguments.into.is_file() else {}
        arguments.into.write_text(json.dumps(known | {"recognised": result}, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("samples", nargs="?", type=Path, help=".npy of uint8 (n, 28, 28); none: only the real ones")
    parser.add_argument("--into", type=Path, help="JSON file that gets the result under the key recognised")
    default = Path(os.environ.get("GANVAS_DATA", "data")) / "mnist"
    parser.add_argument("--data", type=Path, default=default, help="folder of the IDX files ($GANVAS_DATA/mnist)")
    return parser.parse_args()


def read(folder: Path, split: str, kind: str) -> np.ndarray:
    """Read one of MNIST's files, optionally gzipped."""
    path = folder / f"{split}-{kind}-idx{3 if kind == 'images' else 1}-ubyte"
    data = path.read_bytes() if path.is_file() else gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes())
    values = np.frombuffer(data, np.uint8, offset=_HEADER[kind])
    return values.reshape(-1, _SIDE, _SIDE) if kind == "images" else values.astype(np.int64)


def check(samples: np.ndarray) -> np.ndarray:
    """Raise if the array does not contain images."""
    if samples.dtype != np.uint8 or samples.shape[1:] != (_SIDE, _SIDE):
        raise SystemExit(f"expected uint8 (n, {_SIDE}, {_SIDE}), got {samples.dtype} {samples.shape}")
    return samples


def load(data: Path) -> nn.Module:
    """Return the classifier, trained once and cached."""
    net = network()
    if CACHE.is_file():
        net.load_state_dict(torch.load(CACHE, weights_only=True))
        return net.eval()
    train(net, tensor(read(data, "train", "images")), torch.from_numpy(read(data, "train", "labels")))
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), CACHE)
    return net.eval()


def network() -> nn.Sequential:
    """Build two blocks of convolutions and a linear layer."""
    return nn.Sequential(*_block(1, 24), *_block(24, 48), nn.Flatten(), nn.Dropout(0.3), nn.Linear(48 * 7 * 7, CLASSES))


def _block(inputs: int, outputs: int) -> list[nn.Module]:
    conv = [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)]
    norm = [nn.BatchNorm2d(outputs) for _ in conv]
    return [conv[0], norm[0], nn.ReLU(True), conv[1], norm[1], nn.ReLU(True), nn.MaxPool2d(2)]


def train(net: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> None:
    """Minimise the cross-entropy with a one-cycle learning rate schedule."""
    net.train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), lr=_LR, fused=True)
    steps = _EPOCHS * (len(images) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _LR, total_steps=steps)
    for _ in range(_EPOCHS):
        for indices in torch.randperm(len(images))[: len(images) // _BATCH * _BATCH].split(_BATCH):
            optimizer.zero_grad()
            F.cross_entropy(net(images[indices]), labels[indices]).backward()
            optimizer.step()
            schedule.step()


@torch.inference_mode()
def classify(net: nn.Module, images: np.ndarray) -> torch.Tensor:
    """Return the probability of each digit for each image."""
    return torch.cat([net(batch).softmax(1) for batch in tensor(images).split(500)])


def summary(probabilities: torch.Tensor) -> dict[str, Any]:
    """Summarise the predictions."""
    histogram = probabilities.argmax(1).bincount(minlength=CLASSES)
    share = histogram / histogram.sum()
    divergence = torch.special.entr(probabilities.mean(0)).sum() - torch.special.entr(probabilities).sum(1).mean()
    return {
        "n": len(probabilities),
        "mean_confidence": round(float(probabilities.max(1).values.mean()), 4),
        "histogram": histogram.tolist(),
        "entropy_bits": round(float(torch.special.entr(share).sum() / np.log(2)), 4),
        "most_entropy_bits": round(float(np.log2(CLASSES)), 4),
        "inception_score": round(float(divergence.exp()), 4),
    }


def triples(net: nn.Module, images: np.ndarray) -> dict[str, Any]:
    """Count the modes of Stacked MNIST (Metz et al., "Unrolled Generative Adversarial Networks", 2017).

    An image of three channels is one of 1,000 modes, given by the digits in its channels. The divergence is that of the
    histogram of generated modes from the uniform distribution, in nats.
    """
    digits = [classify(net, np.ascontiguousarray(images[..., i])).argmax(1) for i in range(3)]
    counts = (100 * digits[0] + 10 * digits[1] + digits[2]).bincount(minlength=CLASSES**3).double()
    shares = counts / counts.sum()
    divergence = float((torch.special.xlogy(shares, shares * CLASSES**3)).sum())
    return {"n": len(images), "modes": int((counts > 0).sum()), "kl": divergence}


def tensor(images: np.ndarray) -> torch.Tensor:
    """Convert bytes to -1..1, one channel."""
    return torch.from_numpy(images.astype(np.float32)).div_(127.5).sub_(1).unsqueeze(1)


if __name__ == "__main__":
    main()

"""Networks in torch.nn with the names and shapes of ganvas's weights."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from itertools import pairwise

import torch
from torch import nn


def mlp(widths: list[int], act: Callable[[], nn.Module], name: str = "block") -> nn.Sequential:
    """Build linear layers, all except the last as in `dense`."""
    return nn.Sequential(dense(widths[:-1], act, name) | {"out": nn.Linear(*widths[-2:])})


def dense(widths: list[int], act: Callable[[], nn.Module], name: str) -> OrderedDict[str, nn.Module]:
    """Build linear layers with activations, named `name` and an index."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for i, (inputs, outputs) in enumerate(pairwise(widths), start=1):
        layers[f"{name}{i}"] = block(linear=nn.Linear(inputs, outputs), act=act())
    return layers


def block(**parts: nn.Module) -> nn.Sequential:
    """Build a sequence of named layers."""
    return nn.Sequential(OrderedDict(parts))


def load(net: nn.Module, weights: Mapping[str, torch.Tensor]) -> nn.Module:
    """Copy ganvas's weights into `net`; all must match."""
    missing, unexpected = net.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"weights do not fit: missing {missing}, unexpected {unexpected}")
    return net

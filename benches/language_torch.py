"""Language models of tokens in plain PyTorch: training steps and sampling; does not import ganvas.

The networks are those of ganvas: vectors of tokens shared with the output, and between them pre-norm blocks of
attention with rotary positions and squared ReLU, or recurrent layers.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

# Keys and values of the places before, for each block.
Cache = list[tuple[torch.Tensor, torch.Tensor]]


class Block(nn.Module):
    """A pre-norm block whose branches have a learnt scale."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList([nn.RMSNorm(width, eps=1e-6) for _ in range(2)])
        self.scales = nn.Parameter(torch.zeros(2))
        self.joined = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(
        self, x: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor], cache: tuple[torch.Tensor, ...], place: int
    ) -> torch.Tensor:
        """Map ``(n, t, width)``; with a cache, ``t`` is 1."""
        n, t, width = x.shape
        split = (n, t, self.heads, width // self.heads)
        q, k, v = (part.view(split).transpose(1, 2) for part in self.joined(self.norms[0](x)).chunk(3, -1))
        q, k = rotated(q, *turn), rotated(k, *turn)
        if cache:
            cache[0][:, :, place], cache[1][:, :, place] = k[:, :, 0], v[:, :, 0]
            k, v = cache[0][:, :, : place + 1], cache[1][:, :, : place + 1]
        mean = functional.scaled_dot_product_attention(q, k, v, is_causal=not cache)
        x = torch.addcmul(x, self.scales[0], self.out(mean.transpose(1, 2).reshape(n, t, width)))
        inner = functional.relu(self.up(self.norms[1](x))).square()
        return torch.addcmul(x, self.scales[1], self.down(inner))


class Model(nn.Module):
    """A transformer, or an LSTM or a GRU, of tokens."""

    def __init__(self, net: str, tokens: int, width: int, depth: int, heads: int, context: int) -> None:
        super().__init__()
        self.net = net
        self.vectors = nn.Embedding(tokens, width)
        if net == "transformer":
            self.blocks = nn.ModuleList([Block(width, heads) for _ in range(depth)])
            self.norm = nn.RMSNorm(width, eps=1e-6)
            half = width // heads // 2
            angles = torch.arange(context)[:, None] * 10_000.0 ** (-torch.arange(half) / half)
            self.register_buffer("cos", angles.cos())
            self.register_buffer("sin", angles.sin())
        else:
            kind = {"lstm": nn.LSTM, "gru": nn.GRU}[net]
            self.layers = kind(width, width, depth, batch_first=True)

    def forward(self, tokens: torch.Tensor, cache: Cache | None = None, place: int = 0) -> torch.Tensor:
        """Map tokens ``(n, t)`` to logits ``(n, t, tokens)``."""
        x = self.vectors(tokens)
        if self.net == "transformer":
            here = slice(place, place + tokens.shape[1])
            for i, block in enumerate(self.blocks):
                x = block(x, (self.cos[here], self.sin[here]), cache[i] if cache else (), place)
            x = self.norm(x)
        else:
            x, _ = self.layers(x)
        return functional.linear(x, self.vectors.weight)

    def loss(self, windows: torch.Tensor) -> torch.Tensor:
        """Return the mean surprise of the tokens of windows ``(n, context + 1)`` after the first."""
        logits = self(windows[:, :-1])
        return functional.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten())


def rotated(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotate pairs of values by angles that grow with the place."""
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Training:
    """Steps on random windows of tokens ``(n,)``, with fused Adam and clipped gradients."""

    def __init__(self, model: Model, tokens: torch.Tensor, context: int, batch_size: int, compiled: bool) -> None:
        self.model = model
        self.windows = tokens.unfold(0, context + 1, 1)
        self.batch_size = batch_size
        self.adam = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.99), fused=True)
        self.loss: Callable[[torch.Tensor], torch.Tensor] = torch.compile(model.loss) if compiled else model.loss

    def train(self, steps: int) -> None:
        """Take a number of steps."""
        for _ in range(steps):
            self.adam.zero_grad()
            self.loss(self.windows[torch.randint(len(self.windows), (self.batch_size,))]).backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.adam.step()


@torch.inference_mode()
def write(model: Model, first: int, n: int, count: int) -> torch.Tensor:
    """Draw `count` tokens after the token `first`, `n` times, with a cache of keys and values."""
    shape = (n, model.blocks[0].heads, count, model.norm.weight.shape[0] // model.blocks[0].heads)
    cache: Any = [(torch.empty(shape), torch.empty(shape)) for _ in model.blocks]
    made = torch.full((n, count + 1), first)
    for place in range(count):
        logits = model(made[:, place : place + 1], cache, place)[:, 0]
        made[:, place + 1] = torch.multinomial(logits.softmax(-1), 1)[:, 0]
    return made[:, 1:]

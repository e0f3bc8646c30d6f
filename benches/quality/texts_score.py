"""Scores of language models saved by ganvas, in PyTorch; does not import ganvas.

    python benches/quality/texts_score.py model.safetensors texts.json

Rebuilds a network from the settings and weights of a file, and scores each token with at least half of a context before
it.
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional


class LanguageModel(nn.Module):
    """A network of ganvas in torch.nn, from its named weights."""

    def __init__(self, weights: dict[str, torch.Tensor], spec: dict[str, Any]) -> None:
        super().__init__()
        self.spec = spec
        for name, tensor in weights.items():
            self.register_parameter(name.replace(".", "/"), nn.Parameter(tensor.clone()))

    def weight(self, name: str) -> torch.Tensor:
        """Return a weight by its name in the file, where a tied output comes before it."""
        name = name.replace(".", "/")
        return self.get_parameter(name if self.spec.get("untied") else f"tokens/{name}")

    def forward(self, tokens: torch.Tensor, starts: torch.Tensor, outputs: int) -> torch.Tensor:
        """Map tokens ``(n, t)``, and the first places of their documents, to logits ``(n, t, outputs)``."""
        table = self.get_parameter("tokens/weight")
        x = table[tokens]
        place = torch.arange(tokens.shape[1])
        seen = (place[None, None, :] >= starts[:, :, None]) & (place[None, None, :] <= place[None, :, None])
        if self.spec["net"] == "transformer":
            x = self.transformer(x, seen, place, starts)
        else:
            for layer in range(1, self.spec["depth"] + 1):
                x = self.recurrent(x, f"layer{layer}", starts)
        return self.linear(x, "head") if self.spec.get("untied") else x @ table[:outputs].T

    def transformer(
        self, x: torch.Tensor, seen: torch.Tensor, place: torch.Tensor, starts: torch.Tensor
    ) -> torch.Tensor:
        """Apply the blocks and the last norm."""
        heads, shared, (n, t, width) = self.spec["heads"], self.spec["kv_heads"], x.shape
        rotary, length = self.spec["positions"] == "rotary", width // heads
        if not rotary:
            x = x + self.weight("positions.weight")[place[None] - starts]
        for block in range(1, self.spec["depth"] + 1):
            name = f"block{block}.attention"
            parts = self.linear(self.norm(x, f"{name}.norm"), f"{name}.in")
            q, k, v = parts.split([heads * length, shared * length, shared * length], -1)
            q, k, v = (part.view(n, t, -1, length).transpose(1, 2) for part in (q, k, v))
            if rotary:
                q, k = self.rotated(q, place), self.rotated(k, place)
            k, v = (part.repeat_interleave(heads // shared, 1) for part in (k, v))
            weights = (q @ k.transpose(2, 3) / math.sqrt(length)).masked_fill(~seen[:, None], -torch.inf)
            mean = (weights.softmax(-1) @ v).transpose(1, 2).reshape(n, t, width)
            x = x + self.scale(name) * self.linear(mean, f"{name}.out")
            name = f"block{block}.feed"
            inner = self.activation(self.linear(self.norm(x, f"{name}.norm"), f"{name}.in"))
            x = x + self.scale(name) * self.linear(inner, f"{name}.out")
        return self.norm(x, "norm")

    def scale(self, name: str) -> torch.Tensor:
        """Return the scale of a residual branch."""
        return torch.ones(()) if self.spec.get("plain") else self.weight(f"{name}.scale")

    def activation(self, x: torch.Tensor) -> torch.Tensor:
        """Apply what stands between the products of a feed-forward layer."""
        name = self.spec["activation"]
        if name == "swiglu":
            gates, values = x.chunk(2, -1)
            return functional.silu(gates) * values
        if name == "squared_relu":
            return functional.relu(x) ** 2
        if name == "gelu_tanh":
            return functional.gelu(x, approximate="tanh")
        return getattr(functional, name)(x)

    def recurrent(self, x: torch.Tensor, name: str, starts: torch.Tensor) -> torch.Tensor:
        """Apply a recurrent layer, whose state is 0 where a document starts."""
        width, cell_type = x.shape[2], {"lstm": nn.LSTMCell, "gru": nn.GRUCell}[self.spec["net"]]
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights = {own: self.weight(f"{name}.{own}") for own in names}
        cell = cell_type(width, width, device="meta")
        state: Any = None
        states = []
        for place in range(x.shape[1]):
            kept = (starts[:, place] != place).to(x.dtype)[:, None]
            if state is None:
                state = (torch.zeros(len(x), width),) * 2
            state = tuple(part * kept for part in state)
            given = state if self.spec["net"] == "lstm" else state[0]
            after = torch.func.functional_call(cell, weights, (x[:, place], given))
            state = after if isinstance(after, tuple) else (after, after)
            states.append(state[0])
        return torch.stack(states, 1)

    def linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        """Apply a product, with a bias if it has one."""
        bias = self.weight(f"{name}.bias") if self.spec.get("biases") and name != "head" else None
        return functional.linear(x, self.weight(f"{name}.weight").flatten(1), bias)

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        """Apply a norm."""
        weight, shape = self.weight(f"{name}.weight"), x.shape[-1:]
        if self.spec["norm"] == "layer":
            return functional.layer_norm(x, shape, weight, self.weight(f"{name}.bias"), self.spec["eps"])
        return functional.rms_norm(x, shape, weight, self.spec["eps"])

    @staticmethod
    def rotated(x: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        """Rotate pairs of values by angles that grow with the place."""
        half = x.shape[-1] // 2
        angles = place[:, None].double() * 10_000.0 ** (-torch.arange(half).double() / half)
        cos, sin = angles.cos().float(), angles.sin().float()
        a, b = x[..., :half], x[..., half:]
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def read(path: Path) -> tuple[LanguageModel, dict[str, Any], int]:
    """Read a model, its language and its context from a file; the best weights if there are any."""
    with safe_open(path, "pt") as file:
        words = json.loads(file.metadata()["ganvas"])["run"]
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    measured = "best.loss" in found and found["best.loss"].item() < torch.finfo(torch.float32).max
    part = "best.network." if measured else "network."
    weights = {name.removeprefix(part): tensor for name, tensor in found.items() if name.startswith(part)}
    return LanguageModel(weights, words["spec"]), words["data"], words["data"]["sides"][0]


def encode(text: str, language: dict[str, Any]) -> list[int]:
    """Encode a text by a stored vocabulary of characters or bytes, or by byte pairs with the tokenizers library."""
    kind, tokens = language["vocabulary"]["vocabulary"], language["vocabulary"]["tokens"]
    if kind == "bytes":
        return list(text.encode())
    if kind == "characters":
        numbers = {character: i for i, character in enumerate(tokens)}
        return [numbers[character] for character in text]
    from tokenizers import Tokenizer

    return list(Tokenizer.from_str(tokens).encode(text).ids)


@torch.no_grad()
def nats(model: LanguageModel, document: list[int], context: int, outputs: int, rows: int = 64) -> torch.Tensor:
    """Return the surprise of all tokens but the first, each with at least half of a context before it."""
    stride = context - context // 2
    firsts = [0]
    while firsts[-1] + context + 1 < len(document):
        firsts.append(firsts[-1] + stride)
    found = torch.zeros(len(document) - 1, dtype=torch.float64)
    for begin in range(0, len(firsts), rows):
        part = firsts[begin : begin + rows]
        windows = [document[first : first + context + 1] for first in part]
        padded = torch.tensor([window + [0] * (context + 1 - len(window)) for window in windows])
        logits = model(padded[:, :-1], torch.zeros(len(part), context, dtype=torch.long), outputs)
        logs = logits.log_softmax(-1).gather(-1, padded[:, 1:, None].clamp(max=outputs - 1))[..., 0].double()
        for first, window, row in zip(part, windows, logs, strict=True):
            skipped = 0 if first == 0 else context // 2
            found[first + skipped : first + len(window) - 1] = -row[skipped : len(window) - 1]
    return found


def score(path: Path, texts: list[str]) -> dict[str, float]:
    """Score texts: nats a token and bits a byte, their ends included in the first and in the second."""
    model, language, context = read(path)
    coded = [encode(text, language) for text in texts]
    end = language_size(language)
    surprise = torch.cat([nats(model, [end, *tokens, end], context, end + 1) for tokens in coded])
    size = sum(len(text.encode()) for text in texts)
    return {
        "nats": float(surprise.mean()),
        "bits per byte": float(surprise.sum()) / math.log(2) / size,
        "tokens": len(surprise),
    }


def language_size(language: dict[str, Any]) -> int:
    """Return the number of tokens of a vocabulary, which is the token that starts and ends a document."""
    kind, tokens = language["vocabulary"]["vocabulary"], language["vocabulary"]["tokens"]
    if kind == "bytes":
        return 256
    if kind == "characters":
        return len(tokens)
    from tokenizers import Tokenizer

    return int(Tokenizer.from_str(tokens).get_vocab_size())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("texts", type=Path, help="JSON list of texts")
    args = parser.parse_args()
    print(json.dumps(score(args.model, json.loads(args.texts.read_text()))))


if __name__ == "__main__":
    main()

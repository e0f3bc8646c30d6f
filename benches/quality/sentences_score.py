"""Bounds of text autoencoders saved by ganvas, in PyTorch; does not import ganvas.

    python benches/quality/sentences_score.py model.safetensors texts.json

Rebuilds encoder and decoder from the settings and weights of a file. The bound of a text is the sum over its tokens and
its end, minus the divergence of its posterior from the standard normal distribution.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional

# A latent dimension is active if the variance of its mean over the data exceeds this (Burda et al., 2016).
ACTIVE = 0.01
# Pieces of a text as "words" has them: runs of letters and digits and single other characters, with the space before.
PIECES = re.compile(r" ?(?:(?:[^\W_]|['\u2019\u0300-\u036f])+|[^\s])|\s")


class TextAutoencoder(nn.Module):
    """Encoder and decoder of ganvas in torch.nn, from their named weights."""

    def __init__(self, weights: dict[str, torch.Tensor], spec: dict[str, Any], end: int) -> None:
        super().__init__()
        self.spec, self.end = spec, end
        for name, tensor in weights.items():
            self.register_parameter(name.replace(".", "/"), nn.Parameter(tensor.clone()))

    def weight(self, name: str) -> torch.Tensor:
        """Return a weight by its name in the file."""
        return self.get_parameter(name.replace(".", "/"))

    def states(self, x: torch.Tensor, network: str) -> torch.Tensor:
        """Apply the recurrent layers of a network to ``(n, t, features)``."""
        kind = {"lstm": nn.LSTM, "gru": nn.GRU}[self.spec["net"]]
        for layer in range(1, self.spec["depth"] + 1):
            cell = kind(x.shape[2], self.spec["width"], batch_first=True, device="meta")
            own = {
                f"{name}_l0": self.weight(f"{network}.tokens.layer{layer}.{name}")
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            }
            x = torch.func.functional_call(cell, own, (x,))[0]
        return x

    def encode(self, tokens: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """Map tokens ``(n, t)``, negative after the end of a text, to the encoder's output ``(n, features)``."""
        states = self.states(self.weight("encoder.tokens.weight")[tokens.clamp(min=0)], "encoder")
        largest = states.masked_fill((tokens < 0)[..., None], -1.0).amax(1)
        largest = largest if labels is None else torch.cat([largest, labels], 1)
        return functional.linear(largest, self.weight("encoder.out.weight"), self.weight("encoder.out.bias"))

    def log_likelihood(
        self,
        latents: torch.Tensor,
        tokens: torch.Tensor,
        labels: torch.Tensor | None = None,
        unseen: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return log p(text | latent), ``(n,)``; the decoder does not see the tokens where ``unseen`` is true."""
        seen = tokens[:, :-1].clamp(min=0)
        if unseen is not None:
            seen = seen.masked_fill(unseen[:, : seen.shape[1]], self.end + 1)
        table = self.weight("decoder.tokens.weight")
        before = torch.cat([torch.full_like(tokens[:, :1], self.end), seen], 1)
        given = latents if labels is None else torch.cat([latents, labels], 1)
        x = torch.cat([table[before], given[:, None].expand(-1, before.shape[1], -1)], 2)
        logits = self.states(x, "decoder") @ table[: self.end + 1].T
        logs = logits.log_softmax(-1).gather(-1, tokens.clamp(min=0)[..., None])[..., 0]
        return (logs * (tokens >= 0)).sum(1)


def read(path: Path) -> tuple[TextAutoencoder, dict[str, Any]]:
    """Read a model and its language from a file."""
    with safe_open(path, "pt") as file:
        words = json.loads(file.metadata()["ganvas"])["run"]
        names = [name for name in file.keys() if name.startswith(("encoder.", "decoder."))]  # noqa: SIM118
        weights = {name: file.get_tensor(name) for name in names}
    return TextAutoencoder(weights, words["spec"], size(words["data"])), words["data"]


def table(language: dict[str, Any]) -> dict[str, int]:
    """Return the numbers of the tokens of a stored vocabulary of characters or words."""
    kind, tokens = language["vocabulary"]["vocabulary"], language["vocabulary"]["tokens"]
    listed = tokens if kind == "characters" else [*tokens["characters"], *tokens["words"]]
    return {token: i for i, token in enumerate(listed)}


def size(language: dict[str, Any]) -> int:
    """Return the number of tokens of a vocabulary, which is the token that ends a text."""
    return len(table(language))


def encode(text: str, numbers: dict[str, int]) -> list[int]:
    """Encode a text: known pieces are tokens, all others are spelt."""
    found = []
    for piece in PIECES.findall(text):
        found += [numbers[piece]] if piece in numbers else [numbers[character] for character in piece]
    return found


def padded(texts: list[str], language: dict[str, Any]) -> torch.Tensor:
    """Encode texts with their ends, negative after them."""
    numbers = table(language)
    rows = [torch.tensor([*encode(text, numbers), len(numbers)]) for text in texts]
    return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-1)


@torch.no_grad()
def score(path: Path, texts: list[str], draws: int = 16, importance: int = 0, rows: int = 100) -> dict[str, float]:
    """Score texts by the mean of ``draws`` bounds, and by an importance-weighted bound of so many draws, if any."""
    model, language = read(path)
    noise = torch.Generator().manual_seed(0)
    found: dict[str, list[torch.Tensor]] = {"bound": [], "divergence": [], "mean": [], "weighted": []}
    # Texts of like lengths together.
    texts = sorted(texts, key=len)
    for first in range(0, len(texts), rows):
        tokens = padded(texts[first : first + rows], language)
        mean, log_variance = model.encode(tokens).chunk(2, 1)
        deviation = (log_variance / 2).exp()
        divergence = (mean**2 + log_variance.exp() - 1 - log_variance).sum(1) / 2
        normal = torch.distributions.Normal(0.0, 1.0)
        likelihoods, weights = [], []
        for _ in range(max(draws, importance)):
            drawn = torch.randn(mean.shape, generator=noise)
            latents = mean + deviation * drawn
            likelihoods.append(model.log_likelihood(latents, tokens).double())
            ratio = (normal.log_prob(latents) - normal.log_prob(drawn) + log_variance / 2).sum(1)
            weights.append(likelihoods[-1] + ratio.double())
        found["bound"].append(torch.stack(likelihoods[:draws]).mean(0) - divergence.double())
        found["divergence"].append(divergence.double())
        found["mean"].append(mean)
        if importance:
            found["weighted"].append(torch.stack(weights).logsumexp(0) - torch.tensor(float(importance)).log())
    means = torch.cat(found["mean"])
    result = {
        "nats": -float(torch.cat(found["bound"]).mean()),
        "divergence": float(torch.cat(found["divergence"]).mean()),
        "active units": int((means.var(0) > ACTIVE).sum()),
    }
    if importance:
        result["importance-weighted nats"] = -float(torch.cat(found["weighted"]).mean())
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("texts", type=Path, help="JSON list of texts")
    args = parser.parse_args()
    print(json.dumps(score(args.model, json.loads(args.texts.read_text()))))


if __name__ == "__main__":
    main()

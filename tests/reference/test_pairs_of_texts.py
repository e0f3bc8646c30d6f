"""Models of pairs of texts against torch.nn, each pair alone: scores, attention and ten steps of training."""

import numpy as np
import pytest
import torch
from runs import Silent
from torch import nn
from torch.nn import functional

from ganvas import Seq2SeqTrainer, _core

pytestmark = pytest.mark.usefixtures("one_thread")
SOURCES = [(f"{a}{b}", f"{b}") for a, b in zip("abcabcbacc", "cabbacbcab", strict=True)] * 3
TEXTS = [f"{b[0]}{a[::-1]}"[: 1 + i % 3] for i, (a, b) in enumerate(SOURCES)]
CASES = {
    "transformer, rotary": {"net": "transformer", "heads": 2, "positions": "rotary"},
    "transformer, learnt": {"net": "transformer", "heads": 4, "positions": "learnt"},
    "lstm": {"net": "lstm"},
    "gru": {"net": "gru"},
}
WIDTH = 16


class PairModel(nn.Module):
    """A network of ganvas in torch.nn, from its named weights, for one pair."""

    def __init__(self, weights, spec):
        super().__init__()
        self.spec = spec
        for name, tensor in weights.items():
            self.register_parameter(name.replace(".", "/"), nn.Parameter(torch.as_tensor(tensor).clone()))

    def weight(self, name):
        return self.get_parameter(f"pairs/{name.replace('.', '/')}")

    def linear(self, x, name):
        return functional.linear(x, self.weight(f"{name}.weight").flatten(1))

    def norm(self, x, name):
        return functional.rms_norm(x, (WIDTH,), self.weight(f"{name}.weight"), 1e-6)

    def heads(self, x):
        heads = self.spec["heads"] or 1
        return x.view(len(x), heads, WIDTH // heads).transpose(0, 1)

    def rotated(self, x):
        half = x.shape[-1] // 2
        angles = torch.outer(torch.arange(x.shape[1]), 10_000.0 ** (-torch.arange(half) / half))
        turned = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angles), angles)
        return torch.cat([turned.real, turned.imag], -1)

    def mean(self, q, k, v, causal):
        return functional.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(0, 1).flatten(1)

    def block(self, x, name, inner):
        return x + self.weight(f"{name}.scale") * self.linear(inner(self.norm(x, f"{name}.norm")), f"{name}.out")

    def attend(self, x, name, causal):
        q, k, v = (self.heads(part) for part in self.linear(x, f"{name}.in").chunk(3, -1))
        if self.spec["positions"] == "rotary":
            q, k = self.rotated(q), self.rotated(k)
        return self.mean(q, k, v, causal)

    def transformer(self, x, prefix, positions, causal, memory=None):
        if self.spec["positions"] == "learnt":
            x = x + self.weight(f"{positions}.weight")[: len(x)]
        for block in range(1, self.spec["depth"] + 1):
            name = f"{prefix}{block}"
            x = self.block(x, f"{name}.attention", lambda x, name=name: self.attend(x, f"{name}.attention", causal))
            if memory is not None:
                k, v = (self.heads(part) for part in memory[:, 2 * (block - 1) * WIDTH :][:, : 2 * WIDTH].chunk(2, -1))
                see = f"{name}.sources"
                x = self.block(
                    x, see, lambda x, k=k, v=v, see=see: self.mean(self.heads(self.linear(x, f"{see}.in")), k, v, False)
                )
            feed = f"{name}.feed"
            x = self.block(x, feed, lambda x, feed=feed: functional.relu(self.linear(x, f"{feed}.in")).square())
        return x

    def recurrent(self, x, prefix):
        cell = {"lstm": torch.lstm, "gru": torch.gru}[self.spec["net"]]
        for layer in range(1, self.spec["depth"] + 1):
            parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            weights = [self.weight(f"{prefix}layer{layer}.{part}") for part in parts]
            zero = torch.zeros(1, 1, WIDTH)
            start = (zero, zero) if self.spec["net"] == "lstm" else zero
            x = cell(x[:, None], start, weights, True, 1, 0.0, True, False, False)[0][:, 0]
        return x

    def forward(self, source, text, outputs):
        """Map tokens of a source and of a text, whose first is the end before it, to logits."""
        table = self.weight("weight")
        x, y = table[source], table[text]
        if self.spec["net"] == "transformer":
            memory = self.norm(self.transformer(x, "source", "source.positions", False), "source.norm")
            memory = self.linear(memory, "source.memory")
            y = self.norm(self.transformer(y, "block", "positions", True, memory), "norm")
        else:
            memory = self.linear(self.recurrent(x, "source."), "source.memory")
            y = self.recurrent(y, "")
            k, v = memory.chunk(2, -1)
            seen = functional.scaled_dot_product_attention(self.linear(y, "sources.in"), k, v)
            y = y + self.weight("sources.scale") * self.linear(seen, "sources.out")
        return y @ table[:outputs].T


def tokens(vocabulary, source, text):
    end = len(vocabulary)
    of_source = [token for part in source for token in [*vocabulary.encode(part).tolist(), end]]
    return torch.tensor(of_source), torch.tensor([end, *vocabulary.encode(text).tolist(), end])


def surprise(model, vocabulary, source, text):
    x, y = tokens(vocabulary, source, text)
    return functional.cross_entropy(model(x, y[:-1], len(vocabulary) + 1), y[1:], reduction="none")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("executor", ["native", "tch"])
def test_ten_steps_are_those_of_pytorch(case, executor):
    vocabulary = _core.Vocabulary.learn("characters", [*TEXTS, "abc"])
    data = _core.Data.pairs(vocabulary, 12, 10)
    packed = _core.Packed.pairs(data, SOURCES, TEXTS)
    # One batch holds all pairs.
    options = {"width": WIDTH, "depth": 2, "batch_size": packed.windows(0), "lr": 0.01, "seed": 7, "validation": 0}
    run = _core.Run("sequence", {**options, **CASES[case], "epochs": 10}, data, packed.windows(0), "cpu")
    run.set_executor(executor, "fp32")
    assert run.executor == executor
    model = PairModel(run.state_dict("network"), run.settings())
    adam = torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.9, 0.99))
    losses = []
    for step in range(10):
        for group in adam.param_groups:
            group["lr"] = 0.01 * (0.01 + 0.99 * (1 + np.cos(np.pi * step / 10)) / 2)
        pairs = zip(SOURCES, TEXTS, strict=True)
        loss = torch.cat([surprise(model, vocabulary, source, text) for source, text in pairs]).mean()
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        losses.append(loss.item())
    run.train(packed, 10, Silent(), resume=False, call="fit")
    np.testing.assert_allclose(run.history()["loss"], losses, rtol=2e-4)
    for name, weight in run.state_dict("network").items():
        expected = model.get_parameter(name.replace(".", "/")).detach()
        np.testing.assert_allclose(weight, expected, atol=4e-3 * float(expected.abs().max()) + 3e-4, err_msg=name)


@pytest.mark.parametrize("case", CASES)
def test_scores_are_those_of_pytorch(case):
    params = {"vocabulary": "characters", "width": WIDTH, "depth": 2, "epochs": 5, "batch_size": 1, "lr": 0.01}
    pairs = Seq2SeqTrainer(**params, context=12, validation=0, verbose=0, random_state=0, **CASES[case]).fit(
        SOURCES, TEXTS
    )
    model = PairModel(pairs._run.state_dict("network"), pairs._run.settings())
    with torch.no_grad():
        expected = [
            -float(surprise(model, pairs.vocabulary_, source, text).sum())
            for source, text in zip(SOURCES, TEXTS, strict=True)
        ]
    np.testing.assert_allclose(pairs.score_samples(SOURCES, TEXTS), expected, rtol=1e-4, atol=1e-5)

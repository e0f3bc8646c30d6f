"""Sequence models against torch.nn: logits, scores and ten steps of training."""

import sys
from pathlib import Path

import numpy as np
import philox
import pytest
import torch
from runs import Silent

import ganvas
from ganvas import _core

sys.path.append(str(Path(__file__).parents[2] / "benches" / "quality"))
from texts_score import LanguageModel, score

pytestmark = pytest.mark.usefixtures("one_thread")
NAMES = ganvas.data.load_names()[:80]
CONTEXT, BATCH = 10, 6
CASES = {
    "transformer, rotary": {"net": "transformer", "heads": 2, "positions": "rotary"},
    "transformer, learnt": {"net": "transformer", "heads": 4, "positions": "learnt"},
    "transformer, shared keys, gates": {"heads": 4, "kv_heads": 2, "activation": "swiglu"},
    "transformer, layer norm, gelu": {"heads": 2, "kv_heads": 1, "norm": "layer", "activation": "gelu"},
    "transformer, as gpt-2": {
        "heads": 2,
        "positions": "learnt",
        "norm": "layer",
        "activation": "gelu_tanh",
        "biases": True,
        "plain": True,
    },
    "transformer, as llama": {"heads": 2, "kv_heads": 1, "activation": "swiglu", "plain": True, "untied": True},
    "lstm": {"net": "lstm"},
    "gru": {"net": "gru"},
}


def new_run(executor, **more):
    vocabulary = _core.Vocabulary.learn("characters", NAMES)
    data = _core.Data.texts(vocabulary, CONTEXT, 0)
    packed = _core.Packed(data, NAMES)
    options = {"width": 16, "depth": 2, "batch_size": BATCH, "lr": 0.01, "seed": 7, "validation": 0, "epochs": 9}
    run = _core.Run("sequence", options | more, data, packed.windows(CONTEXT), "cpu")
    run.set_executor(executor, "fp32")
    return run, packed, vocabulary


def windows(run, vocabulary, epoch):
    """Tokens of the windows of an epoch in their order, and the first places of their documents."""
    end = len(vocabulary)
    tokens = np.concatenate([[end, *vocabulary.encode(name)] for name in NAMES])
    count = len(tokens) // CONTEXT
    shift = int(philox.uniform(7, "shift", epoch, 1)[0] * np.float32(CONTEXT))
    order = run.order(epoch, count).numpy()
    cut = tokens[(order[:, None] * CONTEXT + shift + np.arange(CONTEXT + 1)) % len(tokens)]
    place = np.where(cut[:, :-1] == end, np.arange(CONTEXT), 0)
    return torch.from_numpy(cut).long(), torch.from_numpy(np.maximum.accumulate(place, 1))


def plain(run):
    weights = {name: torch.as_tensor(tensor) for name, tensor in run.state_dict("network").items()}
    return LanguageModel(weights, run.settings())


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("executor", ["native", "tch"])
def test_ten_steps_are_those_of_pytorch(case, executor):
    run, packed, vocabulary = new_run(executor, **CASES[case])
    model, outputs = plain(run), len(vocabulary) + 1
    adam = torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.9, 0.99))
    steps, losses = 0, []
    for epoch in range(2):
        tokens, starts = windows(run, vocabulary, epoch)
        for first in range(0, len(tokens) - BATCH + 1, BATCH):
            x, at = tokens[first : first + BATCH], starts[first : first + BATCH]
            logits = model(x[:, :-1], at, outputs)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), x[:, 1:].flatten())
            per_epoch = len(tokens) // BATCH
            done = steps / per_epoch / 9
            for group in adam.param_groups:
                group["lr"] = 0.01 * (0.01 + 0.99 * (1 + np.cos(np.pi * done)) / 2)
            adam.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            adam.step()
            steps, losses = steps + 1, [*losses, loss.item()]
    assert steps >= 10
    run.train(packed, 2, Silent(), resume=False, call="fit")
    assert run.progress().step == steps
    half = steps // 2
    found = run.history()["loss"]
    np.testing.assert_allclose(found, [np.mean(losses[:half]), np.mean(losses[half:])], rtol=2e-4)
    for name, weight in run.state_dict("network").items():
        expected = model.get_parameter(name.replace(".", "/")).detach()
        if name.endswith("attention.in.bias"):
            # The softmax does not depend on the biases of the keys: their gradient is rounding.
            weight, expected = (np.delete(np.asarray(biases), np.r_[16:32]) for biases in (weight, expected))
        np.testing.assert_allclose(weight, expected, atol=2e-3 * float(abs(expected).max()) + 2e-4, err_msg=name)


# Settings that users pass.
PUBLIC = [name for name, case in CASES.items() if "plain" not in case]


@pytest.mark.parametrize("case", PUBLIC)
def test_dropout_is_the_same_on_both_executors(case):
    found = {}
    for executor in ("native", "tch"):
        run, packed, _ = new_run(executor, dropout=0.3, **CASES[case])
        assert run.executor == executor
        run.train(packed, 2, Silent(), resume=False, call="fit")
        found[executor] = run.history()["loss"], run.state_dict("network")
    (losses, weights), (expected_losses, expected) = found["native"], found["tch"]
    np.testing.assert_allclose(losses, expected_losses, rtol=2e-4)
    for name, weight in weights.items():
        size = float(expected[name].abs().max())
        np.testing.assert_allclose(weight, expected[name], atol=2e-3 * size + 2e-4, err_msg=name)
    run, packed, _ = new_run("native", **CASES[case])
    run.train(packed, 2, Silent(), resume=False, call="fit")
    assert np.abs(np.subtract(losses, run.history()["loss"])).max() > 0.01


@pytest.mark.parametrize("case", PUBLIC)
@pytest.mark.parametrize("vocabulary", ["characters", "bytes", "bpe"])
def test_scores_are_those_of_pytorch_from_the_file(case, vocabulary, tmp_path):
    if vocabulary == "bpe":
        pytest.importorskip("tokenizers")
    texts = [" ".join(NAMES[first : first + 9]) for first in range(0, 72, 9)]
    params = {"context": 16, "width": 16, "depth": 2, "epochs": 3, "batch_size": 4, "verbose": 0, "random_state": 0}
    model = ganvas.TextTrainer(vocabulary=vocabulary, **params, **CASES[case]).fit(texts)
    model.save(tmp_path / "model.safetensors")
    others = [texts[0], "emma", ""]
    found = score(tmp_path / "model.safetensors", others)
    scores = model.score_samples(others)
    assert found["nats"] * found["tokens"] == pytest.approx(-scores.sum(), rel=1e-5)
    assert found["bits per byte"] == pytest.approx(model.bits_per_byte(others), rel=1e-5)

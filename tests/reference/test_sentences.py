"""Autoencoders of texts against torch.nn: ten steps of training, latents, bounds and written texts."""

import sys
from pathlib import Path

import numpy as np
import philox
import pytest
import torch
from runs import Silent

import ganvas

sys.path.append(str(Path(__file__).parents[2] / "benches" / "quality"))
from sentences_score import TextAutoencoder, encode, padded, read, table

pytestmark = pytest.mark.usefixtures("one_thread")
NAMES = ganvas.data.load_names()[:60]
TEXTS = [f"{a} and {b}{' too' * (i % 3)}" for i, (a, b) in enumerate(zip(NAMES, NAMES[::-1], strict=True))]
BATCH, DIM = 6, 4
CASES = {
    "lstm": {"net": "lstm"},
    "gru, two layers": {"net": "gru", "depth": 2},
    "free bits": {"net": "lstm", "free_bits": 0.1, "word_dropout": 0.4},
    "several draws": {"net": "gru", "bound": "importance_weighted", "n_importance": 3, "word_dropout": 0.0},
}


def small(**params):
    usual = {"vocabulary": "characters", "width": 16, "latent_dim": DIM, "batch_size": BATCH, "lr": 0.01, "verbose": 0}
    return ganvas.VaeTrainer(**{**usual, "random_state": 7, **params})


def plain(run, end):
    parts = {part: run.state_dict(part) for part in ("encoder", "decoder")}
    weights = {f"{part}.{name}": torch.as_tensor(x) for part, all in parts.items() for name, x in all.items()}
    return TextAutoencoder(weights, run.settings(), end)


def encoded(texts, vocabulary, places):
    """Tokens of texts and their ends, -1 after them."""
    tokens = [[*vocabulary.encode(text).tolist(), len(vocabulary)] for text in texts]
    return torch.tensor([row + [-1] * (places - len(row)) for row in tokens])


def alike(order, lengths):
    """The order of an epoch of few batches: sorted by length, then batches by their first samples in the order."""
    ranks = np.argsort(lengths[order], kind="stable").reshape(-1, BATCH)
    return order[np.concatenate(sorted(ranks.tolist(), key=lambda places: places[0]))]


@pytest.mark.parametrize("case", CASES)
def test_ten_steps_are_those_of_pytorch(case):
    array, _, run, _ = small(**CASES[case])._new(TEXTS, None)
    vocabulary, settings = run.data().vocabulary(), run.settings()
    end, rate = len(vocabulary), settings["word_dropout"]
    places = array.shape[1]
    tokens = encoded(TEXTS, vocabulary, places)
    np.testing.assert_array_equal(array, tokens)
    model, losses = plain(run, end), []
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    order = alike(run.order(0, len(TEXTS)).numpy(), (tokens >= 0).sum(1).numpy())
    for step in range(len(TEXTS) // BATCH):
        x = tokens[order[step * BATCH : (step + 1) * BATCH]]
        noise = run.latents(step).reshape(-1, BATCH, DIM)
        unseen = torch.from_numpy(philox.uniform(7, "word", step, BATCH * places).reshape(BATCH, places) < rate)
        mean, log_variance = model.encode(x).chunk(2, 1)
        latents = mean + (log_variance / 2).exp() * noise
        likelihood = torch.stack([model.log_likelihood(z, x, unseen=unseen) for z in latents])
        kl = (mean**2 + log_variance.exp() - 1 - log_variance) / 2
        if "n_importance" in CASES[case]:
            ratio = (noise**2 + log_variance - latents**2).sum(2) / 2
            loss = -(likelihood + ratio).logsumexp(0).mean() + np.log(len(noise))
        else:
            loss = -likelihood.mean() + kl.mean(0).clamp(min=settings["free_bits"]).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    run.train(array, 1, Silent(), resume=False, call="fit")
    assert run.progress().step == len(losses) == 10
    np.testing.assert_allclose(run.history()["loss"], [np.mean(losses)], rtol=1e-4)
    for part in ("encoder", "decoder"):
        for name, weight in run.state_dict(part).items():
            expected = model.weight(f"{part}.{name}").detach()
            np.testing.assert_allclose(weight, expected, atol=2e-3 * float(expected.abs().max()) + 3e-4, err_msg=name)


@pytest.fixture(scope="module", params=["lstm", "gru"])
def fitted(request, tmp_path_factory):
    model = small(net=request.param, vocabulary="words", epochs=8).fit(TEXTS)
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    model.save(path)
    return model, *read(path)


def test_the_scorer_reads_words_as_ganvas_does(fitted):
    model, _, language = fitted
    for text in [*TEXTS[:9], "  two emma,too", "an't  oh\nAnd emma's and"]:
        text = "".join(character for character in text if character in " \n,'" or character.isalpha())
        try:
            expected = model.vocabulary_.encode(text).tolist()
        except ganvas.exceptions.DataError:
            continue
        assert encode(text, table(language)) == expected


@torch.no_grad()
def test_latents_bounds_and_texts_are_those_of_pytorch_from_the_file(fitted):
    model, other, language = fitted
    texts = [TEXTS[0], "emma", TEXTS[4], ""]
    tokens = padded(texts, language)
    mean, log_variance = other.encode(tokens).chunk(2, 1)
    np.testing.assert_allclose(model.transform(texts), mean, atol=1e-5)
    array, _ = model._read(texts)
    kl = ((mean**2 + log_variance.exp() - 1 - log_variance) / 2).sum(1)
    # A row's key is a hash of its numbers, here those of the core.
    draws, dim = 16, DIM
    bounds = []
    for row in range(len(texts)):
        key = hashed(array[row])
        half = philox.normal(7, "score", key, draws // 2 * dim).reshape(draws // 2, dim)
        noise = torch.from_numpy(np.concatenate([half, -half]))
        latents = mean[row] + (log_variance[row] / 2).exp() * noise
        bounds.append(float(other.log_likelihood(latents, tokens[row].expand(draws, -1)).mean() - kl[row]))
    np.testing.assert_allclose(model.score_samples(texts), bounds, rtol=1e-5)
    # The likeliest token after those before it, place by place.
    for text, latent in zip(model.reconstruct(texts), mean, strict=True):
        own = written(other, latent, len(array[0]))
        assert text == b"".join(map(model.vocabulary_.bytes, own)).decode()


def hashed(row):
    key = row.size
    for bits in (row + np.float32(0)).view(np.uint32).tolist():
        key = (key ^ bits) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        key ^= key >> 32
    return key << 1 & 0xFFFFFFFFFFFFFFFF


def written(model, latent, places):
    """Write one text by scoring every token at each place."""
    own = []
    while len(own) < places:
        choices = torch.tensor([[*own, token] for token in range(model.end + bool(own))])
        scores = model.log_likelihood(latent.expand(len(choices), -1), choices)
        best = int(scores.argmax())
        if best == model.end:
            break
        own.append(best)
    return own

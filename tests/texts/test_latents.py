"""Autoencoders of texts: data, results, labels, files, and what is refused."""

import pickle

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

import ganvas
from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer
from ganvas.exceptions import (
    DataError,
    DtypeError,
    IgnoredWarning,
    ParameterError,
    ShapeError,
    UnknownNameError,
)

WHO, DOES = ["a man", "two dogs", "the girl", "one cat"], ["sleeps", "runs home", "eats", "sings a song"]
TEXTS = [f"{who} {does}." for who in WHO for does in DOES] * 6


def small(of=VaeTrainer, **params):
    usual = {"width": 16, "latent_dim": 4, "epochs": 2, "batch_size": 16, "random_state": 0, "verbose": 0}
    return of(**{**usual, **params})


@pytest.fixture(scope="module")
def sentences():
    """A model of a short training."""
    return small(net="lstm", width=48).fit(TEXTS)


@pytest.mark.slow
def test_a_model_of_many_epochs_finds_its_texts_again():
    sentences = small(net="lstm", width=48, epochs=150, lr=5e-3, word_dropout=0.3, beta=0.2).fit(TEXTS)
    assert (sentences.net_, sentences.likelihood_, sentences.latent_dim_, sentences.executor_) == (
        "lstm",
        "categorical",
        4,
        "tch",
    )
    assert sentences.transform(TEXTS[:3]).shape == (3, 4)
    assert np.mean([a == b for a, b in zip(sentences.reconstruct(TEXTS[:16]), TEXTS[:16], strict=True)]) > 0.6
    assert sentences.inverse_transform(sentences.transform(TEXTS[:3])) == sentences.reconstruct(TEXTS[:3])
    path = sentences.interpolate("a man sleeps.", "two dogs eat.", steps=6)
    assert len(path) == 6
    assert all(isinstance(text, str) and text for text in path)
    known = set(TEXTS)
    assert np.mean([text in known for text in sentences.sample(40, random_state=0)]) > 0.5
    assert sentences.sample(3, random_state=1) == sentences.sample(3, random_state=1)
    assert len(sentences.traverse("a man sleeps.", 0, steps=5)) == 5
    likely, odd = sentences.score_samples(["a man eats.", "man a eats."])
    assert odd < likely < 0
    assert sentences.score_samples(["a man eats."], n_importance=50)[0] > likely - 0.5
    assert list(sentences.predict(["dogs dogs dogs sings home home eats"])) == [-1]
    assert "texts of up to" in sentences._summary(1)
    assert sentences.history_.columns[:5] == ["epoch", "samples", "loss", "reconstruction", "kl"]


@pytest.mark.parametrize("net", [None, "gru"])
@pytest.mark.parametrize("vocabulary", ["characters", "bytes", "words"])
def test_every_net_and_vocabulary(net, vocabulary):
    model = small(net=net, vocabulary=vocabulary, epochs=1, depth=2).fit(np.array(TEXTS))
    assert (model.net_, model.vocabulary_.name) == (net or "lstm", vocabulary)
    assert np.isfinite(model.score_samples(["a man sings.", ""])).all()
    assert len(model.sample(2)) == 2


@pytest.mark.parametrize(
    "params",
    [
        {"bottleneck": "iaf"},
        {"n_components": 3},
        {"bound": "importance_weighted"},
        {"bound": "mmd"},
        {"bound": "total_correlation"},
        {"beta_schedule": "cyclical", "word_dropout": 0.0},
        {"ema": 100.0},
    ],
    ids=str,
)
def test_other_factors_combine(params):
    model = small(epochs=1, **params).fit(TEXTS)
    assert np.isfinite(model.score_samples(TEXTS[:2])).all()
    assert len(model.sample(2)) == 2


def test_an_autoencoder_without_a_prior():
    model = small(AutoencoderTrainer).fit(TEXTS)
    assert len(model.sample(3, sampler="gmm")) == 3
    assert model.reconstruct(TEXTS[:2]) == model.inverse_transform(model.transform(TEXTS[:2]))


def test_labels_condition_the_texts():
    y = [who for who in WHO for _ in DOES] * 6
    model = small(width=32, epochs=60, lr=1e-2).fit(TEXTS, y)
    texts = model.sample(20, y="two dogs", random_state=0)
    assert np.mean([text.startswith("two dogs") for text in texts]) > 0.8
    assert model.transform(TEXTS[:2]).shape == (2, 4)
    assert model.score_samples(TEXTS[:4], y[:4]).sum() > model.score_samples(TEXTS[:4], "two dogs").sum()
    with pytest.raises(ParameterError):
        model.inverse_transform(np.zeros((1, 4)))
    with pytest.raises(ShapeError, match="y: expected a label for each of 96 texts, got 2"):
        small().fit(TEXTS, ["a", "b"])


def same(a, b):
    parts = ("encoder", "decoder", "parts")
    return all(
        np.array_equal(x, b._run.state_dict(part)[name])
        for part in parts
        for name, x in a._run.state_dict(part).items()
    )


def test_runs_files_and_pickles_are_exact(tmp_path):
    whole = small(epochs=4).fit(TEXTS)
    assert same(whole, small(epochs=4).fit(TEXTS))
    assert not same(whole, small(epochs=4, random_state=1).fit(TEXTS))
    small(epochs=2).fit(TEXTS, checkpoint_dir=tmp_path / "run")
    resumed = small(epochs=4).fit(TEXTS, checkpoint_dir=tmp_path / "run", resume="auto")
    assert same(whole, resumed)
    whole.save(tmp_path / "model.safetensors")
    for other in (VaeTrainer.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(whole))):
        assert same(whole, other)
        np.testing.assert_array_equal(other.score_samples(TEXTS[:3]), whole.score_samples(TEXTS[:3]))
        assert other.sample(3, random_state=0) == whole.sample(3, random_state=0)
        np.testing.assert_array_equal(other.predict(TEXTS[:5]), whole.predict(TEXTS[:5]))
    more = whole.partial_fit(["a dog eats.", "the cat sings a song."] * 8)
    assert more.history_["epoch"][-1] == 5


def test_long_texts_are_cut_with_a_warning():
    with pytest.warns(IgnoredWarning, match=r"X: 48 of 96 texts have more than 4 tokens, up to 6; what follows"):
        model = small(max_tokens=4).fit(TEXTS)
    assert model._run.data().sizes == (5,)
    with pytest.warns(IgnoredWarning, match="X: 1 of 1 texts have more than 4 tokens"):
        assert model.transform(["a man runs home and the girl"]).shape == (1, 4)


def test_empty_and_missing_texts():
    with pytest.warns(IgnoredWarning, match="X: 3 texts are empty or missing, and left out"):
        model = small().fit([*TEXTS, "", None, float("nan")])
    with pytest.raises(DataError, match="X: 1 texts are missing, the first at position 1"):
        model.transform(["a man", None])
    assert model.transform([""]).shape == (1, 4)


@pytest.mark.parametrize(
    ("X", "params", "error", "words"),
    [
        ([], {"net": "lstm"}, DataError, "X: expected texts, got 0 that are empty or missing"),
        (["a"], {"net": "lstm"}, DataError, "X: expected at least 2 texts that are not empty, got 1"),
        (
            "a man sleeps",
            {"net": "lstm"},
            DataError,
            "X: expected a path that exists or a list of texts, got the text 'a man sleeps'; pass [text] to use it as "
            "one text",
        ),
        ([*TEXTS, 3], {"net": "lstm"}, DtypeError, "X: expected texts, got int at position 96"),
        (TEXTS, {"net": "conv"}, ParameterError, 'net: expected "lstm" or "gru" for texts, got "conv"'),
        (TEXTS, {"net": "mlp"}, ParameterError, 'net: expected "lstm" or "gru" for texts, got "mlp"'),
        (
            TEXTS,
            {"likelihood": "bernoulli"},
            ParameterError,
            'likelihood: expected "categorical" for kind="text", got "bernoulli"',
        ),
        (
            TEXTS,
            {"prior": "vamp"},
            ParameterError,
            'prior: expected another prior for texts, whose tokens are no numbers that can be trained, got "vamp"',
        ),
        (TEXTS, {"activation": "relu"}, ParameterError, 'activation: expected None for net="lstm", got a value'),
        (TEXTS, {"hidden": (8,)}, ParameterError, 'hidden: expected None for net="lstm", got a value'),
        (TEXTS, {"kind": "image"}, ParameterError, "kind: expected \"text\" or None for texts, got 'image'"),
        (TEXTS, {"value_range": (0, 1)}, ParameterError, "value_range: expected None for texts, got (0, 1)"),
        (
            TEXTS,
            {"anomaly_score": "typicality"},
            ParameterError,
            'anomaly_score: expected "auto" or "bound" for texts, got "typicality"',
        ),
        (TEXTS, {"word_dropout": 1.0}, ParameterError, "word_dropout: must be at least 0 and below 1, got 1"),
    ],
)
def test_what_does_not_fit_texts_is_refused(X, params, error, words):
    model = small(**params)
    with pytest.raises(error) as found:
        model.fit(X)
    assert str(found.value) == words
    assert not hasattr(model, "_run")


def test_texts_where_others_are_expected_and_others_where_texts_are(digits, sentences):
    with pytest.raises(ShapeError, match=r'X: expected texts for net="lstm", got \(16, 16, 1\)'):
        small(net="lstm").fit(digits)
    with pytest.raises(ShapeError, match=r"X: expected texts in one column, got \(256, 16, 16\)"):
        small(kind="text").fit(digits)
    with pytest.raises(ParameterError, match="vocabulary: expected None for data that are no texts, got 'words'"):
        VaeTrainer(vocabulary="words", verbose=0).fit(digits)
    with pytest.raises(ParameterError, match='word_dropout: expected None for kind="image", got a value'):
        VaeTrainer(word_dropout=0.1, verbose=0).fit(digits)
    with pytest.raises(ParameterError, match=r"bottleneck: expected .* for texts, whose latent is a row"):
        VqVaeTrainer(verbose=0).fit(TEXTS)
    with pytest.raises(UnknownNameError):
        ganvas.GanTrainer(kind="text", verbose=0).fit(digits)
    with pytest.raises(FileNotFoundError, match="no such folder: nowhere"):
        VaeTrainer(verbose=0).fit(["nowhere/1.png", "nowhere/2.png"])
    with pytest.raises(ShapeError, match="X: expected texts in one column"):
        sentences.transform(digits[:2])
    with pytest.raises(DtypeError, match="a: expected a text, got list"):
        sentences.interpolate(["a man"], "two dogs")
    with pytest.raises(DataError, match="character 'Z'"):
        sentences.transform(["Zebra"])


def test_plots(sentences):
    assert sentences.plot_latent(TEXTS[:12], [text[:3] for text in TEXTS[:12]]) is not None
    assert sentences.plot_history() is not None
    ax = sentences.plot_samples(4, random_state=0)
    assert ax.texts[0].get_text().startswith(sentences.sample(1, random_state=0)[0][:5])
    for draw in (sentences.plot_reconstructions, sentences.plot_anomalies, sentences.anomaly_map):
        with pytest.raises(ParameterError, match="this model was fitted on texts"):
            draw(TEXTS[:3])
    with pytest.raises(ParameterError, match="this model was fitted on texts"):
        sentences.plot_traversal("a man eats.")


def test_searches_over_lists_of_texts():
    search = GridSearchCV(small(epochs=1), {"free_bits": [0.0, 0.2]}, cv=2).fit(TEXTS)
    assert np.isfinite(search.best_score_)

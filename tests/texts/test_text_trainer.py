"""The estimator of texts: data, training, scores, labels, files."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

import ganvas
from ganvas import TextTrainer
from ganvas.exceptions import (
    CheckpointError,
    CopyWarning,
    DataError,
    DtypeError,
    IgnoredWarning,
    ParameterError,
    ShapeError,
    UnknownNameError,
)

NAMES = ganvas.data.load_names()[:600]


def small(**params):
    usual = {"context": 12, "width": 16, "depth": 1, "epochs": 2, "random_state": 0, "verbose": 0}
    return TextTrainer(**{**usual, **params})


@pytest.fixture(scope="module")
def names():
    return small().fit(NAMES)


def weights(model):
    return {name: tensor.numpy() for name, tensor in model._run.state_dict("network").items()}


def same(a, b):
    return all(np.array_equal(a[name], b[name]) for name in a) and a.keys() == b.keys()


def test_training_and_history(names):
    assert names.history_.columns == ["epoch", "samples", "loss", "validation_loss", "bits_per_byte", "seconds"]
    assert names.history_["loss"][-1] < names.history_["loss"][0]
    assert names.executor_ == "native"
    assert (names.context_, names.width_, names.net_) == (12, 16, "transformer")
    assert (len(names.vocabulary_), names.vocabulary_.name) == (26, "characters")
    assert "600 texts" in names._summary(2)
    # A character of these names is one byte; the end of a name is a token without a byte.
    ratio = names.history_["bits_per_byte"] * np.log(2) / names.history_["validation_loss"]
    assert ((ratio > 1.05) & (ratio < 1.4)).all()


def test_a_model_of_many_epochs_learns_its_texts():
    model = small(epochs=60, width=32, lr=1e-2, validation=0, batch_size=4).fit(["abcabcabcabc"] * 8)
    assert model.generate("ab", temperature=0, max_tokens=7) == ["cabcabc"]
    assert model.history_["loss"][-1] < 0.2


@pytest.mark.parametrize("net", ["transformer", "lstm", "gru"])
@pytest.mark.parametrize("vocabulary", ["characters", "bytes", "bpe", "words"])
def test_every_net_and_vocabulary(net, vocabulary):
    texts = [f"{name} and {name[::-1]}" for name in NAMES[:60]]
    model = small(net=net, vocabulary=vocabulary, epochs=1, dropout=0.1).fit(texts)
    assert np.isfinite(model.history_["loss"]).all()
    assert len(model.generate("emma", n=2, max_tokens=9)) == 2
    assert np.isfinite(model.score_samples(["emma and olivia", ""])).all()


def test_executors_agree():
    history = [small(executor=executor, epochs=1).fit(NAMES).history_["loss"][0] for executor in ("native", "tch")]
    assert history[0] == pytest.approx(history[1], rel=1e-3)


@pytest.mark.parametrize("where", ["text", "folder", "list", "array", "frame"])
def test_texts_come_from_files_lists_arrays_and_columns(tmp_path, where):
    pandas = pytest.importorskip("pandas")
    texts = ["one two three four", "five six seven eight"]
    for i, text in enumerate(texts):
        (tmp_path / f"{i}.txt").write_text(text)
    forms = {
        "text": str(tmp_path / "0.txt"),
        "folder": tmp_path,
        "list": texts,
        "array": np.array(texts),
        "frame": pandas.DataFrame({"text": texts})["text"],
    }
    model = small(context=4, epochs=1).fit(forms[where])
    assert model._layout.texts == (1 if where == "text" else 2)


def test_a_text_in_place_of_a_list_is_refused():
    with pytest.raises(DataError) as error:
        small().fit("Once upon a time")
    assert str(error.value) == (
        "X: expected a path that exists or a list of texts, got the text 'Once upon a time'; pass [text] to use it as "
        "one text"
    )
    with pytest.raises(DataError, match=r"got the text 'aaa.*aaa\.\.\.'"):
        small().fit("a" * 100_000)
    with pytest.raises(DtypeError, match="X: expected a path or a list of texts, got bytes"):
        small().fit(b"text")
    with pytest.raises(DtypeError, match="X: expected texts, got int at position 1"):
        small().fit(["a", 3])


def test_empty_and_missing_texts_are_left_out_and_counted():
    model = small(epochs=1).fit([*NAMES[:40], "", None, float("nan")])
    assert "40 texts (3 empty ones left out)" in model._summary(1)
    with pytest.raises(DataError, match="X: expected texts, got 2 that are empty or missing"):
        small().fit(["", None])
    with pytest.raises(DataError, match="X: 1 texts are missing, the first at position 1"):
        model.score_samples(["emma", None])


def test_lone_surrogates_are_refused():
    with pytest.raises(DataError) as error:
        small().fit(["fine", "ab\ud800"])
    assert str(error.value) == "X: text 1 has a lone surrogate, '\\ud800' at position 2, which is no character"


def test_short_texts_shorten_the_context():
    with pytest.warns(IgnoredWarning, match="context=100 is shortened to 9: the texts have 10 tokens"):
        model = small(context=100, epochs=1, validation=0).fit(["abcdefghi"])
    assert model.context_ == 9
    assert len(model.generate("ab", max_tokens=20, n=2)) == 2


def test_labels_condition_the_texts():
    words = ["aaaa", "bbbb"] * 40
    model = small(epochs=30, lr=1e-2, batch_size=8, width=32, hidden_labels=0.3).fit(words, ["first", "second"] * 40)
    assert set(model.generate(y="first", n=8, random_state=0)) == {"aaaa"}
    assert set(model.generate(y="second", n=8, random_state=0)) == {"bbbb"}
    assert set(model.generate(y=["first", "second"], n=1, random_state=0, prompt=["", ""])) == {"aaaa", "bbbb"}
    assert set(model.generate(n=40, random_state=0, temperature=0.5)) >= {"aaaa", "bbbb"}
    known, other = model.score_samples(["aaaa", "aaaa"], ["first", "second"])
    assert known > model.score_samples(["aaaa"])[0] > other
    assert list(model.classes_) == ["first", "second"]
    with pytest.raises(ParameterError, match=r"y: expected labels among 'first', 'second'|y: expected labels among"):
        model.generate(y="third")
    with pytest.raises(ParameterError, match="y: this model was fitted with labels"):
        model.partial_fit(words)


@pytest.mark.parametrize("preset", ganvas.presets("TextTrainer"))
def test_presets(preset):
    model = TextTrainer(preset=preset, epochs=1, width=16, verbose=0).fit(NAMES)
    assert model.width_ == 16
    assert model.context_ == {"char-rnn": 50, "nanogpt": 64}[preset]
    assert model.generate(n=2)


def test_labels_of_another_number_or_kind_are_refused():
    with pytest.raises(ShapeError, match="y: expected a label for each of 600 texts, got 2"):
        small().fit(NAMES, [0, 1])
    with pytest.raises(ParameterError, match="y: expected classes, integers or strings, got numbers"):
        small().fit(NAMES, np.linspace(0, 1, len(NAMES)))


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"vocabulary": "word"}, UnknownNameError, "unknown vocabulary"),
        ({"net": "mlp"}, UnknownNameError, 'unknown net "mlp"'),
        ({"context": 0}, ParameterError, "context: must be between 1 and 65536, got 0"),
        ({"vocabulary_size": 100}, ParameterError, 'vocabulary_size: expected None for vocabulary="characters"'),
        ({"vocabulary": "bpe", "vocabulary_size": 5}, ParameterError, "vocabulary_size: must be at least 256"),
        ({"heads": 3}, ParameterError, "heads: must be a divisor of width=16, got 3"),
        ({"heads": 16}, ParameterError, "heads: must give each head an even number of features"),
        ({"net": "lstm", "heads": 2}, ParameterError, 'heads: expected None for net="lstm"'),
        ({"heads": 4, "kv_heads": 3}, ParameterError, "kv_heads: must be a divisor of heads=4, got 3"),
        ({"net": "gru", "kv_heads": 1}, ParameterError, 'kv_heads: expected None for net="gru"'),
        ({"net": "gru", "norm": "rms"}, ParameterError, 'norm: expected None for net="gru"'),
        ({"norm": "batch"}, UnknownNameError, 'unknown norm "batch"'),
        ({"activation": "swiglo"}, UnknownNameError, 'did you mean "swiglu"'),
        ({"dropout": 1.0}, ParameterError, "dropout: must be"),
        ({"validation": 0.95}, ParameterError, "validation: must be"),
        ({"validation": "all"}, ParameterError, "validation: expected a number"),
        ({"batch_size": 10**6}, ParameterError, "batch_size: must be at most"),
        ({"lr": 0}, ParameterError, "lr: must be above 0"),
    ],
)
def test_wrong_parameters_are_refused_and_leave_the_estimator_as_it_was(params, error, message):
    model = small(**params)
    with pytest.raises(error, match=message):
        model.fit(NAMES)
    assert not [name for name in vars(model) if name.endswith("_") and not name.startswith("_")]


def test_the_best_weights_are_used_and_a_rise_is_warned_of():
    model = small(epochs=40, width=64, lr=1e-2, batch_size=4)
    with pytest.warns(ConvergenceWarning, match=r"the validation loss rose from .* the weights of epoch \d+ are used"):
        model.fit(NAMES[:60])
    losses = model.history_["validation_loss"]
    assert losses.min() < losses[-1]
    # Windows are scored with all of their context: nearly the loss of the best epoch.
    _, held_out = model._texts
    count = sum(len(text) + 1 for text in held_out)
    assert -model.score_samples(held_out).sum() / count == pytest.approx(losses.min(), abs=0.1)


def test_losses_of_different_calls_are_not_compared():
    model = small(vocabulary="bytes").fit(["aaaa"] * 60).partial_fit(["bcdefghi"] * 60)
    losses = model.history_["validation_loss"]
    assert losses[-1] > 1.1 * losses[1]


def test_without_validation_the_last_weights_are_used():
    model = small(validation=0).fit(NAMES[:60])
    assert model.history_.columns == ["epoch", "samples", "loss", "seconds"]


def test_partial_fit_goes_on_and_judges_by_the_new_texts():
    once = small(epochs=2).fit(NAMES)
    before = weights(once)
    once.partial_fit(["zzzz"] * 2000, epochs=8)
    assert not same(before, weights(once))
    assert once.score_samples(["zzzz"])[0] > small(epochs=2).fit(NAMES).score_samples(["zzzz"])[0] + 1
    with pytest.raises(DataError, match="is not in the vocabulary"):
        once.partial_fit(["日本"])


@pytest.mark.parametrize("executor", ["native", "tch"])
def test_a_resumed_training_equals_one_without_a_stop(tmp_path, executor):
    class Stop(ganvas.callbacks.Callback):
        def on_step(self, estimator, step):
            if step == 3:
                raise KeyboardInterrupt

    params = {"epochs": 3, "batch_size": 64, "dropout": 0.1, "executor": executor}
    whole = small(**params).fit(NAMES)
    with pytest.raises(KeyboardInterrupt):
        small(**params, callbacks=[Stop()], on_interrupt="raise").fit(NAMES, checkpoint_dir=tmp_path)
    resumed = small(**params).fit(NAMES, checkpoint_dir=tmp_path, resume="auto")
    assert same(weights(whole), weights(resumed))
    assert resumed.history_["loss"].tolist() == whole.history_["loss"].tolist()
    assert resumed.generate(n=3, random_state=0) == whole.generate(n=3, random_state=0)
    with pytest.raises(CheckpointError, match="was trained with"):
        small(**{**params, "width": 32}).fit(NAMES, checkpoint_dir=tmp_path, resume="auto")


def test_files_and_pickles_hold_the_model(names, tmp_path):
    names.save(tmp_path / "names.safetensors")
    for copy in (TextTrainer.load(tmp_path / "names.safetensors"), pickle.loads(pickle.dumps(names))):
        assert copy.generate(n=3, random_state=5) == names.generate(n=3, random_state=5)
        np.testing.assert_array_equal(copy.score_samples(["emma"]), names.score_samples(["emma"]))
        assert copy.vocabulary_.encode("emma").tolist() == names.vocabulary_.encode("emma").tolist()
        with pytest.raises(ParameterError, match="needs the training texts, which a loaded model does not have"):
            copy.evaluate_against_counting()
    with pytest.raises(CheckpointError, match="holds a TextTrainer, not a GanTrainer"):
        ganvas.GanTrainer.load(tmp_path / "names.safetensors")


def test_scores(names):
    texts = ["emma", "olivia", ""]
    scores = names.score_samples(texts)
    assert scores.shape == (3,)
    assert (scores < 0).all()
    tokens = sum(len(text) + 1 for text in texts)
    assert names.perplexity(texts) == pytest.approx(np.exp(-scores.sum() / tokens))
    assert names.bits_per_byte(texts) == pytest.approx(-scores.sum() / np.log(2) / 10)
    assert names.score(texts) == -names.bits_per_byte(texts)
    found = names.token_scores("emma")
    assert found.tokens == ["e", "m", "m", "a"]
    assert found.scores.sum() == pytest.approx(scores[0], rel=1e-5)
    with pytest.raises(DataError, match="X: expected texts that are not empty"):
        names.bits_per_byte([""])


def test_probabilities_of_all_continuations_add_up_to_one(names):
    text = "em"
    start = names.token_scores(text).scores[:2].sum()
    longer = [names.token_scores(text + letter).scores[:3].sum() for letter in "abcdefghijklmnopqrstuvwxyz"]
    ends = names.score_samples([text])[0]
    assert np.exp(longer).sum() + np.exp(ends) == pytest.approx(np.exp(start), rel=1e-4)


def test_a_grid_search_over_texts():
    search = GridSearchCV(small(epochs=1, vocabulary="bytes"), {"width": [8, 16]}, cv=2).fit(NAMES[:200])
    assert search.best_params_["width"] in (8, 16)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert clone(search.best_estimator_).get_params()["width"] == search.best_params_["width"]


def test_copies_are_found_and_warned_of(names):
    long = "x" * 30 + "abcdefghij" * 8
    assert names.copied(["emmaqq", "", "~"], X=["emma", long]) == ["emma", "", ""]
    assert names.copied("zemma") != [""]
    with pytest.warns(CopyWarning, match="1 of 2 texts are mostly copied, the first with 80 characters"):
        names.copied(["~~" + "abcdefghij" * 8, "q"], X=[long])


def test_the_model_is_compared_with_counting():
    with pytest.warns(UserWarning, match=r"the model needs .* nats a token, \d-grams counted"):
        result = small(epochs=1, lr=1e-6).fit(NAMES).evaluate_against_counting()
    assert result.model > result.counting
    good = small(epochs=150, width=32, lr=1e-2, validation=0, batch_size=4).fit(["abcabc"] * 8)
    found = good.evaluate_against_counting(["abcabc"], order=1)
    assert found.model < found.counting
    assert found.order == 1


def test_a_live_plot_shows_texts_and_losses(tmp_path):
    live = ganvas.callbacks.LivePlot(n=3, seconds=0, path=tmp_path / "live.png")
    small(callbacks=[live]).fit(NAMES)
    assert (tmp_path / "live.png").stat().st_size > 5_000


def test_surprise_is_drawn(names):
    ax = names.plot_surprise("emmaolivia")
    assert [text.get_text() for text in ax.texts] == ["emmaolivia"]

"""Models of pairs of texts."""

import itertools
import pickle

import numpy as np
import pytest

import ganvas
from ganvas import Seq2SeqTrainer
from ganvas.exceptions import (
    DataError,
    DtypeError,
    IgnoredWarning,
    NotFittedError,
    ParameterError,
    ShapeError,
    UnknownNameError,
)

RANDOM = np.random.default_rng(0)
SOURCES = ["".join(RANDOM.choice(list("abc"), RANDOM.integers(1, 6))) for _ in range(600)]
TEXTS = [source[::-1].upper() for source in SOURCES]
PARAMS = {"vocabulary": "characters", "width": 32, "depth": 2, "positions": "learnt", "verbose": 0, "random_state": 0}


@pytest.fixture(scope="module")
def model():
    """A model that reverses words."""
    return Seq2SeqTrainer(**PARAMS, epochs=25, batch_size=4, lr=5e-3).fit(SOURCES[:500], TEXTS[:500])


@pytest.fixture(scope="module")
def quick():
    return Seq2SeqTrainer(**PARAMS, epochs=1, batch_size=4).fit(SOURCES[:100], TEXTS[:100])


def test_a_model_learns_what_pairs_have_in_common(model):
    assert model.score(SOURCES[500:], TEXTS[500:], metric="exact") > 0.9
    assert model.predict("abc") == "CBA"
    assert model.score(SOURCES[500:], TEXTS[500:]) > 0.9
    assert model.history_["validation_loss"][-1] < 0.2


def test_an_answer_does_not_depend_on_others(model):
    alone = [model.predict([source])[0] for source in SOURCES[:9]]
    assert model.predict(SOURCES[:9]) == alone
    scores = model.score_samples(SOURCES[:9], TEXTS[:9])
    for i in range(9):
        np.testing.assert_allclose(model.score_samples(SOURCES[i : i + 1], TEXTS[i : i + 1]), scores[i], rtol=1e-4)


def test_beam_search_finds_the_best_of_all_texts(quick):
    # All texts of up to three tokens, whose scores include their end.
    letters = [chr(quick.vocabulary_.bytes(i)[0]) for i in range(len(quick.vocabulary_))]
    texts = ["".join(text) for n in range(4) for text in itertools.product(letters, repeat=n)]
    for source in ["a", "cab"]:
        scores = quick.score_samples([source] * len(texts), texts)
        best = int(np.argmax(scores))
        # As wide as all texts of two tokens.
        [found] = quick.predict([source], beam=len(letters) ** 2, length_penalty=0, max_tokens=4, details=True)
        assert found.text == texts[best] or found.log_probability >= scores[best] - 1e-4
        assert found.finish == "end"


def test_scores_of_answers_are_their_likelihoods(model):
    answers = model.predict(SOURCES[:20], details=True)
    assert [answer.text for answer in answers] == model.predict(SOURCES[:20])
    scores = model.score_samples(SOURCES[:20], [answer.text for answer in answers])
    np.testing.assert_allclose([answer.log_probability for answer in answers], scores, atol=1e-3)
    assert all(0 < answer.coverage <= 1 for answer in answers)
    assert {answer.finish for answer in answers} == {"end"}
    short = model.predict(["abcab"], max_tokens=2, details=True)[0]
    assert (len(short.text), short.finish) == (2, "length")


def test_one_beam_is_the_likeliest_token_each_time(model):
    assert model.predict(SOURCES[:30], beam=1) == model.sample(SOURCES[:30], temperature=0)


def test_samples_depend_on_the_seed_and_not_on_the_number_drawn(quick):
    first = quick.sample("abc", n=5, random_state=1)
    assert first == quick.sample("abc", n=5, random_state=1)
    assert first[:2] == quick.sample("abc", n=2, random_state=1)
    assert first != quick.sample("abc", n=5, random_state=2)
    assert len(set(quick.sample("abc", n=40))) > 20
    assert [len(text) for text in quick.sample(["a", "b"], n=2, max_tokens=0)] == [0] * 4


def test_samples_come_as_often_as_their_likelihoods_say(quick):
    drawn = quick.sample("a", n=2000, random_state=0, max_tokens=3)
    texts, counts = np.unique([text for text in drawn if len(text) < 3], return_counts=True)
    shares = np.exp(quick.score_samples(["a"] * len(texts), list(texts)))
    assert len(texts) > 5
    np.testing.assert_allclose(counts / 2000, shares, atol=4 * np.sqrt(0.25 / 2000))


def test_attention_adds_up_to_one_and_is_drawn(model):
    weights, source, text = model.attention("abc")
    assert (source, text) == (["a", "b", "c", ""], ["C", "B", "A", ""])
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-5)
    ax = model.plot_attention("abc")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c", "∅"]
    assert model.attention("abc", "B")[0].shape == (2, 4)


def test_sources_may_have_several_texts():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"story": SOURCES[:60], "question": SOURCES[60:120], "answer": TEXTS[:60]})
    model = Seq2SeqTrainer(**PARAMS, epochs=1).fit(frame[["story", "question"]], frame["answer"])
    rows = list(zip(SOURCES[:60], SOURCES[60:120], strict=True))
    assert model.predict(frame[["story", "question"]].head(3)) == model.predict(rows[:3])
    with pytest.raises(ShapeError, match="X: expected 2 texts in each source, as in fit, got 1"):
        model.predict(SOURCES[:2])
    with pytest.raises(ShapeError, match="X: expected 2 texts in each source, as in fit, got 1"):
        model.partial_fit(SOURCES[:20], TEXTS[:20])
    assert len(model.attention(rows[0])[1]) == len(rows[0][0]) + len(rows[0][1]) + 2
    with pytest.raises(ShapeError, match="X: expected as many texts in each row, got rows of 1 and 2"):
        model.predict([("a",), ("a", "b")])


@pytest.mark.parametrize("net", ["lstm", "gru"])
def test_recurrent_networks_see_sources_too(net):
    model = Seq2SeqTrainer(**{**PARAMS, "net": net, "positions": None, "width": 64}, epochs=20, batch_size=4, lr=5e-3)
    mixed = model.fit(SOURCES[:500], TEXTS[1:501]).history_["validation_loss"].min()
    assert model.fit(SOURCES[:500], TEXTS[:500]).history_["validation_loss"].min() < 0.85 * mixed
    answers = model.predict(SOURCES[:9], details=True)
    scores = model.score_samples(SOURCES[:9], [answer.text for answer in answers])
    np.testing.assert_allclose([answer.log_probability for answer in answers], scores, atol=1e-3)


def test_both_executors_agree():
    found = []
    for executor in ("native", "tch"):
        model = Seq2SeqTrainer(**PARAMS, epochs=2, batch_size=4, executor=executor).fit(SOURCES[:100], TEXTS[:100])
        assert model.executor_ == executor
        found.append(model.history_["loss"])
    np.testing.assert_allclose(*found, rtol=1e-4)


def test_files_pickles_and_resumed_runs_go_on_exactly(tmp_path, quick):
    quick.save(tmp_path / "pairs.safetensors")
    for copy in (Seq2SeqTrainer.load(tmp_path / "pairs.safetensors"), pickle.loads(pickle.dumps(quick))):
        assert copy.predict(SOURCES[:5]) == quick.predict(SOURCES[:5])
        assert copy.sample("abc", n=3) == pickle.loads(pickle.dumps(quick)).sample("abc", n=3)
    whole = Seq2SeqTrainer(**PARAMS, epochs=3, batch_size=4).fit(SOURCES[:100], TEXTS[:100])

    def fit(epochs):
        model = Seq2SeqTrainer(**PARAMS, epochs=3, batch_size=4)
        model.callbacks = [StopAfter(epochs)]
        return model.fit(SOURCES[:100], TEXTS[:100], checkpoint_dir=tmp_path / "run", resume="auto")

    assert fit(2).interrupted_
    resumed = fit(9)
    np.testing.assert_array_equal(resumed.history_["loss"], whole.history_["loss"])
    assert resumed.sample("abc", n=3, random_state=0) == whole.sample("abc", n=3, random_state=0)


class StopAfter(ganvas.callbacks.Callback):
    def __init__(self, epochs):
        self.epochs = epochs

    def on_epoch_end(self, trainer, epoch):
        if len(trainer.history_["loss"]) == self.epochs:
            trainer.stop()


def test_partial_fit_keeps_the_vocabulary(quick):
    model = pickle.loads(pickle.dumps(quick)).partial_fit(SOURCES[100:200], TEXTS[100:200], epochs=2)
    assert len(model.history_["loss"]) == 3
    assert len(model.vocabulary_) == len(quick.vocabulary_)
    with pytest.raises(DataError, match=r"character 'x' \(U\+0078\) at position 0 is not in the vocabulary"):
        model.partial_fit(["x"] * 20, ["A"] * 20)


def test_empty_and_missing_pairs_are_left_out(capsys):
    sources, texts = [*SOURCES[:50], "", None, "a", "b"], [*TEXTS[:50], "A", "B", "", float("nan")]
    model = Seq2SeqTrainer(**{**PARAMS, "verbose": 1}, epochs=1).fit(sources, texts)
    assert "50 pairs (4 with an empty text left out)" in capsys.readouterr().out
    assert model.predict(["", "a"])[0] == ""
    assert model.predict("") == ""
    assert model.predict([]) == []
    with pytest.raises(DataError, match="X: 1 sources are missing, the first at position 1"):
        model.predict(["a", None])


def test_long_texts(quick):
    with pytest.warns(
        IgnoredWarning, match="1 of 2 sources have more tokens than the context of 64, the first at p.* 1"
    ):
        assert len(quick.predict(["a", "b" * 100], max_tokens=3)) == 2
    with pytest.raises(DataError, match="X, y: pair 0 has a text of 101 tokens, more than the context of 6"):
        quick.score_samples(["a"], ["A" * 100])
    with pytest.warns(IgnoredWarning, match="1 of 51 pairs have a text of more tokens than context=8 and are left out"):
        Seq2SeqTrainer(**PARAMS, epochs=1, context=8).fit([*SOURCES[:50], "a" * 20], [*TEXTS[:50], "A"])
    with pytest.raises(DataError, match="X: all pairs have more tokens than context=8; pass a larger context"):
        Seq2SeqTrainer(**PARAMS, epochs=1, context=8).fit(["a" * 20] * 9, ["A"] * 9)


def test_windows_have_as_many_places_of_texts_as_these_need():
    short = Seq2SeqTrainer(**PARAMS, epochs=1).fit(SOURCES[:100], ["A", "BC"] * 50)
    # Sources have 4 tokens in the mean, texts 2.5, with their ends.
    mean = np.mean([len(source) + 1 for source in SOURCES[:100]])
    assert (short.context_, short.text_context_) == (64, int(np.ceil(64 * 2.5 / mean)))
    assert len(short.predict("abc", max_tokens=999)) < 64
    long = Seq2SeqTrainer(**PARAMS, epochs=1).fit(["a", "b"], ["ABC" * 20, "A" * 90])
    assert (long.context_, long.text_context_) == (3, 91)
    assert long.score_samples(["a"], ["A" * 90]).shape == (1,)
    said = Seq2SeqTrainer(**PARAMS, epochs=1, context=20).fit(SOURCES[:100], ["A", "BC"] * 50)
    assert (said.context_, said.text_context_) == (20, 20)
    said = Seq2SeqTrainer(**PARAMS, epochs=1, context=(20, 4)).fit(SOURCES[:100], ["A", "BC"] * 50)
    assert (said.context_, said.text_context_) == (20, 4)
    with pytest.warns(IgnoredWarning, match="1 of 3 sources have more tokens than the context of 3"):
        long.predict(["a", "b", "a" * 9])
    with pytest.warns(IgnoredWarning, match=r"1 of 3 pairs have a text of more tokens than context=\(3, 91\)"):
        long.partial_fit(["a", "b", "a"], ["A", "B", "A" * 92])


def refused(error, message, X=SOURCES[:20], y=TEXTS[:20], **params):
    with pytest.raises(error, match=message):
        Seq2SeqTrainer(**{**PARAMS, "epochs": 1, **params}).fit(X, y)


def test_data_that_are_refused():
    refused(DtypeError, r"X: expected a list of texts, got one text; pass \['abc'\]", X="abc")
    refused(DtypeError, "y: expected a text for each source, got None", y=None)
    refused(DtypeError, "y: expected a list of texts, got one text", y="abc")
    refused(ShapeError, "y: expected a text for each of 20 sources, got 19", y=TEXTS[:19])
    refused(DtypeError, "y: expected texts, got int at position 0", y=[3] * 20)
    refused(DataError, "X: expected pairs of texts, got 2 with an empty or missing text", X=["", "a"], y=["A", ""])
    refused(ShapeError, r"X: expected texts in one or several columns, got \(2, 2, 2\)", X=np.full((2, 2, 2), "a"))


def test_parameters_that_are_refused(quick):
    refused(ParameterError, "context: must be between 2 and 65536, got 1", context=1)
    refused(ParameterError, "context: must be between 2 and 65536, got 1", context=(9, 1))
    three = r"context: expected one number, or those of sources and of texts, got \(1, 2, 3\)"
    refused(ParameterError, three, context=(1, 2, 3))
    refused(ParameterError, "context: expected an integer, got '64'", context="64")
    refused(ParameterError, 'vocabulary_size: expected None for vocabulary="characters", got 9', vocabulary_size=9)
    with pytest.raises(ParameterError, match="beam: must be between 1 and 1024, got 0"):
        quick.predict("a", beam=0)
    with pytest.raises(ParameterError, match="length_penalty: must be at least 0 and finite, got -1"):
        quick.predict("a", length_penalty=-1)
    with pytest.raises(ParameterError, match="temperature: must be at least 0 and finite, got -1"):
        quick.sample("a", temperature=-1)
    with pytest.raises(ganvas.exceptions.UnknownNameError, match='unknown metric "chr"; did you mean "chrf"'):
        quick.score(["a"], ["A"], metric="chr")
    with pytest.raises(NotFittedError):
        Seq2SeqTrainer().predict("a")


def test_searches_over_parameters():
    from sklearn.model_selection import GridSearchCV

    search = GridSearchCV(Seq2SeqTrainer(**PARAMS, epochs=1), {"width": [16, 32]}, cv=2).fit(SOURCES[:60], TEXTS[:60])
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_preset_is_refused_because_there_are_none():
    with pytest.raises(UnknownNameError, match='unknown preset "dcgan"; there are none for this estimator'):
        Seq2SeqTrainer(preset="dcgan", verbose=0).fit(["a"] * 8, ["b"] * 8)

"""Texts that a model writes: prompts, stops, policies, streams."""

import numpy as np
import pytest

import ganvas
from ganvas import TextTrainer
from ganvas.exceptions import DataError, DtypeError, IgnoredWarning, NotFittedError, ParameterError

NAMES = ganvas.data.load_names()[:600]
LINES = [f"{name}\n{name} </s> 🙂é\n\n" for name in NAMES[:200]]


def small(**params):
    usual = {"context": 12, "width": 16, "depth": 1, "epochs": 2, "random_state": 0, "verbose": 0}
    return TextTrainer(**{**usual, **params})


@pytest.fixture(scope="module")
def names():
    return small().fit(NAMES)


@pytest.fixture(scope="module")
def of_bytes():
    return small(vocabulary="bytes").fit(LINES)


@pytest.fixture(scope="module", params=["transformer", "learnt", "bpe"])
def any_model(request):
    special = {"learnt": {"positions": "learnt"}, "bpe": {"vocabulary": "bpe", "vocabulary_size": 280}}
    return small(context=20, **special.get(request.param, {})).fit(LINES)


def test_texts_are_strings_and_as_many_as_asked_for(names):
    texts = names.generate(n=5, random_state=0)
    assert len(texts) == 5
    assert all(isinstance(text, str) and set(text) <= set("abcdefghijklmnopqrstuvwxyz") for text in texts)
    assert len(names.generate(["a", "bo"], n=3)) == 6
    assert names.generate(max_tokens=0) == [""]
    assert all(names.generate(n=200, temperature=3.0, random_state=0))


def test_the_same_seed_gives_the_same_texts_whatever_else_is_written(names):
    five = names.generate(n=5, random_state=3)
    assert names.generate(n=2, random_state=3) == five[:2]
    assert names.generate(n=5, random_state=3) == five
    assert names.generate(n=5, random_state=4) != five
    # More than are written at the same time.
    many = names.generate(n=300, max_tokens=3, random_state=3)
    assert many[:150] == names.generate(n=150, max_tokens=3, random_state=3)
    assert many[150:] != many[:150]


def test_without_a_seed_the_stream_continues_and_is_saved(names, tmp_path):
    names.save(tmp_path / "model.safetensors")
    loaded = TextTrainer.load(tmp_path / "model.safetensors")
    first, second = names.generate(n=4), names.generate(n=4)
    assert first != second
    assert [loaded.generate(n=4), loaded.generate(n=4)] == [first, second]


def test_prompts_of_several_lengths_are_continued_as_alone(any_model):
    prompts = ["a", "marian", "", "emma\nem", "olivia\nolivia </s>"]
    together = any_model.generate(prompts, temperature=0, max_tokens=30)
    assert together == [any_model.generate(prompt, temperature=0, max_tokens=30)[0] for prompt in prompts]


def test_continuations_are_those_of_the_network_beyond_its_context_too(any_model):
    prompt, vocabulary, context = "anna\nanna", any_model.vocabulary_, any_model.context_
    text = any_model.generate(prompt, temperature=0, max_tokens=40)[0]
    import torch

    end = len(vocabulary)
    tokens = [end, *vocabulary.encode(prompt).tolist()]
    written = []
    while len(written) < 40:
        # The window starts anew with its last half once it is full.
        stride = context - context // 2
        # Half of its tokens were in the window before.
        first = 0 if len(tokens) <= context else -(-(len(tokens) - context) // stride) * stride
        window = tokens[first:]
        padded = torch.tensor([window + [end] * (context - len(window))], dtype=torch.float32)
        best = any_model.network_(padded)[0, :, len(window) - 1].argmax().item()
        if best == end:
            break
        written.append(best)
        tokens.append(best)
    assert b"".join(vocabulary.bytes(token) for token in written).decode(errors="replace") == text


def test_scores_are_those_of_the_network(any_model):
    import torch

    text = "emma\nemma"
    tokens = [len(any_model.vocabulary_), *any_model.vocabulary_.encode(text).tolist()]
    assert len(tokens) <= any_model.context_
    padded = torch.tensor([tokens + [0] * (any_model.context_ - len(tokens))], dtype=torch.float32)
    logs = any_model.network_(padded)[0].log_softmax(0)
    targets = [*tokens[1:], tokens[0]]
    expected = [logs[target, place].item() for place, target in enumerate(targets)]
    np.testing.assert_allclose(any_model.token_scores(text).scores, expected, atol=2e-5)
    assert any_model.score_samples([text])[0] == pytest.approx(sum(expected), abs=1e-4)


def test_a_stream_is_the_text_in_whole_characters(of_bytes):
    for seed in range(4):
        [whole] = of_bytes.generate("e", max_tokens=60, random_state=seed, temperature=1.5)
        pieces = list(of_bytes.stream("e", max_tokens=60, random_state=seed, temperature=1.5))
        assert "".join(pieces) == whole
        # Half a character is held back until it is whole or the text has ended.
        assert all(piece for piece in pieces)


def test_texts_are_cut_before_the_first_stop(of_bytes):
    for seed in range(4):
        [whole] = of_bytes.generate(max_tokens=80, random_state=seed)
        for stop in ("\n", "a\n", " </", ["\n\n", "e"]):
            cut = of_bytes.generate(max_tokens=80, random_state=seed, stop=stop)[0]
            places = [whole.find(one) for one in ([stop] if isinstance(stop, str) else stop)]
            places = [place for place in places if place >= 0]
            assert cut == (whole[: min(places)] if places else whole)
            streamed = list(of_bytes.stream(max_tokens=80, random_state=seed, stop=stop))
            assert "".join(streamed) == cut


def test_a_stop_in_the_prompt_does_not_count_and_the_prompt_is_not_returned(of_bytes):
    [plain] = of_bytes.generate("emma\n", random_state=0, max_tokens=5)
    assert not plain.startswith("emma")
    assert of_bytes.generate("emma\n", random_state=0, max_tokens=5, stop="mm") == [plain]
    assert of_bytes.generate("emma\n", random_state=0, max_tokens=5, include_prompt=True) == ["emma\n" + plain]


def test_max_tokens_counts_new_tokens(names):
    for prompt in ("", "emma"):
        assert max(len(text) for text in names.generate(prompt, n=20, max_tokens=3, random_state=0)) == 3


@pytest.mark.parametrize("policy", [{"temperature": 0}, {"temperature": 1e-6}, {"top_k": 1}, {"top_p": 1e-9}])
def test_greedy_policies_agree(names, policy):
    assert names.generate("an", **policy) == names.generate("an", temperature=0.0)


def test_a_large_top_k_considers_all(names):
    assert names.generate(n=4, random_state=0, top_k=10**6) == names.generate(n=4, random_state=0)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"temperature": -1}, "temperature: must be at least 0 and finite, got -1"),
        ({"temperature": float("nan")}, "temperature: must be at least 0 and finite, got NaN"),
        ({"temperature": "hot"}, "temperature: expected a number, got 'hot'"),
        ({"top_k": 0}, "top_k: must be at least 1, got 0"),
        ({"top_p": 0}, "top_p: must be above 0 and at most 1; None considers all tokens, got 0"),
        ({"top_p": 1.5}, "top_p: must be above 0 and at most 1; None considers all tokens, got 1.5"),
        ({"stop": ""}, "stop: expected texts that are not empty, got ''"),
        ({"stop": ["a", ""]}, "stop: expected texts that are not empty, got ['a', '']"),
        ({"max_tokens": -1}, "max_tokens: must be at least 0, got -1"),
        ({"n": 0}, "n: must be at least 1, got 0"),
        ({"y": "short"}, "y: this model was fitted without labels, got labels"),
    ],
)
def test_wrong_requests_are_refused(names, params, message):
    with pytest.raises(ParameterError) as error:
        names.generate(**params)
    assert str(error.value) == message


def test_prompts_that_are_no_texts_are_refused(names):
    for prompt in (3, ["a", None], []):
        with pytest.raises(DtypeError, match="prompt: expected a text or a list of texts"):
            names.generate(prompt)
    with pytest.raises(DtypeError, match="prompt: expected a text, got list"):
        names.stream(["a"])
    with pytest.raises(NotFittedError):
        small().generate("a")


def test_a_character_outside_the_vocabulary_is_named_with_a_remedy(names, of_bytes):
    with pytest.raises(DataError) as error:
        names.generate("anna日")
    assert str(error.value) == (
        "character '日' (U+65E5) at position 4 is not in the vocabulary, which was learnt from the training texts; "
        'vocabulary="bytes" accepts all text'
    )
    assert len(of_bytes.generate("日\0\u202eא", max_tokens=3)) == 1


def test_a_prompt_longer_than_the_context_is_seen_at_its_end(names):
    with pytest.warns(IgnoredWarning, match="prompt: 30 tokens are more than the context of 12; only the end is seen"):
        [text] = names.generate("abcdefghij" * 3, temperature=0)
    assert isinstance(text, str)


def test_literal_markers_in_the_data_are_text(of_bytes):
    known, other = of_bytes.score_samples([f"emma\nemma {marker} 🙂é\n\n" for marker in ("</s>", "<#q>")])
    assert known > other
    assert bytes(of_bytes.vocabulary_.encode("</s>").astype(np.uint8)) == b"</s>"

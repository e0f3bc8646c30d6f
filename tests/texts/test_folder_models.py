"""Models of other programs: logits, texts and further training against transformers; errors."""

import json
import pickle

import numpy as np
import pytest
import torch

import ganvas
from ganvas import TextTrainer
from ganvas.exceptions import CheckpointError, ParameterError

transformers = pytest.importorskip("transformers", reason="transformers is not installed (pip install --group dev)")
tokenizers = pytest.importorskip("tokenizers")
safetensors = pytest.importorskip("safetensors.torch")

NAMES = ganvas.data.load_names()[:300]
TEXTS = ["emma and olivia", "Two  spaces,\n\ttabs and na\u00efve \U0001f642 <|endoftext|>", "x"]
QUIET = {"verbose": 0, "random_state": 0, "device": "cpu"}


def tokenizer(special, first):
    """A byte-level tokenizer whose special tokens come before or after the others."""
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=sorted(alphabet), special_tokens=special if first else [], show_progress=False
    )
    made.train_from_iterator(NAMES, trainer)
    made.add_special_tokens(special)
    return made


def randomise(model):
    """Give all weights, also norms and biases, random values, so that none is without effect."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * 0.1)
    return model.eval()


def gpt2(**config):
    made = tokenizer(["<|endoftext|>"], first=False)
    end = made.token_to_id("<|endoftext|>")
    sizes = {"n_positions": 24, "n_embd": 16, "n_layer": 2, "n_head": 2}
    usual = {"vocab_size": made.get_vocab_size() + 5, "bos_token_id": end, "eos_token_id": end}
    return made, transformers.GPT2LMHeadModel(transformers.GPT2Config(**{**sizes, **usual, **config}))


def llama(**config):
    made = tokenizer(["<s>", "</s>", "<unk>"], first=True)
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4}
    usual = {
        "num_key_value_heads": 2,
        "vocab_size": made.get_vocab_size(),
        "max_position_embeddings": 24,
        "rope_theta": 5_000.0,
        "rms_norm_eps": 1e-5,
        "bos_token_id": made.token_to_id("<s>"),
        "eos_token_id": made.token_to_id("</s>"),
    }
    return made, transformers.LlamaForCausalLM(transformers.LlamaConfig(**{**sizes, **usual, **config}))


MODELS = {
    "gpt2": lambda: gpt2(),
    "gpt2, head of its own, inner width": lambda: gpt2(tie_word_embeddings=False, n_inner=40),
    "gpt2, gelu": lambda: gpt2(activation_function="gelu"),
    "llama": lambda: llama(),
    "llama, tied": lambda: llama(tie_word_embeddings=True),
    "llama, one key head": lambda: llama(num_key_value_heads=1),
}


@pytest.fixture(scope="module", params=MODELS)
def case(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    made, model = MODELS[request.param]()
    randomise(model).save_pretrained(folder)
    made.save(str(folder / "tokenizer.json"))
    return folder, made, model


@pytest.fixture
def folder(tmp_path):
    made, model = gpt2()
    randomise(model).save_pretrained(tmp_path)
    made.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def kept(made, model):
    """Numbers of the tokens of texts in their order, and of the tokens that start and end a text."""
    special = {number for number, token in made.get_added_tokens_decoder().items() if token.special}
    return [i for i in range(made.get_vocab_size()) if i not in special], [
        model.config.bos_token_id,
        model.config.eos_token_id,
    ]


def reference(made, model, text):
    """Log probabilities of the tokens of a text and its end, among those that texts can have."""
    rows, (start, end) = kept(made, model)
    ids = made.encode(text).ids
    with torch.no_grad():
        logits = model(torch.tensor([[start, *ids]])).logits[0]
    logs = logits[:, [*rows, end]].log_softmax(-1)
    places = [rows.index(number) for number in ids] + [len(rows)]
    return logs[range(len(places)), places].numpy(), logits[:, [*rows, end]].numpy()


def test_logits_and_scores_are_those_of_transformers(case):
    folder, made, model = case
    text = TextTrainer.from_folder(folder, **QUIET)
    rows, _ = kept(made, model)
    assert len(text.vocabulary_) == len(rows)
    assert text.executor_ == "native"
    for document in (TEXTS[0], "x", NAMES[7] + "\n" + NAMES[9]):
        scores, logits = reference(made, model, document)
        tokens, found = text.token_scores(document)
        assert "".join(tokens) == document
        np.testing.assert_allclose(found, scores, atol=1e-5)
        window = np.zeros((1, text.context_), np.float32)
        window[0, 0] = len(text.vocabulary_)
        window[0, 1 : len(tokens) + 1] = text.vocabulary_.encode(document)
        own = text.network_(torch.from_numpy(window)).numpy()[0, :, : len(tokens) + 1].T
        np.testing.assert_allclose(own, logits, atol=1e-5)
    total = text.score_samples([TEXTS[0]])[0]
    assert total == pytest.approx(reference(made, model, TEXTS[0])[0].sum(), abs=1e-4)


def test_a_greedy_continuation_is_that_of_transformers(case):
    folder, made, model = case
    text = TextTrainer.from_folder(folder, **QUIET)
    rows, (start, end) = kept(made, model)
    for prompt in ("emma", "ol"):
        ids = [start, *made.encode(prompt).ids]
        new = []
        while len(new) < 10:
            with torch.no_grad():
                logits = model(torch.tensor([ids + new])).logits[0, -1, [*rows, end]]
            best = int(logits.argmax())
            if best == len(rows):
                break
            new.append(rows[best])
        raw = b"".join(text.vocabulary_.bytes(rows.index(number)) for number in new)
        assert text.generate(prompt, temperature=0, max_tokens=10) == [raw.decode(errors="replace")]


def test_names_of_special_tokens_are_text(folder):
    text = TextTrainer.from_folder(folder, **QUIET)
    for document in TEXTS:
        assert "".join(text.vocabulary_.bytes(int(i)).decode("latin-1") for i in text.vocabulary_.encode(document)) == (
            document.encode().decode("latin-1")
        )


def test_a_model_is_trained_further_saved_and_pickled(case, tmp_path):
    folder, *_ = case
    text = TextTrainer.from_folder(folder, batch_size=8, lr=1e-3, **QUIET)
    assert (text.lr_, text.epochs_, text.interrupted_) == (1e-3, 1, False)
    before = text.bits_per_byte(NAMES)
    text.save(tmp_path / "before.safetensors")
    restored = TextTrainer.load(tmp_path / "before.safetensors", device="cpu")
    np.testing.assert_array_equal(restored.score_samples(NAMES[:5]), text.score_samples(NAMES[:5]))
    for model in (text, restored):
        assert model.partial_fit(NAMES, epochs=1) is model
        assert len(model.history_["loss"]) == 1
        assert not model.interrupted_
    assert text.bits_per_byte(NAMES) < before - 0.1
    text.save(tmp_path / "after.safetensors")
    for copy in (restored, TextTrainer.load(tmp_path / "after.safetensors"), pickle.loads(pickle.dumps(text))):
        np.testing.assert_array_equal(copy.score_samples(NAMES[:5]), text.score_samples(NAMES[:5]))
        assert copy.get_params()["width"] == 16
    text.partial_fit(NAMES[:50], epochs=2)
    assert len(text.history_["loss"]) == 3


def test_further_training_has_a_small_learning_rate_and_a_summary(folder, capsys):
    text = TextTrainer.from_folder(folder, random_state=0, device="cpu", dropout=0.1, ema=50)
    assert (text.lr_, text.dropout_, text.context_, text.context) == (5e-5, 0.1, 24, 24)
    assert (text.net, text.width, text.norm, text.activation) == ("transformer", 16, "layer", "gelu_tanh")
    plain = TextTrainer.from_folder(folder, **QUIET)
    np.testing.assert_allclose(text.score_samples(NAMES[:5]), plain.score_samples(NAMES[:5]), rtol=1e-6)
    text.partial_fit(NAMES)
    assert "a model of a folder, vocabulary of 300 bpe" in capsys.readouterr().out


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("sharded", [False, True])
def test_halves_and_shards_are_read(tmp_path, dtype, sharded):
    made, model = gpt2()
    model = randomise(model).to(dtype)
    model.save_pretrained(tmp_path, max_shard_size="10KB" if sharded else "1GB")
    made.save(str(tmp_path / "tokenizer.json"))
    assert (tmp_path / "model.safetensors.index.json").exists() == sharded
    text = TextTrainer.from_folder(tmp_path, **QUIET)
    expected, _ = reference(made, model.float(), TEXTS[0])
    np.testing.assert_allclose(text.token_scores(TEXTS[0]).scores, expected, atol=1e-5)


def test_a_shorter_context_and_the_names_of_older_files(folder):
    words = json.loads((folder / "tokenizer.json").read_text())
    del words["model"]["type"]
    words["model"]["merges"] = [" ".join(pair) for pair in words["model"]["merges"]]
    file = folder / "model.safetensors"
    tensors = {name.removeprefix("transformer."): t for name, t in safetensors.load_file(file).items()}
    tensors["lm_head.weight"] = tensors["wte.weight"].clone()
    tensors["h.0.attn.bias"] = torch.ones(1, 1, 24, 24, dtype=torch.bool)
    longer = TextTrainer.from_folder(folder, **QUIET)
    safetensors.save_file(tensors, file)
    (folder / "tokenizer.json").write_text(json.dumps(words))
    text = TextTrainer.from_folder(folder, context=9, **QUIET)
    assert text.context_ == 9
    np.testing.assert_allclose(text.score_samples(["x"]), longer.score_samples(["x"]), atol=1e-5)


def edit(folder, **fields):
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def error(folder, **params):
    with pytest.raises((CheckpointError, ParameterError)) as caught:
        TextTrainer.from_folder(folder, **{**QUIET, **params})
    return str(caught.value).replace(f"{folder}/", "").replace(str(folder), "FOLDER")


CONFIGS = [
    ({"model_type": "bert"}, 'model_type: expected "gpt2", "llama" or "mistral", got "bert"'),
    ({"n_embd": None}, "n_embd: expected an integer from 1 to 65536, got none"),
    ({"n_head": 3}, "n_head: expected a divisor of 16, got 3"),
    ({"activation_function": "mish"}, 'activation_function: expected "gelu_new", "gelu", "relu" or "silu", got "mish"'),
    ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx: expected false, got true"),
    ({"eos_token_id": None}, "eos_token_id: expected the number of a token, got none"),
    ({"vocab_size": 300}, "vocab_size: expected a number above that of each token, such as 300, got 300"),
    ({"quantization_config": {}}, "quantization_config: expected none, the weights must not be quantised, got {}"),
]


@pytest.mark.parametrize(("fields", "text"), CONFIGS, ids=[next(iter(fields)) for fields, _ in CONFIGS])
def test_configurations_that_do_not_fit(folder, fields, text):
    edit(folder, **fields)
    assert error(folder) == f"config.json: {text}"


LLAMAS = [
    (
        {"rope_scaling": {"rope_type": "linear", "factor": 2.0}},
        'rope_scaling: expected rotary positions without scaling (rope_type "default"), got '
        '{"factor":2.0,"rope_type":"linear"}',
    ),
    ({"attention_bias": True}, "attention_bias: expected false, got true"),
    ({"head_dim": 6}, "head_dim: expected hidden_size / num_attention_heads = 4, got 6"),
    ({"hidden_act": "gelu"}, 'hidden_act: expected "silu", got "gelu"'),
    ({"num_key_value_heads": 3}, "num_key_value_heads: expected a divisor of 4, got 3"),
]


@pytest.mark.parametrize(("fields", "text"), LLAMAS, ids=[next(iter(fields)) for fields, _ in LLAMAS])
def test_llamas_that_do_not_fit(tmp_path, fields, text):
    made, model = llama()
    model.save_pretrained(tmp_path)
    made.save(str(tmp_path / "tokenizer.json"))
    edit(tmp_path, **fields)
    assert error(tmp_path) == f"config.json: {text}"


def test_a_sliding_window_limits_the_context(tmp_path):
    made, model = llama()
    model.save_pretrained(tmp_path)
    made.save(str(tmp_path / "tokenizer.json"))
    edit(tmp_path, model_type="mistral", sliding_window=8)
    assert TextTrainer.from_folder(tmp_path, **QUIET).context_ == 8
    assert error(tmp_path, context=9) == "context: must be at most 8, the sliding_window in config.json, got 9"
    edit(tmp_path, sliding_window=None)
    assert TextTrainer.from_folder(tmp_path, **QUIET).context_ == 24


def test_files_that_are_missing(folder):
    none = folder / "nothing"
    assert error(none) == "FOLDER: config.json: expected a local file, got no such folder"
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert error(folder) == (
        "FOLDER: model.safetensors: expected this file or model.safetensors.index.json, got pytorch_model.bin; save "
        "the model with save_pretrained(path, safe_serialization=True)"
    )
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "part-1.safetensors"}}))
    assert error(folder) == "model.safetensors.index.json: part-1.safetensors: expected a file in the folder, got none"
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "../a.safetensors"}}))
    assert error(folder) == (
        'model.safetensors.index.json: weight_map: expected names of files, got "../a.safetensors"'
    )
    (folder / "tokenizer.json").unlink()
    assert error(folder) == "FOLDER: tokenizer.json: expected a local file, got no such file"


def test_tensors_that_do_not_fit(folder):
    file = folder / "model.safetensors"
    good = safetensors.load_file(file)
    name = "transformer.h.1.ln_2.weight"

    def with_(**changes):
        tensors = {key: tensor for key, tensor in {**good, **changes}.items() if tensor is not None}
        safetensors.save_file(tensors, file)
        return error(folder)

    assert with_(**{name: None}) == 'model.safetensors: lacks "h.1.ln_2.weight"'
    assert with_(**{name: torch.ones(8)}) == f'model.safetensors: "{name}" is (8,), model needs (16,)'
    assert with_(**{name: torch.ones(16).int()}) == f'model.safetensors: "{name}" is I32, model needs F32, F16 or BF16'
    assert with_(**{name: torch.full((16,), torch.nan)}) == f'model.safetensors: "{name}" is not finite'
    assert with_(extra=torch.ones(2)) == 'model.safetensors: has "extra", which the model lacks'
    assert with_(**{"transformer.wte.weight": torch.ones(9, 16)}) == (
        'model.safetensors: "transformer.wte.weight" is (9, 16), model needs (306, 16)'
    )
    file.write_bytes(file.read_bytes()[:1000])
    assert error(folder).startswith("model.safetensors: contents: expected the safetensors format, got ")


def test_tokenizers_that_do_not_fit(folder):
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0}, unk_token="a"))
    made.save(str(folder / "tokenizer.json"))
    assert error(folder) == (
        "tokenizer.json: model: expected byte pair encoding of bytes, as in GPT-2 or Llama 3, got WordLevel"
    )


def test_parameters_that_the_folder_determines(folder):
    assert error(folder, width=64) == "width: expected None, the folder determines it, got 64"
    assert error(folder, preset="nanogpt") == "preset: expected None, the folder determines it, got 'nanogpt'"
    assert error(folder, context=25) == "context: must be at most 24, the n_positions in config.json, got 25"
    assert error(folder, lr=-1.0).startswith("lr: ")


def test_a_folder_is_not_changed(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    TextTrainer.from_folder(folder, **QUIET).partial_fit(NAMES[:50])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before

"""Every estimator trains on maps of tiles."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from registries import nets_of_arrays
from scipy.special import log_softmax
from sklearn.metrics import roc_auc_score

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer, VqVaeTrainer, _core
from ganvas.data import platform_levels
from ganvas.exceptions import DataError, DtypeError, ParameterError, ShapeError

QUIET = {"epochs": 1, "batch_size": 8, "random_state": 0, "verbose": 0, "progress": False}
ESTIMATORS = [GanTrainer, VaeTrainer, AutoencoderTrainer, VqVaeTrainer]
LEVELS = platform_levels(32, random_state=0)
NUMBERS = np.random.default_rng(0).choice([-3, 0, 7, 500], (32, 8, 8))


def fitted(estimator, X=LEVELS, y=None, **parameters):
    return estimator(**({"kind": "tiles"} | QUIET | parameters)).fit(X, y)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "X",
    [LEVELS, NUMBERS, NUMBERS.astype(np.int16), NUMBERS > 0, LEVELS.astype("S1"), torch.from_numpy(NUMBERS)],
    ids=["str", "int64", "int16", "bool", "bytes", "torch"],
)
def test_samples_are_maps_of_the_same_symbols(estimator, X):
    made = fitted(estimator, X).sample(5, random_state=0)
    known = {*LEVELS.flat} if isinstance(X, np.ndarray) and X.dtype.kind == "S" else {*np.asarray(X).flat}
    assert {*np.asarray(made).flat} <= known
    assert made.shape == (5, *X.shape[1:])
    assert type(made) is type(X) and (made.dtype == X.dtype or X.dtype.kind == "S")


def test_characters_are_maps_without_naming_the_kind():
    model = fitted(VaeTrainer, kind=None)
    assert model.value_range_ is None
    assert (model.net_, model.likelihood_, model.levels_) == ("conv", "categorical", None)
    data = model._run.data()
    assert (data.kind, data.sizes) == ("tiles", LEVELS.shape[1:])


def test_lists_of_text_lines_and_objects_are_read():
    lines = [["".join(row) for row in level] for level in LEVELS]
    expected = fitted(GanTrainer).sample(4, random_state=0)
    for X in (lines, np.array(lines), LEVELS.astype(object), LEVELS.tolist()):
        np.testing.assert_array_equal(fitted(GanTrainer, X).sample(4, random_state=0), expected)


@pytest.mark.parametrize("estimator", [GanTrainer, VaeTrainer])
@pytest.mark.parametrize("sides", [(1, 1), (4, 4), (5, 33), (14, 28)])
def test_maps_of_any_size_fit_every_net_that_takes_them(estimator, sides):
    X = np.random.default_rng(0).choice(list("-X?"), (8, *sides))
    pair = "gan" if estimator is GanTrainer else "autoencoder"
    for net in nets_of_arrays(pair) if min(sides) >= 4 else ["mlp"]:
        small = {"hidden": (8,)} if net == "mlp" else {"base_channels": 4}
        assert fitted(estimator, X, net=net, batch_size=4, **small).sample(2).shape == (2, *sides)


@pytest.mark.parametrize(
    "parameters", [{}, {"pac": 2}, {"objective": "wasserstein", "n_critic": 1}, {"instance_noise": 0.1}]
)
@pytest.mark.parametrize("net", [net for net, _ in _core.members("net", "gan")])
def test_both_executors_train_the_same_gan(net, parameters):
    small = {"hidden": (16,)} if net == "mlp" else {"base_channels": 4}
    made = [
        fitted(GanTrainer, net=net, executor=executor, **small, **parameters).sample(4, random_state=0)
        for executor in ("tch", "auto")
    ]
    np.testing.assert_array_equal(*made)


def test_a_bound_is_the_categorical_log_probability_minus_the_divergence():
    # For a deterministic autoencoder the bound is the log probability alone.
    model = fitted(AutoencoderTrainer, NUMBERS, net="mlp", hidden=(8,))
    symbols = np.unique(NUMBERS)
    one_hot = (NUMBERS[:, None] == symbols[:, None, None]).astype(np.float32)
    weights = {part: {k: v.numpy() for k, v in model._run.state_dict(part).items()} for part in ("encoder", "decoder")}
    mean = one_hot.mean(0)
    encoder, decoder = weights["encoder"], weights["decoder"]
    hidden = np.maximum(
        (one_hot - mean).reshape(32, -1) @ encoder["dense1.linear.weight"].T + encoder["dense1.linear.bias"], 0
    )
    latent = hidden @ encoder["out.weight"].T + encoder["out.bias"]
    hidden = np.maximum(latent @ decoder["dense1.linear.weight"].T + decoder["dense1.linear.bias"], 0)
    logits = (hidden @ decoder["out.weight"].T + decoder["out.bias"]).reshape(one_hot.shape)
    expected = (log_softmax(logits, axis=1) * one_hot).sum((1, 2, 3))
    np.testing.assert_allclose(model.score_samples(NUMBERS), expected, rtol=1e-4)
    np.testing.assert_array_equal(model.reconstruct(NUMBERS), symbols[logits.argmax(1)])


def test_a_gan_is_scored_by_the_number_of_different_tiles():
    model = fitted(GanTrainer, NUMBERS)
    made = model.sample(1000, random_state=0)

    def mean_distance(a, b):
        return np.mean([np.sqrt((one != b).sum((1, 2))).mean() for one in a])

    within = [mean_distance(x, x) * len(x) / (len(x) - 1) for x in (NUMBERS, made)]
    assert model.score(NUMBERS) == pytest.approx(sum(within) - 2 * mean_distance(NUMBERS, made), abs=1e-4)


def test_files_partial_fit_and_memory_maps_keep_the_symbols(tmp_path):
    model = fitted(VaeTrainer, NUMBERS)
    model.save(tmp_path / "model.safetensors")
    loaded = VaeTrainer.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(model.sample(9, random_state=1), loaded.sample(9, random_state=1))
    loaded.partial_fit(NUMBERS[:16])
    with pytest.raises(DataError, match=r"expected the symbols of the fit, -3, 0, 7, 500, got 5 at \(2, 1, 0\)"):
        loaded.partial_fit(np.where(np.arange(2048).reshape(32, 8, 8) == 136, 5, NUMBERS))
    np.save(tmp_path / "maps.npy", NUMBERS)
    mapped = fitted(VaeTrainer, np.load(tmp_path / "maps.npy", mmap_mode="r"))
    np.testing.assert_array_equal(mapped.sample(9, random_state=1), model.sample(9, random_state=1))


def test_a_dataset_of_maps_is_streamed():
    class Maps(torch.utils.data.Dataset):
        def __len__(self):
            return len(NUMBERS)

        def __getitem__(self, i):
            return torch.from_numpy(NUMBERS[i])

    made = fitted(GanTrainer, Maps()).sample(4, random_state=0)
    np.testing.assert_array_equal(made, fitted(GanTrainer, NUMBERS).sample(4, random_state=0))


def test_labels_condition_maps():
    y = np.array(["under", "over"] * 16)
    for estimator in (GanTrainer, VaeTrainer):
        model = fitted(estimator, y=y)
        assert model.sample(3, y="over").shape == (3, 14, 28)


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        ([["--", "XX"], ["--", "X"]], ShapeError, "line 0 of map 0 has 2 tiles and line 1 of map 1 has 1"),
        ([["--", "XX"], ["--"]], ShapeError, "map 0 has 2 lines and map 1 has 1"),
        (np.full((4, 3, 3), "-"), DataError, "expected maps of at least 2 symbols, got '-' everywhere"),
        (np.arange(4 * 9 * 9).reshape(4, 9, 9), DataError, "expected at most 256 symbols, got 324"),
        (np.zeros((4, 3, 3)), DtypeError, 'expected integers or one-character strings for kind="tiles", got float64'),
        (np.full((4, 3, 3), "ab"), DtypeError, "expected one-character strings for kind=\"tiles\", got 'ab'"),
        (np.zeros((4, 3), int), ShapeError, r'lists of text lines for kind="tiles", got \(4, 3\)'),
    ],
    ids=["ragged lines", "ragged maps", "one symbol", "many symbols", "floats", "words", "rows"],
)
def test_maps_that_cannot_be_used_are_refused_in_words(X, error, words):
    with pytest.raises(error, match=words):
        fitted(VaeTrainer, X)


def test_settings_that_do_not_fit_symbols_are_refused():
    with pytest.raises(ParameterError, match='likelihood: expected "categorical" for kind="tiles", got "gaussian"'):
        fitted(VaeTrainer, likelihood="gaussian")
    with pytest.raises(ParameterError, match='levels: expected None for kind="tiles", got a value'):
        fitted(VaeTrainer, levels=4)
    with pytest.raises(ParameterError, match="value_range: expected None for symbols"):
        fitted(VaeTrainer, NUMBERS, value_range=(0, 7))
    model = fitted(VaeTrainer)
    with pytest.raises(DataError, match=r"expected the symbols of the fit, '-', '<', .*, got 3 at"):
        model.transform(np.full((1, 14, 28), 3))
    with pytest.raises(ParameterError, match='tileset: expected None for kind="image"'):
        VaeTrainer(**QUIET).fit().plot_samples(4, tileset={})


def test_maps_are_drawn_in_the_colours_of_a_tileset():
    model = fitted(VaeTrainer, y=np.arange(32) % 2)
    red = np.zeros((2, 2, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
    image = model.plot_samples(4, tileset={"-": red}).images[0].get_array()
    assert (np.asarray(image)[..., :3] == [255, 0, 0]).all(-1).any()
    for draw in (
        lambda: model.plot_data(LEVELS, tileset={"X": "black"}),
        lambda: model.plot_reconstructions(LEVELS, np.arange(32) % 2),
        lambda: model.plot_anomalies(LEVELS, np.arange(32) % 2),
        lambda: model.plot_traversal(LEVELS[0], y=0),
    ):
        draw()
    difference = model.anomaly_map(LEVELS, np.arange(32) % 2)
    np.testing.assert_array_equal(difference, model.reconstruct(LEVELS, np.arange(32) % 2) != LEVELS)
    plt.close("all")


def test_anomalies_among_maps_are_found():
    X = platform_levels(300, random_state=1)
    model = VaeTrainer(net="mlp", epochs=15, latent_dim=4, random_state=0, verbose=0, progress=False).fit(X[:250])
    scrambled = np.random.default_rng(0).permuted(X[250:].reshape(50, -1), axis=1).reshape(50, 14, 28)
    scores = np.concatenate([model.decision_function(X[250:]), model.decision_function(scrambled)])
    assert roc_auc_score(np.arange(100) < 50, scores) > 0.98
    assert (model.score_samples(scrambled) <= 0).all()


def test_the_summary_says_what_the_maps_are(capsys):
    fitted(ganvas.GanTrainer, verbose=1)
    assert "maps of 14x28 tiles, 9 symbols" in capsys.readouterr().out

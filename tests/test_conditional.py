"""Conditional GANs, from the user's side."""

import numpy as np
import pandas as pd
import pytest
import torch

import ganvas
from ganvas import GanTrainer, VaeTrainer
from ganvas.exceptions import DataError, DtypeError, ParameterError, ShapeError

pytestmark = pytest.mark.usefixtures("one_thread")
X, Y = ganvas.data.load_digits(size=8, return_y=True)
X, Y = X[:240], Y[:240]
WORDS = np.array(["cat", "dog", "eel"])[Y % 3]
SMALL = {"net": "mlp", "hidden": (16,), "epochs": 1, "batch_size": 16, "verbose": 0, "progress": False}
SMALL |= {"random_state": 0, "device": "cpu"}


def fit(y=None, **more):
    return GanTrainer(**SMALL | more).fit(X, y)


@pytest.fixture(scope="module")
def of_words():
    return fit(WORDS)


def test_classes_are_those_of_y(of_words):
    assert of_words.classes_.tolist() == ["cat", "dog", "eel"]
    assert fit(Y).classes_.dtype == Y.dtype
    with pytest.raises(AttributeError, match="GanTrainer was fitted without classes"):
        _ = fit().classes_


def test_one_label_stands_for_all_and_each_sample_may_have_its_own(of_words):
    same = of_words.sample(4, y="dog", random_state=0)
    each = of_words.sample(4, y=["dog"] * 4, random_state=0)
    assert np.array_equal(same, each)
    mixed = of_words.generator_(torch.ones(3, of_words.latent_dim_), torch.arange(3))
    assert not torch.equal(mixed[0], mixed[1])


def test_samples_without_y_follow_the_shares_of_the_classes():
    rare = np.where(np.arange(240) < 24, "rare", "usual")
    gan = fit(rare)
    # The drawn labels can be inferred from their samples.
    by_label = {label: gan.sample(1, y=label, random_state=0) for label in ("rare", "usual")}
    assert not np.array_equal(by_label["rare"], by_label["usual"])
    drawn = [gan.sample(1, random_state=seed) for seed in range(200)]
    of_rare = [np.array_equal(sample, gan.sample(1, y="rare", random_state=seed)) for seed, sample in enumerate(drawn)]
    assert 0.04 < np.mean(of_rare) < 0.18
    balanced = fit(rare, balanced=True)
    drawn = [balanced.sample(1, random_state=seed) for seed in range(200)]
    pairs = enumerate(drawn)
    of_rare = [np.array_equal(sample, balanced.sample(1, y="rare", random_state=seed)) for seed, sample in pairs]
    assert 0.4 < np.mean(of_rare) < 0.6
    assert balanced.balanced_
    assert not gan.balanced_


def test_balanced_needs_data_in_memory(tmp_path):
    np.save(tmp_path / "x.npy", X)
    stream = np.load(tmp_path / "x.npy", mmap_mode="r")
    gan = fit(WORDS, balanced=True)
    before = gan.sample(2, random_state=0)
    for again in (gan.fit, gan.partial_fit):
        with pytest.raises(ParameterError, match="balanced: expected data in memory, with random access"):
            again(stream, WORDS)
    assert np.array_equal(gan.sample(2, random_state=0), before)


def test_missing_labels_raise_an_error():
    words = np.array(["a", None, np.nan, pd.NA] * 60, dtype=object)
    with pytest.raises(DataError, match="y: 180 values are missing"):
        fit(words)


@pytest.mark.parametrize(
    ("label", "kind", "text"),
    [
        ("cow", ParameterError, "y: expected labels among 'cat', 'dog', 'eel', got 'cow'"),
        (3, ParameterError, "y: expected labels among 'cat', 'dog', 'eel', got 3"),
        (["cat"], ShapeError, r"y: expected \(4,\) or \(4, k\), got \(1,\)"),
        (1j, DtypeError, "y: expected numbers or strings, got complex128"),
    ],
)
def test_wrong_labels_raise_an_error(of_words, label, kind, text):
    with pytest.raises(kind, match=text):
        of_words.sample(4, y=label)


def test_strings_in_several_columns_are_no_classes():
    text = r"y: expected classes in one column or numbers in several, got strings in 2 columns"
    with pytest.raises(DtypeError, match=text):
        fit(np.column_stack([WORDS, WORDS]))


def test_labels_of_a_model_without_them_are_refused():
    with pytest.raises(ParameterError, match="y: this model was fitted without labels, got labels"):
        fit().sample(2, y=1)
    with pytest.raises(ParameterError, match="y: this model was fitted with labels; pass y, got None"):
        fit(WORDS).partial_fit(X)


@pytest.mark.parametrize(
    "y", [np.linspace(0, 9.5, 240), np.random.default_rng(0).normal(size=(240, 3))], ids=["1", "3"]
)
def test_numbers_are_labels_in_one_column_or_several(y):
    gan = fit(y)
    columns = y.reshape(240, -1).shape[1]
    one = y[5]
    assert np.array_equal(gan.sample(3, y=one, random_state=0), gan.sample(3, y=np.stack([one] * 3), random_state=0))
    with pytest.raises(ShapeError):
        gan.sample(3, y=np.zeros((3, columns + 1)))
    with pytest.raises(DataError, match="y: 1 values are not finite"):
        gan.sample(1, y=np.full(columns, np.nan)[:1] if columns == 1 else [np.nan, *[0.0] * (columns - 1)])
    with pytest.raises(AttributeError):
        _ = gan.classes_


def test_codes_are_asked_for_as_labels():
    gan = fit(codes=4)
    assert gan.codes_ == (4, 0)
    assert gan.discriminator_conditioning_ == "auxiliary"
    assert gan.classes_.tolist() == [0, 1, 2, 3]
    of_each = [gan.sample(1, y=code, random_state=0) for code in range(4)]
    assert len({sample.tobytes() for sample in of_each}) == 4
    with pytest.raises(ParameterError, match="y: expected categories from 0 to 3, got 4"):
        gan.sample(2, y=4)
    with pytest.raises(ParameterError, match="y: expected None for a model with codes of its own, got labels"):
        gan.partial_fit(X, Y)
    gan.partial_fit(X)
    both = fit(codes=(3, 2))
    row = both.sample(2, y=[[1, -0.5, 0.5]], random_state=0)
    assert np.array_equal(row, both.sample(2, y=[[1, -0.5, 0.5]] * 2, random_state=0))
    middle = both.sample(3, y=[[1, 0, 0]], random_state=0)
    assert np.array_equal(middle, both.sample(3, y=1, random_state=0))
    assert np.array_equal(middle, both.sample(3, y=[1, 1, 1], random_state=0))
    latents = torch.ones(2, both.latent_dim_)
    of_category = both.generator_(latents, torch.tensor([1, 2]))
    assert torch.equal(of_category, both.generator_(latents, torch.tensor([[1.0, 0, 0], [2, 0, 0]])))
    with pytest.raises(ParameterError, match="y: expected codes of classes from 0 to 2, got 3"):
        both.generator_(latents, torch.tensor([1, 3]))
    assert both.sample(2, y=[[0, -1, 1], [2, 1, -1]]).shape == (2, 8, 8)
    said = r"y: expected categories \(2,\), or categories and numbers \(2, 3\), got \(2, 2\)"
    with pytest.raises(ShapeError, match=said):
        both.sample(2, y=[[0, 1], [1, 1]])
    alone = fit(codes=(0, 1))
    assert alone.sample(2, y=0.3).shape == (2, 8, 8)
    with pytest.raises(DtypeError, match="y: expected numbers, got <U1"):
        alone.sample(1, y="a")


@pytest.mark.parametrize("more", [{"y": WORDS}, {"codes": (3, 1)}, {"y": WORDS, "balanced": True}], ids=str)
def test_a_file_keeps_labels_and_codes(more, tmp_path):
    more = dict(more)
    gan = fit(more.pop("y", None), **more)
    gan.save(tmp_path / "gan.safetensors")
    loaded = GanTrainer.load(tmp_path / "gan.safetensors", device="cpu")
    assert (loaded.codes_, loaded.balanced_) == (gan.codes_, gan.balanced_)
    assert loaded.classes_.tolist() == gan.classes_.tolist()
    assert np.array_equal(loaded.sample(5), gan.sample(5))


def test_truncation_narrows_samples_and_keeps_their_order():
    gan = GanTrainer(**SMALL).set_params(epochs=3).fit(ganvas.data.ring(256, random_state=0))
    spread = [gan.sample(500, random_state=0, truncation=most).std() for most in (None, 1.0, 0.3, 0.05)]
    assert spread == sorted(spread, reverse=True)
    assert spread[-1] < 0.3 * spread[0]
    assert np.allclose(gan.sample(50, random_state=0, truncation=20), gan.sample(50, random_state=0), atol=1e-3)
    for wrong in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="truncation: must be above 0 and finite"):
            gan.sample(1, truncation=wrong)
    for wrong in ("1", True, [1]):
        with pytest.raises(ParameterError, match="truncation: expected a number or None"):
            gan.sample(1, truncation=wrong)


def test_packed_samples_are_judged_in_groups():
    gan = fit(WORDS, pac=4)
    samples = torch.zeros(8, 1, 8, 8)
    assert gan.discriminator_(samples, torch.zeros(8, dtype=torch.int64)).shape == (2,)
    with pytest.raises(ShapeError, match="input: expected a multiple of 4 samples, which are judged together, got 6"):
        gan.discriminator_(samples[:6], torch.zeros(6, dtype=torch.int64))
    with pytest.raises(ShapeError, match=r"input: expected \(n, 1, 8, 8\), got \(8,\)"):
        gan.discriminator_(samples[:, 0, 0, 0])


def test_pictures_of_classes_stand_in_columns(of_words):
    def size(gan):
        return gan.plot_samples(12, random_state=0).images[0].get_array().shape[:2]

    # Tiles of eight pixels, one between them.
    assert size(of_words) == (4 * 9 - 1, 3 * 9 - 1)
    assert size(fit()) == (3 * 9 - 1, 4 * 9 - 1)


def test_a_plateau_halves_the_learning_rate_and_is_saved_in_checkpoints(tmp_path):
    rows = ganvas.data.ring(64, random_state=0)
    settings = SMALL | {"lr_schedule": "plateau", "lr": 0.1, "epochs": 40}
    whole = VaeTrainer(**settings).fit(rows)
    loss = whole.history_["loss"]
    first = next(i for i in range(29) if loss[i] == loss[: i + 11].min())
    with pytest.raises(ParameterError, match=r'^lr_schedule: expected one of "constant", "linear", .* got "plateau"$'):
        GanTrainer(**settings).fit(rows)
    VaeTrainer(**settings | {"epochs": 25}).fit(rows, checkpoint_dir=tmp_path)
    parts = VaeTrainer(**settings).fit(rows, checkpoint_dir=tmp_path, resume="auto")
    assert np.array_equal(whole.sample(3), parts.sample(3))
    constant = VaeTrainer(**settings | {"lr_schedule": "constant"}).fit(rows).history_["loss"]
    # Ten epochs without a new minimum, and the next one has half the learning rate.
    assert np.array_equal(loss[: first + 11], constant[: first + 11])
    assert loss[first + 11] != constant[first + 11]

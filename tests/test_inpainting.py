"""Completion of samples of which only some values are known."""

import numpy as np
import pandas as pd
import pytest
import torch
from tiny import RING, tiny

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer, VqVaeTrainer
from ganvas.exceptions import DataError, DtypeError, NotFittedError, ParameterError, ShapeError

pytestmark = pytest.mark.usefixtures("one_thread")

BYTES, Y = ganvas.data.load_digits(size=8, return_y=True)
GREY, Y = BYTES[:128].astype(np.float32) / 255, Y[:128]
COLOUR = np.stack([GREY, GREY[::-1], 1 - GREY], axis=-1)
SMALL = {"hidden": (16,), "latent_dim": 4, "epochs": 4, "lr": 1e-3, "ema": 0}
CODER = {"net": "mlp", "hidden": (16,), "latent_dim": 4, "epochs": 4, "batch_size": 32, "verbose": 0, "random_state": 0}
UPPER = np.arange(8)[:, None].repeat(8, 1) < 5


def coder(family=AutoencoderTrainer, **params):
    return family(**CODER | params)


@pytest.fixture(scope="module")
def gan():
    return tiny(**SMALL).fit(GREY)


@pytest.fixture(scope="module")
def vae():
    return coder(VaeTrainer).fit(GREY)


def missed(a, b, unknown):
    return np.sqrt(((a.astype(float) - b) ** 2)[unknown].mean())


@pytest.mark.parametrize("family", [AutoencoderTrainer, GanTrainer])
def test_a_trained_model_completes_better_than_the_mean_of_the_data(family):
    train, held = BYTES[:1500], BYTES[1500:1560]
    known = np.random.default_rng(0).random(held.shape) < 0.5
    if family is AutoencoderTrainer:
        model = coder(hidden=(128,), latent_dim=16, epochs=20, batch_size=128, lr=3e-3)
    else:
        model = GanTrainer(epochs=15, batch_size=32, verbose=0, random_state=0)
    model.fit(train)
    before, after = (model.inpaint(held, known, steps=steps, starts=2) for steps in (0, 100))
    assert (after.dtype, after.shape) == (np.uint8, held.shape)
    assert (after[known] == held[known]).all()
    rival = missed(np.broadcast_to(train.mean(0), held.shape), held, ~known)
    assert missed(after, held, ~known) < 0.9 * rival
    assert missed(after, held, ~known) < missed(before, held, ~known)


def test_generated_samples_are_completed_again(gan, vae):
    for model in (gan, vae):
        whole = model.sample(6, random_state=8)
        made = model.inpaint(whole, UPPER, steps=200)
        others = model.sample(6, random_state=9)
        assert np.array_equal(made[:, UPPER], whole[:, UPPER])
        assert missed(made, whole, np.s_[:, ~UPPER]) < 0.5 * missed(others, whole, np.s_[:, ~UPPER])


def test_the_error_of_known_values_falls_with_steps(gan, vae):
    for model in (gan, vae):
        X = GREY[:16]
        errors = []
        for steps in (0, 10, 100):
            array, marks, codes = model._partly(X, UPPER, None)
            hole = ganvas.estimators._inversion.Hole(marks.astype(np.float32))
            made = model._inverted(array, codes, steps, 2, hole)[1][..., 0]
            errors.append(missed(made, X, np.s_[:, UPPER]))
        assert errors[0] > errors[1] > errors[2]


@pytest.mark.parametrize("spoil", [np.nan, 1e9, -np.inf])
def test_unknown_values_do_not_influence_the_result(gan, vae, spoil):
    for model in (gan, vae):
        spoiled = np.where(UPPER, GREY[:3], np.float32(spoil))
        wanted = model.inpaint(GREY[:3], UPPER, steps=5, starts=2)
        assert np.array_equal(model.inpaint(spoiled, UPPER, steps=5, starts=2), wanted)


def test_a_mask_has_many_forms(gan):
    wanted = gan.inpaint(GREY[:2], UPPER, steps=3, starts=2)
    many = np.stack([UPPER, UPPER])
    for known in (many, UPPER.astype(int), UPPER.tolist(), torch.from_numpy(UPPER), UPPER[None], UPPER[:, :1]):
        assert np.array_equal(gan.inpaint(GREY[:2], known, steps=3, starts=2), wanted)
    many[1] = True
    made = gan.inpaint(GREY[:2], many, steps=3, starts=2)
    assert np.array_equal(made[1], GREY[1])
    np.testing.assert_allclose(made[0], wanted[0], atol=1e-5)
    assert np.array_equal(gan.inpaint(GREY[:2], UPPER | True), GREY[:2])


@pytest.mark.parametrize("first", [False, True])
def test_channels_may_be_missing_or_masked_one_by_one(first):
    X = COLOUR.transpose(0, 3, 1, 2) if first else COLOUR
    model = tiny(**SMALL | {"epochs": 1}).fit(X)
    whole = np.broadcast_to(UPPER[None] if first else UPPER[..., None], X.shape[1:])
    wanted = model.inpaint(X[:2], UPPER, steps=3, starts=2)
    assert np.array_equal(model.inpaint(X[:2], np.stack([whole, whole]), steps=3, starts=2), wanted)
    assert np.array_equal(wanted[:, whole], X[:2][:, whole])
    assert not np.isclose(wanted[:, ~whole], X[:2][:, ~whole]).all()
    red = np.zeros(X[:2].shape, bool)
    red[:, :1] = first
    red[..., :1] |= not first
    made = model.inpaint(X[:2], red, steps=3, starts=2)
    assert np.array_equal(made[red], X[:2][red])
    assert not np.isclose(made[~red], X[:2][~red]).all()


LEVELS = ganvas.data.platform_levels(64, random_state=0)[:, 6:, :8]
OF_EVERY_KIND = {
    "bytes": (BYTES[:64], {}),
    "doubles": (BYTES[:64] / 255, {}),
    "halves": (GREY[:64].astype(np.float16), {}),
    "bools": (GREY[:64] > 0.5, {}),
    "tensor": (torch.from_numpy(BYTES[:64]), {}),
    "rows": (RING, {}),
    "frame": (pd.DataFrame({"a": RING[:, 0] * 5, "b": np.arange(len(RING)), "c": RING[:, 1].astype(np.float32)}), {}),
    "series": (np.random.default_rng(0).normal(size=(64, 12, 3)), {"kind": "series"}),
    "volumes": (ganvas.data.shapes3d(64, size=8, random_state=0), {}),
    "tiles": (LEVELS, {}),
    "rolls": (np.random.default_rng(0).random((64, 2, 8, 24)) < 0.2, {"kind": "roll"}),
}


@pytest.mark.parametrize("kind", OF_EVERY_KIND)
@pytest.mark.parametrize("family", ["gan", "vae"])
def test_samples_of_every_kind_keep_their_form_and_their_known_values(kind, family):
    X, more = OF_EVERY_KIND[kind]
    if family == "gan" and kind == "rolls":
        more = more | {"net": "pianoroll", "hidden": None, "base_channels": 4}
    model = (tiny(**SMALL | {"epochs": 1} | more) if family == "gan" else coder(VaeTrainer, epochs=1, **more)).fit(X)
    some = X.iloc[[7, 9]] if kind == "frame" else X[:2]
    plain = np.asarray(some)
    known = np.random.default_rng(1).random(plain.shape) < 0.5
    known.reshape(2, -1)[:, 0], known.reshape(2, -1)[:, 1] = True, False
    made = model.inpaint(some, known, steps=3, starts=2)
    assert type(made) is type(some)
    assert np.asarray(made).dtype == plain.dtype
    assert np.asarray(made).shape == plain.shape
    assert (np.asarray(made)[known] == plain[known]).all()
    if kind == "frame":
        assert made.index.tolist() == [7, 9]
        assert made.dtypes.tolist() == some.dtypes.tolist()
        holes = some.where(known)
        assert holes.isna().to_numpy().any()
        pd.testing.assert_frame_equal(model.inpaint(holes, holes.notna(), steps=3, starts=2), made)
    model.plot_inpainted(some, known, steps=1, starts=1, truth=some).figure.canvas.draw()
    model.plot_inpainted(some, known, steps=1, starts=1).figure.canvas.draw()


def test_symbols_that_the_model_does_not_know_may_mark_unknown_tiles():
    model = tiny(**SMALL | {"epochs": 1}).fit(LEVELS)
    holed = LEVELS[:2].copy()
    holed[:, 2:4, 2:5] = "?"
    made = model.inpaint(holed, holed != "?", steps=3, starts=2)
    assert set(made.ravel()) <= set(LEVELS.ravel())
    assert (made == LEVELS[:2])[holed != "?"].all()


def test_labels_decide_what_is_generated():
    gan = tiny(**SMALL).fit(GREY, Y % 3)
    whole = gan.sample(6, y=1, random_state=1)
    right, wrong = (gan.inpaint(whole, UPPER, y=label, steps=60) for label in (1, 2))
    assert missed(right, whole, np.s_[:, ~UPPER]) < missed(wrong, whole, np.s_[:, ~UPPER])
    with pytest.raises(ParameterError, match=r"^y: expected labels of the samples for a model with labels, got None$"):
        gan.inpaint(whole, UPPER)


@pytest.mark.parametrize("y", [Y % 3, Y / 7.5], ids=["classes", "numbers"])
def test_an_autoencoder_finds_labels_that_are_not_given(y):
    model = coder(VaeTrainer).fit(GREY, y)
    made = model.inpaint(GREY[:4], UPPER, steps=5, starts=3)
    assert np.array_equal(made[:, UPPER], GREY[:4][:, UPPER])
    array, _, codes = model._partly(GREY[:4], UPPER, None)
    if model._labels.kind == "classes":
        assert codes.tolist() == [model._labels.classes.index(model._one_label(x, None)) for x in array[..., 0]]
    else:
        np.testing.assert_allclose(codes, np.full((4, 1), y.mean()), rtol=1e-5)
    given = model.inpaint(GREY[:4], UPPER, y=y[:4], steps=5, starts=3)
    assert given.shape == made.shape
    assert model.invert(GREY[:4], y[:4], steps=5).latents.shape == model.invert(GREY[:4], steps=5).latents.shape


def test_an_autoencoder_finds_nearer_latents_than_its_encoder(vae):
    found = vae.invert(GREY[:16])
    encoded = vae.invert(GREY[:16], steps=0, starts=1)
    assert (found.distance <= encoded.distance + 1e-6).all()
    assert found.distance.mean() < 0.95 * encoded.distance.mean()
    np.testing.assert_allclose(vae.inverse_transform(found.latents), found.reconstruction, atol=1e-6)
    np.testing.assert_allclose(encoded.latents, vae.transform(GREY[:16]), atol=1e-6)
    one, several = (vae.invert(GREY[:n], steps=20, starts=3) for n in (1, 4))
    np.testing.assert_allclose(one.latents, several.latents[:1], atol=1e-3)


def test_the_seed_decides_and_nothing_is_drawn(gan, vae):
    for model in (gan, vae):
        before = model._run.to_bytes("{}")
        first, again, other = (
            model.inpaint(GREY[:8], UPPER, steps=0, starts=50, random_state=seed) for seed in (1, 1, 2)
        )
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)
        assert model._run.to_bytes("{}") == before


def test_a_loaded_model_completes_alike(vae, tmp_path):
    vae.save(tmp_path / "vae.ganvas")
    loaded = VaeTrainer.load(tmp_path / "vae.ganvas")
    wanted = vae.inpaint(GREY[:2], UPPER, steps=5)
    assert np.array_equal(loaded.inpaint(GREY[:2], UPPER, steps=5), wanted)


REMEDY = "known is True where a value is known, and sample() generates whole samples"


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        (
            {"known": UPPER[:4]},
            ShapeError,
            "known: expected (8, 8) or (2, 8, 8) for X (2, 8, 8), got (4, 8)",
        ),
        ({"known": True}, ShapeError, "known: expected (8, 8) or (2, 8, 8) for X (2, 8, 8), got ()"),
        (
            {"known": UPPER.astype(float)},
            DtypeError,
            "known: expected booleans, True where a value is known, got float64; pass known=~np.isnan(X) if NaN marks "
            "unknown values",
        ),
        (
            {"known": UPPER * 255},
            DataError,
            "known: expected booleans, or integers 0 and 1, got 0 to 255; pass known > 0",
        ),
        (
            {"known": UPPER & False},
            DataError,
            f"known: expected at least one known value in each sample, got none in sample 0 and 1 more; {REMEDY}",
        ),
        (
            {"known": np.stack([UPPER, UPPER & False])},
            DataError,
            f"known: expected at least one known value in each sample, got none in sample 1; {REMEDY}",
        ),
        (
            {"X": np.full((2, 8, 8), np.nan)},
            DataError,
            "X: 80 values are not finite, the first at (0, 0, 0)",
        ),
        (
            {"X": np.where(UPPER, GREY[:2] * 255, 0)},
            DataError,
            "X: expected floats in 0..1 as in fit, got floats up to 244; divide by 255",
        ),
        ({"X": GREY[:2, :4], "known": UPPER[:4]}, ShapeError, "inpaint: fitted on (8, 8, 1), got (4, 8, 1)"),
        ({"steps": -1}, ParameterError, "steps: must be between 0 and 1000000, got -1"),
        ({"starts": 0}, ParameterError, "starts: must be between 1 and 1000, got 0"),
        ({"y": 1}, ParameterError, "y: this model was fitted without labels, got labels"),
    ],
)
def test_what_cannot_be_completed_is_refused(gan, given, error, text):
    with pytest.raises(error) as found:
        gan.inpaint(**{"X": GREY[:2], "known": UPPER} | given)
    assert str(found.value) == text


def test_rows_with_missing_values_name_the_column():
    frame = pd.DataFrame(RING, columns=["a", "b"])
    model = tiny(**SMALL | {"epochs": 1}).fit(frame)
    with pytest.raises(DataError, match=r"^X: column 1 \('b'\): 1 value is not finite \(NaN\), the first in row 0;"):
        model.inpaint(frame[:2].assign(b=np.nan), [[True, True], [True, False]])
    with pytest.raises(ShapeError, match=r"^known: expected \(2,\) or \(2, 2\) for X \(2, 2\), got \(3,\)$"):
        model.inpaint(frame[:2], [True, True, False])


def test_models_without_latents_to_be_moved_are_refused():
    with pytest.raises(NotFittedError):
        GanTrainer().inpaint(GREY, UPPER)
    coded = coder(VqVaeTrainer, hidden=None, net="conv", base_channels=4, epochs=1).fit(GREY)
    texts = VaeTrainer(epochs=1, latent_dim=2, verbose=0, random_state=0).fit(["a b", "b a", "a a"] * 4)
    for call in ("invert", "inpaint", "plot_inversion", "plot_inpainted"):
        known = (UPPER,) if "inp" in call else ()
        with pytest.raises(ParameterError) as found:
            getattr(coded, call)(GREY[:2], *known)
        assert str(found.value) == (
            f"{call}: expected latents that can be moved, those of this model are codes; fit a VaeTrainer with another "
            "bottleneck, or an AutoencoderTrainer"
        )
        with pytest.raises(ParameterError) as found:
            getattr(texts, call)(["a b"], *known)
        assert str(found.value) == (
            f"{call}: expected a model of samples with values at fixed places, this model was fitted on texts; "
            "`transform` encodes them"
        )


def test_a_plot_shows_the_hole_the_completion_and_the_truth(gan):
    ax = gan.plot_inpainted(GREY, UPPER, n=3, steps=3, starts=2, truth=GREY)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["known", "completed", "truth"]
    picture = np.asarray(ax.images[0].get_array())
    height = picture.shape[0] // 3 + 1
    red, _, blue, _ = picture[:8, :8][~UPPER].mean(0)
    assert blue > red + 50
    assert np.array_equal(picture[:8, :8][UPPER], picture[2 * height :][:8, :8][UPPER])
    assert len(gan.plot_inpainted(GREY[:2], UPPER, steps=3, starts=2).get_yticklabels()) == 2
    with pytest.raises(ShapeError, match=r"^truth: expected a sample for each of 128 in X, got 2$"):
        gan.plot_inpainted(GREY, UPPER, truth=GREY[:2])

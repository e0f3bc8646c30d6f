"""Translated pictures: pairs, corruptions, two kinds without pairs, sizes, forms, and what is refused."""

import functools

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

import ganvas
from ganvas import TranslationTrainer
from ganvas.exceptions import DataError, NotFittedError, ParameterError, ShapeError

QUIET = {"verbose": 0, "progress": False, "random_state": 0, "device": "cpu"}
DIGITS = ganvas.data.load_digits()[:128]
COLOURS = np.random.default_rng(0).integers(0, 256, (12, 8, 12, 3), dtype=np.uint8)


def tiny(**parameters):
    return TranslationTrainer(**{"base_channels": 4, "epochs": 2, "batch_size": 16, **QUIET, **parameters})


def known(shape=(16, 16)):
    marks = np.ones(shape, bool)
    marks[5:11, 4:12] = False
    return marks


@functools.cache
def repair():
    return TranslationTrainer(
        corruption="mask", reconstruction="l2", base_channels=8, epochs=20, batch_size=8, **QUIET
    ).fit(DIGITS)


@functools.cache
def inverted():
    """A model that inverts digits."""
    return TranslationTrainer(base_channels=8, epochs=8, batch_size=8, **QUIET).fit(DIGITS, 255 - DIGITS)


def psnr(a, b):
    return 10 * np.log10(255**2 / np.square(a.astype(float) - b).mean())


def test_pairs_are_learnt():
    model = inverted()
    made = model.transform(DIGITS[:16])
    assert made.dtype == np.uint8 and made.shape == (16, 16, 16)
    assert psnr(made, 255 - DIGITS[:16]) > 20 > psnr(DIGITS[:16], 255 - DIGITS[:16])
    assert model.score(DIGITS[:16], 255 - DIGITS[:16]) > 20
    assert model.history_["reconstruction"][-1] < model.history_["reconstruction"][0] / 2


def test_holes_are_filled_better_than_by_the_mean_picture():
    model, marks = repair(), known()
    made = model.transform(DIGITS[:32], known=marks)
    np.testing.assert_array_equal(made[:, marks], DIGITS[:32][:, marks])
    mean = np.where(marks, DIGITS[:32], DIGITS.mean(0))
    assert psnr(made[:, ~marks], DIGITS[:32][:, ~marks]) > psnr(mean[:, ~marks], DIGITS[:32][:, ~marks]) + 1
    hidden = DIGITS[:32].copy()
    hidden[:, ~marks] = 99
    np.testing.assert_array_equal(model.transform(hidden, known=marks), made)
    expected = 10 * np.log10(255**2 / np.square(made.astype(float) - DIGITS[:32])[:, ~marks].mean(1)).mean()
    # Results are rounded to bytes, scores are not.
    assert model.score(DIGITS[:32], known=marks) == pytest.approx(expected, abs=0.1)


def test_masks_take_the_forms_of_pictures():
    X = COLOURS[:2]
    model = tiny(corruption="mask", epochs=1, batch_size=6).fit(COLOURS)
    one = np.ones((8, 12), bool)
    one[2:5, 3:9] = False
    made = model.transform(X, known=one)
    for form in (one[None].repeat(2, 0), one[..., None].repeat(3, -1)[None].repeat(2, 0), one.astype(int)):
        np.testing.assert_array_equal(model.transform(X, known=form), made)
    holes = X.astype(float)
    holes[:, ~one] = np.nan
    np.testing.assert_array_equal(model.transform(holes, known=one), made)
    np.testing.assert_array_equal(model.transform(X, known=np.ones((8, 12), bool)), X)
    corrupted, marks = model.corrupt(X, random_state=3)
    assert corrupted.shape == X.shape and marks.shape == (2, 8, 12) and marks.dtype == bool
    np.testing.assert_array_equal(corrupted[marks], X[marks])
    assert not marks.all((1, 2)).any()
    assert (model.corrupt(X, random_state=4)[1] != marks).any()


@pytest.mark.parametrize(
    ("corruption", "shape"),
    [("grey", (8, 12)), ("edges", (8, 12)), ("noise", (8, 12, 3)), ({"name": "downscale", "factor": 4}, (2, 3, 3))],
)
def test_corruptions_are_undone_in_the_form_of_the_pictures(corruption, shape):
    model = tiny(corruption=corruption, epochs=1, batch_size=6).fit(COLOURS)
    left = model.corrupt(COLOURS[:3])
    assert left.shape == (3, *shape) and left.dtype == np.uint8
    made = model.transform(left)
    assert made.shape == (3, 8, 12, 3) and made.dtype == np.uint8
    assert np.isfinite(model.score(COLOURS))
    assert model.plot_translations(COLOURS, n=2) is not None
    if corruption == "grey":
        # Colours are ignored; grey pictures are rounded.
        assert np.abs(model.transform(COLOURS[:3]).astype(int) - made).max() <= 2


def test_small_pictures_are_those_of_pillow():
    model = tiny(corruption="downscale", epochs=1).fit(DIGITS[:32])
    found = model.corrupt(DIGITS[:4]).astype(int)
    expected = [np.asarray(Image.fromarray(one).resize((8, 8), Image.Resampling.BICUBIC)) for one in DIGITS[:4]]
    # Pillow rounds between the two axes.
    assert np.abs(found - np.stack(expected)).max() <= 3 and np.abs(found - np.stack(expected)).mean() < 0.5


def test_enlarging_beats_bicubic_interpolation():
    model = TranslationTrainer(corruption="downscale", base_channels=8, epochs=8, batch_size=8, **QUIET).fit(DIGITS)
    small = model.corrupt(DIGITS[:32])
    large = np.stack([np.asarray(Image.fromarray(one).resize((16, 16), Image.Resampling.BICUBIC)) for one in small])
    assert model.score(DIGITS[:32]) > np.mean([psnr(a, b) for a, b in zip(large, DIGITS[:32], strict=True)]) + 1


def test_pictures_of_other_sizes_are_translated_in_parts():
    model = inverted()
    tall = np.tile(DIGITS[:2], (1, 3, 2))[:, :41, :23]
    made = model.transform(tall)
    assert made.shape == (2, 41, 23)
    assert psnr(made, 255 - tall) > 15
    assert model.transform(DIGITS[:2, :5, :16]).shape == (2, 5, 16)
    several = model.transform([DIGITS[0], tall[0]])
    assert [one.shape for one in several] == [(16, 16), (41, 23)]
    np.testing.assert_array_equal(several[0], model.transform(DIGITS[:1])[0])


def test_without_pairs_both_ways_are_learnt():
    white = 255 - DIGITS[64:]
    model = tiny(pairing="none", epochs=2, objective="hinge").fit(DIGITS[:60], white)
    assert (model.objective_, model.cycle_weight_, model.identity_weight_) == ("hinge", 10.0, 5.0)
    assert set(model.history_) >= {"loss", "cycle", "discriminator_loss"}
    assert model.transform(DIGITS[:2]).shape == model.inverse_transform(white[:2]).shape == (2, 16, 16)
    assert model.history_["cycle"][-1] < model.history_["cycle"][0]
    colours = np.stack([white] * 3, -1)
    other = tiny(pairing="none", epochs=1).fit(DIGITS[:20], colours[:30])
    assert other.identity_weight_ == 0.0 and other.transform(DIGITS[:2]).shape == (2, 16, 16, 3)
    assert other.inverse_transform(colours[:2]).shape == (2, 16, 16)


@pytest.mark.parametrize("settings", [{}, {"objective": "non_saturating"}, {"pairing": "none"}])
def test_long_trainings_are_watched_until_their_end(settings):
    """The guard judges adversaries after 300 steps; a translation has a distance beside them."""
    model = tiny(**settings, epochs=20, batch_size=4).fit(DIGITS[:64], 255 - DIGITS[:64])
    assert len(model.history_["loss"]) == 20 and model.diagnosis_ == ()


@pytest.mark.parametrize("objective", [name for name, _ in ganvas._core.members("objective")])
def test_every_objective_trains_a_discriminator_of_patches(objective):
    model = tiny(objective=objective, epochs=1).fit(DIGITS[:32], 255 - DIGITS[:32])
    assert np.isfinite(model.history_["discriminator_loss"]).all()
    assert model.reconstruction_weight_ == 100.0


def test_presets_name_the_papers():
    assert tiny(preset="pix2pix", epochs=1).fit(DIGITS[:32], DIGITS[:32]).objective_ == "non_saturating"
    assert tiny(preset="cyclegan", epochs=1).fit(DIGITS[:32], DIGITS[:32]).pairing_ == "none"


@pytest.mark.parametrize("settings", [{}, {"objective": "hinge"}, {"pairing": "none"}])
def test_executors_train_the_same_model(settings):
    models = [
        tiny(executor=name, epochs=1, **settings).fit(DIGITS[:48], 255 - DIGITS[:48]) for name in ("tch", "native")
    ]
    assert [model.executor_ for model in models] == ["tch", "native"]
    losses = [model.history_["loss"] for model in models]
    np.testing.assert_allclose(*losses, rtol=2e-3)


def test_forms_of_x_and_y_are_their_own():
    Y = torch.as_tensor(COLOURS).permute(0, 3, 1, 2) / 255
    X = COLOURS.mean(-1) / 127.5 - 1
    model = tiny(epochs=1, batch_size=6).fit(X, Y)
    made = model.transform(X[:2])
    assert isinstance(made, torch.Tensor) and made.shape == (2, 3, 8, 12) and made.dtype == torch.float32
    assert made.min() >= 0 and made.max() <= 1
    assert model.score(X, Y) > 0
    assert model.plot_translations(X, Y, n=3).figure is not None


def test_a_saved_model_is_the_same_and_goes_on(tmp_path):
    model = tiny(epochs=1, objective="hinge").fit(DIGITS[:48], 255 - DIGITS[:48])
    model.save(tmp_path / "model.safetensors")
    loaded = TranslationTrainer.load(tmp_path / "model.safetensors")
    for one in (model, loaded):
        one.partial_fit(DIGITS[:48], 255 - DIGITS[:48])
    np.testing.assert_array_equal(loaded.transform(DIGITS[:3]), model.transform(DIGITS[:3]))


def test_pairs_are_read_from_folders_and_from_halves(tmp_path):
    for name, pictures in (("x", DIGITS[:8]), ("y", 255 - DIGITS[:8])):
        (tmp_path / name).mkdir()
        for i, picture in enumerate(pictures):
            Image.fromarray(picture).convert("RGB").save(tmp_path / name / f"{(i * 5) % 8}.png")
    found = tiny(epochs=1, batch_size=4).fit(tmp_path / "x", tmp_path / "y")
    order = np.argsort([(i * 5) % 8 for i in range(8)])
    colours = DIGITS[:8][order][..., None].repeat(3, -1)
    expected = tiny(epochs=1, batch_size=4).fit(colours, 255 - colours)
    np.testing.assert_array_equal(found.transform(colours[:2]), expected.transform(colours[:2]))
    both = tiny(epochs=1, batch_size=4).fit(np.concatenate([colours, 255 - colours], 2), "halves")
    np.testing.assert_array_equal(both.transform(colours[:2]), expected.transform(colours[:2]))
    (tmp_path / "y" / "3.png").rename(tmp_path / "y" / "nine.png")
    with pytest.raises(DataError, match=r'no picture named "3"; pairs have the same name'):
        tiny().fit(tmp_path / "x", tmp_path / "y")


@pytest.mark.parametrize("settings", [{}, {"pairing": "none"}, {"corruption": "mask"}, {"corruption": "grey"}])
def test_translations_are_drawn_during_training(settings):
    figure = Figure()
    X = COLOURS if "corruption" in settings else COLOURS[..., 0]
    model = tiny(epochs=1, batch_size=6, **settings).fit(X, None if "corruption" in settings else COLOURS)
    model._draw_samples(figure, (1, 1, 1), 8)
    words = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert words[:2] == ["input", "output"] and ("truth" in words) == (settings != {"pairing": "none"})
    live = ganvas.callbacks.LivePlot()
    tiny(epochs=1, batch_size=6, callbacks=[live], **settings).fit(X, None if "corruption" in settings else COLOURS)


def test_what_does_not_fit_is_refused():
    X, Y = DIGITS[:32], 255 - DIGITS[:32]
    model, mask = inverted(), repair()
    for error, text, call in [
        (ParameterError, "Y: expected the pictures that X is translated to, got None", lambda: tiny().fit(X)),
        (ParameterError, "Y: expected None with corruption='mask'", lambda: tiny(corruption="mask").fit(X, Y)),
        (ShapeError, "Y: expected 32 pictures, one for each of X, got 31", lambda: tiny().fit(X, Y[:31])),
        (ShapeError, "Y: expected pictures of 16x16 like X, got 16x15", lambda: tiny().fit(X, Y[:, :, 1:])),
        (
            ShapeError,
            "X: expected (n, h, w) or (n, h, w, c) with an even width",
            lambda: tiny().fit(X[..., 1:], "halves"),
        ),
        (ParameterError, "known: expected an array, True where a pixel is known, got None", lambda: mask.transform(X)),
        (ParameterError, 'known: expected None without corruption="mask"', lambda: model.transform(X, known=known())),
        (ShapeError, "known: expected (16, 16) or (32, 16, 16)", lambda: mask.transform(X, known=known((12, 16)))),
        (DataError, "known: expected at least one known value", lambda: mask.transform(X, known=known() & False)),
        (ParameterError, 'inverse_transform: needs pairing="none"', lambda: model.inverse_transform(X)),
        (ParameterError, "corrupt: the model was fitted on X and Y", lambda: model.corrupt(X)),
        (ParameterError, "Y: expected pictures, got None", lambda: model.score(X)),
        (ShapeError, "X: expected pictures of 1 channel, got 3 channels", lambda: model.transform(COLOURS)),
        (ShapeError, 'X: expected pictures with colours for corruption="grey"', lambda: tiny(corruption="grey").fit(X)),
        (
            ShapeError,
            "X: expected sides that are multiples of factor=3",
            lambda: tiny(corruption={"name": "downscale", "factor": 3}).fit(X),
        ),
        (
            ParameterError,
            "corruption: factor: must be at least 2, got 1",
            lambda: tiny(corruption={"name": "downscale", "factor": 1}).fit(X),
        ),
        (
            ParameterError,
            'factor: expected None for corruption="grey"',
            lambda: tiny(corruption={"name": "grey", "factor": 2}).fit(COLOURS),
        ),
        (
            ParameterError,
            "corruption: deviation: must be above 0 and finite, got 0",
            lambda: tiny(corruption={"name": "noise", "deviation": 0}).fit(X),
        ),
        (ParameterError, 'pairing: expected "paired"', lambda: tiny(corruption="mask", pairing="none").fit(X)),
        (ParameterError, "cycle_weight: expected None", lambda: tiny(cycle_weight=1.0).fit(X, Y)),
        (NotFittedError, "TranslationTrainer is not fitted", lambda: TranslationTrainer().transform(X)),
    ]:
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value).startswith(text), str(caught.value)

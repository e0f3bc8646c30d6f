"""Textures and style transfer: results, forms, and the state of the estimator."""

import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.base import clone

from ganvas import StyleTrainer
from ganvas.exceptions import NotFittedError

pytestmark = pytest.mark.usefixtures("one_thread")
RNG = np.random.default_rng(0)
# Diagonal stripes of period 8, in two colours.
STRIPES = np.where(
    ((np.arange(32)[:, None] + np.arange(32)) % 8 < 4)[..., None], np.uint8([220, 40, 30]), np.uint8([30, 60, 200])
)
PHOTO = (np.hypot(*(np.mgrid[:24, :32] - 12)) * 10).clip(0, 255).astype(np.uint8)


def quick(**params):
    return StyleTrainer(**{"steps": 8, "n_projections": 8, "random_state": 0, "verbose": 0, **params})


def network(x):
    """Maps of edges in each channel, and a coarse picture."""
    edges = torch.cat([x[..., 1:, :-1] - x[..., :-1, :-1], x[..., :-1, 1:] - x[..., :-1, :-1]], 1)
    return [edges.abs(), torch.nn.functional.avg_pool2d(x, 4)]


def seam(picture):
    """Mean step across the edges over the mean step inside."""
    x = picture.astype(float)
    across = np.abs(x[0] - x[-1]).mean() + np.abs(x[:, 0] - x[:, -1]).mean()
    return across / (np.abs(np.diff(x, axis=0)).mean() + np.abs(np.diff(x, axis=1)).mean())


def test_a_texture_has_the_stripes_of_its_style():
    made = StyleTrainer(steps=60, random_state=0, verbose=0).fit(STRIPES).sample(size=(40, 48))[0]
    assert made.shape == (40, 48, 3)
    assert made.dtype == np.uint8
    # Equal along one diagonal, and opposite half a period away, as in the style; noise has 0 and 0.
    grey = made[..., 0] - made[..., 0].mean()
    along = (grey[1:, :-1] * grey[:-1, 1:]).mean() / (grey**2).mean()
    apart = (grey[:, 4:] * grey[:, :-4]).mean() / (grey**2).mean()
    assert along > 0.7
    assert apart < -0.4
    # Two colours, and few between them.
    far = np.minimum(*(np.abs(made.astype(int) - colour).sum(2) for colour in ([220, 40, 30], [30, 60, 200])))
    assert np.median(far) < 60


def test_a_seamless_texture_continues_at_the_opposite_edge():
    st = StyleTrainer(steps=60, random_state=0, verbose=0).fit(STRIPES)
    # 44 and 36 are no multiples of the period.
    seamless, plain = (st.sample(size=(44, 36), seamless=way, random_state=3)[0] for way in (True, False))
    assert seam(seamless) < 1.25
    assert seam(plain) > 1.5


def test_steps_between_pixels_of_a_seamless_texture_are_alike_everywhere():
    noise = RNG.normal(size=(48, 48))
    cloud = sum(np.roll(noise, shift, (0, 1)) for shift in ((0, 0), (0, 1), (1, 0), (1, 1)))
    made = quick(steps=30).fit((cloud - cloud.min()) / np.ptp(cloud)).sample(6, size=40, seamless=True)
    # By place along rows and columns; the first is across the edge.
    steps = np.mean([np.abs(made - np.roll(made, 1, axis)).mean((0, 3 - axis)) for axis in (1, 2)], axis=0)
    steps /= steps.mean()
    assert abs(steps[0] - 1) < 0.15
    assert abs(steps[::2].mean() - 1) < 0.05


def test_a_seamless_search_sees_another_place_first_at_each_step():
    seen = []

    def features(x):
        # Without what continues the picture.
        seen.append(x.detach().numpy()[0, :, 16:32, 16:32])
        return [x]

    quick(features=features, steps=6, lr=1e-9, scales=1).fit(STRIPES[:16, :16]).sample(size=16, seamless=True)
    places = [
        [shift for shift in np.ndindex(16, 16) if np.allclose(np.roll(seen[-1], shift, (1, 2)), picture, atol=1e-4)]
        for picture in seen[-6:]
    ]
    assert all(len(found) == 1 for found in places)
    assert len({found[0] for found in places}) > 3


@pytest.mark.parametrize("features", ["patches", "random", network])
@pytest.mark.parametrize("distance", ["gram", "sliced", "moments"])
def test_every_distance_of_every_feature_falls(features, distance):
    far = []
    smooth = np.stack([PHOTO, PHOTO // 2, 255 - PHOTO], 2)
    for steps in (1, 60):
        st = quick(features=features, distance=distance, steps=steps, scales=1).fit(smooth)
        st.sample(size=24)
        far.append(st.distances_[0, 0])
        assert np.isnan(st.distances_[0, 1])
    assert far[1] < 0.6 * far[0]


def test_content_weight_keeps_the_photo():
    near = {}
    for weight in (0.0, 30.0):
        st = quick(features="random", steps=30, content_weight=weight).fit(STRIPES)
        made = st.transform(PHOTO)
        near[weight] = np.corrcoef(made.ravel(), PHOTO.ravel())[0, 1]
        assert st.distances_.shape == (1, 2)
    assert near[30.0] > 0.95
    assert near[30.0] > near[0.0] + 0.02


def test_the_heavier_style_is_nearer():
    red, blue = (np.full((16, 16, 3), colour, np.uint8) for colour in ([250, 0, 0], [0, 0, 250]))
    made = quick(features=network, steps=30, scales=1).fit([red, blue], weights=[9, 1]).sample(size=16)[0]
    assert made[..., 0].mean() > made[..., 2].mean() + 60


def test_kept_colours_change_the_luminance_alone():
    colours = np.stack([PHOTO, PHOTO // 2 + 60, 200 - PHOTO // 2], 2)
    made = quick(steps=30).fit(STRIPES).transform(colours, keep_colours=True).astype(int)
    inside = ((made > 2) & (made < 253)).all(2)
    change = (made - colours)[inside]
    assert inside.mean() > 0.3
    assert np.abs(change).mean() > 3
    assert np.ptp(change, axis=1).max() <= 2


FORMS = [
    (PHOTO, (24, 32), np.uint8),
    (PHOTO[..., None], (24, 32, 1), np.uint8),
    (np.stack([PHOTO] * 3, 2).swapaxes(0, 1), (32, 24, 3), np.uint8),
    (PHOTO.astype(np.uint16) * 257, (24, 32), np.uint16),
    (PHOTO / 255, (24, 32), np.float64),
    (np.stack([PHOTO / 255] * 3, 2).astype(np.float32), (24, 32, 3), np.float32),
    (Image.fromarray(PHOTO), (24, 32), np.uint8),
    (Image.fromarray(PHOTO).convert("P"), (24, 32, 3), np.uint8),
    (Image.fromarray(PHOTO).convert("RGBA"), (24, 32, 3), np.uint8),
]


@pytest.mark.parametrize(("photo", "shape", "dtype"), FORMS)
def test_photos_come_back_in_their_form(photo, shape, dtype):
    made = quick(steps=2).fit(STRIPES).transform(photo)
    assert (made.shape, made.dtype) == (shape, dtype)
    highest = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    assert made.max() <= highest
    assert made.max() > 0.3 * highest


def test_several_photos_and_files_come_back_in_order(tmp_path):
    st = quick(steps=2, content_weight=100.0).fit(STRIPES)
    Image.fromarray(PHOTO.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    Image.fromarray(PHOTO[:, :20]).save(tmp_path / "flat.png")
    files = st.transform([tmp_path / "deep.png", str(tmp_path / "flat.png")])
    assert [(made.shape, made.dtype) for made in files] == [((24, 32), np.uint16), ((24, 20), np.uint8)]
    assert st.transform(tmp_path / "flat.png").shape == (24, 20)
    stacked = st.transform(np.stack([PHOTO, 255 - PHOTO])[..., None])
    assert stacked.shape == (2, 24, 32, 1)
    assert stacked[0, 12, 12] < 80 < 170 < stacked[1, 12, 12]


def test_large_pictures_are_reduced_with_their_proportions():
    st = quick(steps=2, max_side=16).fit(np.repeat(STRIPES, 2, axis=1))
    assert st.styles_[0].shape == (8, 16, 3)
    assert st.transform(PHOTO).shape == (12, 16)


def test_equal_seeds_give_equal_pictures_and_samples_differ():
    st = quick().fit(STRIPES)
    first = st.sample(2, size=16)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(st.sample(1, size=16)[0], first[0])
    assert np.array_equal(clone(st).fit(STRIPES).sample(2, size=16), first)
    assert np.array_equal(st.sample(1, size=16, random_state=0), first[:1])
    assert np.array_equal(st.transform(PHOTO), st.transform(PHOTO))


def test_a_pickled_estimator_makes_the_same_pictures():
    st = quick().fit([STRIPES, PHOTO], weights=[2, 1])
    other = pickle.loads(pickle.dumps(st))
    assert other.get_params() == st.get_params()
    assert np.array_equal(other.sample(1, size=16), st.sample(1, size=16))


@pytest.mark.parametrize("features", ["patches", "random"])
def test_a_saved_estimator_makes_the_same_pictures(tmp_path, features):
    st = quick(features=features, weights_file=tmp_path / "vgg16.pth").fit([PHOTO / 255, STRIPES], weights=[2, 1])
    st.sample(1, size=24)
    st.save(tmp_path / "style.safetensors")
    loaded = StyleTrainer.load(tmp_path / "style.safetensors")
    assert loaded.get_params() == st.get_params() | {"weights_file": str(tmp_path / "vgg16.pth")}
    assert np.array_equal(loaded.weights_, st.weights_)
    assert all(np.array_equal(one, other) for one, other in zip(loaded.styles_, st.styles_, strict=True))
    # The second of the stream, in the form of the coloured style.
    assert np.array_equal(loaded.sample(1, size=24), st.sample(1, size=24))
    assert np.array_equal(loaded.transform(PHOTO), st.transform(PHOTO))


def test_parameters_are_stored_untouched_and_read_at_each_call():
    st = quick(features=network)
    assert st.get_params()["features"] is network
    assert clone(st).get_params() == st.get_params()
    st.fit(STRIPES)
    before = st.sample(1, size=16, random_state=1)
    st.set_params(steps=1)
    assert not np.array_equal(st.sample(1, size=16, random_state=1), before)


@pytest.mark.parametrize("distance", ["gram", "sliced", "moments"])
@pytest.mark.parametrize("features", ["patches", "random"])
@pytest.mark.parametrize("style", [np.zeros((24, 24)), np.full((24, 24), 127, np.uint8)])
def test_flat_and_grey_styles_give_finite_pictures(style, features, distance):
    st = quick(features=features, distance=distance, steps=4).fit(style)
    for made in (st.sample(1, size=24)[0], st.transform(np.stack([PHOTO] * 3, 2) / 255), st.transform(PHOTO / 255)):
        assert np.isfinite(made).all()
    assert np.isfinite(st.distances_).all()
    flat = st.transform(np.zeros((24, 24, 3)), keep_colours=True)
    assert np.isfinite(flat).all()


def test_a_module_keeps_its_mode_and_collects_no_gradients():
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Dropout(0.1)).train()
    with torch.no_grad():
        quick(features=net, steps=3).fit(STRIPES).transform(PHOTO)
    assert net.training
    assert net[0].weight.grad is None


def test_the_plot_shows_photo_style_and_result():
    ax = quick(steps=2).fit([STRIPES, STRIPES[:, :8]]).plot_styles([PHOTO, PHOTO.T])
    assert [text.get_text() for text in ax.texts] == ["photo", "style", "result"]
    assert ax.images[0].get_array().shape[0] == 2 * 192 + 6


def test_nothing_works_before_fit():
    for call in (
        lambda st: st.sample(),
        lambda st: st.transform(PHOTO),
        lambda st: st.plot_styles(PHOTO),
        lambda st: st.save("style.safetensors"),
    ):
        with pytest.raises(NotFittedError, match="StyleTrainer is not fitted; call fit first"):
            call(StyleTrainer())

"""Names of sub-folders as labels, and paths that begin with a tilde."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

import ganvas
from ganvas import GanTrainer, VaeTrainer, VqVaeTrainer
from ganvas.data import ImageFolder, load_folder
from ganvas.exceptions import DataError, ParameterError

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {"net": "mlp", "hidden": (8,), "epochs": 1, "batch_size": 6, "random_state": 0, "verbose": 0}
NAMES = ["ant", "cat", "dog"]


@pytest.fixture
def pets(tmp_path, digits):
    for i, image in enumerate(digits[:24]):
        place = tmp_path / "pets" / NAMES[i % 3]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[:8, :8]).save(place / f"{i:02}.png")
    return tmp_path / "pets"


def names_of(pets):
    X, y = load_folder(pets, return_y=True)
    return X, np.array(NAMES)[y]


@pytest.mark.parametrize("kind", [GanTrainer, VaeTrainer, VqVaeTrainer])
@pytest.mark.parametrize("form", ["path", "str", "streamed"])
def test_the_names_of_sub_folders_are_labels(pets, kind, form):
    X, y = names_of(pets)
    given = {"path": pets, "str": str(pets), "streamed": ImageFolder(pets)}[form]
    expected = kind(**SMALL).fit(X, y).partial_fit(X, y)
    model = kind(**SMALL).fit(given, y="folder").partial_fit(given, y="folder")
    assert model.classes_.tolist() == NAMES
    sampled, wanted = (m.sample(3, y="cat", random_state=0) for m in (model, expected))
    assert sampled.shape == (3, 8, 8, 3)
    np.testing.assert_array_equal(sampled, wanted)


def test_scores_take_the_names_as_labels_too(pets):
    X, y = names_of(pets)
    model = VaeTrainer(**SMALL).fit(pets, y="folder")
    np.testing.assert_array_equal(model.score_samples(pets, y="folder"), model.score_samples(X, y))
    np.testing.assert_array_equal(model.transform(ImageFolder(pets), y="folder"), model.transform(X, y))


def test_a_folder_alone_is_learnt_without_labels(pets):
    with pytest.raises(AttributeError, match="fitted without classes"):
        _ = GanTrainer(**SMALL).fit(pets).classes_


def test_folders_without_classes_say_so(pets, digits):
    with pytest.raises(DataError, match="expected one sub-folder for each class, got pictures only"):
        GanTrainer(**SMALL).fit(pets / "cat", y="folder")
    with pytest.raises(ParameterError) as error:
        GanTrainer(**SMALL).fit(digits, y="folder")
    assert str(error.value) == (
        'y: "folder" needs a folder of pictures as X, or an ImageFolder, got ndarray; pass labels'
    )
    (pets.parent / "outer").mkdir()
    pets.rename(pets.parent / "outer" / "pets")
    with pytest.raises(DataError) as error:
        GanTrainer(**SMALL).fit(pets.parent / "outer", y="folder")
    inner = pets.parent / "outer" / "pets"
    assert str(error.value) == (
        f"{inner.parent}: expected classes, got the one folder pets/ with the sub-folders 'ant', 'cat', 'dog'; "
        f"pass {inner}"
    )


def titles(ax):
    plt.close(ax.figure)
    return [text.get_text() for text in ax.texts]


def test_samples_are_drawn_under_the_names_of_their_classes(pets, digits):
    model = GanTrainer(**SMALL).fit(pets, y="folder")
    assert titles(model.plot_samples(9)) == NAMES
    assert titles(model.plot_samples(4, y="dog")) == ["dog"]
    assert titles(model.plot_samples(3, y=["ant", "cat", "dog"])) == []
    numbers = GanTrainer(**SMALL).fit(digits[:24], np.arange(24) % 10)
    assert titles(numbers.plot_samples(20)) == [str(i) for i in range(10)]
    one = GanTrainer(**SMALL).fit(digits[:24], ["cat"] * 24).plot_samples(4)
    assert titles(one) == ["cat"]
    # Two by two of 16 pixels, one between them.
    assert one.images[0].get_array().shape[:2] == (33, 33)
    assert titles(GanTrainer(**SMALL).fit(digits[:24]).plot_samples(4)) == []
    assert titles(GanTrainer(**SMALL, codes=3).fit(digits[:24]).plot_samples(6)) == ["0", "1", "2"]


def test_paths_begin_at_home(pets, monkeypatch):
    home = pets.parent
    monkeypatch.setenv("HOME", str(home))
    gan = GanTrainer(**SMALL, profile="~/trace.json").fit("~/pets", checkpoint_dir="~/runs")
    assert (home / "trace.json").stat().st_size > 0
    assert len(list((home / "runs").glob("*.safetensors"))) == 1
    gan.save("~/gan.safetensors")
    loaded = GanTrainer.load("~/gan.safetensors")
    np.testing.assert_array_equal(loaded.sample(2, random_state=0), gan.sample(2, random_state=0))
    live = ganvas.callbacks.LivePlot(n=4, path="~/live.png")
    GanTrainer(**SMALL, callbacks=[live]).fit("~/pets")
    assert (home / "live.png").exists()
    assert not (home / "~").exists()

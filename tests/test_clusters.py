"""GANs whose labels are clusters of the data."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

import ganvas
from ganvas import FlowTrainer, GanTrainer
from ganvas._data.clusters import Clusters
from ganvas.exceptions import ParameterError

DIGITS, LABELS = ganvas.data.load_digits(size=8, return_y=True)
QUIET = {"verbose": 0, "progress": False, "random_state": 0, "epochs": 2, "batch_size": 32}


def tiny(**parameters):
    return GanTrainer(**{"net": "mlp", "hidden": (8,), "latent_dim": 4, "clusters": 6, **QUIET, **parameters})


def test_clusters_are_those_of_similar_samples():
    images = DIGITS[:600, :, :, None].repeat(4, 1).repeat(4, 2)
    found = Clusters.found(images, 10)
    assert adjusted_rand_score(LABELS[:600], found.of(images)) > 0.5
    np.testing.assert_array_equal(Clusters(found.words).of(images[:7]), found.of(images)[:7])
    rows = np.concatenate(
        [np.random.default_rng(0).normal(size=(50, 2)) * [1, 1e4] + place for place in ([0, 0], [9, 0])]
    )
    assert adjusted_rand_score(np.repeat([0, 1], 50), Clusters.found(rows, 2).of(rows)) == 1.0


def test_samples_are_drawn_of_all_clusters_by_their_frequency():
    gan = tiny().fit(DIGITS[:256])
    assert gan.clusters_ == 6 and gan._labels.kind == "clusters"
    assert sum(gan._labels.shares) == pytest.approx(1)
    assert gan.sample(40, random_state=0).shape == (40, 8, 8)
    assert gan.discriminator_conditioning_ == "concatenation"
    with pytest.raises(ParameterError, match=r"^y: this model was fitted without labels, got labels$"):
        gan.sample(2, y=1)
    with pytest.raises(AttributeError, match="without classes"):
        gan.classes_  # noqa: B018


def test_clusters_are_found_wherever_labels_are_needed():
    gan = tiny().fit(DIGITS[:256])
    assert gan.score(DIGITS[:64]) < 0.1
    assert gan.occlusion_map(DIGITS[:2]).shape == (2, 8, 8)
    assert gan.invert(DIGITS[:2], steps=2).latents.shape == (2, 4)
    known = np.ones((8, 8), bool)
    known[3:] = False
    made = gan.inpaint(DIGITS[:2], known, steps=2)
    np.testing.assert_array_equal(made[:, known], DIGITS[:2][:, known])
    assert len(gan.evaluate(DIGITS[256:400], metrics=["coverage"])) == 1
    gan.partial_fit(DIGITS[:128])
    assert len(gan.history_["samples"]) == 3


def test_a_saved_model_knows_its_clusters(tmp_path):
    gan = tiny().fit(DIGITS[:256])
    gan.save(tmp_path / "gan.safetensors")
    loaded = GanTrainer.load(tmp_path / "gan.safetensors")
    for one in (gan, loaded):
        one.partial_fit(DIGITS[:128])
    np.testing.assert_array_equal(loaded.sample(3), gan.sample(3))
    assert loaded.clusters_ == 6


def test_resuming_finds_the_same_clusters(tmp_path):
    whole = tiny(epochs=3).fit(DIGITS[:256])
    tiny(epochs=2).fit(DIGITS[:256], checkpoint_dir=tmp_path)
    resumed = tiny(epochs=3).fit(DIGITS[:256], checkpoint_dir=tmp_path, resume="auto")
    np.testing.assert_array_equal(resumed.sample(3), whole.sample(3))


def test_the_preset_trains_on_images():
    gan = GanTrainer(preset="self-conditioned", base_channels=4, **QUIET).fit(DIGITS[:256])
    assert (gan.clusters_, gan.discriminator_conditioning_, gan.ema_) == (50, "projection", 100_000)


def test_images_without_labels_have_clusters_by_default(capsys):
    images = np.tile(DIGITS[:1000], (1, 3, 3))[:, :17, :17]
    usual = {"random_state": 0, "epochs": 1, "progress": False, "base_channels": 4}
    gan = GanTrainer(**usual).fit(images)
    assert (gan.clusters_, gan.discriminator_conditioning_, gan.penalty_[0]["name"]) == (20, "projection", "r1")
    assert "| dcgan, 20 clusters as labels, on cpu (native) |" in capsys.readouterr().out
    small = GanTrainer(**usual).fit(DIGITS[:1000])
    assert (small.clusters_, small.discriminator_conditioning_, small.penalty_) == (20, "concatenation", [])
    assert GanTrainer(**usual).fit(DIGITS[:999]).clusters_ is None
    assert GanTrainer(**usual, objective="hinge").fit(DIGITS[:1000]).clusters_ is None
    assert GanTrainer(**usual).fit(DIGITS[:1000], LABELS[:1000]).clusters_ is None
    assert GanTrainer(**usual, preset="dcgan").fit(DIGITS[:1000]).clusters_ is None


def test_what_does_not_fit_is_refused():
    for text, call in [
        ("clusters: must be at least 2, got 1", lambda: tiny(clusters=1).fit(DIGITS[:64])),
        ("clusters: expected an integer, got 2.5", lambda: tiny(clusters=2.5).fit(DIGITS[:64])),
        ("clusters: must be at most 32, half of the samples in X, got 33", lambda: tiny(clusters=33).fit(DIGITS[:64])),
        ("clusters: expected None with y", lambda: tiny().fit(DIGITS[:64], LABELS[:64])),
        ("clusters: expected None with codes", lambda: tiny(codes=3).fit(DIGITS[:64])),
        ("balanced: needs classes", lambda: tiny(balanced=True).fit(DIGITS[:64])),
    ]:
        with pytest.raises(ParameterError) as caught:
            call()
        assert str(caught.value).startswith(text)


def test_streams_have_no_clusters(tmp_path):
    np.save(tmp_path / "x.npy", DIGITS[:64])
    with pytest.raises(ParameterError, match=r"^clusters: expected data in memory, got a stream; pass an array$"):
        tiny().fit(np.load(tmp_path / "x.npy", mmap_mode="r"))


def test_flows_have_clusters_by_default():
    usual = {"random_state": 0, "epochs": 1, "verbose": 0, "progress": False, "base_channels": 4}
    flow = FlowTrainer(**usual).fit(DIGITS[:1000])
    assert flow.clusters_ == 20 and flow.label_dropout_ == 0.1
    assert flow.sample(3, random_state=0, steps=2).shape == (3, 8, 8)
    assert np.isfinite(flow.score_samples(DIGITS[:2], draws=2, steps=2)).all()
    known = np.ones((8, 8), bool)
    known[3:] = False
    assert flow.inpaint(DIGITS[:2], known, steps=2).shape == (2, 8, 8)
    with pytest.raises(ParameterError, match=r"^guidance: expected None for a model without labels"):
        flow.sample(1, guidance=2.0)
    assert FlowTrainer(**usual, clusters=3).fit(DIGITS[:100]).clusters_ == 3
    with pytest.raises(ParameterError, match=r"^clusters: expected None with y"):
        FlowTrainer(**usual, clusters=3).fit(DIGITS[:100], LABELS[:100])

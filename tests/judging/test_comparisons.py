"""`compare`: several models and seeds in one table."""

import numpy as np
import pytest
from tests.tiny import IMAGES, RING, tiny

import ganvas
from ganvas import AutoencoderTrainer, TextTrainer, VaeTrainer
from ganvas.exceptions import DtypeError, NotFittedError, ParameterError, UnknownNameError

VAE = {"net": "mlp", "hidden": (4,), "latent_dim": 2, "epochs": 1, "batch_size": 32, "verbose": 0}


def test_copies_are_trained_for_each_seed():
    models = {"gan": tiny(), "vae": VaeTrainer(**VAE)}
    table = ganvas.compare(models, RING[64:], X_train=RING[:64], seeds=2, features="pixels")
    assert not hasattr(models["gan"], "_run"), "the models are unchanged"
    assert {name: len(reports) for name, reports in table.items()} == {"gan": 2, "vae": 2}
    for seed in (0, 1):
        model = tiny(random_state=seed).fit(RING[:64])
        alone = model.evaluate(RING[64:], X_train=RING[:64], features="pixels", random_state=seed)
        own = {name: measure for name, measure in table["gan"][seed].items() if name in alone and name != "speed"}
        assert own == {name: measure for name, measure in alone.items() if name != "speed"}
    assert "bound" in table["vae"][0] and "bound" not in table["gan"][0]
    assert table.models["gan"].random_state == 0
    assert table["gan"][0]["parameters"].value == sum(n for _, n in table.models["gan"]._run.sizes())


def test_the_table_has_means_and_deviations():
    models = {"a": tiny(), "b": tiny(hidden=(3,))}
    table = ganvas.compare(models, RING[64:], X_train=RING[:64], seeds=3, metrics=["fid", "recall"])
    values = [report["frechet_distance"].value for report in table["b"]]
    row = table.to_dict()["b"]["frechet_distance"]
    assert row == {"mean": pytest.approx(np.mean(values)), "deviation": pytest.approx(np.std(values, ddof=1))}
    lines = repr(table).splitlines()
    assert "means and deviations of 3 trainings" in lines[0]
    assert lines[1].split() == ["name", "a", "b", "real", "data", "trivial", "rival"]
    assert lines[2].startswith("frechet_distance ↓") and lines[2].count("±") == 2
    assert "<table>" in table._repr_html_()


def test_fitted_models_are_judged_as_they_are():
    gan = tiny().fit(RING)
    table = ganvas.compare({"gan": gan}, RING, seeds=1, metrics=["coverage"])
    assert table["gan"][0]["coverage"] == gan.evaluate(RING, metrics=["coverage"])["coverage"]
    assert table.models["gan"] is gan
    assert "±" not in repr(table)


def test_measures_that_do_not_fit_a_model_are_left_out_of_its_column():
    models = {"gan": tiny(), "autoencoder": AutoencoderTrainer(**VAE)}
    table = ganvas.compare(models, IMAGES, X_train=IMAGES, seeds=1, metrics=["psnr"], features="pixels")
    assert (list(table["gan"][0]), list(table["autoencoder"][0])) == ([], ["psnr"])


@pytest.mark.parametrize("X", [RING, IMAGES], ids=["points", "images"])
def test_the_picture_has_a_row_for_each_model(X):
    table = ganvas.compare({"a": tiny(), "b": tiny()}, X, X_train=X, seeds=1, features="pixels")
    parts = table.plot().subfigs
    assert [part.get_suptitle() for part in parts] == ["a", "b", ""]


def test_a_latent_that_changes_one_thing_agrees_with_itself():
    vae = VaeTrainer(**VAE).fit(RING)

    def measured(decode):
        vae._run = Decoder(vae._run, decode)
        return vae.evaluate(RING, metrics="latent_agreement", features="pixels")["latent_agreement"].value

    class Decoder:
        def __init__(self, run, decode):
            self._inner, self.inverse_transform = getattr(run, "_inner", run), decode

        def __getattr__(self, name):
            return getattr(self._inner, name)

    random = np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
    assert measured(lambda z, y: z) == pytest.approx(1, abs=1e-5)
    assert measured(lambda z, y: z * np.sign(random)) < 0.5
    assert np.isnan(measured(lambda z, y: np.zeros_like(z)))


def test_errors():
    with pytest.raises(NotFittedError):
        ganvas.compare({"gan": tiny()}, RING)
    with pytest.raises(ParameterError, match="models: expected a mapping"):
        ganvas.compare([tiny()], RING)
    with pytest.raises(DtypeError, match="TextTrainer for 'text'"):
        ganvas.compare({"text": TextTrainer()}, RING)
    with pytest.raises(ParameterError, match="seeds"):
        ganvas.compare({"gan": tiny()}, RING, X_train=RING, seeds=0)
    with pytest.raises(UnknownNameError, match="metric"):
        ganvas.compare({"gan": tiny()}, RING, X_train=RING, metrics="beauty")

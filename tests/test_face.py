"""Signatures and docstrings of the estimators are written from the declared settings."""

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parents[1] / "tools" / "face.py"
SPEC = importlib.util.spec_from_file_location("face", FILE)
face = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(face)


@pytest.mark.parametrize("path", face.FACES)
def test_the_face_of_an_estimator_is_fresh(path):
    module, name = path.split(".")
    source = (face.FOLDER / f"{module}.py").read_text()
    assert face.written(source, name, face.FACES[path]) == source, "make face writes it anew"


def test_a_new_setting_is_a_parameter_of_its_group(monkeypatch):
    settings = face._core.settings("gan")
    new = ("Noise", "shake", "float", "float", "Strength. None: 0.")
    monkeypatch.setattr(face._core, "settings", lambda family: [*settings, new])
    listed = face.parameters(face.FACES["gan.GanTrainer"])
    assert "    shake : float or None\n        Strength. None: 0.\n" in face.documentation(listed)
    init = face.constructor(listed, 10)
    assert init.index("# Noise") < init.index("shake: float | None = None,") < init.index("# Data")
    assert "self.shake = shake\n" in init

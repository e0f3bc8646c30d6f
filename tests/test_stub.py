"""The hand-written stub matches the extension."""

import os
import subprocess
import sys
from pathlib import Path

import ganvas
from ganvas import _core

FOLDER = Path(ganvas.__file__).parent


def test_the_stub_agrees_with_the_extension(tmp_path):
    command = [sys.executable, "-m", "mypy.stubtest", "ganvas._core"]
    environment = {**os.environ, "MYPYPATH": str(FOLDER.parent), "PYTHONPATH": str(FOLDER.parent)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Success: no issues found in 1 module" in done.stdout


def test_the_package_says_that_it_has_types():
    assert (FOLDER / "py.typed").is_file()


def test_everything_in_the_extension_has_a_docstring():
    for name in set(_core.__all__) - {"__version__"}:
        member = getattr(_core, name)
        assert member.__doc__, name
        for method, value in vars(member).items() if isinstance(member, type) else ():
            assert method.startswith("__") or value.__doc__, f"{name}.{method}"

"""Contents of the package, and modules imported with it."""

import importlib.metadata
import struct
import subprocess
import sys
from pathlib import Path

import ganvas
from ganvas import _core

TORCH = {"libtorch_cpu", "libtorch_python", "libc10"}
SYSTEM = {
    "libc",
    "libm",
    "libgcc_s",
    "libstdc++",
    "libpthread",
    "libdl",
    "librt",
    "ld-linux-x86-64",
    "ld-linux-aarch64",
}


def needed(path):
    """Required libraries of an ELF file (64 bit, little endian)."""
    data = Path(path).read_bytes()
    assert data[:6] == b"\x7fELF\x02\x01"
    start, size, count = (*struct.unpack_from("<Q", data, 40), *struct.unpack_from("<HH", data, 58))
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, start + i * size) for i in range(count)]
    (dynamic,) = [section for section in sections if section[1] == 6]
    text = sections[dynamic[6]][4]
    entries = struct.iter_unpack("<qQ", data[dynamic[4] : dynamic[4] + dynamic[5]])
    return [data[text + value :].split(b"\0", 1)[0].decode() for tag, value in entries if tag == 1]


def test_the_extension_needs_torch_and_the_system_and_nothing_else():
    names = {name.split(".so")[0] for name in needed(_core.__file__)}
    assert names >= TORCH
    assert names <= TORCH | SYSTEM


def test_the_extension_is_built_for_every_python():
    assert Path(_core.__file__).name == "_core.abi3.so"


def test_versions_agree():
    assert ganvas.__version__ == _core.__version__ == importlib.metadata.version("ganvas")


def test_torch_is_pinned_to_the_version_that_the_extension_is_bound_to():
    from ganvas._run.torch import NEEDED

    assert f"torch=={NEEDED}" in importlib.metadata.requires("ganvas")


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_importing_brings_nothing_that_is_not_needed_yet():
    loaded = run("import sys, ganvas; print(*sys.modules)").split()
    assert not {"matplotlib.pyplot", "pooch", "IPython", "safetensors", "tensorboard"} & set(loaded)


# scikit-learn imports pandas if it is installed, so its absence is simulated.
ALONE = """
import sys
sys.modules["pandas"] = None
import ganvas
gan = ganvas.GanTrainer(hidden=(4,), epochs=1, verbose=0).fit(ganvas.data.ring(64, random_state=0))
print(gan.sample(2).shape)
"""


def test_it_works_without_pandas():
    assert run(ALONE) == "(2, 2)\n"


def test_public_names_are_there():
    assert sorted(ganvas.__all__) == ganvas.__all__
    for name in ganvas.__all__:
        assert hasattr(ganvas, name)
    assert not [name for name in ganvas.__all__ if name.startswith("_") and name != "__version__"]


def test_versions_are_shown_for_a_report(capsys):
    ganvas.show_versions()
    shown = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if "cuda" not in line)
    assert shown["ganvas"] == ganvas.__version__
    assert {"python", "torch", "numpy", "scikit-learn"} <= set(shown)

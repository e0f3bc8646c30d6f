"""What it costs to leave data where it is: memory of a huge file, speed of a folder of many pictures.

python benches/streams.py memory   # 500 steps on a sparse file of 20 GB
python benches/streams.py folder   # 100,000 pictures, decoded while training, against the same in memory
python benches/streams.py decode   # microseconds a picture, ours and Pillow's
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import machine
import numpy as np
from PIL import Image, ImageOps

import ganvas
from ganvas.data import ImageFolder

OUT = Path(__file__).parent / "results" / "streams.json"
SIDE, PICTURES, BATCH = 32, 100_000, 64
# Pictures 32 px wide of a sparse file of 20 GB.
SPARSE = 20 * 10**9 // (SIDE * SIDE * 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["memory", "folder", "decode"])
    parser.add_argument("--rounds", type=int, default=3, help="epochs of each kind (folder)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(_memory()))
        return
    measured = {"memory": memory, "folder": lambda: folder(args.rounds), "decode": decode}[args.what]()
    results = json.loads(OUT.read_text()) if OUT.is_file() else {}
    results[args.what] = measured | {"machine": machine.describe()}
    OUT.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(measured))


def memory() -> dict[str, Any]:
    """Measure anonymous memory in a process of its own."""
    command = [sys.executable, __file__, "memory", "--child"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _memory() -> dict[str, Any]:
    class Stop(ganvas.callbacks.Callback):
        most, steps = 0, 0

        def on_step(self, estimator: Any, step: int) -> None:
            self.most, self.steps = max(self.most, _anonymous()), step
            if step == 500:
                raise KeyboardInterrupt

    imported = _anonymous()
    with tempfile.TemporaryDirectory() as folder:
        shape = (SPARSE, SIDE, SIDE, 3)
        X = np.memmap(Path(folder, "sparse.bin"), np.uint8, "w+", shape=shape)
        X.flush()
        X = np.memmap(Path(folder, "sparse.bin"), np.uint8, "r", shape=shape)
        stop = Stop()
        gan = ganvas.GanTrainer(batch_size=BATCH, random_state=0, verbose=0, callbacks=[stop])
        begun = time.monotonic()
        with contextlib.suppress(KeyboardInterrupt):
            gan.fit(X)
        seconds = time.monotonic() - begun
    mb = 2**20
    result = {"bytes": X.nbytes, "steps": stop.steps, "seconds": seconds}
    return result | {"imported_mb": imported / mb, "most_mb": stop.most / mb, "more_mb": (stop.most - imported) / mb}


def _anonymous() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


def folder(rounds: int) -> dict[str, Any]:
    """Train on a folder and on its array in turn, an epoch each."""
    root = Path(__file__).parents[1] / "runs" / "pictures"
    _make(root)
    pictures = ImageFolder(root, size=SIDE)
    begun = time.monotonic()
    array = pictures.load()
    decoded = time.monotonic() - begun
    contenders = {"resident": array, "streamed": pictures}
    gans = {name: ganvas.GanTrainer(batch_size=BATCH, random_state=0, verbose=0) for name in contenders}
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for i in range(rounds):
        for name in list(contenders)[:: 1 if i % 2 == 0 else -1]:
            gans[name].partial_fit(contenders[name])
            rates[name].append(len(array) / float(gans[name].history_["seconds"][-1]))
    ratios = [a / b for a, b in zip(rates["streamed"], rates["resident"], strict=True)]
    result = {"pictures": len(array), "side": SIDE, "samples_per_s": rates, "ratios": ratios}
    return result | {"ratio": median(ratios), "decode_us": 1e6 * decoded / len(array)}


def _make(root: Path) -> None:
    """Write smooth pictures of noise, half of them PNG, half JPEG."""
    if root.is_dir() and sum(1 for _ in root.iterdir()) == PICTURES:
        return
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for i in range(PICTURES):
        small = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8))
        small.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(root / f"{i:06}.{'png' if i % 2 else 'jpg'}")


def decode() -> dict[str, Any]:
    """Decode the same pictures here and with Pillow, on one thread each."""
    rng = np.random.default_rng(0)
    kinds = [("png", SIDE), ("jpg", SIDE), ("png", 512), ("jpg", 512)]
    result: dict[str, Any] = {}
    for suffix, side in kinds:
        with tempfile.TemporaryDirectory() as name:
            small = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8))
            small.resize((side, side), Image.Resampling.BICUBIC).save(Path(name, f"0.{suffix}"))
            reader = ImageFolder(name, size=SIDE).reader()
            file, count = Path(name, f"0.{suffix}"), 20_000 // side
            times: dict[str, list[float]] = {"ganvas": [], "pillow": []}
            for _ in range(5):
                begun = time.perf_counter()
                for _ in range(count):
                    reader.read(np.zeros(1, np.int64))
                times["ganvas"].append((time.perf_counter() - begun) / count * 1e6)
                begun = time.perf_counter()
                for _ in range(count):
                    with Image.open(file) as image:
                        np.asarray(ImageOps.fit(image.convert("RGB"), (SIDE, SIDE), Image.Resampling.BICUBIC))
                times["pillow"].append((time.perf_counter() - begun) / count * 1e6)
            result[f"{suffix} {side}"] = {contender: median(values) for contender, values in times.items()}
    return {"us_per_picture": result}


if __name__ == "__main__":
    main()

"""Cost of streaming data: memory for a large file, speed for a folder of many images.

python benches/streams.py memory   # 500 steps on a sparse file of 20 GB python benches/streams.py folder   # 100,000
images, decoded during training, compared with the same in memory, in turn python benches/streams.py decode   #
microseconds per image, ganvas and Pillow
"""

import argparse
import contextlib
import json
import mmap
import shutil
import signal
import struct
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
SIDE, BATCH = 32, 64
PICTURE_FOLDER = Path(__file__).parents[1] / "runs" / "pictures"
# Measured seconds per turn, and excluded seconds before them.
TURN, SKIPPED = 8.0, 2.0
_STEP = struct.Struct("<qd")
# Number of images 32 px wide in a sparse file of 20 GB.
SPARSE = 20 * 10**9 // (SIDE * SIDE * 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["memory", "folder", "decode"])
    parser.add_argument("--rounds", type=int, default=15, help="turns of each kind (folder)")
    parser.add_argument("--pictures", type=int, default=100_000, help="how many (folder)")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--counter", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.what == "memory" and args.child:
        print(json.dumps(_memory()))
        return
    if args.what == "folder":
        _make(PICTURE_FOLDER, args.pictures)
        if args.child:
            _train(args.child, args.counter)
            return
    measured = {"memory": memory, "folder": lambda: folder(args.rounds, args.pictures), "decode": decode}[args.what]()
    results = json.loads(OUT.read_text()) if OUT.is_file() else {}
    results[args.what] = measured | {"machine": machine.describe()}
    OUT.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(measured))


def memory() -> dict[str, Any]:
    """Measure anonymous memory in a separate process."""
    command = [sys.executable, __file__, "memory", "--child", "memory"]
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


def folder(rounds: int, count: int) -> dict[str, Any]:
    """Train on a folder and on its array in two processes, of which one runs while the other is paused."""
    pictures = ImageFolder(PICTURE_FOLDER, size=SIDE)
    begun = time.monotonic()
    pictures.load()
    decoded = time.monotonic() - begun
    rates: dict[str, list[float]] = {name: [] for name in ("resident", "streamed")}
    trained = {name: Trained(name, count) for name in rates}
    try:
        for one in trained.values():
            one.wait()
        for i in range(rounds):
            for name in list(trained)[:: 1 if i % 2 == 0 else -1]:
                rates[name].append(trained[name].turn())
    finally:
        for one in trained.values():
            one.end()
    ratios = [a / b for a, b in zip(rates["streamed"], rates["resident"], strict=True)]
    result = {"pictures": count, "side": SIDE, "turn_s": TURN, "samples_per_s": rates, "ratios": ratios}
    return result | {"ratio": median(ratios), "decode_us": 1e6 * decoded / count}


class Trained:
    """A training process that is paused by a signal between its turns."""

    def __init__(self, name: str, count: int) -> None:
        self._file = tempfile.NamedTemporaryFile()  # noqa: SIM115, it lives as long as the process
        self._file.write(bytes(_STEP.size))
        self._file.flush()
        command = [sys.executable, __file__, "folder", "--pictures", str(count)]
        command += ["--child", name, "--counter", self._file.name]
        self._process = subprocess.Popen(command)
        self._map = mmap.mmap(self._file.fileno(), _STEP.size)

    def wait(self) -> None:
        """Wait for its tenth step, then pause it."""
        while self._step()[0] < 10:
            if self._process.poll() is not None:
                raise SystemExit("expected a process that trains, got one that has ended")
            time.sleep(0.1)
        self._process.send_signal(signal.SIGSTOP)

    def turn(self) -> float:
        """Resume it for a while; return samples per second, excluding samples prefetched during the other's turn."""
        self._process.send_signal(signal.SIGCONT)
        time.sleep(SKIPPED)
        first, begun = self._step()
        time.sleep(TURN)
        last, ended = self._step()
        self._process.send_signal(signal.SIGSTOP)
        return (last - first) * BATCH / (ended - begun)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _step(self) -> tuple[int, float]:
        # A step may be read while it is written; it is complete if two reads agree.
        read = b""
        while read != (read := self._map[: _STEP.size]):
            pass
        step, seconds = _STEP.unpack(read)
        return step, seconds


def _train(name: str, counter: Path) -> None:
    """Train until this process is killed, and record the time of each step."""

    class Count(ganvas.callbacks.Callback):
        def on_step(self, estimator: Any, step: int) -> None:
            done[: _STEP.size] = _STEP.pack(step, time.monotonic())

    pictures = ImageFolder(PICTURE_FOLDER, size=SIDE)
    X = pictures.load() if name == "resident" else pictures
    with counter.open("r+b") as file, mmap.mmap(file.fileno(), _STEP.size) as done:
        quiet = {"verbose": 0, "progress": False}
        ganvas.GanTrainer(batch_size=BATCH, epochs=10**6, random_state=0, **quiet, callbacks=[Count()]).fit(X)


def _make(root: Path, count: int) -> None:
    """Write smooth random images, half of them PNG, half JPEG."""
    if root.is_dir() and sum(1 for _ in root.iterdir()) == count:
        return
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for i in range(count):
        small = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8))
        small.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(root / f"{i:06}.{'png' if i % 2 else 'jpg'}")


def decode() -> dict[str, Any]:
    """Decode the same images with ganvas and with Pillow, on one thread each."""
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

"""Textures: StyleTrainer on photos of materials and on floors of a game, beside the repeated middle of each.

    python benches/quality/textures.py --wad freedoom1.wad --seeds 0 1 2

The photos are brick, grass and gravel of scikit-image, 256 pixels halved; the floors, 64 pixels, are some of Freedoom's
(freedoom.github.io), read from its WAD file if there is one. Textures of 128 pixels are scored by `textures_score.py`,
which does not import ganvas.
"""

import argparse
import json
import struct
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import textures_score
from PIL import Image
from skimage import data as photos

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import machine

SIZE = 128
SETTINGS: dict[str, Any] = {"steps": 100}


def flats(path: Path) -> dict[str, np.ndarray]:
    """Read the floors of a WAD file: pictures (64, 64, 3) uint8 by name."""
    raw = path.read_bytes()
    count, where = struct.unpack_from("<ii", raw, 4)
    lumps = [struct.unpack_from("<ii8s", raw, where + 16 * number) for number in range(count)]
    named = [(start, size, name.rstrip(b"\0").decode()) for start, size, name in lumps]
    start = next(start for start, _, name in named if name == "PLAYPAL")
    palette = np.frombuffer(raw, np.uint8, 768, start).reshape(256, 3)
    names = [name for _, _, name in named]
    inside = named[names.index("F_START") + 1 : names.index("F_END")]
    return {
        name: palette[np.frombuffer(raw, np.uint8, 4096, at)].reshape(64, 64, 3) for at, n, name in inside if n == 4096
    }


def sources(wad: Path | None, most: int) -> dict[str, np.ndarray]:
    """Return the sources by name, (h, w, 3) uint8."""
    found = {}
    for name in ("brick", "grass", "gravel"):
        picture = Image.fromarray(getattr(photos, name)()[:256, :256]).resize((SIZE, SIZE), Image.Resampling.BOX)
        found[name] = np.asarray(picture.convert("RGB"))
    if wad is not None:
        # Floors of one colour, and animated ones that repeat others, say nothing.
        floors = [(name, flat) for name, flat in flats(wad).items() if flat.std((0, 1)).mean() > 8]
        found |= dict(floors[:: max(1, len(floors) // most)][:most])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--wad", type=Path)
    parser.add_argument("--floors", type=int, default=6, help="number of floors")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "textures.json")
    parser.add_argument("--picture", type=Path)
    args = parser.parse_args()
    rows, strips = {}, []
    for name, source in sources(args.wad, args.floors).items():
        known = source / 255
        rival = textures_score.tiled(known, SIZE)
        sides = (source.shape[0] * 3 // 4, source.shape[1] * 3 // 4)
        rows[name] = {"tiled": textures_score.score(rival, known, sides), "runs": []}
        whole = np.tile(source, (SIZE // len(source), SIZE // len(source), 1)) if len(source) < SIZE else source
        strip = [whole, (rival * 255).astype(np.uint8)]
        for seed in args.seeds:
            begun = time.perf_counter()
            model = ganvas.StyleTrainer(**SETTINGS, random_state=seed, verbose=0, device="cpu").fit(source)
            texture = model.sample(size=SIZE, seamless=True)[0]
            seconds = time.perf_counter() - begun
            scores = textures_score.score(texture / 255, known)
            rows[name]["runs"].append({"seed": seed, "seconds": seconds, **scores})
            strip.append(texture)
            print(name, seed, json.dumps(rows[name]["runs"][-1]), flush=True)
        strips.append(np.concatenate(strip, axis=1))
    floors = [len(rows) - len(sources(None, 0)), len(flats(args.wad)) if args.wad else 0]
    result = {"size": SIZE, "settings": SETTINGS, "floors, of all": floors}
    result |= {"rows": rows, "machine": machine.describe()}
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    if args.picture:
        Image.fromarray(np.concatenate(strips)).save(args.picture)


if __name__ == "__main__":
    main()

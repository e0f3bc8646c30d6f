"""Style transfer: StyleTrainer on the astronaut in the style of a painting, beside a shift of its colours.

    python benches/quality/style.py --weights vgg16-397923af.pth --seeds 0 1 2

The photo is scikit-image's astronaut at 128 pixels; the painting is drawn by `painting` if `--painting` names no file.
Results are scored by `style_score.py`, which does not import ganvas. With `features="vgg16"` the search starts from the
photo and no random number is used, so that all seeds give one picture: it is made once.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import style_score
from PIL import Image, ImageDraw
from skimage import data as photos

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import machine

SIZE = 128
SETTINGS: dict[str, dict[str, Any]] = {
    "vgg16": {"features": "vgg16", "steps": 60},
    "vgg16, less of the photo": {"features": "vgg16", "steps": 60, "content_weight": 0.1},
    "random": {"features": "random", "steps": 60},
    "patches": {"features": "patches", "steps": 60},
}
COLOURS = np.array(
    [
        (20, 40, 110),
        (40, 90, 170),
        (90, 150, 210),
        (240, 210, 90),
        (250, 240, 190),
        (15, 20, 60),
        (60, 110, 140),
    ]
)


def painting(size: int = 256, seed: int = 0) -> np.ndarray:
    """Draw brush strokes along a swirling field: (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (size, size), (20, 30, 80))
    draw = ImageDraw.Draw(image)
    for _ in range(5_000):
        x, y = rng.uniform(0, size, 2)
        colour = COLOURS[int((np.sin(x / 40) + np.cos(y / 35) + 2) / 4 * 5 + rng.uniform(0, 2)) % 7]
        points = [(x, y)]
        for _ in range(7):
            angle = 2.5 * np.sin(x / 38) * np.cos(y / 46) + 1.6 * np.sin((x + y) / 60)
            x, y = x + 3 * np.cos(angle), y + 3 * np.sin(angle)
            points.append((x, y))
        shade = (colour + rng.normal(0, 14, 3)).clip(0, 255).astype(int)
        draw.line(points, fill=tuple(shade.tolist()), width=int(rng.integers(2, 5)))
    return np.asarray(image)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="of VGG16, for the scores and features")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--painting", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "style.json")
    parser.add_argument("--picture", type=Path)
    args = parser.parse_args()
    drawn = Image.open(args.painting).convert("RGB") if args.painting else Image.fromarray(painting())
    photo, style = (
        np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BOX))
        for image in (Image.fromarray(photos.astronaut()), drawn)
    )
    known = (photo / 255, style / 255)
    shifted = style_score.colour_shift(*known)
    rows = {"photo": known[0], "colour shift": shifted}
    scores = {name: style_score.score(picture, *known, args.weights) for name, picture in rows.items()}
    print(json.dumps(scores, indent=1))
    runs, strip = [], [photo, style, (shifted * 255).astype(np.uint8)]
    for name, settings in SETTINGS.items():
        for seed in args.seeds[:1] if settings["features"] == "vgg16" else args.seeds:
            begun = time.perf_counter()
            file = args.weights if settings["features"] == "vgg16" else None
            model = ganvas.StyleTrainer(**settings, weights_file=file, random_state=seed, verbose=0, device="cpu")
            made = model.fit(style).transform(photo)
            seconds = time.perf_counter() - begun
            runs.append({"name": name, "seed": seed, "seconds": seconds})
            runs[-1] |= style_score.score(made / 255, *known, args.weights)
            print(json.dumps(runs[-1]), flush=True)
            if seed == args.seeds[0]:
                strip.append(made)
    result = {"size": SIZE, "painting": str(args.painting or "drawn"), "weights": args.weights.name}
    result |= {"settings": SETTINGS, "rows": scores, "runs": runs, "machine": machine.describe()}
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    if args.picture:
        Image.fromarray(np.concatenate(strip, axis=1)).save(args.picture)


if __name__ == "__main__":
    main()

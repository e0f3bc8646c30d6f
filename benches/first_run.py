"""Measure the example at the top of the README: ``GanTrainer(random_state=0).fit()``.

python benches/first_run.py    # requires an idle machine
"""

import json
import time
from pathlib import Path

import machine

from ganvas import GanTrainer

OUT = Path(__file__).parent / "results" / "first_run.json"


def main() -> None:
    begun = time.monotonic()
    gan = GanTrainer(random_state=0, verbose=0).fit()
    seconds = time.monotonic() - begun
    result = {"seconds": seconds, "samples": int(gan.history_["samples"][-1]), "machine": machine.describe()}
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))


if __name__ == "__main__":
    main()

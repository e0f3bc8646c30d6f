"""How much memory a training adds, in a process of its own."""

import subprocess
import sys

_PROGRAM = """
import resource, sys
import ganvas
from ganvas.callbacks import Callback


class Stop(Callback):
    def on_poll(self, trainer):
        trainer.stop()


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


settings = dict(width=16, depth=1, context=16, epochs=1, verbose=0, progress=False, on_interrupt="return")
ganvas.{trainer}(**settings).fit({small})
before = peak()
ganvas.{trainer}(**settings, callbacks=[Stop()]).fit({large})
print(peak() - before)
"""


def growth(trainer, small, large, path):
    """Return the MiB that the first steps on `large`, an expression of `sys.argv[1]`, add to a training on `small`."""
    program = _PROGRAM.format(trainer=trainer, small=small, large=large)
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    # A training that is stopped says so before.
    return float(done.stdout.split()[-1])

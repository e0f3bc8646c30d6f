"""A program exits normally, even if threads still read or train."""

import os
import signal
import subprocess
import sys

import pytest

# Threads would wait for each other on a busy machine.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
PROGRAM = """
import os, signal, sys, threading, time
import numpy as np, torch, ganvas

class Slow(torch.utils.data.Dataset):
    slow = False

    def __len__(self):
        return 2000

    def __getitem__(self, i):
        end = time.monotonic() + self.slow * SECONDS
        while time.monotonic() < end:
            WAIT
        return np.zeros((8, 8), np.float32) + i % 2

class Then(ganvas.callbacks.Callback):
    def on_train_begin(self, estimator):
        estimator.data.slow = True
        THEN

def fit(callbacks):
    gan = ganvas.GanTrainer(net="mlp", hidden=(2,), batch_size=4, verbose=0, callbacks=callbacks)
    gan.data = Slow()
    gan.fit(gan.data)

class Begun(Then):
    def on_train_begin(self, estimator):
        estimator.data.slow = True
        begun.set()

begun = threading.Event()
threading.Thread(target=fit, args=([Begun()],), daemon=True).start()
begun.wait()
fit([Then()])
"""


def ended(seconds, wait, then):
    program = PROGRAM.replace("SECONDS", seconds).replace("WAIT", wait).replace("THEN", then)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("seconds", "wait", "then", "status", "text"),
    [
        # Reading holds the GIL all the time, in the main thread and in the training thread.
        (
            *("0.5", "sum(range(1000))", "threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()"),
            *({130, -signal.SIGINT}, "KeyboardInterrupt\n"),
        ),
        # Reading takes longer than the exit waits, and then requests the GIL.
        ("1", "time.sleep(0.01)", "raise ValueError('mine')", {1}, "ValueError: mine\n"),
    ],
)
def test_a_program_that_is_stopped_while_data_is_read_ends_as_any_other(seconds, wait, then, status, text):
    code, errors = ended(seconds, wait, then)
    assert code in status, errors
    assert errors.endswith(text)

"""Floating point operations of a training step, and the peak rate of the processor.

A step of the tuned loop is counted by PyTorch's own counter: convolutions, transposed convolutions and linear layers,
with two operations per multiply-add; windows at the edge count as full ones. Computations that are not required are not
executed and not counted. One step of a GAN consists of

- the generator's forward pass, and three of the discriminator: on real, on fake, and again on the same fake samples;
- the discriminator's gradients on real and on fake: of all weights, and of all inputs except the images;
- in the generator step the gradients of all the discriminator's inputs and of none of its weights, and the
  generator's: of all weights, and of all inputs except the latents.

A gradient penalty adds a forward pass, the gradient of its input, and the gradient of both, in the steps that have it.

Activations, normalisation, losses and Adam are not matrix multiplies and are not counted. Both are float32.
"""

import time

import torch
from contenders import Tuned
from torch.utils.flop_counter import FlopCounterMode

# Larger matrices are not faster; the best of several calls is least disturbed by other processes.
SIZE, CALLS = 2048, 5


def flop_per_step(contender: Tuned) -> int:
    """Count the operations of one step made by the contender, in the mean of its kinds of steps."""
    workload, first = contender.workload, torch.arange(contender.batch)
    real, given = workload.scaled(contender.data[first], contender.dtype), workload.given(first, contender.dtype)
    with FlopCounterMode(display=False) as counter:
        for _ in range(contender.period):
            contender.step(real, torch.randn(contender.batch, contender.latent_dim, device=contender.device), *given)
    return counter.get_total_flops() // contender.period


class Peak:
    """The fastest multiply of large square matrices, on torch's number of threads."""

    def __init__(self) -> None:
        self.left, self.right, self.product = torch.randn(3, SIZE, SIZE)

    def measure(self) -> float:
        """Measure the rate, in 10^9 operations per second."""
        return max(self._call() for _ in range(CALLS))

    def _call(self) -> float:
        begun = time.perf_counter()
        torch.mm(self.left, self.right, out=self.product)
        return 2 * SIZE**3 / (time.perf_counter() - begun) / 1e9
